import PromQL
import Telemetry
import Templates

/// One rule with what became of it.
package struct RuleState: Sendable {
    package enum Health: String, Hashable, Sendable {
        case unknown
        case good = "ok"
        case bad = "err"
    }
    package let rule: Rule
    package private(set) var states = AlertStates()
    package private(set) var health = Health.unknown
    package private(set) var lastError: String?
    /// What was found wanting in the last evaluation that had results, which were kept all the same.
    package private(set) var lastWarning: String?
    package private(set) var lastEvaluation: Timestamp?
    package private(set) var duration = TimeSpan.zero
    /// Results of the last evaluation.
    package private(set) var resultCount = 0
    /// The largest value of the last evaluation, of an alerting rule that has one.
    package private(set) var lastValue: Double?
    private var output = RuleOutput()

    package init(_ rule: Rule) { self.rule = rule }
    /// Goes on with what `former` knew: alerts and series.
    init(_ rule: Rule, continuing former: RuleState) {
        self.rule = rule
        states = former.states
        health = former.health
        lastError = former.lastError
        lastWarning = former.lastWarning
        lastEvaluation = former.lastEvaluation
        duration = former.duration
        resultCount = former.resultCount
        output = former.output
    }

    /// One evaluation at `time`, which looks at `time - offset`. Failures are kept here, and change no alert.
    mutating func evaluate(
        at time: Timestamp, offset: TimeSpan, limit: Int, _ context: RuleContext, _ world: any RuleWorld, clock: () -> TimeSpan
    ) -> [AlertChange] {
        lastEvaluation = time
        let began = clock()
        defer { duration = clock() - began }
        do throws(RuleFailure) {
            let changes = try rule.isAlerting ? alert(time, offset, limit, context, world) : record(time, offset, limit, context, world)
            (health, lastError) = (.good, nil)
            return changes
        } catch {
            (health, lastError) = (.bad, error.description)
            return []
        }
    }

    // MARK: Recording

    private mutating func record(
        _ time: Timestamp, _ offset: TimeSpan, _ limit: Int, _ context: RuleContext, _ world: any RuleWorld
    ) throws(RuleFailure) -> [AlertChange] {
        let labels = rule.labels.map { Label($0.name, $0.source) }
        var rows: [(labels: LabelSet, value: PointValue)] = []
        var seen: Set<LabelSet> = []
        for row in try rule.question.rows(at: time - offset, context.options, world) {
            let all = LabelSet(row.labels.removing([LabelSet.nameLabel]).labels + labels + [Label(LabelSet.nameLabel, rule.name)])
            guard seen.insert(all).inserted else { throw .sameLabels("", isAlert: false) }
            rows.append((all, row.value))
        }
        if limit > 0, rows.count > limit { throw .limit(limit, rows.count, "series") }
        resultCount = rows.count
        output.write(rows, at: time - offset, world)
        return []
    }

    // MARK: Alerting

    private mutating func alert(
        _ time: Timestamp, _ offset: TimeSpan, _ limit: Int, _ context: RuleContext, _ world: any RuleWorld
    ) throws(RuleFailure) -> [AlertChange] {
        let results = try rule.question.rows(at: time - offset, context.options, world)
        resultCount = results.count
        lastValue = results.lazy.compactMap { if case .float(let value) = $0.value { value } else { nil } }.max()
        // Most rules are quiet most of the time.
        if results.isEmpty, states.isQuiet, output.isEmpty { return [] }
        var expansion = RuleExpansion(rule, context, world, time)
        var rows: [AlertStates.Row] = []
        var seen: Set<LabelSet> = []
        for result in results {
            let value: Double = if case .float(let value) = result.value { value } else { .nan }
            let row = expansion.row(of: result.labels, value)
            guard seen.insert(row.labels).inserted else { throw .sameLabels("", isAlert: true) }
            rows.append(row)
        }
        lastWarning = expansion.warning
        defer { writeStates(time - offset, world) }
        return try states.step(rows, at: time, hold: rule.hold, keepFiring: rule.keepFiring, limit: limit)
    }

    private mutating func writeStates(_ time: Timestamp, _ world: any RuleWorld) {
        var rows: [(labels: LabelSet, value: PointValue)] = []
        for alert in states.alerts.values where alert.state != .inactive {
            let name = alert.labels.labels.filter { $0.name != LabelSet.nameLabel }
            rows.append(
                (LabelSet(name + [Label(LabelSet.nameLabel, "ALERTS"), Label("alertstate", alert.state.rawValue)]), .float(1)))
            rows.append(
                (
                    LabelSet(name + [Label(LabelSet.nameLabel, "ALERTS_FOR_STATE")]),
                    .float(Double(floorDivide(alert.activeAt.milliseconds, 1000)))
                ))
        }
        output.write(rows, at: time, world)
    }

    package mutating func takeDue(at time: Timestamp, interval: TimeSpan, resendDelay: TimeSpan) -> [ActiveAlert] {
        states.takeDue(at: time, interval: interval, resendDelay: resendDelay)
    }
    mutating func close(at time: Timestamp, _ world: any RuleWorld) { output.close(at: time, world) }
    mutating func restore(_ labels: LabelSet, activeAt: Timestamp) { states.restore(labels, activeAt: activeAt) }
    mutating func adopt(_ alert: ActiveAlert, held: Timestamp) { states.adopt(alert, held: held) }
    mutating func clockMoved(by step: TimeSpan) { states.clockMoved(by: step) }
}

extension RuleQuestion {
    /// What holds at `time`.
    func rows(
        at time: Timestamp, _ options: QueryOptions, _ world: any RuleWorld
    ) throws(RuleFailure) -> [(labels: LabelSet, value: PointValue)] {
        switch self {
        case .promQL(let query):
            let answer: QueryAnswer
            do throws(QueryError) { answer = try query.instant(at: time, over: world.querier, options: options) } catch {
                throw .query(error)
            }
            return try answer.value.rows
        case .signal(let question):
            return try world.rows(of: question, at: time)
                .filter { question.comparison.holds($0.value, question.limit) }.map { ($0.labels, .float($0.value)) }
        }
    }
}

extension QueryValue {
    fileprivate var rows: [(labels: LabelSet, value: PointValue)] {
        get throws(RuleFailure) {
            switch self {
            case .scalar(_, let value): return [(LabelSet([]), .float(value))]
            case .vector(let series):
                return series.compactMap { series in
                    if let sample = series.floats.first { return (series.labels, .float(sample.value)) }
                    return series.histograms.first.map { (series.labels, .histogram($0.value)) }
                }
            case .string, .matrix: throw .notAVector
            }
        }
    }
}
