import Patterns
import Telemetry

/// The series of one version of the store.
package struct MetricSnapshot: Sendable {
    private let strings: StringTable
    private let blocks: [MetricBlock]
    private let table: SegmentedTable<SeriesRow>
    private let labelPairs: AppendOnly<LabelPair>
    private let byName: [Symbol: [SeriesID]]
    private let exemplars: ExemplarRing
    private let metadata: [String: MetricMetadata]

    init(_ state: borrowing MetricState) {
        blocks = state.blocks
        table = state.series
        labelPairs = state.labels
        byName = state.byName
        exemplars = state.exemplars
        metadata = state.metadata
        strings = state.strings.table
    }

    package var seriesCount: Int { table.endIndex }

    /// The series that all `matchers` accept, ascending by id. An absent label counts as empty, as in Prometheus. Quick where one of them names
    /// the metric with `=`; otherwise looks at all series. Throws for a bad regular expression.
    package func series(matching matchers: [LabelMatcher]) throws(PatternError) -> [SeriesID] {
        var tests: [LabelTest] = []
        for matcher in matchers { tests.append(try LabelTest(matcher, strings)) }
        if let name = matchers.first(where: { $0.name == LabelSet.nameLabel && $0.operation == .equal && !$0.value.isEmpty })?.value {
            guard let id = strings.id(of: name), let candidates = byName[id] else { return [] }
            return candidates.filter { accepts($0, &tests) }
        }
        return (0..<UInt32(table.endIndex)).map { SeriesID($0) }.filter { accepts($0, &tests) }
    }
    private func accepts(_ id: SeriesID, _ tests: inout [LabelTest]) -> Bool {
        let range = table[Int(id.index)].labels
        for index in tests.indices {
            let name = tests[index].name
            let value = range.first { labelPairs[$0].name == name }.map { labelPairs[$0].value } ?? .empty
            if !tests[index].accepts(value, strings) { return false }
        }
        return true
    }

    /// Empty for an id that is younger than the snapshot.
    package func labels(of id: SeriesID) -> LabelSet {
        guard table.contains(Int(id.index)) else { return LabelSet(sorted: []) }
        return LabelSet(sorted: table[Int(id.index)].labels.map { Label(strings[labelPairs[$0].name], strings[labelPairs[$0].value]) })
    }
    /// One label, without making the others; nil where it is absent.
    package func label(_ name: String, of id: SeriesID) -> String? {
        guard table.contains(Int(id.index)), let name = strings.id(of: name) else { return nil }
        return table[Int(id.index)].labels.first { labelPairs[$0].name == name }.map { strings[labelPairs[$0].value] }
    }

    package func appendLabels(of series: SeriesID, to pairs: inout [SymbolPair]) {
        guard table.contains(Int(series.index)) else { return }
        let start = pairs.count
        for index in table[Int(series.index)].labels {
            pairs.append(SymbolPair(name: labelPairs[index].name, value: labelPairs[index].value))
        }
        pairs[start...].sort { $0.name.index < $1.name.index }
    }
    package func text(of symbol: Symbol) -> String { strings[symbol] }
    package func symbol(for text: String) -> Symbol? { strings.id(of: text) }
    package func newest(_ series: SeriesID) -> Sample? {
        guard table.contains(Int(series.index)), table[Int(series.index)].lastTime != .min else { return nil }
        let row = table[Int(series.index)]
        return Sample(Timestamp(milliseconds: row.lastTime), Double(bitPattern: row.lastValue))
    }
    /// Series only come.
    package var seriesVersion: UInt64 { UInt64(table.endIndex) }

    /// The samples in `range`, both ends included, ascending by time, staleness markers among them.
    package func samples(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Sample] {
        var out: [Sample] = []
        forEachChunkBackwards(of: id) { chunk, count in
            var index = count - 1
            while index >= 0, chunk.time(index) > range.upperBound.milliseconds { index -= 1 }
            while index >= 0, chunk.time(index) >= range.lowerBound.milliseconds {
                out.append(chunk.sample(index))
                index -= 1
            }
            return index < 0
        }
        out.reverse()
        return out
    }

    /// The newest sample in `(time - lookback, time]`; nil where there is none or it is a staleness marker.
    package func latest(of id: SeriesID, at time: Timestamp, lookback: TimeSpan = .minutes(5)) -> Sample? {
        var found: Sample?
        forEachChunkBackwards(of: id) { chunk, count in
            var index = count - 1
            while index >= 0, chunk.time(index) > time.milliseconds { index -= 1 }
            if index >= 0 { found = chunk.sample(index) }
            return found == nil
        }
        guard let found, found.time > time - lookback, !found.isStale else { return nil }
        return found
    }

    /// From the newest chunk back, until `body` says false.
    private func forEachChunkBackwards(of id: SeriesID, _ body: (Chunk, _ count: Int) -> Bool) {
        guard table.contains(Int(id.index)), let first = blocks.first?.number else { return }
        let row = table[Int(id.index)]
        var (place, count) = (row.chunk, Int(row.count))
        while place != .none, place.block >= first, Int(place.block - first) < blocks.count {
            let chunk = blocks[Int(place.block - first)].chunk(at: place.offset)
            guard body(chunk, count) else { return }
            let header = chunk.header
            (place, count) = (header.previous, Int(header.previousCount))
        }
    }

    /// Those in `range`, both ends included, ascending by time.
    package func exemplars(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Exemplar] {
        var out: [Exemplar] = []
        for segment in exemplars.segments {
            for entry in segment where entry.series == id && range.contains(entry.exemplar.time) { out.append(entry.exemplar) }
        }
        return out
    }

    package func metadata(family: String) -> MetricMetadata? { metadata[family] }
    /// Names of all metrics that have series, ascending.
    package var metricNames: [String] { byName.keys.map { strings[$0] }.filter { !$0.isEmpty }.sorted() }
    /// Families with metadata, ascending.
    package var familyNames: [String] { metadata.keys.sorted() }
}

/// A matcher over interned labels: what a value comes to is worked out once.
private struct LabelTest {
    let name: Symbol?
    private let matcher: LabelMatcher
    private let pattern: Pattern?
    private var known: [Symbol: Bool] = [:]

    init(_ matcher: LabelMatcher, _ strings: StringTable) throws(PatternError) {
        self.matcher = matcher
        name = strings.id(of: matcher.name)
        let isPattern = matcher.operation == .matches || matcher.operation == .doesNotMatch
        pattern = isPattern ? try Pattern(matcher.value, dotMatchesNewline: true) : nil
    }

    mutating func accepts(_ value: Symbol, _ strings: StringTable) -> Bool {
        if let outcome = known[value] { return outcome }
        let text = strings[value]
        let outcome =
            switch matcher.operation {
            case .equal: text == matcher.value
            case .notEqual: text != matcher.value
            case .matches: pattern?.matchesWhole(text) ?? false
            case .doesNotMatch: !(pattern?.matchesWhole(text) ?? true)
            }
        known[value] = outcome
        return outcome
    }
}
