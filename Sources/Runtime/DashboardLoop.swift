import Canvas
import Dashboard
import Ports
import Store
import Telemetry

/// The dashboard at work: input and news in, frames out. Runs on the main thread until somebody leaves.
package final class DashboardLoop {
    /// What the loop needs of the rest of the program.
    package struct Surroundings {
        package var clock: any WatchClock
        package var snapshot: @Sendable () -> StoreSnapshot
        package var facts: (StoreSnapshot) -> ShellFacts
        /// Writes a file the user asked for; a sentence about how it went.
        package var write: (_ path: String, _ bytes: [UInt8]) -> String
        /// Starts a recording; a sentence about how it went.
        package var record: (_ path: String) -> String
        /// What is known of rules and alerts now.
        package var alerting: () -> AlertingFacts
        /// Does what was asked about alerts; a sentence about how it went.
        package var change: (AlertingRequest) -> String
        /// Reads the configuration again; a sentence about how it went.
        package var reload: () -> String
        package init(
            clock: any WatchClock, snapshot: @escaping @Sendable () -> StoreSnapshot, facts: @escaping (StoreSnapshot) -> ShellFacts,
            write: @escaping (String, [UInt8]) -> String, record: @escaping (String) -> String,
            alerting: @escaping () -> AlertingFacts = { AlertingFacts() },
            change: @escaping (AlertingRequest) -> String = { _ in "nothing takes that here" },
            reload: @escaping () -> String = { "there is nothing to read again" }
        ) {
            self.alerting = alerting
            self.change = change
            self.reload = reload
            self.clock = clock
            self.snapshot = snapshot
            self.facts = facts
            self.write = write
            self.record = record
        }
    }

    private var state: DashboardState
    private let screen: any Screen
    private let surroundings: Surroundings
    private let refresh: TimeSpan
    private let preparer: Preparer
    private var isLeaving = false
    /// By the monotonic clock.
    private var nextRefresh: Int64 = 0
    /// A refresh was asked for and has not been answered.
    private var isAwaiting = false
    private var shown: Frame?
    package var queryHistory: QueryHistory { state.queryHistory }

    package init(state: DashboardState, screen: any Screen, refresh: TimeSpan, _ surroundings: Surroundings) {
        self.state = state
        self.screen = screen
        self.refresh = max(refresh, .milliseconds(50))
        self.surroundings = surroundings
        let waker = ScreenWaker(screen)
        preparer = Preparer(snapshot: surroundings.snapshot, isReady: { waker.wake() })
    }

    /// Returns when the user leaves, the terminal goes away or the program is asked to end.
    package func run() {
        showFirstFrame()
        preparer.start()
        defer { preparer.stop() }
        while !isLeaving { turn() }
    }

    private func showFirstFrame() {
        tell(.tick(surroundings.clock.now))
        let snapshot = surroundings.snapshot()
        tell(.facts(surroundings.facts(snapshot)))
        tell(.alerting(surroundings.alerting()))
        if let question { tell(Preparer.answer(question, snapshot)) }
        paint()
        nextRefresh = monotonicNanoseconds() + refresh.nanoseconds
    }

    private func turn() {
        let wait = max(nextRefresh - monotonicNanoseconds(), 0)
        let events = screen.waitForInput(timeout: .nanoseconds(wait))
        var isChanged = false
        if !events.isEmpty { tell(.tick(surroundings.clock.now)) }
        for event in events where event != .wake {
            tell(.input(event))
            isChanged = true
        }
        for answer in preparer.takeAnswers() {
            tell(answer)
            isChanged = true
            isAwaiting = false
        }
        if monotonicNanoseconds() >= nextRefresh {
            // The answer paints, with the new time and facts; only when the last one is overdue the clock goes on without it.
            isChanged = isChanged || isAwaiting
            refreshNow()
        }
        if isChanged, !isLeaving { paint() }
    }

    private func refreshNow() {
        nextRefresh = monotonicNanoseconds() + refresh.nanoseconds
        tell(.tick(surroundings.clock.now))
        tell(.facts(surroundings.facts(surroundings.snapshot())))
        tell(.alerting(surroundings.alerting()))
        guard let question else { return }
        preparer.ask(question)
        isAwaiting = true
    }

    private func paint() {
        let frame = state.frame()
        screen.paint(frame)
        shown = frame
    }

    private var question: Preparer.Question? {
        guard let view = state.current, let own = state.currentState else { return nil }
        return Preparer.Question(view: view, state: own, context: state.context, previous: state.currentModel)
    }

    private func tell(_ message: Message) {
        for command in update(&state, message) { carryOut(command) }
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .prepare: if let question { preparer.ask(question) }
        case .complete(let text, let offset):
            if let view = state.current, let own = state.currentState {
                preparer.complete(view, text, offset: offset, state.context, own)
            }
        case .copy(let text): tell(.notice(screen.copy(text)))
        case .write(let path, let bytes): tell(.notice(surroundings.write(path, bytes)))
        case .record(let path): tell(.notice(surroundings.record(path)))
        case .alerting(let request):
            tell(.notice(surroundings.change(request)))
            tell(.alerting(surroundings.alerting()))
        case .reload: tell(.notice(surroundings.reload()))
        case .setMouse(let isOn): screen.setMouse(isOn)
        case .repaint: screen.repaint()
        case .quit: isLeaving = true
        }
    }
}

/// Carries `wake` to the preparer's thread; the screen itself belongs to the main one.
private final class ScreenWaker: @unchecked Sendable {
    private weak var screen: (any Screen)?
    init(_ screen: any Screen) { self.screen = screen }
    func wake() { screen?.wake() }
}
