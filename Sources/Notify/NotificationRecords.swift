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
    /// How one channel has done since the start.
    package struct Tally: Hashable, Sendable {
        package var delivered = 0
        package var failed = 0
        package var lastDelivery: Timestamp?
        package var lastFailure: Timestamp?
        package var lastError: String?
        /// What was tried last did not arrive.
        package var isFailing = false
    }
    package struct ChannelID: Hashable, Sendable {
        package var receiver: String
        /// Its name, such as `slack`.
        package var channel: String
        package init(receiver: String, channel: String) {
            self.receiver = receiver
            self.channel = channel
        }
    }
    package private(set) var records: [Record] = []
    package private(set) var tallies: [ChannelID: Tally] = [:]
    package init() {}

    mutating func note(_ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp) {
        tally(ChannelID(receiver: delivery.key.receiver, channel: delivery.channel.name), outcome, now)
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
        tally(ChannelID(receiver: channel.url, channel: "alertmanager"), outcome, now)
        if let last = records.last, last.receiver == channel.url, last.result == .failed, outcome.result == .failed {
            records[records.count - 1].attempts += 1
            records[records.count - 1].time = now
            records[records.count - 1].detail = outcome.detail
            return
        }
        append(
            Record(
                time: now, receiver: channel.url, channel: "alertmanager", groupLabels: LabelSet([]), reason: .newAlerts, firing: count,
                resolved: 0, attempts: 1, result: outcome.result, detail: outcome.detail, alerts: []))
    }

    private mutating func tally(_ id: ChannelID, _ outcome: DeliveryOutcome, _ now: Timestamp) {
        tallies[id, default: Tally()].note(outcome, at: now)
    }
    private mutating func append(_ record: Record) {
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

extension NotificationRecords.Tally {
    fileprivate mutating func note(_ outcome: DeliveryOutcome, at now: Timestamp) {
        isFailing = outcome.result != .delivered
        if isFailing {
            failed += 1
            (lastFailure, lastError) = (now, String(outcome.detail.prefix(300)))
        } else {
            delivered += 1
            lastDelivery = now
        }
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
