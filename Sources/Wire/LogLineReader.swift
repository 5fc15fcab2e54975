import Telemetry

/// Turns the lines of one source into log records; keeps its parser and what it learnt of names. Not for sharing: one a source.
package final class LogLineReader {
    /// The longest line that is shown whole; longer ones are cut to this and counted.
    package static let maximumLine = 1 << 20

    /// What came of some lines.
    package struct Outcome: Hashable, Sendable {
        package var lines = 0
        /// Lines that were not JSON, where the format says they are or their first character does; kept as text.
        package var malformed = 0
        /// Lines that were cut.
        package var tooLarge = 0
        /// The first thing that was wrong, in one sentence; empty when nothing was.
        package var detail = ""
    }

    let json = JSONReader(limit: maximumLine + 1)
    var keys = LogKeyTable(.init())
    var names = LogFieldNames()
    var pieces = LogLinePieces()
    var prefix: [UInt8] = []
    /// Levels by the words met so far.
    var levels: [String: Severity] = [:]
    /// The last time that a line of this read told. A line of text without one takes it: so a stack trace stands behind its error.
    var lastTime: PreciseTime?

    package init() {}

    /// The records of whole lines (a last line without its newline counts), grouped by service in the order of their first line.
    ///
    /// Times outside of 2000 to a day behind `arrival`, and none, become `arrival`; but text without a time takes that of the line before it.
    /// Lines without a service get `defaultService`, unless empty.
    package func read(
        _ lines: LogLines, arrival: Timestamp, defaultService: String = ""
    ) -> (batches: [LogBatch], outcome: Outcome) {
        if lines.fields != names {
            names = lines.fields
            keys = LogKeyTable(names)
        }
        var sorter = LogBatchSorter(labels: lines.labels, defaultService: defaultService)
        var outcome = Outcome()
        lastTime = nil
        lines.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let end = newline(in: bytes, from: start)
                line(UnsafeBufferPointer(rebasing: bytes[start..<end]), slack: bytes.count &- end, lines.format, arrival, &sorter, &outcome)
                start = end &+ 1
            }
        }
        return (sorter.batches, outcome)
    }

    private func line(
        _ whole: UnsafeBufferPointer<UInt8>, slack: Int, _ format: LogFormat, _ arrival: Timestamp, _ sorter: inout LogBatchSorter,
        _ outcome: inout Outcome
    ) {
        let line = trimmed(whole)
        guard let first = line.first else { return }
        outcome.lines += 1
        if line.count > Self.maximumLine {
            outcome.tooLarge += 1
            if outcome.detail.isEmpty { outcome.detail = "a line of \(line.count) bytes was cut to \(Self.maximumLine)" }
            let cut = UnsafeBufferPointer(rebasing: line[..<Self.maximumLine])
            sorter.add(textRecord(cut, arrival: arrival, note: line.count), service: nil)
            return
        }
        guard format != .text, first == UInt8(ascii: "{") || format == .json else {
            return sorter.add(textRecord(line, arrival: arrival), service: nil)
        }
        do throws(WireError) {
            let root = try json.parse(line, slack: slack)
            guard root.kind == .object else { throw .malformed(place: "JSON", "the line is no object") }
            let (record, service) = jsonRecord(root, arrival: arrival)
            sorter.add(record, service: service)
        } catch {
            outcome.malformed += 1
            if outcome.detail.isEmpty { outcome.detail = "a line is not JSON: \(error)" }
            sorter.add(textRecord(line, arrival: arrival), service: nil)
        }
    }

    /// Without spaces and carriage returns at its ends.
    private func trimmed(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = line.count
        while end > start, line[end - 1] <= 0x20 { end -= 1 }
        if start < end, line[start] == 0xef, end - start > 3, line[start + 1] == 0xbb, line[start + 2] == 0xbf { start += 3 }
        return UnsafeBufferPointer(rebasing: line[start..<end])
    }
}

/// Where the line that begins at `start` ends: at its newline, or the end of `bytes`.
private func newline(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return bytes.count }
    var at = start
    // Eight bytes a step: a byte is a newline where the difference with 0x0a is zero.
    while at &+ 8 <= bytes.count {
        let mixed = base.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ 0x0a0a_0a0a_0a0a_0a0a
        let hit = (mixed &- 0x0101_0101_0101_0101) & ~mixed & 0x8080_8080_8080_8080
        if hit != 0 { return at &+ hit.trailingZeroBitCount / 8 }
        at &+= 8
    }
    while at < bytes.count, bytes[at] != 0x0a { at &+= 1 }
    return at
}

/// Gathers records into batches by service.
struct LogBatchSorter {
    private(set) var batches: [LogBatch] = []
    private var places: [String: Int] = [:]
    private var last: (service: String, place: Int)?
    private let labels: [Attribute]
    private let defaultService: String

    /// `labels` become attributes of the resource; a label `service` or `service.name` is the default service.
    init(labels: [Label], defaultService: String) {
        let named = labels.first { $0.name == "service" || $0.name == "service.name" || $0.name == "service_name" }
        self.defaultService = named?.value ?? defaultService
        self.labels = labels.filter { $0.name != named?.name }.map { Attribute($0.name, .string($0.value)) }
    }

    mutating func add(_ record: LogRecord, service: String?) {
        let service = service ?? defaultService
        if let last, last.service == service { return batches[last.place].records.append(record) }
        let place = places[service] ?? open(service)
        last = (service, place)
        batches[place].records.append(record)
    }
    private mutating func open(_ service: String) -> Int {
        let name = service.isEmpty ? [] : [Attribute("service.name", .string(service))]
        batches.append(LogBatch(resource: Resource(attributes: name + labels), records: []))
        places[service] = batches.count - 1
        return batches.count - 1
    }
}
