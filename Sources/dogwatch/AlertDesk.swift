import Dashboard
import Glibc
import Notify
import Rules
import Runtime
import Synchronization
import Telemetry

/// Alerts as the dashboard sees and changes them.
struct AlertDesk: Sendable {
    private let runner: RuleRunner
    private let notifier: Notifier?
    private let onReload: @Sendable () -> String
    private let counter = VersionCounter()

    init(_ runner: RuleRunner, _ notifier: Notifier?, reload: @escaping @Sendable () -> String) {
        self.runner = runner
        self.notifier = notifier
        onReload = reload
    }

    func facts() -> AlertingFacts {
        var facts = AlertingFacts(runner.report)
        facts.version = counter.next()
        guard let notifier else { return facts }
        facts.dispatcher = notifier.dispatcher
        facts.remote = notifier.remote
        facts.canChange = true
        return facts
    }
    func notices() -> [TerminalNotice] { notifier?.takeTerminalNotices() ?? [] }
    func reload() -> String { onReload() }

    func change(_ request: AlertingRequest) -> String {
        guard let notifier else { return "over a recording nobody is told, so there is nothing to change" }
        let now = Parts.clock.now
        do throws(SilenceError) {
            switch request {
            case .acknowledge(let labels, let isAcknowledged):
                notifier.acknowledge(labels, isAcknowledged)
                return isAcknowledged ? "acknowledged: it is not told again while it fires" : "not acknowledged any more"
            case .expireSilence(let id):
                try notifier.expireSilence(id, at: now)
                return "the silence is over"
            case .silence(let text, let length, let comment):
                guard let matchers = try? [AlertMatcher](parsing: text) else { return "the matchers can't be read" }
                let silence = Silence(
                    matchers: matchers, startsAt: now, endsAt: now + length, createdBy: Self.user, comment: comment, updatedAt: now)
                _ = try notifier.set(silence, at: now)
                return "silenced for \(length.prometheus)"
            }
        } catch { return error.message }
    }
    private static var user: String { getenv("USER").map { String(cString: $0) } ?? "dogwatch" }
}

private final class VersionCounter: Sendable {
    private let value = Atomic<UInt64>(1)
    func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
}
