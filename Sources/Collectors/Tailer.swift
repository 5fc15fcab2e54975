import Ports
import Telemetry

/// Which files to tail, and how to read their lines.
package struct TailSpec: Hashable, Sendable {
    /// Paths, patterns (`Files.paths`), or `-` for standard input.
    package var patterns: [String]
    package var labels: [Label]
    package var format: LogFormat
    package var fields: LogFieldNames
    package init(patterns: [String], labels: [Label] = [], format: LogFormat = .auto, fields: LogFieldNames = .init()) {
        self.patterns = patterns
        self.labels = labels
        self.format = format
        self.fields = fields
    }
}

/// Follows log files and delivers their lines. Polled by one thread, which owns it.
///
/// A file that was there at the first poll is read from its last 16 MiB, one that comes later from its beginning. A renamed file is read to its end
/// beside its successor; an emptied one from its beginning again. A file that several patterns match is read once, by the first.
package final class Tailer {
    /// Between two looks at the open files.
    package static let pollInterval = TimeSpan.milliseconds(200)
    /// Between two looks at the patterns, and at what stands under the paths.
    package static let discoveryInterval = TimeSpan.seconds(1)
    /// Read of one file in one poll, so that none starves the others.
    package static let bytesPerPoll = 1 << 20
    package static let fileLimit = 512
    /// A renamed or removed file is given up when nothing was written to it for so long.
    package static let farewell = TimeSpan.seconds(5)

    private let specs: [TailSpec]
    private let files: any Files
    private let sink: any ArrivalSink
    private var tails: [String: TailedFile] = [:]
    private var order: [String] = []
    /// Renamed or removed, and still read.
    private var leaving: [TailedFile] = []
    private var marks = ReadMarks()
    private var standardInput: TailedStream?
    private var unmatched: Set<String> = []
    private var isCrowded = false
    private var nextDiscovery: Timestamp?

    package init(_ specs: [TailSpec], files: any Files, sink: any ArrivalSink) {
        self.specs = specs
        self.files = files
        self.sink = sink
    }

    /// Reads what is new; returns when to be called again, `now` where more is to be read at once.
    package func poll(at now: Timestamp) -> Timestamp {
        // A clock that was put back must not stop the looking.
        let looksAround = nextDiscovery.map { $0 <= now || $0 - now > Self.discoveryInterval } ?? true
        if looksAround { discover(at: now) }
        var hasMore = false
        for path in order {
            guard let tail = tails[path] else { continue }
            if looksAround { lookAgain(at: tail, now) }
            if tails[path]?.read(at: now) == true { hasMore = true }
        }
        for tail in leaving where tail.read(at: now) { hasMore = true }
        leaving.removeAll { giveUp($0, at: now) }
        if standardInput?.read(at: now) == true { hasMore = true }
        return hasMore ? now : now + Self.pollInterval
    }

    /// Delivers the last lines that have no newline, and closes all files.
    package func stop(at now: Timestamp) {
        for tail in leaving + order.compactMap({ tails[$0] }) {
            tail.finish(at: now)
            tail.say(.closed, "", at: now)
        }
        standardInput?.finish(at: now)
        (tails, order, leaving, standardInput) = ([:], [], [], nil)
    }

    // MARK: Finding files

    private func discover(at now: Timestamp) {
        let isFirst = nextDiscovery == nil
        nextDiscovery = now + Self.discoveryInterval
        for spec in specs {
            for pattern in spec.patterns {
                if pattern == "-" { openStandardInput(spec) } else { discover(pattern, spec, isFirst: isFirst, at: now) }
            }
        }
    }

    private func discover(_ pattern: String, _ spec: TailSpec, isFirst: Bool, at now: Timestamp) {
        let paths = files.paths(matching: pattern)
        if paths.isEmpty, !order.contains(where: { tails[$0]?.pattern == pattern }) {
            if unmatched.insert(pattern).inserted { say(pattern, .waiting, "nothing matches \(pattern) yet; waiting for it", at: now) }
        } else if unmatched.remove(pattern) != nil, paths != [pattern] {
            say(pattern, .closed, "", at: now)
        }
        for path in paths where tails[path] == nil {
            if order.count >= Self.fileLimit { return tellCrowd(pattern, at: now) }
            let output = TailOutput(source: Source(.tail, path), spec: spec, sink: sink)
            let tail = TailedFile(path: path, pattern: pattern, output: output, startsWithHistory: isFirst)
            tails[path] = tail
            order.append(path)
        }
    }

    private func tellCrowd(_ pattern: String, at now: Timestamp) {
        if isCrowded { return }
        isCrowded = true
        say(pattern, .failed, "more than \(Self.fileLimit) files match; the rest is not read", at: now)
    }

    private func openStandardInput(_ spec: TailSpec) {
        guard standardInput == nil else { return }
        standardInput = TailedStream(files.openStandardInput(), output: TailOutput(source: Source(.tail, "-"), spec: spec, sink: sink))
    }

    private func say(_ name: String, _ state: SourceChange.State, _ detail: String, at now: Timestamp) {
        sink.accept(Arrival(source: Source(.tail, name), time: now, payload: .status(SourceChange(state, detail))))
    }

    // MARK: What stands under a path

    /// Opens what is new there, and lets go of what is not there any more.
    private func lookAgain(at tail: TailedFile, _ now: Timestamp) {
        let facts: FileFacts
        do throws(FileFailure) { facts = try files.facts(of: tail.path) } catch {
            if tail.identity != nil { depart(tail, at: now) }
            return isOneOfMany(tail) ? forget(tail, at: now) : tails[tail.path]?.fail(error, at: now) ?? ()
        }
        if let identity = tail.identity {
            if identity == facts.identity { return }
            depart(tail, at: now)
            tail.say(.rotated, "another file stands under this name now", at: now)
        }
        guard let current = tails[tail.path], !isRead(facts.identity, elsewhereThan: current) else { return }
        current.open(in: files, from: marks.take(facts.identity), at: now)
    }

    /// A path that only a pattern brought in is no loss when it is gone: dated logs come and go.
    private func isOneOfMany(_ tail: TailedFile) -> Bool { tail.path != tail.pattern }
    private func forget(_ tail: TailedFile, at now: Timestamp) {
        tails[tail.path] = nil
        order.removeAll { $0 == tail.path }
        tail.say(.closed, "the file is gone", at: now)
    }

    /// True where the file is read already, under its former or another name.
    private func isRead(_ identity: FileIdentity, elsewhereThan tail: TailedFile) -> Bool {
        leaving.contains { $0.identity == identity } || order.contains { $0 != tail.path && tails[$0]?.identity == identity }
    }

    /// The open file goes on without its path; the path waits for its next file.
    private func depart(_ tail: TailedFile, at now: Timestamp) {
        leaving.append(tail)
        tail.quietSince = now
        tails[tail.path] = TailedFile(path: tail.path, pattern: tail.pattern, output: tail.output, startsWithHistory: false)
    }

    private func giveUp(_ tail: TailedFile, at now: Timestamp) -> Bool {
        guard now - tail.quietSince >= Self.farewell else { return false }
        if let identity = tail.identity, let mark = tail.mark { marks.put(mark, for: identity) }
        tail.finish(at: now)
        return true
    }
}

/// How far files were read that are not open any more, should they turn up under another name. Forgets the oldest.
struct ReadMarks {
    private static let limit = 256
    private var marks: [FileIdentity: LogTail.Mark] = [:]
    private var order: [FileIdentity] = []

    mutating func put(_ mark: LogTail.Mark, for identity: FileIdentity) {
        if marks.updateValue(mark, forKey: identity) == nil { order.append(identity) }
        if order.count > Self.limit { marks[order.removeFirst()] = nil }
    }

    mutating func take(_ identity: FileIdentity) -> LogTail.Mark? {
        guard let mark = marks.removeValue(forKey: identity) else { return nil }
        order.removeAll { $0 == identity }
        return mark
    }
}
