import Notify
import Rules
import Telemetry

/// What is known of rules, alerts and who was told, beside the store.
package struct AlertingFacts: Sendable, Hashable {
    package var report = RuleReport()
    package var dispatcher = Dispatcher()
    package var remote = RemoteAlerts()
    /// False where nobody takes silences and the like, such as over a recording.
    package var canChange = false
    /// Counts up whenever something is different.
    package var version: UInt64 = 0
    package init() {}
    /// Over a recording: what rules came to, and nobody told.
    package init(_ report: RuleReport?) {
        guard let report else { return }
        self.report = report
        version = 1
    }

    package static func == (a: Self, b: Self) -> Bool { a.version == b.version }
    package func hash(into hasher: inout Hasher) { hasher.combine(version) }

    /// Firing ones that nobody has acknowledged or silenced.
    package func urgent(at now: Timestamp) -> (count: Int, worst: AlertSeverity?) {
        var (count, worst) = (0, AlertSeverity?.none)
        let suppressions = dispatcher.suppressions(at: now)
        for entry in report.history.entries where entry.isFiring(at: now) {
            guard !dispatcher.acknowledged.contains(entry.labels), !suppressions.of(entry.labels).isSuppressed else {
                continue
            }
            count += 1
            worst = max(worst ?? .none, AlertSeverity(entry.severity))
        }
        return (count, worst)
    }
}

/// What the dashboard wants changed about alerts.
package enum AlertingRequest: Hashable, Sendable {
    /// Matchers as they are written, for how long, and why.
    case silence(matchers: String, length: TimeSpan, comment: String)
    case expireSilence(id: String)
    case acknowledge(LabelSet, Bool)
}
