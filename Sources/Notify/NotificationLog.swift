import Telemetry

/// What was last told to one channel of a receiver about one group: Alertmanager's `nflog`.
package struct NotificationLog: Sendable {
    package struct Key: Hashable, Sendable {
        package var group: String
        package var receiver: String
        /// Among the channels of the receiver.
        package var channel: Int
        package init(group: String, receiver: String, channel: Int) {
            self.group = group
            self.receiver = receiver
            self.channel = channel
        }
    }
    package struct Entry: Hashable, Sendable {
        package var time: Timestamp
        package var firing: Set<LabelSet>
        package var resolved: Set<LabelSet>
        package init(time: Timestamp, firing: Set<LabelSet>, resolved: Set<LabelSet>) {
            self.time = time
            self.firing = firing
            self.resolved = resolved
        }
        fileprivate mutating func clockMoved(by step: TimeSpan) { time = time + step }
    }
    package private(set) var entries: [Key: Entry] = [:]
    package init() {}

    package subscript(key: Key) -> Entry? { entries[key] }
    package mutating func note(_ entry: Entry, under key: Key) { entries[key] = entry }
    mutating func clockMoved(by step: TimeSpan) { for key in entries.keys { entries[key]?.clockMoved(by: step) } }
    /// Lets go of what is older than `retention`.
    mutating func forget(before now: Timestamp, retention: TimeSpan = .minutes(120 * 60)) {
        entries = entries.filter { $0.value.time + retention > now }
    }

    /// Why somebody is told; nil where they are not. The cases of Alertmanager's `DedupStage`.
    package static func reason(
        _ entry: Entry?, firing: Set<LabelSet>, resolved: Set<LabelSet>, sendsResolved: Bool, repeatInterval: TimeSpan, at now: Timestamp
    ) -> NotificationReason? {
        guard let entry else { return firing.isEmpty ? nil : .first }
        if !firing.isSubset(of: entry.firing) { return entry.firing.isEmpty ? .first : .newAlerts }
        if firing.isEmpty { return entry.firing.isEmpty ? nil : .allResolved }
        if sendsResolved, !resolved.isSubset(of: entry.resolved) { return .newlyResolved }
        return entry.time < now - repeatInterval ? .repeated : nil
    }
}

package enum NotificationReason: String, Hashable, Sendable {
    case first = "first notification"
    case newAlerts = "new alerts in group"
    case newlyResolved = "new resolved alerts"
    case allResolved = "all alerts resolved"
    case repeated = "repeat interval elapsed"
    case test = "a test"
}
