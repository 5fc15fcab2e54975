import Store
import Telemetry

/// Log lines of one shape counted together: what differs between them (numbers, ids, quoted values) is masked.
///
/// A word with a digit, a quoted or bracketed text, and anything that looks like an id or an address becomes `<_>`; so the pattern
/// follows from the line alone, whatever came before. Patterns of as many words that differ in one word only are then joined, if at least
/// `joinedWords` such words came. Deterministic, one pass, bounded.
package struct LogPatterns: Sendable {
    package struct Pattern: Hashable, Sendable {
        /// `<_>` stands for what differs.
        package let text: String
        package let count: Int
        /// The worst severity of its lines.
        package let severity: Severity
        /// Ascending, at most 8.
        package let services: [String]
        package let firstSeen: PreciseTime
        package let lastSeen: PreciseTime
        /// Its newest line.
        package let example: LogRef
    }
    /// The most frequent first.
    package private(set) var patterns: [Pattern] = []
    /// Lines of further shapes, beyond `limit`.
    package private(set) var uncounted = 0
    package private(set) var lineCount = 0

    package static let limit = 5000
    /// Bytes of a message that are looked at.
    package static let messageLimit = 400
    /// Different words in one place from which on the place counts as a variable.
    package static let joinedWords = 8
    static let mask = "<_>"

    /// Of the records in the window that `accepts` says yes to, newest first, at most `lines` of them.
    package init(
        _ logs: LogSnapshot, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp, lines: Int = 200_000,
        where accepts: (borrowing LogHeader) -> Bool = { _ in true }
    ) {
        let range = TimeBuckets(over: window, at: now, count: 1).range
        let service = lens.service.flatMap { logs.strings.id(of: $0) }
        guard lens.service == nil || service != nil else { return }
        var tally = PatternTally()
        var seen = 0
        logs.forEach(in: range, newestFirst: true) { line in
            if let service, line.service != service { return true }
            guard accepts(line) else { return true }
            seen += 1
            let header = copy line
            logs.withMessage(of: header.ref) { tally.add($0, header) }
            return seen < lines
        }
        lineCount = seen
        uncounted = tally.uncounted
        patterns = tally.patterns { logs.strings[$0] }
    }
}

/// The shapes found so far.
struct PatternTally {
    struct Shape {
        var text: String
        var count: Int
        var severity: Severity
        var services: [Symbol]
        var first: PreciseTime
        var last: PreciseTime
        var example: LogRef
    }
    private var places: [[UInt8]: Int] = [:]
    private var shapes: [Shape] = []
    private var buffer: [UInt8] = []
    private(set) var uncounted = 0

    mutating func add(_ message: UnsafeBufferPointer<UInt8>, _ line: LogHeader) {
        buffer.removeAll(keepingCapacity: true)
        LineShape.write(message, into: &buffer)
        if let place = places[buffer] { return shapes[place].take(line) }
        guard shapes.count < LogPatterns.limit else {
            uncounted += 1
            return
        }
        places[buffer] = shapes.count
        let text = String(decoding: buffer, as: UTF8.self)
        shapes.append(
            Shape(
                text: text, count: 1, severity: line.severity, services: line.service.isEmpty ? [] : [line.service], first: line.time,
                last: line.time,
                example: line.ref))
    }

    func patterns(_ name: (Symbol) -> String) -> [LogPatterns.Pattern] {
        joined().map { shape in
            LogPatterns.Pattern(
                text: shape.text, count: shape.count, severity: shape.severity, services: shape.services.map(name).sorted(),
                firstSeen: shape.first,
                lastSeen: shape.last, example: shape.example)
        }.sorted { ($1.count, $1.severity, $0.text) < ($0.count, $0.severity, $1.text) }
    }

    /// One after the other each place of the words is left out; shapes equal but for it are one if that place takes many values.
    private func joined() -> [Shape] {
        var words = shapes.map { $0.text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) }
        var current = shapes
        let longest = min(24, words.lazy.map(\.count).max() ?? 0)
        for place in 0..<longest {
            var groups: [[String]: [Int]] = [:]
            var keys: [[String]] = []
            for index in current.indices where place < words[index].count {
                var key = words[index]
                key[place] = LogPatterns.mask
                if groups[key] == nil { keys.append(key) }
                groups[key, default: []].append(index)
            }
            var removed: Set<Int> = []
            for key in keys {
                guard key.count > 1, let members = groups[key], members.count >= LogPatterns.joinedWords, let first = members.first else {
                    continue
                }
                for other in members.dropFirst() { current[first].merge(current[other]) }
                current[first].text = key.joined(separator: " ")
                words[first] = key
                removed.formUnion(members.dropFirst())
            }
            guard !removed.isEmpty else { continue }
            words = words.indices.filter { !removed.contains($0) }.map { words[$0] }
            current = current.indices.filter { !removed.contains($0) }.map { current[$0] }
        }
        return current
    }
}

extension PatternTally.Shape {
    mutating func take(_ line: LogHeader) {
        count += 1
        severity = max(severity, line.severity)
        first = min(first, line.time)
        if line.time > last { (last, example) = (line.time, line.ref) }
        addService(line.service)
    }
    mutating func merge(_ other: Self) {
        count += other.count
        severity = max(severity, other.severity)
        first = min(first, other.first)
        if (other.last, other.example) > (last, example) { (last, example) = (other.last, other.example) }
        for service in other.services { addService(service) }
    }
    private mutating func addService(_ service: Symbol) {
        if !service.isEmpty, services.count < 8, !services.contains(service) { services.append(service) }
    }
}
