import Search
import Store
import Telemetry

/// A search of log records, ready to run over any snapshot.
package struct LogSearch: Sendable {
    package let search: ParsedSearch
    private let compiled: CompiledSearch

    /// Never fails: what can't be read is left out and told by `error`.
    package init(_ text: String) { self.init(ParsedSearch(text)) }
    package init(_ search: ParsedSearch) {
        self.search = search
        compiled = CompiledSearch(search, schema: .logs)
    }

    package var error: Diagnostic? { compiled.error }
    /// True where nothing is asked, so every record matches.
    package var isEverything: Bool { compiled.matchesEverything }

    /// The records that match within `range` and `lens` (service and version; records have no operation): the newest `limit`, and how many there are in all.
    package func run(
        in snapshot: LogSnapshot, range: Range<PreciseTime>, lens: Lens = Lens(), limit: Int = 10_000, newestFirst: Bool = true
    ) -> LogMatches {
        var matches = LogMatches()
        matches.headers.reserveCapacity(min(limit, 1024))
        forEach(in: snapshot, range: range, lens: lens, newestFirst: newestFirst) { header in
            matches.total += 1
            matches.countsByLevel[Int(header.severity.level.number + 3) / 4] += 1
            if matches.headers.count < limit { matches.headers.append(copy header) }
            return true
        }
        return matches
    }

    /// Each matching record by time, or backwards, until `body` says false.
    package func forEach(
        in snapshot: LogSnapshot, range: Range<PreciseTime>, lens: Lens = Lens(), newestFirst: Bool = false,
        _ body: (borrowing LogHeader) -> Bool
    ) {
        var subject = LogSubject(snapshot, compiled)
        let lens = LogLens(lens, snapshot)
        guard !lens.excludesAll else { return }
        snapshot.forEach(in: range, newestFirst: newestFirst) { header in
            guard lens.accepts(header, in: snapshot) else { return true }
            guard !compiled.matchesEverything else { return body(header) }
            subject.header = copy header
            return compiled.matches(&subject) ? body(header) : true
        }
    }

    /// True when the search holds for one record.
    package func matches(_ header: LogHeader, in snapshot: LogSnapshot) -> Bool {
        var subject = LogSubject(snapshot, compiled)
        subject.header = header
        return compiled.matches(&subject)
    }

    /// How many matching records have which values under `fields`; the most frequent first, an absent field as the empty string.
    package func count(
        by fields: [String], in snapshot: LogSnapshot, range: Range<PreciseTime>, lens: Lens = Lens()
    ) -> [(values: [String], count: Int)] {
        var counts: [[String]: Int] = [:]
        let fields = fields.map(SearchSchema.logs.field)
        forEach(in: snapshot, range: range, lens: lens) { header in
            let values = fields.map { LogSubject.text(of: $0, header, in: snapshot) }
            counts[values, default: 0] += 1
            return true
        }
        return counts.map { ($0.key, $0.value) }.sorted { ($1.count, $0.values.joined()) < ($0.count, $1.values.joined()) }
    }
}

/// What a search of logs found.
package struct LogMatches: Sendable {
    /// In the order asked for, up to the limit.
    package var headers: [LogHeader] = []
    /// Beyond the limit too.
    package var total = 0
    /// Unspecified, trace, debug, info, warn, error, fatal.
    package var countsByLevel = [Int](repeating: 0, count: 7)
    package init() {}
}

/// A lens made ready for log headers.
private struct LogLens {
    private let service: Symbol?
    private let version: String?
    let excludesAll: Bool

    init(_ lens: Lens, _ snapshot: LogSnapshot) {
        service = lens.service.flatMap(snapshot.strings.id(of:))
        excludesAll = lens.service != nil && service == nil
        version = lens.version
    }

    func accepts(_ header: borrowing LogHeader, in snapshot: LogSnapshot) -> Bool {
        if let service, header.service != service { return false }
        guard let version else { return true }
        return snapshot.resource(of: header.ref)?.serviceVersion == version
    }
}

/// Asks conditions about log records: headers first, decoding only what the search needs.
struct LogSubject: SearchSubject {
    private let snapshot: LogSnapshot
    private var services: RememberedAnswers
    private let traces: [TracePrefix?]
    /// The record that is asked about.
    var header: LogHeader?

    init(_ snapshot: LogSnapshot, _ search: CompiledSearch) {
        self.snapshot = snapshot
        services = RememberedAnswers(search.conditions.count)
        traces = search.conditions.map { $0.field == .trace ? TracePrefix($0) : nil }
        header = nil
    }

    mutating func holds(_ condition: SearchCondition, index: Int) -> Bool {
        guard let header else { return false }
        switch condition.field {
        case .level: return condition.holds(header.severity)
        case .service:
            let strings = snapshot.strings
            return services.answer(index, header.service) { condition.holds(strings[$0]) }
        case .trace:
            return traces[index].map { $0.holds(header.traceID) } ?? (header.traceID.isValid && condition.holds(header.traceID.hexadecimal))
        case .span: return header.spanID.isValid && condition.holds(header.spanID.hexadecimal)
        case .message: return snapshot.withMessage(of: header.ref) { condition.holds(utf8: $0) }
        case .source: return snapshot.source(of: header.ref).map { condition.holds($0.name) } ?? false
        case .text: return containsText(condition, header)
        case .attribute(let name): return Self.attribute(name, header.ref, in: snapshot).map { condition.holds($0) } ?? false
        case .name, .kind, .status, .duration, .traceDuration, .version, .root: return false
        }
    }

    private func containsText(_ condition: SearchCondition, _ header: LogHeader) -> Bool {
        if snapshot.withMessage(of: header.ref, { condition.isContained(inUTF8: $0) }) { return true }
        if condition.isContained(in: snapshot.strings[header.service]) { return true }
        return snapshot.record(header.ref)?.attributes.contains { condition.isContained(in: $0.value.text) } ?? false
    }

    /// Of the record itself or else of its resource.
    private static func attribute(_ name: String, _ ref: LogRef, in snapshot: LogSnapshot) -> AttributeValue? {
        snapshot.attribute(name, of: ref) ?? snapshot.resource(of: ref)?[name]
    }

    /// The text under one field of a record; empty where it has none.
    static func text(of field: SearchCondition.Field, _ header: borrowing LogHeader, in snapshot: LogSnapshot) -> String {
        switch field {
        case .level: header.severity.name
        case .service: snapshot.strings[header.service]
        case .trace: header.traceID.isValid ? header.traceID.hexadecimal : ""
        case .span: header.spanID.isValid ? header.spanID.hexadecimal : ""
        case .message: snapshot.message(of: header.ref)
        case .source: snapshot.source(of: header.ref)?.name ?? ""
        case .attribute(let name): attribute(name, header.ref, in: snapshot)?.text ?? ""
        default: ""
        }
    }
}

extension LogSearch {
    /// Names and values of the newest records, for completion.
    package struct Candidates: SearchCandidates {
        private static let sampleSize = 2000
        private let snapshot: LogSnapshot
        private let newest: [LogHeader]

        package init(_ snapshot: LogSnapshot) {
            self.snapshot = snapshot
            var newest: [LogHeader] = []
            snapshot.forEach(in: .always, newestFirst: true) { header in
                newest.append(copy header)
                return newest.count < Self.sampleSize
            }
            self.newest = newest
        }

        package func fieldNames() -> [String] {
            byFrequency(newest.lazy.flatMap { snapshot.record($0.ref)?.attributes.map(\.key) ?? [] })
        }
        package func values(of field: String) -> [String] {
            let field = SearchSchema.logs.field(field)
            return byFrequency(newest.lazy.map { LogSubject.text(of: field, $0, in: snapshot) })
        }
    }
}

extension Range<PreciseTime> {
    /// All of time.
    package static var always: Self { PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max) }
}
