import Patterns
import Store
import Telemetry

@testable import API

/// A store as plain as can be: arrays, looked through from end to end.
struct ModelStore: CatalogQuerier {
    struct Series {
        var labels: LabelSet
        var samples: [Sample] = []
        var histograms: [HistogramSample] = []
        var exemplars: [Exemplar] = []
    }
    var series: [Series] = []
    var statistics = Cardinality()
    var families: [String: MetricMetadata] = [:]
    private var strings = [""]
    private var symbols = ["": Symbol.empty]

    mutating func add(_ labels: [String: String], _ samples: [Sample] = [], histograms: [HistogramSample] = [], exemplars: [Exemplar] = [])
    {
        let set = LabelSet(labels.map { Label($0.key, $0.value) })
        for label in set.labels {
            for text in [label.name, label.value] where symbols[text] == nil {
                symbols[text] = Symbol(UInt32(strings.count))
                strings.append(text)
            }
        }
        series.append(Series(labels: set, samples: samples, histograms: histograms, exemplars: exemplars))
    }

    func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID] {
        var found: [SeriesID] = []
        for (index, entry) in series.enumerated() where try accepts(entry.labels, matchers) {
            let times = entry.samples.map(\.time) + entry.histograms.map(\.time)
            if times.isEmpty || times.contains(where: range.contains) { found.append(SeriesID(UInt32(index))) }
        }
        return found
    }
    private func accepts(_ labels: LabelSet, _ matchers: [LabelMatcher]) throws(PatternError) -> Bool {
        for matcher in matchers {
            let value = labels[matcher.name] ?? ""
            switch matcher.operation {
            case .equal: if value != matcher.value { return false }
            case .notEqual: if value == matcher.value { return false }
            case .matches: if try !Pattern(matcher.value, dotMatchesNewline: true).matchesWhole(value) { return false }
            case .doesNotMatch: if try Pattern(matcher.value, dotMatchesNewline: true).matchesWhole(value) { return false }
            }
        }
        return true
    }
    func labelNames(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String] {
        Set(try select(matchers, in: range).flatMap { series[Int($0.index)].labels.labels.map(\.name) }).sorted()
    }
    func labelValues(_ name: String, matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String] {
        Set(try select(matchers, in: range).compactMap { series[Int($0.index)].labels[name] }).sorted()
    }
    func exemplars(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Exemplar] {
        series[Int(id.index)].exemplars.filter { range.contains($0.time) }
    }
    func cardinality(limit: Int) -> Cardinality { statistics }
    var familyNames: [String] { families.keys.sorted() }
    func metadata(family: String) -> MetricMetadata? { families[family] }

    func appendLabels(of id: SeriesID, to pairs: inout [SymbolPair]) {
        let own = series[Int(id.index)].labels.labels.compactMap { label in
            symbols[label.name].flatMap { name in symbols[label.value].map { SymbolPair(name: name, value: $0) } }
        }
        pairs += own.sorted { $0.name.index < $1.name.index }
    }
    func text(of symbol: Symbol) -> String { strings[Int(symbol.index)] }
    func symbol(for text: String) -> Symbol? { symbols[text] }
    func read(_ id: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {
        let entry = series[Int(id.index)]
        for sample in entry.samples where range.contains(sample.time) { columns.append(sample.time.milliseconds, sample.value) }
        for sample in entry.histograms where range.contains(sample.time) { columns.append(sample.time.milliseconds, sample.value) }
    }
    func newest(_ id: SeriesID) -> Sample? { series[Int(id.index)].samples.last }
    var seriesVersion: UInt64 { UInt64(series.count) }
}
