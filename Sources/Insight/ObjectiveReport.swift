import PromQL
import Rules
import Store
import Telemetry

/// How an objective stands, as far as the data reach.
package struct ObjectiveReport: Sendable {
    package struct Row: Hashable, Sendable {
        package var labels: LabelSet
        /// The share of bad things in `reach`.
        package var bad: Double
        /// Of the budget for as long as the data reach: 1 is all, below 0 it is overdrawn.
        package var budgetLeft: Double
        /// How many times faster than allowed it goes, over the last hour or as far as the data reach.
        package var burn: Double
    }
    package var objective: ServiceLevelObjective
    /// The worst first.
    package var rows: [Row] = []
    /// What the figures are of: the period, or less where there is less.
    package var reach: TimeSpan
    package var isWhole: Bool { reach >= objective.window }

    package init(_ objective: ServiceLevelObjective, _ snapshot: StoreSnapshot, at now: Timestamp) {
        self.objective = objective
        let signal: Signal = if case .promQL = objective.indicator { .metrics } else { .traces }
        let age = snapshot.accounting.oldest[signal].map { now - $0 } ?? .zero
        reach = min(max(age, .zero), objective.window)
        guard reach >= .seconds(10) else { return }
        let allowed = 1 - objective.target
        let recent = Self.shares(objective, min(reach, .minutes(60)), snapshot, now)
        rows = Self.shares(objective, reach, snapshot, now).map { row in
            let burn = recent.first { $0.labels == row.labels }?.value ?? row.value
            return Row(labels: row.labels, bad: row.value, budgetLeft: 1 - row.value / allowed, burn: burn / allowed)
        }.sorted { ($0.budgetLeft, $0.labels.labels.first?.value ?? "") < ($1.budgetLeft, $1.labels.labels.first?.value ?? "") }
    }

    private static func shares(_ objective: ServiceLevelObjective, _ span: TimeSpan, _ snapshot: StoreSnapshot, _ now: Timestamp)
        -> [SignalRow]
    {
        // Whole seconds, as PromQL's lengths of time are written.
        let span = TimeSpan.seconds(max(span.nanoseconds / 1_000_000_000, 1))
        switch objective.indicator {
        case .promQL(let bad, _):
            guard let query = try? Query(bad.replacingWindow(span)),
                case .vector(let series)? = try? query.instant(at: now, over: snapshot.metrics).value
            else { return [] }
            return series.compactMap { series in
                series.floats.first.flatMap { $0.value.isFinite ? SignalRow(labels: series.labels, value: $0.value) : nil }
            }
        case .spans(let search, let bad, let fields):
            let question = SignalQuestion(.traces, search: search, measure: .share(search: bad), window: span, fields: fields)
            return (try? SignalMeasure(question).rows(in: snapshot, at: now)) ?? []
        }
    }
}
