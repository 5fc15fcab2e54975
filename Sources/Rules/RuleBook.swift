import PromQL
import Telemetry

/// All groups of a program, with the states of their rules.
package struct RuleBook: Sendable {
    package private(set) var groups: [GroupState] = []
    package var context: RuleContext
    /// How often an alert that goes on firing is told again.
    package var resendDelay = TimeSpan.minutes(1)

    package init(_ context: RuleContext = RuleContext()) { self.context = context }

    /// When something is to be evaluated next; nil where there is no rule.
    package var nextEvaluation: Timestamp? { groups.lazy.map(\.next).min() }

    /// Takes other groups: rules that stay the same but for their expression keep their alerts; the series of those that are gone end.
    package mutating func replace(with groups: [RuleGroup], at time: Timestamp, restores: Bool = false, _ world: any RuleWorld) {
        var former = Dictionary(self.groups.map { ($0.group.identity, $0) }, uniquingKeysWith: { first, _ in first })
        let next = groups.map { group -> GroupState in
            guard let known = former.removeValue(forKey: group.identity) else {
                return GroupState(group, start: time, restores: restores)
            }
            return GroupState(group, continuing: known, at: time, world)
        }
        for var gone in former.values { gone.close(at: time, world) }
        self.groups = next
    }

    package struct Outcome: Sendable {
        package var changes: [AlertChange] = []
        /// Alerts that are to be told to whoever routes them.
        package var due: [ActiveAlert] = []
        package init() {}
    }

    /// Evaluates every group that is due at `now`, each at its own tick.
    package mutating func evaluate(dueAt now: Timestamp, _ world: any RuleWorld, clock: () -> TimeSpan = { .zero }) -> Outcome {
        var outcome = Outcome()
        // In the order of their ticks: with a clock that runs ahead, one group may read what another writes.
        while let place = groups.indices.filter({ groups[$0].next <= now }).min(by: { groups[$0].next < groups[$1].next }) {
            let tick = groups[place].next
            outcome.changes += groups[place].evaluate(at: tick, context, world, clock: clock)
            outcome.due += groups[place].takeDue(at: tick, resendDelay: resendDelay)
            groups[place].advance(past: now)
        }
        return outcome
    }

    /// Every group at `time`, in the order of `order` (names; others behind them), as unit tests ask for.
    package mutating func evaluateAll(at time: Timestamp, order: [String] = [], _ world: any RuleWorld) -> [AlertChange] {
        let rank = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let sorted = groups.indices.sorted {
            (rank[groups[$0].group.name] ?? .max, $0) < (rank[groups[$1].group.name] ?? .max, $1)
        }
        var changes: [AlertChange] = []
        for place in sorted { changes += groups[place].evaluate(at: time, context, world) }
        return changes
    }

    /// Takes an alert over from before a restart; false where its rule is no more.
    @discardableResult package mutating func adopt(_ alert: RememberedAlert, held: Timestamp) -> Bool {
        guard let place = groups.firstIndex(where: { $0.group.identity == alert.group }),
            let index = groups[place].rules.firstIndex(where: { $0.rule.identity == alert.rule })
        else { return false }
        groups[place].adopt(alert.alert, rule: index, held: held)
        return true
    }
    /// All that would have to be known after a restart.
    package var remembered: [RememberedAlert] {
        groups.flatMap { group in
            group.rules.flatMap { state in
                state.states.alerts.values.map { RememberedAlert($0, rule: state.rule.identity, group: group.group.identity) }
            }
        }
    }

    /// Somebody set the clock by `step`, to `now`: what holds goes on holding, and evaluations go on at the ticks of the new time.
    package mutating func clockMoved(by step: TimeSpan, to now: Timestamp) {
        for place in groups.indices { groups[place].clockMoved(by: step, to: now) }
    }
}

/// An alert with the rule that it is of.
package struct RememberedAlert: Hashable, Sendable {
    package var alert: ActiveAlert
    package var rule: Rule.Identity
    package var group: RuleGroup.Identity
    package init(_ alert: ActiveAlert, rule: Rule.Identity, group: RuleGroup.Identity) {
        self.alert = alert
        self.rule = rule
        self.group = group
    }
}
