import Telemetry

/// The alerts of one rule through time, as Prometheus's `rules/alerting.go` leads them.
package struct AlertStates: Sendable {
    /// How long a resolved alert is kept, so that its end can be told again.
    package static let retention = TimeSpan.minutes(15)

    /// A row of the result, with the labels and annotations that the alert has.
    package struct Row: Sendable {
        package var labels: LabelSet
        package var annotations: LabelSet
        package var value: Double
        package init(labels: LabelSet, annotations: LabelSet = LabelSet([]), value: Double) {
            self.labels = labels
            self.annotations = annotations
            self.value = value
        }
    }

    package private(set) var alerts: [LabelSet: ActiveAlert] = [:]
    /// Until then alerts from before a restart stay though their data may be missing.
    private var heldUntil = Timestamp.distantPast
    package init() {}

    /// Takes the rows of the evaluation at `time`; no two have the same labels. Throws, and forgets all alerts, where more than `limit` are active.
    package mutating func step(
        _ rows: [Row], at time: Timestamp, hold: TimeSpan, keepFiring: TimeSpan, limit: Int = 0
    ) throws(RuleFailure) -> [AlertChange] {
        if rows.isEmpty, alerts.isEmpty { return [] }
        var changes: [AlertChange] = []
        for row in rows { take(row, time, hold, &changes) }
        if alerts.count > rows.count { end(those: Set(rows.map(\.labels)), time, keepFiring, &changes) }
        for row in rows { advance(row.labels, time, hold, &changes) }
        if limit > 0 {
            let active = alerts.count { $0.value.state != .inactive }
            if active > limit {
                alerts = [:]
                throw .limit(limit, active, "alerts")
            }
        }
        return changes
    }

    private mutating func take(_ row: Row, _ time: Timestamp, _ hold: TimeSpan, _ changes: inout [AlertChange]) {
        if var known = alerts[row.labels], known.state != .inactive {
            known.value = row.value
            known.annotations = row.annotations
            known.keepFiringSince = nil
            alerts[row.labels] = known
            return
        }
        alerts[row.labels] = ActiveAlert(labels: row.labels, annotations: row.annotations, value: row.value, activeAt: time)
        // What fires at once was never pending to anybody.
        guard hold > .zero else { return }
        changes.append(AlertChange(time: time, kind: .pending, labels: row.labels, value: row.value, activeAt: time))
    }

    /// Of a row that is there: pending becomes firing, and back where a reload made the hold longer.
    private mutating func advance(_ labels: LabelSet, _ time: Timestamp, _ hold: TimeSpan, _ changes: inout [AlertChange]) {
        guard var alert = alerts[labels] else { return }
        let isDue = time - alert.activeAt >= hold
        switch alert.state {
        case .pending where isDue:
            alert.state = .firing
            alert.firedAt = time
            changes.append(AlertChange(time: time, kind: .firing, labels: labels, value: alert.value, activeAt: alert.activeAt))
        case .firing where !isDue:
            alert.state = .pending
            alert.firedAt = nil
            changes.append(AlertChange(time: time, kind: .pending, labels: labels, value: alert.value, activeAt: alert.activeAt))
        default: return
        }
        alerts[labels] = alert
    }

    private mutating func end(
        those present: Set<LabelSet>, _ time: Timestamp, _ keepFiring: TimeSpan, _ changes: inout [AlertChange]
    ) {
        for (labels, alert) in alerts.sorted(by: { $0.key.isBefore($1.key) }) where !present.contains(labels) {
            var alert = alert
            if time < heldUntil, alert.state != .inactive { continue }
            switch alert.state {
            case .pending:
                alerts[labels] = nil
                changes.append(AlertChange(time: time, kind: .dropped, labels: labels, value: alert.value, activeAt: alert.activeAt))
                continue
            case .firing:
                if keepFiring > .zero {
                    let since = alert.keepFiringSince ?? time
                    alert.keepFiringSince = since
                    alerts[labels] = alert
                    if time - since < keepFiring { continue }
                }
                alert.state = .inactive
                alert.resolvedAt = time
                changes.append(AlertChange(time: time, kind: .resolved, labels: labels, value: alert.value, activeAt: alert.activeAt))
            case .inactive:
                if let resolved = alert.resolvedAt, time - resolved > Self.retention {
                    alerts[labels] = nil
                    continue
                }
            }
            alerts[labels] = alert
        }
    }

    // MARK: Beyond an evaluation

    /// Marks those as sent that are due, and gives them.
    package mutating func takeDue(at time: Timestamp, interval: TimeSpan, resendDelay: TimeSpan) -> [ActiveAlert] {
        guard !alerts.isEmpty else { return [] }
        var due: [ActiveAlert] = []
        let valid = max(interval, resendDelay)
        for (labels, alert) in alerts where alert.needsSending(at: time, resendDelay: resendDelay) {
            var alert = alert
            alert.lastSentAt = time
            alert.validUntil = time + (valid + valid + valid + valid)
            alerts[labels] = alert
            due.append(alert)
        }
        return due.sorted { $0.labels.isBefore($1.labels) }
    }

    /// After a restart: the alert is active since then.
    package mutating func restore(_ labels: LabelSet, activeAt: Timestamp) { alerts[labels]?.activeAt = activeAt }
    /// Takes an alert over as it was before a restart; it isn't over before `held`, as the data it is about may have to be collected anew.
    package mutating func adopt(_ alert: ActiveAlert, held: Timestamp) {
        alerts[alert.labels] = alert
        heldUntil = max(heldUntil, held)
    }
    mutating func clockMoved(by step: TimeSpan) {
        for labels in alerts.keys { alerts[labels]?.clockMoved(by: step) }
        heldUntil = heldUntil + step
    }

    /// Pending and firing, by their labels.
    package var active: [ActiveAlert] { alerts.values.filter { $0.state != .inactive }.sorted { $0.labels.isBefore($1.labels) } }
    package var isQuiet: Bool { alerts.isEmpty }
    package var state: ActiveAlert.State {
        var state = ActiveAlert.State.inactive
        for alert in alerts.values {
            if alert.state == .firing { return .firing }
            if alert.state == .pending { state = .pending }
        }
        return state
    }
}
