import Ports
import Telemetry

/// The arrivals of a recording, in the order in which they came. Used by one thread at a time.
///
/// Files are opened when their turn comes and read in pieces, so opening is quick whatever the size. What is damaged or torn is left out and
/// told by `warnings`; a folder without `recording.json` is read as well.
package final class RecordingReader {
    private let files: any Files
    private let codec: any RequestCodec
    private let folder: String
    private let segments: [(number: Int, kinds: [RecordingFormat.Kind])]
    private var nextSegment = 0
    private var current: [RecordedFile] = []
    private var delivered: Int64 = 0
    private var hasSkipped = false
    private var hasEnded = false
    /// As `recording.json` says; of a folder without one, from the files, with no counts.
    package let manifest: RecordingManifest
    /// What was lost, one a file; grows while arrivals are read.
    package private(set) var warnings: [Diagnostic] = []

    /// Throws where `folder` can't be read, holds no recording, or one of a later format.
    package init(files: any Files, folder: String, codec: any RequestCodec = OTLPRequests()) throws(Diagnostic) {
        self.files = files
        self.codec = codec
        self.folder = folder
        let found = try Self.findFiles(files, folder)
        segments = Dictionary(grouping: found, by: \.segment).map { ($0.key, $0.value.map(\.kind)) }.sorted { $0.number < $1.number }
        let path = RecordingFormat.path(folder, RecordingFormat.manifestName)
        // A manifest that is missing or broken costs only what it says: the files tell the rest.
        let read = (try? files.contents(of: path, limit: RecordingFormat.manifestLimit)).flatMap { RecordingManifest($0) }
        guard read != nil || !found.isEmpty else { throw Diagnostic(source: folder, message: "there is no recording in this folder") }
        if let read, read.format > RecordingFormat.version {
            throw Diagnostic(
                source: path,
                message: "a newer dogwatch wrote this recording (format \(read.format)); this one reads up to \(RecordingFormat.version)")
        }
        var manifest = read ?? RecordingManifest(dogwatch: "")
        if read == nil || (manifest.from == nil && !found.isEmpty) { Self.complete(&manifest, segments, files, folder, codec) }
        self.manifest = manifest
        if read == nil {
            warnings.append(Diagnostic(source: path, message: "it is missing or broken; the times come from the files"))
        } else if !manifest.isClosed {
            warnings.append(Diagnostic(source: path, message: "the recording was not ended; its last seconds may be missing"))
        }
    }

    /// The times of the first and the newest arrival; nil where there is none.
    package var from: Timestamp? { manifest.from }
    package var to: Timestamp? { manifest.to }

    /// The next arrival; nil at the end.
    package func next() -> Arrival? {
        while let file = earliest() {
            guard let arrival = file.take() else { continue }
            delivered += 1
            return arrival
        }
        finish()
        return nil
    }

    /// The time of the next arrival, which stays the next; nil at the end.
    package func peekTime() -> Timestamp? { earliest()?.peek()?.time }

    /// Goes on with the first arrival at or after `time`; backwards too.
    package func seek(to time: Timestamp) {
        current = []
        hasSkipped = true
        nextSegment = 0
        while nextSegment + 1 < segments.count, let begin = firstTime(ofSegment: nextSegment + 1), begin <= time { nextSegment += 1 }
        while let file = earliest(), let header = file.peek(), header.time < time { file.skip() }
    }

    private func firstTime(ofSegment index: Int) -> Timestamp? {
        Self.open(segments[index], files, folder, codec).files.compactMap { $0.peek()?.time }.min()
    }

    /// The file whose next arrival comes first, in this segment or the following.
    private func earliest() -> RecordedFile? {
        while true {
            var first: (file: RecordedFile, sequence: Int64)?
            var ended = false
            for file in current {
                guard let header = file.peek() else {
                    ended = true
                    continue
                }
                if header.sequence < first?.sequence ?? .max { first = (file, header.sequence) }
            }
            if ended { retire() }
            if let first { return first.file }
            guard nextSegment < segments.count else { return nil }
            let opened = Self.open(segments[nextSegment], files, folder, codec)
            current = opened.files
            warn(opened.failures)
            nextSegment += 1
        }
    }

    /// Lets go of files that have ended and keeps what they lost.
    private func retire() {
        warn(current.filter { $0.peek() == nil }.compactMap(\.loss))
        current.removeAll { $0.peek() == nil }
    }

    private func warn(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics where !warnings.contains(diagnostic) { warnings.append(diagnostic) }
    }

    private func finish() {
        guard !hasEnded, !hasSkipped else { return }
        hasEnded = true
        // What the manifest says may be any number.
        guard manifest.counts.arrivals > delivered else { return }
        let missing = manifest.counts.arrivals - delivered
        warn([Diagnostic(source: folder, message: "\(missing) of \(manifest.counts.arrivals) arrivals are missing")])
    }
}

extension RecordingReader {
    private static func findFiles(_ files: any Files, _ folder: String) throws(Diagnostic) -> [(segment: Int, kind: RecordingFormat.Kind)] {
        do {
            return try files.names(inDirectory: folder).compactMap(RecordingFormat.parse(name:))
        } catch {
            throw Diagnostic(source: folder, message: "cannot read the recording: \(error.detail)")
        }
    }

    private static func open(
        _ segment: (number: Int, kinds: [RecordingFormat.Kind]), _ files: any Files, _ folder: String, _ codec: any RequestCodec
    ) -> (files: [RecordedFile], failures: [Diagnostic]) {
        var opened: [RecordedFile] = []
        var failures: [Diagnostic] = []
        for kind in segment.kinds {
            let path = RecordingFormat.path(folder, RecordingFormat.name(segment: segment.number, kind))
            do throws(FileFailure) {
                opened.append(try RecordedFile(kind: kind, path: path, files: files, codec: codec))
            } catch {
                failures.append(Diagnostic(source: path, message: "left out: \(error.detail)"))
            }
        }
        return (opened, failures)
    }

    /// The times that the files tell: of the first segment's first arrivals and the last segment's last.
    private static func complete(
        _ manifest: inout RecordingManifest, _ segments: [(number: Int, kinds: [RecordingFormat.Kind])], _ files: any Files,
        _ folder: String,
        _ codec: any RequestCodec
    ) {
        guard let first = segments.first, let last = segments.last else { return }
        manifest.from = open(first, files, folder, codec).files.compactMap { $0.peek()?.time }.min()
        for file in open(last, files, folder, codec).files {
            while let header = file.peek() {
                manifest.to = max(manifest.to ?? header.time, header.time)
                file.skip()
            }
        }
    }
}
