import PromQL
import Store
import Telemetry

/// What the series of one version of the store offer to whoever types a query.
package struct SnapshotCandidates: QueryCandidates {
    private let metrics: MetricSnapshot

    /// Series of one metric that are looked at: a list of proposals must come while the next key is pressed.
    private static let seriesLimit = 20_000

    package init(_ metrics: MetricSnapshot) { self.metrics = metrics }

    package func metricNames() -> [String] { metrics.metricNames }
    package func labelNames(of metric: String?) -> [String] {
        guard let metric, let found = pairs(of: metric) else { return metrics.labelNames }
        return Set(found.map(\.name)).map { metrics.text(of: $0) }.sorted()
    }
    package func labelValues(_ label: String, of metric: String?) -> [String] {
        guard let metric, let found = pairs(of: metric), let name = metrics.symbol(for: label) else { return metrics.labelValues(label) }
        return found.filter { $0.name == name }.map { metrics.text(of: $0.value) }.sorted()
    }
    /// That of the metric, or of the family that it is a part of.
    package func metadata(of metric: String) -> MetricMetadata? { Self.metadata(of: metric, in: metrics) }

    static func metadata(of metric: String, in metrics: MetricSnapshot) -> MetricMetadata? {
        if let own = metrics.metadata(family: metric) { return own }
        return ["_total", "_bucket", "_sum", "_count", "_info"].lazy.compactMap { suffix in
            metric.hasSuffix(suffix) ? metrics.metadata(family: String(metric.dropLast(suffix.count))) : nil
        }.first
    }

    /// Nil where there is no such metric: then the labels of all are better than none.
    private func pairs(of metric: String) -> Set<SymbolPair>? {
        let series = metrics.series(named: metric)
        if series.isEmpty { return nil }
        var all = Set<SymbolPair>()
        var pairs: [SymbolPair] = []
        for id in series.prefix(Self.seriesLimit) {
            pairs.removeAll(keepingCapacity: true)
            metrics.appendLabels(of: id, to: &pairs)
            all.formUnion(pairs)
        }
        return all
    }
}
