import PromQL
import Telemetry

/// Decides who is told of which alerts, and when: Alertmanager's dispatcher, inhibitor and silencer in one value. Told of alerts, of the time and of
/// how sending went, it gives what is to be sent.
package struct Dispatcher: Sendable {
    package static let alertLimit = 100_000

    /// Alerts of one route with the same values of the labels that it groups by.
    struct Group: Sendable {
        var key: String
        var route: Route
        var labels: LabelSet
        var alerts: [LabelSet: RoutedAlert] = [:]
        var nextFlush: Timestamp
        var hasFlushed = false
    }

    package private(set) var configuration = NotifyConfiguration()
    package private(set) var silences = SilenceBook()
    package private(set) var log = NotificationLog()
    /// All that is known, those that are over too for a while.
    package private(set) var alerts: [LabelSet: RoutedAlert] = [:]
    package private(set) var records = NotificationRecords()
    /// Somebody looks after these: they are not told again and again. Ends when they do.
    package private(set) var acknowledged: Set<LabelSet> = []
    /// Alerts that had no room.
    package private(set) var refused = 0
    private(set) var groups: [String: Group] = [:]
    private(set) var deliveries: [Int: Delivery] = [:]
    private var feeds: [AlertmanagerFeed] = []
    private var nextID = 1
    /// A channel asked not to be asked before.
    private var notBefore: [NotificationLog.Key: Timestamp] = [:]
    private var forgetsAt = Timestamp.distantPast
    private var madeIDs: UInt64 = 0

    package init(_ configuration: NotifyConfiguration = NotifyConfiguration()) { replace(configuration) }

    // MARK: What is told

    /// Takes another configuration; alerts, silences and what was sent stay. Groups are made anew, as Alertmanager does.
    package mutating func replace(_ next: NotifyConfiguration, at now: Timestamp = .distantPast) {
        configuration = next
        feeds = next.alertmanagers.map { channel in
            feeds.first { $0.channel.url == channel.url }.map { $0.with(channel) } ?? AlertmanagerFeed(channel)
        }
        let former = groups
        groups = [:]
        // What is under way may arrive, and must not be told again then.
        deliveries = deliveries.filter { $0.value.isUnderWay }
        for alert in alerts.values where !alert.isResolved(at: now) || former.values.contains(where: { $0.alerts[alert.labels] != nil }) {
            route(alert, now)
        }
        // What was told before is told again only as the log says; a group that had its first message doesn't wait for it anew.
        for (key, old) in former {
            guard var group = groups[key] else { continue }
            group.hasFlushed = old.hasFlushed
            group.nextFlush = min(old.nextFlush, now + group.route.groupInterval)
            groups[key] = group
        }
    }

    package mutating func take(_ news: [RoutedAlert], at now: Timestamp) {
        for alert in news {
            var alert = alert
            if let old = alerts[alert.labels], old.overlaps(alert) { alert = old.merged(with: alert) }
            guard alerts[alert.labels] != nil || alerts.count < Self.alertLimit else {
                refused += 1
                continue
            }
            alerts[alert.labels] = alert
            if alert.isResolved(at: now) { acknowledged.remove(alert.labels) }
            route(alert, now)
            for index in feeds.indices { feeds[index].take(alert) }
        }
    }

    private mutating func route(_ alert: RoutedAlert, _ now: Timestamp) {
        guard let root = configuration.route else { return }
        for match in root.matches(alert.labels) {
            let labels = match.route.groupLabels(of: alert.labels)
            let key = match.key + ":" + labels.bracedText
            // What is over before anybody heard of it is nobody's news.
            if groups[key] == nil, alert.isResolved(at: now), log.entries.allSatisfy({ $0.key.group != key }) { continue }
            var group = groups[key] ?? Group(key: key, route: match.route, labels: labels, nextFlush: now + match.route.groupWait)
            group.alerts[alert.labels] = alert
            // It began longer ago than the group would wait, such as before a restart.
            if !group.hasFlushed, alert.startsAt + group.route.groupWait < now { group.nextFlush = min(group.nextFlush, now) }
            groups[key] = group
        }
    }

    // MARK: Silences

    package mutating func set(_ silence: Silence, at now: Timestamp) throws(SilenceError) -> String {
        try silences.set(silence, at: now) {
            madeIDs += 1
            return Self.id(now, madeIDs)
        }
    }
    package mutating func expireSilence(_ id: String, at now: Timestamp) throws(SilenceError) { try silences.expire(id, at: now) }
    /// Looks like a UUID, and comes from the time and a count.
    private static func id(_ now: Timestamp, _ count: UInt64) -> String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String((String(repeating: "0", count: max(0, digits - text.count)) + text).suffix(digits))
        }
        let time = UInt64(bitPattern: now.milliseconds)
        var mixed = (time ^ count &* 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
        mixed ^= mixed >> 29
        return
            "\(hex(time >> 16, 8))-\(hex(time, 4))-4\(hex(mixed >> 48, 3))-\(hex(0x8000 | mixed >> 32 & 0x3fff, 4))-\(hex(mixed & 0xffff_ffff, 8))\(hex(count, 4))"
    }

    /// Somebody looks after it, or not any more.
    package mutating func acknowledge(_ labels: LabelSet, _ isAcknowledged: Bool) {
        if isAcknowledged { acknowledged.insert(labels) } else { acknowledged.remove(labels) }
    }

    package func suppressions(at now: Timestamp) -> Suppressions { Suppressions(self, inhibitor(at: now), at: now) }
    private func inhibitor(at now: Timestamp) -> Inhibitor {
        let rules = configuration.inhibitRules
        return Inhibitor(rules, firing: rules.isEmpty ? [] : alerts.values.filter { !$0.isResolved(at: now) })
    }
    /// Where an alert would go, for whoever asks.
    package func receivers(for labels: LabelSet) -> [String] {
        configuration.route?.matches(labels).map(\.route.receiver) ?? []
    }

    // MARK: What is to be sent

    /// When to ask again at the latest; nil where nothing waits.
    package var nextDue: Timestamp? {
        let flush = groups.values.lazy.map(\.nextFlush).min()
        let retry = deliveries.values.lazy.filter { !$0.isUnderWay }.map(\.nextAttempt).min()
        let feed = feeds.lazy.compactMap(\.nextAttempt).min()
        return [flush, retry, feed].compactMap { $0 }.min()
    }

    /// What is to be sent now; each is to be answered by `finished`.
    package mutating func due(at now: Timestamp) -> [Delivery] {
        forget(now)
        let flushing = groups.values.filter { $0.nextFlush <= now }.map(\.key).sorted()
        if !flushing.isEmpty {
            let inhibitor = inhibitor(at: now)
            for key in flushing { flush(key, inhibitor, now) }
        }
        var due: [Delivery] = []
        for id in deliveries.keys.sorted() {
            guard var delivery = deliveries[id], !delivery.isUnderWay, delivery.nextAttempt <= now else { continue }
            delivery.isUnderWay = true
            delivery.attempts += 1
            deliveries[id] = delivery
            due.append(delivery)
        }
        for index in feeds.indices {
            guard let batch = feeds[index].take(at: now) else { continue }
            nextID += 1
            feeds[index].underWay = nextID
            due.append(Delivery(feed: nextID, feeds[index].channel, batch, now))
        }
        return due
    }

    private mutating func flush(_ key: String, _ inhibitor: Inhibitor, _ now: Timestamp) {
        guard var group = groups[key] else { return }
        group.hasFlushed = true
        group.nextFlush = now + max(group.route.groupInterval, .seconds(1))
        groups[key] = group
        let told =
            configuration.muted(group.route, at: now).isEmpty
            ? group.alerts.values.filter { silences.active(for: $0.labels, at: now).isEmpty && !inhibitor.mutes($0.labels) }
                .sorted { $0.labels.isBefore($1.labels) } : []
        let receiver = configuration.receiver(group.route.receiver)
        var isWaiting = false
        for (place, channel) in (receiver?.channels ?? []).enumerated() where !told.isEmpty {
            let logKey = NotificationLog.Key(group: key, receiver: group.route.receiver, channel: place)
            if deliver(told, group, channel, logKey, now) { isWaiting = true }
        }
        if !isWaiting { settle(key, now) }
    }

    /// Whether there is something to send.
    private mutating func deliver(
        _ told: [RoutedAlert], _ group: Group, _ channel: Channel, _ key: NotificationLog.Key, _ now: Timestamp
    ) -> Bool {
        let firing = Set(told.lazy.filter { !$0.isResolved(at: now) }.map(\.labels))
        let resolved = Set(told.lazy.filter { $0.isResolved(at: now) }.map(\.labels))
        if let former = deliveries.values.first(where: { $0.key == key }) {
            // It may arrive yet, and then this would tell the same again.
            if former.isUnderWay {
                groups[key.group]?.nextFlush = now + .seconds(1)
                return true
            }
            // An earlier one that was not through by now is over: this one says all that it would have said.
            deliveries[former.id] = nil
            records.giveUp(former, at: now)
        }
        guard
            let reason = NotificationLog.reason(
                log[key], firing: firing, resolved: resolved, sendsResolved: channel.sendsResolved,
                repeatInterval: group.route.repeatInterval, at: now), reason != .repeated || !firing.isSubset(of: acknowledged)
        else { return false }
        let entry = NotificationLog.Entry(time: now, firing: firing, resolved: resolved)
        // Nothing of it is this channel's business, but what it knows has changed.
        guard channel.sendsResolved || !firing.isEmpty else {
            log.note(entry, under: key)
            return false
        }
        nextID += 1
        var delivery = Delivery(
            id: nextID, key: key, channel: channel, groupLabels: group.labels, reason: reason,
            alerts: channel.sendsResolved ? told : told.filter { !$0.isResolved(at: now) }, entry: entry, at: now)
        delivery.nextAttempt = max(now, notBefore[key] ?? now)
        deliveries[delivery.id] = delivery
        return true
    }

    /// Resolved alerts that everybody knows of leave their group; an empty group goes.
    private mutating func settle(_ key: String, _ now: Timestamp) {
        guard var group = groups[key], !deliveries.values.contains(where: { $0.key.group == key }) else { return }
        group.alerts = group.alerts.filter { !$0.value.isResolved(at: now) }
        groups[key] = group.alerts.isEmpty ? nil : group
    }

    // MARK: How it went

    package mutating func finished(_ id: Int, _ outcome: DeliveryOutcome, at now: Timestamp) {
        if let place = feeds.firstIndex(where: { $0.underWay == id }) {
            records.note(feeds[place].channel, outcome, count: feeds[place].sendingCount, at: now)
            return feeds[place].finished(outcome, at: now)
        }
        guard var delivery = deliveries[id] else { return }
        records.note(delivery, outcome, at: now)
        switch outcome {
        case .delivered:
            deliveries[id] = nil
            notBefore[delivery.key] = nil
            log.note(delivery.entry, under: delivery.key)
            settle(delivery.key.group, delivery.began)
        case .refused:
            // The same would be refused again; the next flush may say something else.
            deliveries[id] = nil
        case .failed(_, let retryAfter):
            let delay = retryAfter ?? Self.delay(after: delivery.attempts)
            delivery.isUnderWay = false
            delivery.nextAttempt = now + delay
            if retryAfter != nil { notBefore[delivery.key] = delivery.nextAttempt }
            deliveries[id] = delivery
        }
    }
    /// A second, then twice as long each time, at most a minute.
    static func delay(after attempts: Int) -> TimeSpan { .seconds(Int64(1) << Int64(min(max(attempts - 1, 0), 6))).atMost(.seconds(60)) }

    private mutating func forget(_ now: Timestamp) {
        guard now >= forgetsAt else { return }
        forgetsAt = now + .minutes(10)
        alerts = alerts.filter { !$0.value.isResolved(at: now - .minutes(30)) }
        silences.forget(before: now)
        log.forget(before: now)
        notBefore = notBefore.filter { $0.value > now }
    }

    // MARK: From before a restart

    package mutating func restore(
        silences: [Silence], log: [NotificationLog.Key: NotificationLog.Entry], acknowledged: Set<LabelSet>
    ) {
        self.silences = SilenceBook(silences)
        for (key, entry) in log { self.log.note(entry, under: key) }
        self.acknowledged = acknowledged
    }

    // MARK: A clock that is set

    /// Somebody set the clock by `step`: waits go on as long as they would have, and nothing ends or begins because of it. Silences are by the
    /// clock on the wall.
    package mutating func clockMoved(by step: TimeSpan) {
        alerts = alerts.mapValues { $0.clockMoved(by: step) }
        for key in groups.keys { groups[key]?.clockMoved(by: step) }
        for id in deliveries.keys { deliveries[id]?.clockMoved(by: step) }
        for index in feeds.indices { feeds[index].clockMoved(by: step) }
        notBefore = notBefore.mapValues { $0 + step }
        log.clockMoved(by: step)
        forgetsAt = forgetsAt + step
    }
}

extension Dispatcher.Group {
    fileprivate mutating func clockMoved(by step: TimeSpan) {
        alerts = alerts.mapValues { $0.clockMoved(by: step) }
        nextFlush = nextFlush + step
    }
}
extension Delivery {
    fileprivate mutating func clockMoved(by step: TimeSpan) {
        began = began + step
        nextAttempt = nextAttempt + step
    }
}

extension TimeSpan {
    fileprivate func atMost(_ limit: TimeSpan) -> TimeSpan { min(self, limit) }
}

extension RoutedAlert {
    /// Whether both speak of one time that the alert was there.
    fileprivate func overlaps(_ other: RoutedAlert) -> Bool {
        startsAt == other.startsAt || other.endsAt > startsAt && other.endsAt < endsAt
            || other.startsAt > startsAt && other.startsAt < endsAt
    }
}

extension LabelSet {
    /// As Prometheus prints it: `{alertname="Slow", service="order"}`.
    package var bracedText: String { "{" + labels.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}" }
}
