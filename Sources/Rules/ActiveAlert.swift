import Telemetry

/// One alert of a rule: a label set for which the condition holds, or held a while ago.
package struct ActiveAlert: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case inactive, pending, firing }

    /// Of the result without its metric name, under those of the rule and `alertname`.
    package var labels: LabelSet
    package var annotations: LabelSet
    package var state = State.pending
    package var value: Double
    /// When the condition began to hold.
    package var activeAt: Timestamp
    package var firedAt: Timestamp?
    package var resolvedAt: Timestamp?
    /// Since when the condition holds no more, while it goes on firing.
    package var keepFiringSince: Timestamp?
    package var lastSentAt: Timestamp?
    /// What it was told to end at; a dead evaluator's alerts end by themselves.
    package var validUntil: Timestamp?

    package init(labels: LabelSet, annotations: LabelSet, value: Double, activeAt: Timestamp) {
        self.labels = labels
        self.annotations = annotations
        self.value = value
        self.activeAt = activeAt
    }
    package var name: String { labels["alertname"] ?? "" }

    /// Somebody set the clock: what was measured by the old one counts by the new.
    mutating func clockMoved(by step: TimeSpan) {
        activeAt = activeAt + step
        firedAt = firedAt.map { $0 + step }
        resolvedAt = resolvedAt.map { $0 + step }
        keepFiringSince = keepFiringSince.map { $0 + step }
        lastSentAt = lastSentAt.map { $0 + step }
        validUntil = validUntil.map { $0 + step }
    }

    /// As Prometheus's `needsSending`: never while pending, at once when resolved, else every `resendDelay`.
    package func needsSending(at time: Timestamp, resendDelay: TimeSpan) -> Bool {
        if state == .pending { return false }
        guard let lastSentAt else { return true }
        if let resolvedAt, resolvedAt > lastSentAt { return true }
        return lastSentAt + resendDelay < time
    }
}

/// Something that became of an alert.
package struct AlertChange: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case pending, firing, resolved
        /// It was pending, and the condition holds no more.
        case dropped
    }
    package var time: Timestamp
    package var kind: Kind
    package var labels: LabelSet
    package var value: Double
    /// For the end of an alert: since when it was active.
    package var activeAt: Timestamp
    package init(time: Timestamp, kind: Kind, labels: LabelSet, value: Double, activeAt: Timestamp) {
        self.time = time
        self.kind = kind
        self.labels = labels
        self.value = value
        self.activeAt = activeAt
    }
    package var name: String { labels["alertname"] ?? "" }
    package var severity: String { labels["severity"] ?? "" }
}
