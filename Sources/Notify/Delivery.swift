import Telemetry

/// One message on its way to one channel.
package struct Delivery: Sendable {
    package let id: Int
    package let key: NotificationLog.Key
    package let channel: Channel
    package let groupLabels: LabelSet
    package let reason: NotificationReason
    package let alerts: [RoutedAlert]
    /// What the log will say once it is delivered.
    package let entry: NotificationLog.Entry
    package internal(set) var began: Timestamp
    package internal(set) var attempts = 0
    package internal(set) var nextAttempt: Timestamp
    package internal(set) var isUnderWay = false

    package init(
        id: Int, key: NotificationLog.Key, channel: Channel, groupLabels: LabelSet, reason: NotificationReason, alerts: [RoutedAlert],
        entry: NotificationLog.Entry, at now: Timestamp
    ) {
        self.id = id
        self.key = key
        self.channel = channel
        self.groupLabels = groupLabels
        self.reason = reason
        self.alerts = alerts
        self.entry = entry
        began = now
        nextAttempt = now
    }

    /// A batch for an Alertmanager.
    init(feed id: Int, _ channel: AlertmanagerChannel, _ alerts: [RoutedAlert], _ now: Timestamp) {
        self.init(
            id: id, key: NotificationLog.Key(group: "", receiver: channel.url, channel: 0),
            channel: Channel(.alertmanager(channel), sendsResolved: true), groupLabels: LabelSet([]), reason: .newAlerts, alerts: alerts,
            entry: NotificationLog.Entry(time: now, firing: [], resolved: []), at: now)
    }
}

/// How sending one message went.
package enum DeliveryOutcome: Hashable, Sendable {
    /// What was answered, in a few words.
    case delivered(String)
    /// It makes no sense to try the same again.
    case refused(String)
    /// To be tried again, not before `retryAfter` where the other side said so.
    case failed(String, retryAfter: TimeSpan?)

    package var detail: String {
        switch self {
        case .delivered(let detail), .refused(let detail), .failed(let detail, _): detail
        }
    }
}

/// Hands all alerts on to one Alertmanager: the newest state of each waits until it was taken.
struct AlertmanagerFeed: Sendable {
    /// Alerts of one request.
    static let batchLimit = 256

    private(set) var channel: AlertmanagerChannel
    private var waiting: [LabelSet: RoutedAlert] = [:]
    private var sending: [RoutedAlert] = []
    private var attempts = 0
    private var earliest = Timestamp.distantPast
    /// The id of the request under way.
    var underWay: Int?

    init(_ channel: AlertmanagerChannel) { self.channel = channel }
    func with(_ channel: AlertmanagerChannel) -> AlertmanagerFeed {
        var copy = self
        copy.channel = channel
        return copy
    }

    var sendingCount: Int { sending.count }
    var nextAttempt: Timestamp? { underWay == nil && !waiting.isEmpty ? earliest : nil }

    mutating func take(_ alert: RoutedAlert) {
        guard waiting.count < Dispatcher.alertLimit || waiting[alert.labels] != nil else { return }
        waiting[alert.labels] = alert
    }
    mutating func clockMoved(by step: TimeSpan) {
        waiting = waiting.mapValues { $0.clockMoved(by: step) }
        sending = sending.map { $0.clockMoved(by: step) }
        earliest = earliest + step
    }
    /// What to send now, if anything.
    mutating func take(at now: Timestamp) -> [RoutedAlert]? {
        guard underWay == nil, !waiting.isEmpty, earliest <= now else { return nil }
        sending = Array(waiting.values.sorted { $0.labels.isBefore($1.labels) }.prefix(Self.batchLimit))
        return sending
    }
    mutating func finished(_ outcome: DeliveryOutcome, at now: Timestamp) {
        underWay = nil
        switch outcome {
        case .delivered, .refused:
            for alert in sending where waiting[alert.labels] == alert { waiting[alert.labels] = nil }
            attempts = 0
            earliest = now
        case .failed(_, let retryAfter):
            attempts += 1
            earliest = now + (retryAfter ?? Dispatcher.delay(after: attempts))
        }
        sending = []
    }
}
