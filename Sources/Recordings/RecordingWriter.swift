import Ports
import Telemetry
import Wire

/// Keeps arrivals in a folder, in the order in which they are handed in. Used by one thread at a time.
///
/// Memory is bounded: a buffer a kind, and the newest page of each source up to `pageMemoryLimit`. A write that fails ends the recording,
/// tells once by `takeFailure`, and harms nothing else; what comes after it is counted in `lost`.
package final class RecordingWriter {
    private static let sourceLimit = 10_000
    private static let pageMemoryLimit = 64 << 20

    private let files: any Files
    private let codec: any RequestCodec
    private let folder: String
    private var outputs: [RecordingFormat.Kind: RecordingOutput] = [:]
    private var segment = 0
    private var segmentStart: Timestamp?
    private var lastSync: Timestamp?
    private var pages: [Source: [UInt8]] = [:]
    private var pageBytes = 0
    private var knownSources: Set<Source> = []
    private var failure: Diagnostic?
    private var hasFailed = false
    private var isClosed = false
    private var scratch: [UInt8] = []
    package private(set) var manifest: RecordingManifest
    /// Arrivals that came after a failed write or after `close`.
    package private(set) var lost: Int64 = 0

    /// Makes `folder` and its `recording.json`; refuses a folder that holds a recording already.
    package init(files: any Files, folder: String, codec: any RequestCodec = OTLPRequests(), version: String) throws(Diagnostic) {
        self.files = files
        self.folder = folder
        self.codec = codec
        manifest = RecordingManifest(dogwatch: version)
        do {
            try files.makeDirectory(folder)
            let names = try files.names(inDirectory: folder)
            if names.contains(where: { $0 == RecordingFormat.manifestName || RecordingFormat.parse(name: $0) != nil }) {
                throw Diagnostic(source: folder, message: "there is a recording in this folder already; name another one")
            }
            try files.replace(RecordingFormat.path(folder, RecordingFormat.manifestName), with: manifest.bytes)
        } catch let failure as FileFailure {
            throw Diagnostic(source: failure.path, message: "cannot record: \(failure.detail)")
        } catch let diagnostic as Diagnostic {
            throw diagnostic
        } catch {
            throw Diagnostic(source: folder, message: "cannot record: \(error)")
        }
    }

    /// Takes the next arrival.
    package func append(_ arrival: Arrival) {
        guard !hasFailed, !isClosed else {
            lost += 1
            return
        }
        if let segmentStart, arrival.time - segmentStart >= RecordingFormat.segment { cutSegment() }
        if segmentStart == nil { segmentStart = arrival.time }
        if knownSources.count < Self.sourceLimit, knownSources.insert(arrival.source).inserted { manifest.sources.append(arrival.source) }
        scratch.removeAll(keepingCapacity: true)
        encode(arrival, sequence: manifest.counts.arrivals)
        write(scratch, to: RecordingFormat.Kind(of: arrival.payload))
        manifest.count(arrival)
    }

    /// Call about once a second; each `syncInterval` it puts all that came so far where a crash can't take it.
    package func flush(at now: Timestamp) {
        guard !hasFailed, !isClosed else { return }
        guard let lastSync else {
            lastSync = now
            return
        }
        guard now - lastSync >= RecordingFormat.syncInterval || now < lastSync else { return }
        self.lastSync = now
        attempt { () throws(FileFailure) in
            for output in outputs.values { try output.sync() }
        }
        writeManifest()
    }

    /// Ends all files; nothing can be appended after.
    package func close() {
        guard !isClosed else { return }
        if !hasFailed {
            cutSegment()
            manifest.isClosed = !hasFailed
            writeManifest()
        }
        isClosed = true
    }

    /// The failed write that ended the recording, the first time it is asked for.
    package func takeFailure() -> Diagnostic? {
        defer { failure = nil }
        return failure
    }

    private func write(_ bytes: [UInt8], to kind: RecordingFormat.Kind) {
        attempt { () throws(FileFailure) in
            if let output = outputs[kind] { return try output.write(bytes) }
            let path = RecordingFormat.path(folder, RecordingFormat.name(segment: segment, kind))
            let output = RecordingOutput(
                try files.create(path, exclusively: true), files.makeCompressor(level: RecordingFormat.compressionLevel))
            outputs[kind] = output
            try output.write(bytes)
        }
    }

    private func cutSegment() {
        attempt { () throws(FileFailure) in
            for output in outputs.values { try output.close() }
        }
        outputs = [:]
        pages = [:]
        pageBytes = 0
        segment += 1
        segmentStart = nil
    }

    private func writeManifest() {
        attempt { () throws(FileFailure) in
            try files.replace(RecordingFormat.path(folder, RecordingFormat.manifestName), with: manifest.bytes)
        }
    }

    private func attempt(_ body: () throws(FileFailure) -> Void) {
        do throws(FileFailure) { try body() } catch {
            guard !hasFailed else { return }
            hasFailed = true
            outputs = [:]
            failure = Diagnostic(source: error.path, message: "the recording ends here: \(error.detail)")
        }
    }
}

extension RecordingWriter {
    private func encode(_ arrival: Arrival, sequence: Int64) {
        let members = ArrivalHeader.members(of: arrival, sequence: sequence)
        switch arrival.payload {
        case .scrape(let scrape): encode(scrape, from: arrival.source, members)
        case .lines(let lines):
            writeHeader(members + lines.header)
            scratch += lines.bytes
            scratch.append(0x0a)
        case .spans(let spans): writeRequest(members) { codec.encode(spans.batches, into: &$0) }
        case .logs(let batches): writeRequest(members) { codec.encode(batches, into: &$0) }
        case .metrics(let batch):
            let request = RemoteWrite.encode(batch)
            writeHeader(members + [("length", .integer(Int64(request.count)))])
            scratch += request
            scratch.append(0x0a)
        case .status(let change): writeHeader(members + change.header)
        case .trouble(let trouble): writeHeader(members + trouble.header)
        }
    }

    private func encode(_ scrape: Scrape, from source: Source, _ members: [(name: String, value: HeaderValue)]) {
        if let earlier = pages[source], !scrape.body.isEmpty {
            var changes: [UInt8] = []
            PageChanges.write(scrape.body, after: earlier, into: &changes)
            if changes.count < scrape.body.count {
                writeHeader(members + scrape.header(form: "changes", length: changes.count))
                scratch += changes
                scratch.append(0x0a)
                return keep(scrape.body, of: source)
            }
        }
        writeHeader(members + scrape.header(form: "page", length: scrape.body.count))
        scratch += scrape.body
        scratch.append(0x0a)
        if !scrape.body.isEmpty { keep(scrape.body, of: source) }
    }

    /// Keeps `page` for later changes to refer to, where there is room; else the next is written whole.
    private func keep(_ page: [UInt8], of source: Source) {
        if let old = pages.removeValue(forKey: source) { pageBytes -= old.count }
        guard pageBytes + page.count <= Self.pageMemoryLimit else { return }
        pages[source] = page
        pageBytes += page.count
    }

    private func writeHeader(_ members: [(name: String, value: HeaderValue)]) {
        HeaderValue.object(members).write(into: &scratch)
        scratch.append(0x0a)
    }

    /// The object that `encode` appends, with a member `arrival` put before its own.
    private func writeRequest(_ members: [(name: String, value: HeaderValue)], _ encode: (inout [UInt8]) -> Void) {
        scratch += "{\"arrival\":".utf8
        HeaderValue.object(members).write(into: &scratch)
        let opening = scratch.count
        encode(&scratch)
        if opening < scratch.count { scratch[opening] = UInt8(ascii: ",") }
        if opening + 1 < scratch.count, scratch[opening + 1] == UInt8(ascii: "}") { scratch.remove(at: opening) }
        scratch.append(0x0a)
    }
}

/// One file being written: text is gathered into larger pieces, deflated, and written.
private final class RecordingOutput {
    private static let gatherLimit = 64 << 10
    private let file: any WritableFile
    private let compressor: any Compressor
    private var gathered: [UInt8] = []

    init(_ file: any WritableFile, _ compressor: any Compressor) {
        self.file = file
        self.compressor = compressor
    }

    func write(_ bytes: [UInt8]) throws(FileFailure) {
        gathered += bytes
        if gathered.count >= Self.gatherLimit { try deflate() }
    }

    /// Ends what came so far with a sync point, if anything did since the last.
    func sync() throws(FileFailure) {
        guard isDirty || !gathered.isEmpty else { return }
        try deflate()
        isDirty = false
        try file.write(compressor.flush())
    }

    func close() throws(FileFailure) {
        try deflate()
        try file.write(compressor.finish())
        try file.close()
    }

    private var isDirty = false

    private func deflate() throws(FileFailure) {
        guard !gathered.isEmpty else { return }
        isDirty = true
        let bytes = compressor.compress(gathered)
        gathered.removeAll(keepingCapacity: true)
        if !bytes.isEmpty { try file.write(bytes) }
    }
}
