import Telemetry
import Templates

/// What a message is about, as Alertmanager's templates and its webhook see it.
struct NotificationData: Sendable {
    let delivery: Delivery
    let externalURL: String
    var alerts: [RoutedAlert] { delivery.alerts }

    func isResolved(_ alert: RoutedAlert) -> Bool { alert.isResolved(at: delivery.began) }
    /// `firing` while one alert does.
    var status: String { alerts.allSatisfy(isResolved) ? "resolved" : "firing" }
    var commonLabels: LabelSet { Self.common(alerts.map(\.labels)) }
    var commonAnnotations: LabelSet { Self.common(alerts.map(\.annotations)) }

    private static func common(_ sets: [LabelSet]) -> LabelSet {
        guard let first = sets.first else { return LabelSet([]) }
        return LabelSet(sorted: first.labels.filter { label in sets.allSatisfy { $0[label.name] == label.value } })
    }

    var templateValue: TemplateValue {
        .object([
            "Receiver": .string(delivery.key.receiver), "Status": .string(status), "Alerts": alertsValue,
            "GroupLabels": .labels(delivery.groupLabels), "CommonLabels": .labels(commonLabels),
            "CommonAnnotations": .labels(commonAnnotations), "ExternalURL": .string(externalURL),
            "GroupKey": .string(delivery.key.group), "NotificationReason": .string(delivery.reason.rawValue),
        ])
    }
    private var alertsValue: TemplateValue {
        let all = alerts.map(value)
        let firing = zip(alerts, all).filter { !isResolved($0.0) }.map(\.1)
        let resolved = zip(alerts, all).filter { isResolved($0.0) }.map(\.1)
        return .object(["Firing": .list(firing), "Resolved": .list(resolved)], elements: all)
    }
    private func value(_ alert: RoutedAlert) -> TemplateValue {
        .object([
            "Status": .string(isResolved(alert) ? "resolved" : "firing"), "Labels": .labels(alert.labels),
            "Annotations": .labels(alert.annotations), "StartsAt": .time(alert.startsAt),
            "EndsAt": .time(isResolved(alert) ? alert.endsAt : Self.zeroTime), "GeneratorURL": .string(alert.generatorURL),
            "Fingerprint": .string(alert.labels.fingerprintText),
        ])
    }
    /// Go's zero time, year 1.
    static let zeroTime = Timestamp(milliseconds: -62_135_596_800_000)
}
