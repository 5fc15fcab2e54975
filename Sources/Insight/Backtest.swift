import PromQL
import Rules
import Store
import Telemetry

/// A rule run over all the data there is: when it would have fired.
package struct Backtest: Sendable {
    /// Evaluations of one run over metrics, and over logs and traces, where each costs a search.
    package static let (stepLimit, searchLimit) = (4000, 400)

    /// Those that would have fired, ascending by when.
    package private(set) var fired: [AlertHistory.Entry] = []
    package private(set) var from: Timestamp
    package private(set) var through: Timestamp
    /// How far its evaluations stand apart.
    package private(set) var step: TimeSpan
    package private(set) var evaluations = 0
    package private(set) var error: String?

    /// Evaluates at every `interval`, or less often where the data reach back for too long; not later than `now`.
    package init(_ rule: Rule, interval: TimeSpan, _ snapshot: StoreSnapshot, at now: Timestamp) {
        let signal: Signal
        var limit = Self.stepLimit
        switch rule.question {
        case .promQL: signal = .metrics
        case .signal(let question):
            signal = question.signal == .logs ? .logs : .traces
            limit = Self.searchLimit
        }
        let oldest = snapshot.accounting.oldest[signal] ?? now
        let milliseconds = max(interval.nanoseconds / 1_000_000, 1)
        let span = max(now.milliseconds - oldest.milliseconds, 0)
        let length = max(milliseconds, span / Int64(limit) / milliseconds * milliseconds + (span / milliseconds > limit ? milliseconds : 0))
        step = .milliseconds(length)
        through = Timestamp(milliseconds: floorDivide(now.milliseconds, length) * length)
        from = min(Timestamp(milliseconds: floorDivide(oldest.milliseconds, length) * length + length), through)
        do throws(RuleFailure) { try run(rule, snapshot) } catch { self.error = error.description }
    }

    private mutating func run(_ rule: Rule, _ snapshot: StoreSnapshot) throws(RuleFailure) {
        var (states, history) = (AlertStates(), AlertHistory())
        let fixed = rule.labels.map { Label($0.name, $0.source) } + [Label("alertname", rule.name)]
        try forEachStep(rule.question, snapshot) { time, rows throws(RuleFailure) in
            evaluations += 1
            let alerts = rows.map {
                AlertStates.Row(labels: LabelSet($0.labels.removing([LabelSet.nameLabel]).labels + fixed), value: $0.value)
            }
            history.take(try states.step(alerts, at: time, hold: rule.hold, keepFiring: rule.keepFiring))
        }
        fired = history.fired
    }

    private func forEachStep(
        _ question: RuleQuestion, _ snapshot: StoreSnapshot, _ body: (Timestamp, [SignalRow]) throws(RuleFailure) -> Void
    ) throws(RuleFailure) {
        var time = from
        switch question {
        case .promQL(let query):
            let columns = try columns(query, snapshot)
            while time <= through {
                try body(time, columns[time] ?? [])
                time = time + step
            }
        case .signal(let question):
            let measure = SignalMeasure(question)
            while time <= through {
                try body(time, try measure.rows(in: snapshot, at: time).filter { question.comparison.holds($0.value, question.limit) })
                time = time + step
            }
        }
    }

    /// The rows of each moment, from one query over the whole range.
    private func columns(_ query: Query, _ snapshot: StoreSnapshot) throws(RuleFailure) -> [Timestamp: [SignalRow]] {
        let answer: QueryAnswer
        do throws(QueryError) { answer = try query.range(from: from, through: through, step: step, over: snapshot.metrics) } catch {
            throw .query(error)
        }
        guard case .matrix(let series) = answer.value else { throw .notAVector }
        var columns: [Timestamp: [SignalRow]] = [:]
        for series in series {
            for sample in series.floats { columns[sample.time, default: []].append(SignalRow(labels: series.labels, value: sample.value)) }
        }
        return columns
    }

    /// How long alerts would have fired in all, one beside the other counted twice.
    package var firingTime: TimeSpan {
        fired.reduce(.zero) { $0 + ((($1.endedAt ?? through) - ($1.firedAt ?? $1.activeAt))) }
    }
}
