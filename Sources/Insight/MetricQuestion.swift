import Store
import Telemetry

/// What to know of a metric's series before a good question can be asked.
package struct MetricFacts: Hashable, Sendable {
    package var seriesCount = 0
    /// The number of values of each label but the name and those of the type (`le`, `quantile`), among the series looked at.
    package var labels: [String: Int] = [:]
    /// The usual time between two samples.
    package var interval: TimeSpan?
    /// The value of one of its series.
    package var latest: Double?
    package init() {}

    /// Series looked at: labels that tell a thousand apart will tell the rest apart.
    private static let limit = 1000

    package init(_ entry: MetricEntry, _ metrics: MetricSnapshot, at now: Timestamp) {
        let series = entry.parts.first.map { metrics.series(named: $0) } ?? []
        seriesCount = series.count
        var values: [String: Set<String>] = [:]
        for id in series.prefix(Self.limit) {
            for label in metrics.labels(of: id).labels { values[label.name, default: []].insert(label.value) }
        }
        for name in [LabelSet.nameLabel, "le", "quantile"] { values[name] = nil }
        labels = values.mapValues(\.count)
        for id in series.prefix(20) where interval == nil || latest == nil {
            let samples = metrics.samples(of: id, in: now - .minutes(10)...now).filter { !$0.isStale }.suffix(10)
            latest = latest ?? samples.last?.value
            let gaps = zip(samples, samples.dropFirst()).map { $1.time - $0.time }.sorted()
            if !gaps.isEmpty { interval = interval ?? gaps[gaps.count / 2] }
        }
    }
}

/// The right question for a metric: how much a counter rises, how a histogram spreads, how long ago a moment was.
package struct MetricQuestion: Hashable, Sendable {
    /// How the answer is looked at.
    package enum Picture: String, Hashable, Sendable {
        case lines
        /// The first expression gives the buckets, the others the lines over them.
        case heatmap
        /// A row a series, coloured over time by its value.
        case statuses
        /// The labels of the series; their values say nothing.
        case labels
    }
    package var picture: Picture
    /// PromQL, the first one under the letter A.
    package var expressions: [String]

    package init(picture: Picture, expressions: [String]) {
        self.picture = picture
        self.expressions = expressions
    }

    package init(_ entry: MetricEntry, _ facts: MetricFacts) {
        let range = "[" + Self.range(facts.interval).prometheus + "]"
        let metric = QueryText.selector(entry.name)
        switch entry.form {
        case .counter: self.init(picture: .lines, expressions: [Self.rate(metric + range, facts)])
        case .gauge: self.init(picture: .lines, expressions: [metric])
        case .moment:
            // A length of time may have such a name too, and no clock was ever so early.
            let isLength = facts.latest.map { $0 < 500_000_000 } ?? false
            self.init(picture: .lines, expressions: [isLength ? metric : "time() - " + metric])
        case .status, .states: self.init(picture: .statuses, expressions: [metric])
        case .info: self.init(picture: .labels, expressions: [metric])
        case .summary: self.init(picture: .lines, expressions: [QueryText.selector(entry.name, [LabelMatcher("quantile", .notEqual, "")])])
        case .plainSummary:
            let (sum, count) = (QueryText.selector(entry.name + "_sum"), QueryText.selector(entry.name + "_count"))
            self.init(picture: .lines, expressions: ["sum(rate(\(sum)\(range))) / sum(rate(\(count)\(range)))"])
        case .classicHistogram:
            self.init(buckets: "sum by (le) (rate(\(QueryText.selector(entry.name + "_bucket"))\(range)))")
        case .gaugeHistogram: self.init(buckets: "sum by (le) (\(QueryText.selector(entry.name + "_bucket")))")
        case .nativeHistogram: self.init(buckets: "sum(rate(\(metric)\(range)))")
        }
    }

    private init(buckets: String) {
        let quantiles = ["0.5", "0.95", "0.99"].map { "histogram_quantile(\($0), \(buckets))" }
        self.init(picture: .heatmap, expressions: [buckets] + quantiles)
    }

    /// Wide enough for four samples, so that one scrape that was missed leaves no hole; never below a minute, so that the text stays
    /// the same between targets.
    static func range(_ interval: TimeSpan?) -> TimeSpan {
        let wanted = max((interval ?? .seconds(15)).nanoseconds, 0)
        let widths: [TimeSpan] = [.minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(20), .minutes(60), .minutes(240)]
        return widths.first { $0.nanoseconds / 4 >= wanted } ?? .minutes(1440)
    }

    // MARK: - By what a counter is told apart

    private static func rate(_ selection: String, _ facts: MetricFacts) -> String {
        if facts.seriesCount <= 6 { return "rate(\(selection))" }
        guard let label = grouping(facts.labels) else { return "sum(rate(\(selection)))" }
        return "sum by (\(QueryText.label(label))) (rate(\(selection)))"
    }

    /// Labels people ask for first.
    private static let telling = [
        "code", "status", "status_code", "http_response_status_code", "response_code", "envoy_response_code_class", "route", "handler",
        "service",
        "service_name", "method", "operation", "result", "outcome", "reason", "type", "mode", "state", "level", "job",
    ]

    /// The label that makes the fewest lines that still tell something; nil where none does.
    package static func grouping(_ labels: [String: Int]) -> String? {
        let fitting = labels.filter { (2...12).contains($0.value) }
        if let known = telling.first(where: { fitting[$0] != nil }) { return known }
        let others = fitting.filter { !TellingLabels.ofEquals.contains($0.key) }
        let chosen = (others.isEmpty ? fitting : others).max { ($0.value, $1.key) < ($1.value, $0.key) }
        return chosen?.key
    }
}
