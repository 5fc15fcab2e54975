import Telemetry

/// What was sent to whom and what was answered, the newest last; bounded.
package struct NotificationRecords: Sendable {
    package static let limit = 1000

    package struct Record: Hashable, Sendable {
        package enum Result: Hashable, Sendable { case delivered, refused, failed, gaveUp }
        package var time: Timestamp
        package var receiver: String
        package var channel: String
        package var groupLabels: LabelSet
        package var reason: NotificationReason
        package var firing: Int
        package var resolved: Int
        package var attempts: Int
        package var result: Result
        /// What was answered, or what went wrong.
        package var detail: String
        /// Of the alerts that it was about, at most 100.
        package var alerts: [LabelSet]
    }
    package private(set) var records: [Record] = []
    package private(set) var delivered = 0
    package private(set) var failed = 0
    package init() {}

    mutating func note(_ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp) {
        var record = Self.record(delivery, outcome.result, outcome.detail, now)
        // Attempts of one message stand in one line.
        if let place = records.lastIndex(where: { $0.isAttempt(of: delivery) }), records[place].result == .failed {
            record.time = now
            records.remove(at: place)
        }
        append(record)
    }
    mutating func giveUp(_ delivery: Delivery, at now: Timestamp) {
        guard delivery.attempts > 0 else { return }
        append(Self.record(delivery, .gaveUp, "no answer in time; what changed since is told anew", now))
    }
    mutating func note(_ channel: AlertmanagerChannel, _ outcome: DeliveryOutcome, count: Int, at now: Timestamp) {
        if let last = records.last, last.receiver == channel.url, last.result == .failed, outcome.result == .failed {
            records[records.count - 1].attempts += 1
            records[records.count - 1].time = now
            records[records.count - 1].detail = outcome.detail
            failed += 1
            return
        }
        append(
            Record(
                time: now, receiver: channel.url, channel: "alertmanager", groupLabels: LabelSet([]), reason: .newAlerts, firing: count,
                resolved: 0, attempts: 1, result: outcome.result, detail: outcome.detail, alerts: []))
    }

    private mutating func append(_ record: Record) {
        if record.result == .delivered { delivered += 1 } else { failed += 1 }
        records.append(record)
        if records.count > Self.limit + Self.limit / 4 { records.removeFirst(records.count - Self.limit) }
    }

    private static func record(_ delivery: Delivery, _ result: Record.Result, _ detail: String, _ now: Timestamp) -> Record {
        Record(
            time: now, receiver: delivery.key.receiver, channel: delivery.channel.name, groupLabels: delivery.groupLabels,
            reason: delivery.reason, firing: delivery.alerts.count { !$0.isResolved(at: delivery.began) },
            resolved: delivery.alerts.count { $0.isResolved(at: delivery.began) }, attempts: delivery.attempts, result: result,
            detail: String(detail.prefix(300)), alerts: delivery.alerts.prefix(100).map(\.labels))
    }
}

extension NotificationRecords.Record {
    fileprivate func isAttempt(of delivery: Delivery) -> Bool {
        receiver == delivery.key.receiver && channel == delivery.channel.name && groupLabels == delivery.groupLabels
            && attempts == delivery.attempts - 1
    }
}

extension DeliveryOutcome {
    var result: NotificationRecords.Record.Result {
        switch self {
        case .delivered: .delivered
        case .refused: .refused
        case .failed: .failed
        }
    }
}
