import Telemetry
import Templates

/// Routes, receivers and all that goes with them: what Alertmanager's configuration says.
package struct NotifyConfiguration: Sendable {
    package var route: Route?
    package var receivers: [Receiver] = []
    package var inhibitRules: [InhibitRule] = []
    package var timeWindows: [String: [TimeWindow]] = [:]
    package var templates: [Template] = []
    /// Alerts that are told without an end fire so long.
    package var resolveTimeout = TimeSpan.minutes(5)
    package var externalURL = ""
    /// Put on alerts of dogwatch's own rules that lack them, as Prometheus does when it sends.
    package var externalLabels: [Label] = []
    /// Every alert is handed on to these, past all routes: Prometheus's `alerting`.
    package var alertmanagers: [AlertmanagerChannel] = []
    package init() {}

    package func receiver(_ name: String) -> Receiver? { receivers.first { $0.name == name } }
    package var isEmpty: Bool { route == nil && alertmanagers.isEmpty }
}
