import Telemetry

/// What rules came to, as views, the API and notifications see it: a version that never changes.
package struct RuleReport: Sendable {
    package var groups: [GroupState] = []
    package var history = AlertHistory()
    /// What was wrong with rules when they were read last; those before stay in force then.
    package var troubles: [Diagnostic] = []
    package var troublesSince: Timestamp?
    /// Why the state of alerts can't be kept over a restart, if so.
    package var keepingTrouble: Diagnostic?
    package var keepingTroubleSince: Timestamp?
    package var objectives: [ServiceLevelObjective] = []
    /// Since when rules are evaluated.
    package var since: Timestamp?
    package init() {}

    package var firingCount: Int {
        groups.reduce(0) { $0 + $1.rules.reduce(0) { $0 + $1.states.alerts.values.count { $0.state == .firing } } }
    }
    /// The worst of what fires; nil where nothing does.
    package var worst: AlertSeverity? {
        var worst: AlertSeverity?
        for group in groups {
            for rule in group.rules where !rule.states.isQuiet {
                for alert in rule.states.alerts.values where alert.state == .firing {
                    worst = max(worst ?? .none, AlertSeverity(alert.labels["severity"] ?? ""))
                }
            }
        }
        return worst
    }
}
