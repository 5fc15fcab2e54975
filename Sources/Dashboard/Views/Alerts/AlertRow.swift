import Canvas
import Insight
import Notify
import Rules
import Telemetry

/// What a row of view 7 is, whatever becomes of it.
package enum AlertID: Hashable, Sendable {
    case alert(LabelSet)
    case rule(group: RuleGroup.Identity, Rule.Identity)
    /// Of an Alertmanager that is watched.
    case remote(url: String, LabelSet)
    case objective(String, LabelSet)
}

/// One alert or rule with all that its row shows.
package struct AlertRow: Sendable {
    package enum State: Int, Hashable, Sendable, Comparable {
        case firing, pending, silenced, broken, resolved, objective, quiet
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
        var title: String {
            switch self {
            case .firing: "firing"
            case .pending: "pending"
            case .silenced: "silenced"
            case .broken: "broken"
            case .resolved: "over"
            case .objective: "slo"
            case .quiet: "quiet"
            }
        }
    }
    /// A part of the window, from 0 to 1, in which it was pending or firing.
    struct Stretch: Hashable, Sendable {
        var from: Double
        var to: Double
        var isFiring: Bool
    }

    var id: AlertID
    var state: State
    var severity: AlertSeverity
    var name: String
    /// Labels that tell it from others of its name.
    var about: String
    var labels: LabelSet
    /// Those that tell it from others of its name go first.
    var subject: [Label] = []
    /// Whose it is, where the values of its labels don't say so.
    var service: String?
    var annotations = LabelSet([])
    var value: Double?
    var unit = ValueUnit.plain
    /// Such as `≥ 10 %`.
    var condition = ""
    var since: Timestamp?
    var ended: Timestamp?
    var stretches: [Stretch] = []
    var isAcknowledged = false
    /// Why it is not told of, in words.
    var suppression = ""
    /// Whom it was told, and how that went: the newest of each receiver.
    var told: [NotificationRecords.Record] = []
    var rule: Rule?
    var interval = TimeSpan.seconds(15)
    /// Of a rule that has no result, or what an objective says.
    var note = ""
    /// What of the rule could not be done as it asks.
    var warning: String?

    var text: String {
        "\(state.title) \(severity.name) \(name) \(service ?? "") \(labels.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")) \(annotations["summary"] ?? "") \(note)"
            .lowercased()
    }
    var health: Canvas.Health {
        switch state {
        case .firing: severity >= .error ? .bad : severity == .info ? .unknown : .warn
        case .pending, .broken: .warn
        case .silenced, .resolved, .objective: .unknown
        case .quiet: .good
        }
    }
    func role() -> Role {
        switch state {
        case .firing: severity >= .error ? .bad : severity == .info ? .info : .warn
        case .pending: .warn
        case .broken: .bad
        case .silenced, .resolved: .muted
        case .objective: note.isEmpty ? .good : .warn
        case .quiet: .good
        }
    }
}
