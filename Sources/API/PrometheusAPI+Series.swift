import PromQL
import Telemetry

extension PrometheusAPI {
    static let everything = Timestamp.distantPast...Timestamp.distantFuture
    private static let truncated = "results truncated due to limit"

    func writeSeries(_ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        guard !call.form.all("match[]").isEmpty else { throw APIFailure(.badData, "no match[] parameter provided") }
        let limit = try call.form.limit()
        let range = try range(call)
        let store = sources.store()
        var selectors: [[LabelMatcher]] = []
        do throws(APIFailure) { selectors = try self.selectors(call) } catch {
            throw error.kind == .badData ? .parameter("match[]", error.message) : error
        }
        var ids = Set<SeriesID>()
        for matchers in selectors {
            try checkTime(call)
            if let range { ids.formUnion(try select(matchers, range, store)) }
        }
        var reader = LabelReader(store)
        var found: [LabelSet] = []
        found.reserveCapacity(ids.count)
        for (index, id) in ids.enumerated() {
            if index % 1024 == 0 { try checkTime(call) }
            found.append(reader.labels(of: id))
        }
        found.sort { isBefore($0, $1) }
        if let limit, found.count > limit {
            found.removeLast(found.count - limit)
            notes.warnings.append(Self.truncated)
        }
        json.array(found) { $0.labels($1) }
    }

    func writeLabelNames(_ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        let store = sources.store()
        try writeStrings(call, &json, &notes) { matchers, range throws(PatternError) in try store.labelNames(matchers, in: range) }
    }

    func writeLabelValues(_ escaped: String, _ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        guard case .text(let path) = percentDecoded(Array(escaped.utf8)[...], plusIsSpace: false), !path.isEmpty else {
            throw APIFailure(.badData, "invalid label name: \"\(escaped)\"")
        }
        let name = unescapedName(path)
        let store = sources.store()
        try writeStrings(call, &json, &notes) { matchers, range throws(PatternError) in
            try store.labelValues(name, matchers: matchers, in: range)
        }
    }

    /// The union over all selectors of the request, ascending.
    private func writeStrings(
        _ call: Call, _ json: inout JSONBytes, _ notes: inout Notes,
        _ look: ([LabelMatcher], ClosedRange<Timestamp>) throws(PatternError) -> [String]
    ) throws(APIFailure) {
        let limit = try call.form.limit()
        let range = try range(call)
        let selectors = try selectors(call)
        var found: [String] = []
        for matchers in selectors.isEmpty ? [[]] : selectors {
            try checkTime(call)
            guard let range else { break }
            do throws(PatternError) { found += try look(matchers, range) } catch { throw APIFailure(.badData, error.prometheusText) }
        }
        if selectors.count > 1 { found = Array(Set(found)) }
        // By bytes, as Prometheus sorts; Swift's order of strings is another where they are not ASCII.
        found.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if let limit, found.count > limit {
            found.removeLast(found.count - limit)
            notes.warnings.append(Self.truncated)
        }
        json.array(found) { $0.string($1) }
    }

    func writeExemplars(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) {
        guard let range = try range(call) else { throw APIFailure(.badData, "end timestamp must not be before start timestamp") }
        let expression: Expression
        do throws(QueryError) { expression = try PromQLParser.parse(call.form["query"] ?? "") } catch {
            throw APIFailure(.badData, error.description)
        }
        let store = sources.store()
        var ids = Set<SeriesID>()
        for selector in expression.selectors { ids.formUnion(try select(selector.matchers, range, store)) }
        var reader = LabelReader(store)
        let found = ids.sorted().compactMap { id in
            let exemplars = store.exemplars(of: id, in: range)
            return exemplars.isEmpty ? nil : (labels: reader.labels(of: id), exemplars: exemplars)
        }
        json.array(found.sorted { isBefore($0.labels, $1.labels) }) { json, entry in
            json.raw("{\"seriesLabels\":")
            json.labels(entry.labels)
            json.raw(",\"exemplars\":")
            json.array(entry.exemplars) { $0.exemplar($1) }
            json.raw("}")
        }
    }

    // MARK: Parameters

    /// From `start` to `end`; from and to where no time is given, everything. Nil where it ends before it begins.
    private func range(_ call: Call) throws(APIFailure) -> ClosedRange<Timestamp>? {
        let start = try call.form.time("start") ?? Self.everything.lowerBound
        let end = try call.form.time("end") ?? Self.everything.upperBound
        return start <= end ? start...end : nil
    }

    /// Those of `match[]`, each of which must keep some series out.
    private func selectors(_ call: Call) throws(APIFailure) -> [[LabelMatcher]] {
        var all: [[LabelMatcher]] = []
        for text in call.form.all("match[]") {
            try checkTime(call)
            do throws(QueryError) { all.append(try PromQLParser.parseSelector(text).matchers) } catch {
                throw APIFailure(.badData, error.description)
            }
        }
        for matchers in all {
            var acceptsAll = true
            for matcher in matchers where acceptsAll { acceptsAll = try accepts(LabelSet(sorted: []), [matcher]) }
            if acceptsAll { throw APIFailure(.badData, "match[] must contain at least one non-empty matcher") }
        }
        return all
    }

    func select(_ matchers: [LabelMatcher], _ range: ClosedRange<Timestamp>, _ store: any CatalogQuerier) throws(APIFailure) -> [SeriesID] {
        do throws(PatternError) { return try store.select(matchers, in: range) } catch { throw APIFailure(.badData, error.prometheusText) }
    }

    func checkTime(_ call: Call) throws(APIFailure) {
        if call.isAbandoned() { throw APIFailure(.canceled, "context canceled") }
        if sources.clock() - call.arrived > sources.timeout { throw APIFailure(.timeout, "context deadline exceeded") }
    }
}

/// By names and values in turn, bytes compared.
private func isBefore(_ a: LabelSet, _ b: LabelSet) -> Bool {
    for (x, y) in zip(a.labels, b.labels) where x != y {
        return x.name == y.name ? x.value.utf8.lexicographicallyPrecedes(y.value.utf8) : x.name.utf8.lexicographicallyPrecedes(y.name.utf8)
    }
    return a.labels.count < b.labels.count
}

/// Makes label sets of series; each string of the store is made once.
private struct LabelReader {
    private let store: any CatalogQuerier
    private var texts: [Symbol: String] = [:]
    private var pairs: [SymbolPair] = []

    init(_ store: any CatalogQuerier) { self.store = store }

    mutating func labels(of id: SeriesID) -> LabelSet {
        pairs.removeAll(keepingCapacity: true)
        store.appendLabels(of: id, to: &pairs)
        var labels: [Label] = []
        labels.reserveCapacity(pairs.count)
        for pair in pairs { labels.append(Label(text(pair.name), text(pair.value))) }
        return LabelSet(sorted: labels.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }
    private mutating func text(_ symbol: Symbol) -> String {
        if let known = texts[symbol] { return known }
        let text = store.text(of: symbol)
        texts[symbol] = text
        return text
    }
}

/// A name that came in Prometheus's escaping for places that can't hold any UTF-8: `U__http_2e_status` is `http.status`. As it is where that fails.
func unescapedName(_ name: String) -> String {
    guard name.hasPrefix("U__") else { return name }
    var out = String.UnicodeScalarView()
    var rest = name.unicodeScalars.dropFirst(3)
    while let scalar = rest.popFirst() {
        guard scalar == "_" else {
            out.append(scalar)
            continue
        }
        if rest.first == "_" {
            rest.removeFirst()
            out.append("_")
            continue
        }
        let digits = rest.prefix { $0 != "_" }
        guard digits.count <= 6, let value = UInt32(String(digits), radix: 16), let decoded = Unicode.Scalar(value),
            digits.endIndex < rest.endIndex
        else { return name }
        out.append(decoded)
        rest = rest[rest.index(after: digits.endIndex)...]
    }
    return String(out)
}

extension JSONBytes {
    fileprivate mutating func exemplar(_ exemplar: Exemplar) {
        raw("{\"labels\":")
        labels(exemplar.labels)
        raw(",\"value\":")
        sampleValue(exemplar.value)
        raw(",\"timestamp\":")
        seconds(milliseconds: exemplar.time.milliseconds)
        raw("}")
    }
}

extension Expression {
    /// All selectors in it, from left to right.
    var selectors: [VectorSelector] {
        switch node {
        case .number, .string: []
        case .parentheses(let inner), .negation(let inner), .plus(let inner): inner.selectors
        case .binary(let binary): binary.left.selectors + binary.right.selectors
        case .aggregation(let aggregation): (aggregation.parameter?.selectors ?? []) + aggregation.inner.selectors
        case .call(let call): call.arguments.flatMap(\.selectors)
        case .vector(let selector): [selector]
        case .matrix(let matrix): [matrix.selector]
        case .subquery(let subquery): subquery.inner.selectors
        }
    }
}
