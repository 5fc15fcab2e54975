import Patterns
import PromQL
import Telemetry

/// A handful of series of every kind, a sample each 30 seconds for ten minutes, to evaluate any query over.
struct FewSeries: Querier {
    private static let texts = [
        "up{job=\"a\",instance=\"1\"} 1x20", "up{job=\"a\",instance=\"2\"} 1x5 0 stale _x3 1x10", "c{job=\"a\"} 0+5x8 2+3x11",
        "c{job=\"b\"} NaN Inf -Inf 0x17",
        "b{le=\"0.1\"} 0+1x20", "b{le=\"1\"} 0+2x20", "b{le=\"+Inf\"} 0+4x20", "b{le=\"x\"} 1x20",
        "target_info{job=\"a\",instance=\"1\",k=\"v\"} 1x20",
        "h{job=\"a\"} {{schema:1 count:6 sum:8 z_bucket:1 z_bucket_w:0.01 buckets:[1 2] n_buckets:[2]}}+{{schema:1 count:6 sum:8 z_bucket:1 z_bucket_w:0.01 buckets:[1 2] n_buckets:[2]}}x20",
        "h{job=\"b\"} {{schema:-53 count:6 sum:8 custom_values:[1 2] buckets:[1 2 3]}}x9 {{schema:-53 count:3 sum:NaN custom_values:[1] buckets:[1 2]}}x10",
        "h{job=\"c\"} 1x4 {{schema:8 offset:-2000000000 buckets:[1 -1 NaN] n_offset:2147483000 n_buckets:[Inf]}}x4 {{schema:-4 count:-1 buckets:[1]}}x4 stale 2",
    ]
    private struct Series {
        var labels: LabelSet
        var points: [(time: Int64, value: PointValue)] = []
    }
    private let series: [Series]
    private let strings: [String]

    init() {
        series = Self.texts.compactMap { text in (try? SeriesDescription(text)).map(Self.series) }
        strings = [""] + Set(series.flatMap { $0.labels.labels.flatMap { [$0.name, $0.value] } }).sorted()
    }

    private static func series(_ description: SeriesDescription) -> Series {
        var (series, time) = (Series(labels: description.labels), Int64(0))
        for item in description.items {
            for index in 0..<item.count {
                switch item {
                case .omitted: break
                case .floats(let first, let step, _):
                    series.points.append((time, .float(index == 0 ? first : first + Double(index) * step)))
                case .histograms(let first, let step, _, _):
                    var value = first.value
                    // What can't be added stays.
                    if let step { for _ in 0..<index { _ = try? value.add(step.value) } }
                    series.points.append((time, .histogram(value)))
                }
                time += 30_000
            }
        }
        return series
    }

    func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID] {
        var found = Array(series.indices)
        for matcher in matchers {
            let value = { (index: Int) in series[index].labels[matcher.name] ?? "" }
            switch matcher.operation {
            case .equal: found.removeAll { value($0) != matcher.value }
            case .notEqual: found.removeAll { value($0) == matcher.value }
            case .matches, .doesNotMatch:
                let pattern = try Pattern(matcher.value, dotMatchesNewline: true)
                found.removeAll { pattern.matchesWhole(value($0)) != (matcher.operation == .matches) }
            }
        }
        return found.map { SeriesID(UInt32($0)) }
    }
    func appendLabels(of id: SeriesID, to pairs: inout [SymbolPair]) {
        pairs += series[Int(id.index)].labels.labels.map {
            SymbolPair(name: symbol(for: $0.name) ?? .empty, value: symbol(for: $0.value) ?? .empty)
        }.sorted { $0.name.index < $1.name.index }
    }
    func text(of symbol: Symbol) -> String { Int(symbol.index) < strings.count ? strings[Int(symbol.index)] : "" }
    func symbol(for text: String) -> Symbol? { strings.firstIndex(of: text).map { Symbol(UInt32($0)) } }
    func read(_ id: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {
        for (time, value) in series[Int(id.index)].points where range.contains(Timestamp(milliseconds: time)) {
            switch value {
            case .float(let value): columns.append(time, value)
            case .histogram(let histogram): columns.append(time, histogram)
            }
        }
    }
    func newest(_ id: SeriesID) -> Sample? { nil }
    var seriesVersion: UInt64 { 1 }
    func metadata(family: String) -> MetricMetadata? { nil }
}
