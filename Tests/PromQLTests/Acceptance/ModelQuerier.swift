import Patterns
import PromQL
import Telemetry

/// Series in plain arrays, to evaluate queries over without a store.
struct ModelQuerier: Querier {
    struct Series {
        var labels: LabelSet
        /// Ascending by time, no time twice.
        var points: [(time: Int64, value: PointValue)] = []
    }
    private(set) var series: [Series] = []
    private var indexes: [LabelSet: Int] = [:]
    private var texts = [""]
    private var symbols: [String: UInt32] = ["": 0]
    var metadata: [String: MetricMetadata] = [:]

    /// Sets the point of `labels` at `time`; a later one replaces an earlier.
    mutating func set(_ labels: LabelSet, _ time: Int64, _ value: PointValue) {
        let index = index(of: labels)
        let place = series[index].points.lastIndex { $0.time <= time }
        if let place, series[index].points[place].time == time {
            series[index].points[place].value = value
        } else {
            series[index].points.insert((time, value), at: place.map { $0 + 1 } ?? 0)
        }
    }

    private mutating func index(of labels: LabelSet) -> Int {
        if let index = indexes[labels] { return index }
        indexes[labels] = series.count
        series.append(Series(labels: labels))
        for label in labels.labels {
            intern(label.name)
            intern(label.value)
        }
        return series.count - 1
    }

    private mutating func intern(_ text: String) {
        guard symbols[text] == nil else { return }
        symbols[text] = UInt32(texts.count)
        texts.append(text)
    }

    /// Hints as a store tells them: known only between two counters of one chunk.
    mutating func settleHints() {
        for index in series.indices {
            var before: DenseHistogram?
            for point in series[index].points.indices {
                guard case .histogram(var histogram) = series[index].points[point].value, histogram.resetHint != .gauge else {
                    before = nil
                    continue
                }
                let dense = DenseHistogram(histogram)
                let isKnown = histogram.resetHint != .reset && before.map { !dense.isNewChunk(after: $0) } ?? false
                histogram.resetHint = isKnown ? .notReset : .unknown
                before = Sample.isStale(histogram.sum) ? nil : dense
                series[index].points[point].value = .histogram(histogram)
            }
        }
    }

    // MARK: Querier

    func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID] {
        var tests: [(String, (String) -> Bool)] = []
        for matcher in matchers {
            switch matcher.operation {
            case .equal: tests.append((matcher.name, { $0 == matcher.value }))
            case .notEqual: tests.append((matcher.name, { $0 != matcher.value }))
            case .matches, .doesNotMatch:
                let pattern = try Pattern(matcher.value, dotMatchesNewline: true)
                tests.append((matcher.name, { pattern.matchesWhole($0) == (matcher.operation == .matches) }))
            }
        }
        let times = range.lowerBound.milliseconds...range.upperBound.milliseconds
        return series.indices.filter { index in
            tests.allSatisfy { name, isWanted in isWanted(series[index].labels[name] ?? "") }
                && series[index].points.contains { times.contains($0.time) }
        }.map { SeriesID(UInt32($0)) }
    }

    func appendLabels(of id: SeriesID, to pairs: inout [SymbolPair]) {
        let labels = series[Int(id.index)].labels.labels
        let added = labels.map { SymbolPair(name: Symbol(symbols[$0.name] ?? 0), value: Symbol(symbols[$0.value] ?? 0)) }
        pairs += added.sorted { $0.name.index < $1.name.index }
    }
    func text(of symbol: Symbol) -> String { Int(symbol.index) < texts.count ? texts[Int(symbol.index)] : "" }
    func symbol(for text: String) -> Symbol? { symbols[text].map { Symbol($0) } }

    func read(_ id: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {
        for point in series[Int(id.index)].points
        where point.time >= range.lowerBound.milliseconds && point.time <= range.upperBound.milliseconds {
            switch point.value {
            case .float(let value): columns.append(point.time, value)
            case .histogram(let histogram): columns.append(point.time, histogram)
            }
        }
    }

    func newest(_ id: SeriesID) -> Sample? {
        guard let last = series[Int(id.index)].points.last, case .float(let value) = last.value else { return nil }
        return Sample(Timestamp(milliseconds: last.time), value)
    }
    var seriesVersion: UInt64 { UInt64(series.count) }
    func metadata(family: String) -> MetricMetadata? { metadata[family] }
}
