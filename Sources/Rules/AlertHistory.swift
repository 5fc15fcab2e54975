import PromQL
import Telemetry

/// What became of alerts, from firing to the end, in the order of their beginnings; bounded, the oldest goes first.
package struct AlertHistory: Sendable {
    /// One time that an alert was active.
    package struct Entry: Hashable, Sendable {
        package var labels: LabelSet
        /// Since when the condition held.
        package var activeAt: Timestamp
        /// Nil where it was dropped before, or is pending still.
        package var firedAt: Timestamp?
        /// Nil while it is active.
        package var endedAt: Timestamp?
        /// The one furthest from the threshold isn't known here: the value when it fired, or at its last change.
        package var value: Double
        package var name: String { labels["alertname"] ?? "" }
        package var severity: String { labels["severity"] ?? "" }
        package init(labels: LabelSet, activeAt: Timestamp, firedAt: Timestamp? = nil, endedAt: Timestamp? = nil, value: Double) {
            self.labels = labels
            self.activeAt = activeAt
            self.firedAt = firedAt
            self.endedAt = endedAt
            self.value = value
        }
        package func isActive(at time: Timestamp) -> Bool { activeAt <= time && endedAt.map { time < $0 } ?? true }
        package func isFiring(at time: Timestamp) -> Bool { isActive(at: time) && firedAt.map { $0 <= time } ?? false }
    }
    package static let limit = 10_000

    /// Ascending by `activeAt`.
    package private(set) var entries: [Entry] = []
    /// How many were let go.
    package private(set) var forgotten = 0
    private var open: [LabelSet: Int] = [:]
    package init() {}

    package mutating func take(_ changes: [AlertChange]) {
        var dropped: Set<Int> = []
        for change in changes { take(change, &dropped) }
        if !dropped.isEmpty { remove(dropped) }
        guard entries.count > Self.limit + Self.limit / 4 else { return }
        let excess = entries.count - Self.limit
        forgotten += excess
        entries.removeFirst(excess)
        open = open.compactMapValues { $0 >= excess ? $0 - excess : nil }
    }

    private mutating func take(_ change: AlertChange, _ dropped: inout Set<Int>) {
        let place = open[change.labels].flatMap { entries.indices.contains($0) ? $0 : nil }
        switch change.kind {
        case .pending:
            if place == nil { begin(change, firedAt: nil) } else if let place { entries[place].firedAt = nil }
        case .firing:
            guard let place else { return begin(change, firedAt: change.time) }
            entries[place].firedAt = change.time
            entries[place].value = change.value
        case .resolved:
            if let place { entries[place].endedAt = change.time }
            open[change.labels] = nil
        case .dropped:
            // What never fired is no history.
            open[change.labels] = nil
            if let place { dropped.insert(place) }
        }
    }
    private mutating func remove(_ dropped: Set<Int>) {
        var places = [Int?](repeating: nil, count: entries.count)
        var kept: [Entry] = []
        for (place, entry) in entries.enumerated() where !dropped.contains(place) {
            places[place] = kept.count
            kept.append(entry)
        }
        entries = kept
        open = open.compactMapValues { places[$0] }
    }
    private mutating func begin(_ change: AlertChange, firedAt: Timestamp?) {
        open[change.labels] = entries.count
        entries.append(Entry(labels: change.labels, activeAt: change.activeAt, firedAt: firedAt, value: change.value))
    }

    /// Somebody set the clock: what goes on goes on by the new one.
    package mutating func clockMoved(by step: TimeSpan) {
        for place in open.values where entries.indices.contains(place) {
            entries[place].activeAt = entries[place].activeAt + step
            entries[place].firedAt = entries[place].firedAt.map { $0 + step }
        }
    }
    /// What goes on since before a restart.
    package mutating func adopt(_ alert: ActiveAlert) {
        guard alert.state != .inactive, open[alert.labels] == nil else { return }
        open[alert.labels] = entries.count
        entries.append(Entry(labels: alert.labels, activeAt: alert.activeAt, firedAt: alert.firedAt, value: alert.value))
    }

    /// Those that fired, ascending by when they did.
    package var fired: [Entry] {
        entries.filter { $0.firedAt != nil }.sorted { a, b in
            (a.firedAt ?? a.activeAt, a.name) != (b.firedAt ?? b.activeAt, b.name)
                ? (a.firedAt ?? a.activeAt, a.name) < (b.firedAt ?? b.activeAt, b.name) : a.labels.isBefore(b.labels)
        }
    }
}

/// How bad an alert is, by its label `severity`; the words of Prometheus's users, and what lies between.
package enum AlertSeverity: Int, Hashable, Comparable, Sendable, CaseIterable {
    case none, info, warning, error, critical
    /// Words that are none of these count as a warning: somebody meant something.
    package init(_ text: String) {
        switch text.lowercased() {
        case "": self = .none
        case "info", "information", "informational", "notice", "debug", "none", "low", "p5", "sev5": self = .info
        case "error", "high", "major", "p2", "sev2": self = .error
        case "critical", "crit", "page", "emergency", "fatal", "alert", "p1", "sev1", "disaster": self = .critical
        default: self = .warning
        }
    }
    package var name: String {
        switch self {
        case .none: "none"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
    package static func < (a: AlertSeverity, b: AlertSeverity) -> Bool { a.rawValue < b.rawValue }
}
