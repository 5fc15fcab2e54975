import Canvas
import Dashboard
import Store
import Telemetry

/// The dashboard over one snapshot, with no clock and no terminal: for `snapshot` and for tests.
package struct StillDashboard {
    package private(set) var state: DashboardState
    private let snapshot: StoreSnapshot
    /// What was asked of the world meanwhile, but for preparing.
    package private(set) var commands: [Command] = []

    package init(
        _ state: DashboardState, _ snapshot: StoreSnapshot, _ facts: ShellFacts, alerting: AlertingFacts = AlertingFacts()
    ) {
        self.state = state
        self.snapshot = snapshot
        tell(.facts(facts))
        tell(.alerting(alerting))
        prepare()
    }

    /// The screen after `keys` were pressed and the view was filtered.
    package func frame(after keys: [Key] = [], search: String? = nil) -> Frame {
        var copy = self
        if let search, !search.isEmpty {
            copy.press(.character("/"))
            copy.tell(.input(.paste(search)))
            copy.press(.enter)
        }
        for key in keys { copy.press(key) }
        return copy.state.frame()
    }

    package mutating func press(_ key: Key) { tell(.input(.key(key))) }

    package mutating func tell(_ message: Message) {
        for command in update(&state, message) {
            switch command {
            case .prepare: prepare()
            case .complete(let text, let offset):
                guard let view = state.current, let own = state.currentState else { continue }
                tell(.completed(view.complete(text, offset, snapshot, state.context, own)))
            default: commands.append(command)
            }
        }
    }

    private mutating func prepare() {
        guard let view = state.current, let own = state.currentState else { return }
        tell(Preparer.answer(.init(view: view, state: own, context: state.context, previous: state.currentModel), snapshot))
    }
}
