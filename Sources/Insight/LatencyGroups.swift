import Store
import Telemetry

/// The latencies of a histogram told apart by some of its labels, each group against the same window before.
package struct LatencyGroups: Sendable {
    package struct Group: Hashable, Sendable {
        /// In the order in which they were asked for; one that a series lacks is empty.
        package var labels: [Label]
        package var count = 0.0
        package var countBefore = 0.0
        package var p50: LatencyQuantile?
        package var p95: LatencyQuantile?
        package var p99: LatencyQuantile?
        package var p99Before: LatencyQuantile?
    }
    /// The slowest first; those that counted nothing last.
    package private(set) var groups: [Group] = []
    /// Of all, though only so many are told of.
    package private(set) var total = 0

    /// More groups than that nobody reads.
    private static let limit = 500

    package init() {}

    package init(_ snapshot: StoreSnapshot, histogram family: String, by names: [String], over window: TimeSpan, at now: Timestamp) {
        let metrics = snapshot.metrics
        let times = TimeBuckets(over: window, at: now, count: 1)
        let reach = (now - window - window - .minutes(5))...now
        var tallies: [[String]: (now: LatencyTally, before: LatencyTally)] = [:]
        for one in HistogramSeries.all(of: family, [], metrics) {
            let key = names.map { metrics.label($0, of: one.id) ?? "" }
            var tally = tallies[key] ?? (LatencyTally(), LatencyTally())
            one.forEachRise(metrics, in: reach) { time, add in
                if times.holdsRise(at: time.precise) {
                    add(&tally.now)
                } else if times.holdsRiseBefore(at: time.precise) {
                    add(&tally.before)
                }
            }
            tallies[key] = tally
        }
        let unit = LatencyGrid.unit(of: family)
        let all = tallies.map { key, tally in
            Group(
                labels: zip(names, key).map { Label($0, $1) }, count: tally.now.count, countBefore: tally.before.count,
                p50: tally.now.quantile(0.5, unit: unit), p95: tally.now.quantile(0.95, unit: unit),
                p99: tally.now.quantile(0.99, unit: unit), p99Before: tally.before.quantile(0.99, unit: unit))
        }
        total = all.count
        groups = Array(all.sorted(by: Self.isWorse).prefix(Self.limit))
    }

    private static func isWorse(_ a: Group, _ b: Group) -> Bool {
        let (first, second) = (rank(a.p99), rank(b.p99))
        return first == second ? a.labels.lexicographicallyPrecedes(b.labels) : first > second
    }
    private static func rank(_ value: LatencyQuantile?) -> TimeSpan {
        value.map { $0.isBeyond ? TimeSpan(nanoseconds: .max) : $0.value } ?? TimeSpan(nanoseconds: -1)
    }
}
