import Store
import Telemetry

/// What one service does, by span name and kind; where most time goes first.
package struct OperationReport: Sendable {
    package private(set) var operations: [Operation] = []
    /// Distinct operations beyond this are counted together as `…`.
    package static let limit = 2000
    /// Spans of operations beyond the limit.
    package private(set) var uncounted = 0

    package struct Operation: Hashable, Sendable {
        package let name: String
        package let kind: SpanKind
        package let count: Int
        package let rate: Double
        package let errors: Int
        package let errorShare: Double
        package let p50: TimeSpan
        package let p95: TimeSpan
        package let p99: TimeSpan
        /// Seconds spent in it, over all its spans.
        package let totalSeconds: Double
    }
    private struct Key: Hashable {
        let name: Symbol
        let kind: SpanKind
    }

    package init(_ snapshot: StoreSnapshot, of service: String, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp) {
        self.init(snapshot.traces, of: service, lens: lens, over: window, at: now)
    }

    package init(_ spans: some SpanReading, of service: String, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp) {
        let buckets = TimeBuckets(over: window, at: now, count: 1)
        let filter = LensFilter(Lens(service: service, operation: lens.operation, version: lens.version), in: spans)
        guard !filter.isImpossible else { return }
        var places: [Key: Int] = [:]
        var tallies: [(key: Key, errors: Int, latency: LatencyDistribution)] = []
        var beyond = 0
        var first: PreciseTime?
        spans.forEachSpan(startingIn: buckets.range) { span in
            guard filter.accepts(span) else { return }
            first = min(first ?? span.start, span.start)
            let key = Key(name: span.name, kind: span.kind)
            let place = places[key] ?? tallies.count
            if place == tallies.count {
                guard place < Self.limit else {
                    beyond += 1
                    return
                }
                places[key] = place
                tallies.append((key, 0, LatencyDistribution()))
            }
            tallies[place].latency.add(span.duration)
            if span.status == .error { tallies[place].errors += 1 }
        }
        uncounted = beyond
        let seconds = buckets.secondsSeen(since: first)
        operations = tallies.map { key, errors, latency in
            Operation(
                name: spans.text(key.name), kind: key.kind, count: latency.count, rate: Double(latency.count) / seconds,
                errors: errors,
                errorShare: Double(errors) / Double(latency.count), p50: latency.quantile(0.5) ?? .zero,
                p95: latency.quantile(0.95) ?? .zero,
                p99: latency.quantile(0.99) ?? .zero, totalSeconds: latency.sumSeconds)
        }.sorted { ($1.totalSeconds, $0.name, $0.kind.rawValue) < ($0.totalSeconds, $1.name, $1.kind.rawValue) }
    }
}
