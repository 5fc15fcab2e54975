import PromQL
import Rules
import Store
import Synchronization
import Telemetry

/// Evaluates rules when they are due, on whichever thread says what time it is; others read its report.
package final class RuleRunner: Sendable {
    /// Alerts that are to be told, at the moment that they are told.
    package typealias Deliver = @Sendable (_ alerts: [ActiveAlert], _ now: Timestamp) -> Void

    /// Touched under the lock alone, whichever thread it is.
    private struct Work: @unchecked Sendable {
        var book: RuleBook
        let world: StoreRuleWorld
        var history = AlertHistory()
    }
    private let work: Mutex<Work>
    private let published = Mutex(RuleReport())
    private let next = Mutex<Timestamp?>(nil)
    private let deliver: Deliver
    /// What dogwatch tells of itself, written as series before each evaluation.
    private let ownSamples: @Sendable () -> [(labels: LabelSet, value: Double)]

    package init(
        _ store: TelemetryStore, _ context: RuleContext = RuleContext(),
        ownSamples: @escaping @Sendable () -> [(labels: LabelSet, value: Double)] = { [] }, deliver: @escaping Deliver = { _, _ in }
    ) {
        work = Mutex(Work(book: RuleBook(context), world: StoreRuleWorld(store)))
        self.ownSamples = ownSamples
        self.deliver = deliver
    }

    package var report: RuleReport { published.withLock { $0 } }
    /// Nil where there is no rule.
    package var nextEvaluation: Timestamp? { next.withLock { $0 } }

    /// Takes other rules; alerts of those that stay go on.
    package func replace(
        with groups: [RuleGroup], _ context: RuleContext? = nil, objectives: [ServiceLevelObjective] = [], at time: Timestamp
    ) {
        published.withLock { $0.objectives = objectives }
        work.withLock { work in
            if let context { work.book.context = context }
            work.book.replace(with: groups, at: time, restores: true, work.world)
            publish(work, at: time)
        }
    }
    /// Tells what was wrong with rules that were not taken.
    package func tell(_ troubles: [Diagnostic], at now: Timestamp) {
        published.withLock { ($0.troubles, $0.troublesSince) = (troubles, now) }
    }

    /// Somebody set the clock by `step`, to `now`.
    package func clockMoved(by step: TimeSpan, to now: Timestamp) {
        work.withLock { work in
            work.book.clockMoved(by: step, to: now)
            work.history.clockMoved(by: step)
            publish(work, at: now)
        }
    }
    /// Takes over what was known before a restart. Alerts are held until data for them have had time to arrive again.
    package func adopt(_ alerts: [RememberedAlert], at now: Timestamp) {
        work.withLock { work in
            for alert in alerts where work.book.adopt(alert, held: now + Self.heldAfterRestart) { work.history.adopt(alert.alert) }
            publish(work, at: now)
        }
    }
    /// As long as PromQL looks back.
    private static let heldAfterRestart = TimeSpan.minutes(5)
    package var remembered: [RememberedAlert] { work.withLock { $0.book.remembered } }

    /// Tells whether the state of alerts can be kept.
    func tellKeeping(_ trouble: Diagnostic?, at now: Timestamp) {
        published.withLock { report in
            if report.keepingTrouble != trouble { (report.keepingTrouble, report.keepingTroubleSince) = (trouble, now) }
        }
    }

    /// Evaluates what is due at `now`. Quick where nothing is.
    package func advance(to now: Timestamp) {
        guard let due = nextEvaluation, due <= now else { return }
        let alerts = work.withLock { work -> [ActiveAlert] in
            work.world.renew()
            writeOwnSamples(work.world, at: now)
            let outcome = work.book.evaluate(dueAt: now, work.world, clock: { .nanoseconds(monotonicNanoseconds()) })
            work.history.take(outcome.changes)
            publish(work, at: now)
            return outcome.due
        }
        if !alerts.isEmpty { deliver(alerts, now) }
    }

    private func writeOwnSamples(_ world: StoreRuleWorld, at now: Timestamp) {
        let samples = ownSamples().compactMap { sample in
            world.series(for: sample.labels).map { RuleSample($0, now, .float(sample.value)) }
        }
        if !samples.isEmpty { _ = world.append(samples) }
    }

    private func publish(_ work: borrowing Work, at now: Timestamp) {
        let (groups, history) = (work.book.groups, work.history)
        published.withLock { report in
            report.groups = groups
            report.history = history
            report.since = report.since ?? now
        }
        next.withLock { $0 = work.book.nextEvaluation }
    }
}

/// Evaluates rules at the times of what arrives: for recordings, where time is what the arrivals say.
package final class RuleSink: ArrivalSink {
    private let sink: any ArrivalSink
    private let runner: RuleRunner
    private let groups: [RuleGroup]
    private let objectives: [ServiceLevelObjective]
    private let hasBegun = Mutex(false)

    package init(_ sink: any ArrivalSink, _ runner: RuleRunner, _ groups: [RuleGroup], objectives: [ServiceLevelObjective] = []) {
        self.objectives = objectives
        self.sink = sink
        self.runner = runner
        self.groups = groups
    }

    package func accept(_ arrival: Arrival) -> Admission {
        let isFirst = hasBegun.withLock { hasBegun in
            defer { hasBegun = true }
            return !hasBegun
        }
        if isFirst { runner.replace(with: groups, objectives: objectives, at: arrival.time) }
        runner.advance(to: arrival.time)
        return sink.accept(arrival)
    }
}
