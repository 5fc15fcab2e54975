import Telemetry

/// Alerts and silences of other Alertmanagers, as they told last.
package struct RemoteAlerts: Sendable {
    package struct Alert: Hashable, Sendable {
        package var labels: LabelSet
        package var annotations: LabelSet
        package var startsAt: Timestamp
        package var isSuppressed: Bool
        package var receivers: [String]
        package init(labels: LabelSet, annotations: LabelSet, startsAt: Timestamp, isSuppressed: Bool, receivers: [String]) {
            self.labels = labels
            self.annotations = annotations
            self.startsAt = startsAt
            self.isSuppressed = isSuppressed
            self.receivers = receivers
        }
    }
    package struct Silence: Hashable, Sendable {
        package var id: String
        /// As Alertmanager writes them.
        package var matchers: [String]
        package var state: String
        package var endsAt: Timestamp
        package var createdBy: String
        package var comment: String
        package init(id: String, matchers: [String], state: String, endsAt: Timestamp, createdBy: String, comment: String) {
            self.id = id
            self.matchers = matchers
            self.state = state
            self.endsAt = endsAt
            self.createdBy = createdBy
            self.comment = comment
        }
    }
    package struct Source: Hashable, Sendable {
        package var url: String
        package var alerts: [Alert] = []
        package var silences: [Silence] = []
        /// Why nothing came last time.
        package var failure: String?
        package var lastAnswer: Timestamp?
        package init(url: String) { self.url = url }
    }
    package var sources: [Source] = []
    package init() {}
}
