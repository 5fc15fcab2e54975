import Notify
import Ports
import Processes
import Rules
import Runtime
import Store
import Synchronization
import Telemetry

/// Rules of a program that collects, and who is told of their alerts: evaluated on a thread of their own, read anew when asked.
final class LiveRules: Sendable {
    let runner: RuleRunner
    let notifier: Notifier
    private let fetcher: any Fetcher
    private let options: SourceOptions
    private let thread = OnceThread()
    private let keeper: AlertKeeper?
    private let memory: AlertMemory

    init(_ engine: Engine, _ plan: RulePlan, _ options: SourceOptions) throws {
        self.options = options
        let store = engine.store
        let notifier = Notifier(plan.notify, commands: ProcessRunner(), clock: Parts.clock)
        self.notifier = notifier
        fetcher = Parts.edges(Parts.clock).fetcher
        let runner = RuleRunner(store, ownSamples: { OwnSamples.of(store) }, deliver: { alerts, now in notifier.take(alerts, at: now) })
        self.runner = runner
        do throws(Diagnostic) {
            memory = try plan.state.map { path throws(Diagnostic) in try AlertKeeper.read(path, Parts.files) } ?? AlertMemory()
        } catch { throw Failure.use("\(error).") }
        keeper = plan.state.map { AlertKeeper($0, Parts.files, runner, notifier, Parts.clock) }
    }

    func start(_ plan: RulePlan) {
        runner.replace(with: plan.groups, plan.context, objectives: plan.objectives, at: Parts.clock.now)
        runner.adopt(memory.alerts, at: Parts.clock.now)
        notifier.restore(memory)
        let (runner, fetcher, keeper) = (runner, fetcher, keeper)
        notifier.connect(wake: { fetcher.wake() }, onChange: { keeper?.wake() })
        fetcher.run(notifier)
        keeper?.start()
        thread.start("rules") { signal in
            var watch = ClockWatch()
            while true {
                if let step = watch.step(Parts.clock.now, monotonic: monotonicNanoseconds()) {
                    runner.clockMoved(by: step, to: Parts.clock.now)
                }
                runner.advance(to: Parts.clock.now)
                keeper?.wake()
                // Woken for other rules too.
                let wait = runner.nextEvaluation.map { max(($0 - Parts.clock.now).nanoseconds, 1_000_000) }
                guard signal.wait(nanoseconds: wait) else { return }
            }
        }
    }
    /// For the dashboard.
    var desk: AlertDesk { AlertDesk(runner, notifier, reload: { self.reload() }) }

    func stop() {
        thread.stop()
        fetcher.stop()
        notifier.stop()
        if let trouble = keeper?.stop() { StandardError.write("dogwatch: \(trouble)\n") }
    }

    /// Reads the rules again; a sentence about how it went. Where anything is wrong, those before stay in force.
    func reload() -> String {
        let plan = Plan.rulesAnew(options)
        runner.tell(plan.errors, at: Parts.clock.now)
        guard plan.errors.isEmpty else {
            let more = plan.errors.count > 1 ? ", and \(plan.errors.count - 1) more" : ""
            return "the rules stay as they were: \(plan.errors[0])\(more)"
        }
        runner.replace(with: plan.groups, plan.context, objectives: plan.objectives, at: Parts.clock.now)
        notifier.replace(plan.notify, at: Parts.clock.now)
        thread.wake()
        return "\(RuleFiles.count(plan.groups)) are in force"
    }
}

/// What dogwatch's own rules look at, of dogwatch itself.
enum OwnSamples {
    static func of(_ store: TelemetryStore) -> [(labels: LabelSet, value: Double)] {
        store.snapshot().accounting.dropped.flatMap { signal, reasons in
            reasons.map { reason, count in
                let labels = [
                    Label(LabelSet.nameLabel, "dogwatch_dropped_total"), Label("job", "dogwatch"), Label("signal", signal.rawValue),
                    Label("reason", reason.rawValue),
                ]
                return (LabelSet(labels), Double(count))
            }
        }
    }
}
