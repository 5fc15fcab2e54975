import PromQL
import Telemetry

/// A group with its rules' states; told the time, it evaluates what is due.
package struct GroupState: Sendable {
    package let group: RuleGroup
    package private(set) var rules: [RuleState]
    package private(set) var lastEvaluation: Timestamp?
    package private(set) var duration = TimeSpan.zero
    /// Evaluations that were not made because an earlier one took too long, or nobody asked in time.
    package private(set) var missed = 0
    package private(set) var next: Timestamp
    private var isRestored: Bool

    /// Begins at `start`; `restores`: alerts of before are looked for in the store once the rules have been evaluated.
    package init(_ group: RuleGroup, start: Timestamp, restores: Bool = false) {
        self.group = group
        rules = group.rules.map { RuleState($0) }
        next = group.tick(notBefore: start)
        isRestored = !restores
    }
    /// Goes on with what `former` knew of the rules that are in both; the series of those that are gone end at `time`.
    init(_ group: RuleGroup, continuing former: GroupState, at time: Timestamp, _ world: any RuleWorld) {
        self.group = group
        var known: [Rule.Identity: [RuleState]] = [:]
        for state in former.rules { known[state.rule.identity, default: []].append(state) }
        rules = group.rules.map { rule in
            guard var same = known[rule.identity], !same.isEmpty else { return RuleState(rule) }
            let state = same.removeFirst()
            known[rule.identity] = same
            return RuleState(rule, continuing: state)
        }
        for var state in known.values.joined() { state.close(at: time, world) }
        lastEvaluation = former.lastEvaluation
        duration = former.duration
        missed = former.missed
        isRestored = former.isRestored
        next = group.interval == former.group.interval ? former.next : group.tick(notBefore: time)
    }

    /// Evaluates all rules at `time`, in their order; `clock` tells how long it took.
    package mutating func evaluate(
        at time: Timestamp, _ context: RuleContext, _ world: any RuleWorld, clock: () -> TimeSpan = { .zero }
    ) -> [AlertChange] {
        var changes: [AlertChange] = []
        let began = clock()
        for index in rules.indices {
            changes += rules[index].evaluate(at: time, offset: group.queryOffset, limit: group.limit, context, world, clock: clock)
        }
        lastEvaluation = time
        duration = clock() - began
        if !isRestored {
            isRestored = true
            restore(at: time, context, world)
        }
        return changes
    }

    /// Moves on to the next tick after `now`; those in between are missed.
    package mutating func advance(past now: Timestamp) {
        let step = max(group.interval.nanoseconds / 1_000_000, 1)
        next = next + group.interval
        guard next <= now else { return }
        let behind = (now.milliseconds &- next.milliseconds) / step
        // The latest tick that has passed is made up for, as a clock that jumped would have it.
        missed &+= Int(clamping: behind)
        next = Timestamp(milliseconds: next.milliseconds &+ behind &* step)
    }

    package mutating func takeDue(at time: Timestamp, resendDelay: TimeSpan) -> [ActiveAlert] {
        var due: [ActiveAlert] = []
        for index in rules.indices where !rules[index].states.isQuiet {
            due += rules[index].takeDue(at: time, interval: group.interval, resendDelay: resendDelay)
        }
        return due
    }
    mutating func close(at time: Timestamp, _ world: any RuleWorld) {
        for index in rules.indices { rules[index].close(at: time, world) }
    }
    mutating func adopt(_ alert: ActiveAlert, rule index: Int, held: Timestamp) { rules[index].adopt(alert, held: held) }
    /// Goes on at the ticks of the new time.
    mutating func clockMoved(by step: TimeSpan, to now: Timestamp) {
        for index in rules.indices { rules[index].clockMoved(by: step) }
        next = group.tick(notBefore: now)
    }

    // MARK: After a restart

    /// How far back `ALERTS_FOR_STATE` is looked for, and how long an alert that waited must wait at least.
    static let (outageTolerance, grace) = (TimeSpan.minutes(60), TimeSpan.minutes(10))

    /// As Prometheus's `RestoreForState`: alerts with a long `for` go on from where they were.
    private mutating func restore(at time: Timestamp, _ context: RuleContext, _ world: any RuleWorld) {
        for index in rules.indices where rules[index].rule.isAlerting && rules[index].rule.hold >= Self.grace {
            for alert in rules[index].states.active {
                guard let (value, seen) = formerStart(of: alert, before: time, world) else { continue }
                let activeAt = Timestamp(milliseconds: Int64(value) &* 1000)
                let left = rules[index].rule.hold - (seen - activeAt)
                // What was firing before fires again at the next evaluation.
                let restored =
                    left <= .zero
                    ? activeAt : left < Self.grace ? time + Self.grace - rules[index].rule.hold : activeAt + (time - seen)
                rules[index].restore(alert.labels, activeAt: restored)
            }
        }
    }
    /// The last value of `ALERTS_FOR_STATE` from before this evaluation, and its time.
    private func formerStart(of alert: ActiveAlert, before time: Timestamp, _ world: any RuleWorld) -> (Double, Timestamp)? {
        let labels = alert.labels.labels + [Label(LabelSet.nameLabel, "ALERTS_FOR_STATE")]
        let matchers = labels.map { LabelMatcher($0.name, .equal, $0.value) }
        let range = (time - Self.outageTolerance)...Timestamp(milliseconds: time.milliseconds - 1)
        let querier = world.querier
        let columns = SampleColumns()
        var last: (Double, Timestamp)?
        for series in (try? querier.select(matchers, in: range)) ?? [] {
            querier.appendExact(series, LabelSet(labels), range, columns)
            for place in 0..<columns.count where !Sample.isStale(columns.values[place]) {
                let seen = Timestamp(milliseconds: columns.times[place])
                if seen > last?.1 ?? .distantPast { last = (columns.values[place], seen) }
            }
        }
        guard let last, last.0.isFinite, abs(last.0) < 9e12 else { return nil }
        return last
    }
}

extension Querier {
    /// Reads `series` where it has `labels` and no others.
    fileprivate func appendExact(_ series: SeriesID, _ labels: LabelSet, _ range: ClosedRange<Timestamp>, _ columns: SampleColumns) {
        columns.removeAll()
        var pairs: [SymbolPair] = []
        appendLabels(of: series, to: &pairs)
        guard pairs.count == labels.labels.count else { return }
        read(series, in: range, into: columns)
    }
}
