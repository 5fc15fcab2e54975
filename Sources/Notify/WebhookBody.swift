import Telemetry
import Wire

/// JSON bodies as Alertmanager sends and takes them.
enum WebhookBody {
    private static let zero = "0001-01-01T00:00:00Z"

    /// Version 4 of the webhook (`notify/webhook`, `template.Data`).
    static func version4(_ data: NotificationData, maxAlerts: Int) -> [UInt8] {
        let shown = maxAlerts > 0 ? Array(data.alerts.prefix(maxAlerts)) : data.alerts
        var json = JSONWriter()
        json.beginObject()
        json.member("receiver", data.delivery.key.receiver)
        json.member("status", data.status)
        json.key("alerts")
        json.beginArray()
        for alert in shown {
            json.beginObject()
            let isResolved = data.isResolved(alert)
            json.member("status", isResolved ? "resolved" : "firing")
            json.labels("labels", alert.labels)
            json.labels("annotations", alert.annotations)
            json.member("startsAt", alert.startsAt.rfc3339)
            json.member("endsAt", isResolved ? alert.endsAt.rfc3339 : zero)
            json.member("generatorURL", alert.generatorURL)
            json.member("fingerprint", alert.labels.fingerprintText)
            json.endObject()
        }
        json.endArray()
        json.labels("groupLabels", data.delivery.groupLabels)
        json.labels("commonLabels", data.commonLabels)
        json.labels("commonAnnotations", data.commonAnnotations)
        json.member("externalURL", data.externalURL)
        json.member("version", "4")
        json.member("groupKey", data.delivery.key.group)
        json.member("truncatedAlerts", data.alerts.count - shown.count)
        json.member("notification_reason", data.delivery.reason.rawValue)
        json.endObject()
        return json.bytes
    }

    /// What `POST /api/v2/alerts` takes.
    static func alertmanager(_ alerts: [RoutedAlert]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for alert in alerts {
            json.beginObject()
            json.labels("labels", alert.labels)
            json.labels("annotations", alert.annotations)
            json.member("startsAt", alert.startsAt.rfc3339)
            json.member("endsAt", alert.endsAt.rfc3339)
            json.member("generatorURL", alert.generatorURL)
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}

extension JSONWriter {
    mutating func labels(_ name: String, _ labels: LabelSet) {
        key(name)
        beginObject()
        for label in labels.labels { member(label.name, label.value) }
        endObject()
    }
}

/// Slack's incoming webhook with one attachment, as Alertmanager sends it.
enum SlackMessage {
    private static let titleLimit = 1024

    static func body(_ channel: SlackChannel, _ text: (String) -> String) -> [UInt8] {
        func safe(_ source: String) -> String { escaped(text(source)) }
        var json = JSONWriter()
        json.beginObject()
        if !channel.channel.isEmpty { json.member("channel", text(channel.channel)) }
        json.member("username", text(channel.username))
        if !channel.iconEmoji.isEmpty { json.member("icon_emoji", text(channel.iconEmoji)) }
        if !channel.iconURL.isEmpty { json.member("icon_url", text(channel.iconURL)) }
        json.key("attachments")
        json.beginArray()
        json.beginObject()
        json.member("title", String(safe(channel.title).prefix(titleLimit)))
        let link = text(channel.titleLink)
        if !link.isEmpty { json.member("title_link", link) }
        let pretext = safe(channel.pretext)
        if !pretext.isEmpty { json.member("pretext", pretext) }
        json.member("text", safe(channel.text))
        json.member("fallback", safe(channel.fallback))
        json.member("color", text(channel.color))
        let footer = safe(channel.footer)
        if !footer.isEmpty { json.member("footer", footer) }
        json.key("mrkdwn_in")
        json.beginArray()
        for name in ["fallback", "pretext", "text"] { json.string(name) }
        json.endArray()
        if !channel.fields.isEmpty { writeFields(channel.fields, safe, &json) }
        json.endObject()
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private static func writeFields(_ fields: [SlackChannel.Field], _ safe: (String) -> String, _ json: inout JSONWriter) {
        json.key("fields")
        json.beginArray()
        for field in fields {
            json.beginObject()
            json.member("title", safe(field.title))
            json.member("value", safe(field.value))
            json.member("short", field.isShort)
            json.endObject()
        }
        json.endArray()
    }

    /// The three characters that Slack takes for its own, where they don't begin a link that a template wrote.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            default: out.append(character)
            }
        }
    }
}

/// PagerDuty's Events API v2.
enum PagerDutyEvent {
    private static let (summaryLimit, sizeLimit) = (1024, 512 << 10)

    static func body(_ channel: PagerDutyChannel, _ data: NotificationData, _ text: (String) -> String) -> [UInt8] {
        let whole = body(channel, data, text, withDetails: true)
        return whole.count <= sizeLimit ? whole : body(channel, data, text, withDetails: false)
    }

    private static func body(
        _ channel: PagerDutyChannel, _ data: NotificationData, _ text: (String) -> String, withDetails: Bool
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("routing_key", channel.routingKey.exposed)
        json.member("dedup_key", dedupKey(data.delivery.key))
        json.member("event_action", data.status == "firing" ? "trigger" : "resolve")
        json.member("client", text(channel.client))
        let url = text(channel.clientURL)
        if !url.isEmpty { json.member("client_url", url) }
        json.key("payload")
        json.beginObject()
        let summary = text(channel.description)
        json.member("summary", summary.isEmpty ? "alerts" : String(summary.prefix(summaryLimit)))
        json.member("source", text(channel.source))
        json.member("severity", severity(text(channel.severity)))
        for (name, source) in [("component", channel.component), ("group", channel.group), ("class", channel.kindOfEvent)]
        where !source.isEmpty {
            json.member(name, text(source))
        }
        json.key("custom_details")
        json.beginObject()
        for (name, value) in details(channel, data) where withDetails || name.hasPrefix("num_") { json.member(name, text(value)) }
        if !withDetails { json.member("error", "the details are too long for PagerDuty and left out") }
        json.endObject()
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func details(_ channel: PagerDutyChannel, _ data: NotificationData) -> [(String, String)] {
        let own = Set(channel.details.map(\.name))
        let standard = [
            ("firing", "{{ template \"pagerduty.default.instances\" .Alerts.Firing }}"),
            ("num_firing", "{{ .Alerts.Firing | len }}"), ("num_resolved", "{{ .Alerts.Resolved | len }}"),
            ("resolved", "{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}"),
        ]
        return standard.filter { !own.contains($0.0) } + channel.details.map { ($0.name, $0.value) }
    }

    /// One incident a group: two numbers from its key, so that it is the same after a restart.
    private static func dedupKey(_ key: NotificationLog.Key) -> String {
        LabelSet([Label("group", key.group), Label("receiver", key.receiver)]).fingerprintText
            + LabelSet([Label("receiver", key.receiver), Label("key", key.group)]).fingerprintText
    }
    private static func severity(_ text: String) -> String {
        switch text.lowercased() {
        case "critical", "crit", "page", "emergency": "critical"
        case "warning", "warn": "warning"
        case "info", "information", "notice", "none": "info"
        default: "error"
        }
    }
}
