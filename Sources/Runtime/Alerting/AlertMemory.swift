import Notify
import PromQL
import Rules
import Telemetry
import Wire

/// What is known of alerts that a restart must not forget, as a JSON text: silences, who looks after what, what was told to whom, and alerts that are
/// active or just over.
package struct AlertMemory: Sendable {
    package static let sizeLimit = 256 << 20
    private static let version: Int64 = 1

    package var silences: [Silence] = []
    package var acknowledged: Set<LabelSet> = []
    package var log: [NotificationLog.Key: NotificationLog.Entry] = [:]
    package var alerts: [RememberedAlert] = []
    package init() {}
    package init(_ dispatcher: Dispatcher, _ alerts: [RememberedAlert]) {
        silences = dispatcher.silences.silences.values.sorted { $0.id < $1.id }
        acknowledged = dispatcher.acknowledged
        log = dispatcher.log.entries
        self.alerts = alerts
    }

    // MARK: Writing

    package var encoded: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("version", Self.version)
        json.list("silences", silences) { $0.silence($1) }
        json.list("acknowledged", acknowledged.sorted { $0.isBefore($1) }) { $0.labels($1) }
        let entries = log.sorted { ($0.key.group, $0.key.receiver, $0.key.channel) < ($1.key.group, $1.key.receiver, $1.key.channel) }
        json.list("notifications", entries) { $0.notification($1.key, $1.value) }
        json.list("alerts", alerts) { $0.alert($1) }
        json.endObject()
        json.newline()
        return json.bytes
    }

    // MARK: Reading

    /// Throws where the text is none that was written here. What can't be read in it is left out.
    package init(_ bytes: [UInt8]) throws(WireError) {
        self = try JSONReader(limit: Self.sizeLimit).read(bytes) { root throws(WireError) in
            guard root["version"]?.int == Self.version else {
                throw .malformed(place: "the state of alerts", "it is of another version")
            }
            var memory = AlertMemory()
            for value in root.list("silences") { if let silence = Silence(value) { memory.silences.append(silence) } }
            for value in root.list("acknowledged") { memory.acknowledged.insert(LabelSet(remembered: value)) }
            for value in root.list("notifications") {
                guard let key = NotificationLog.Key(value), let entry = NotificationLog.Entry(value) else { continue }
                memory.log[key] = entry
            }
            for value in root.list("alerts") { if let alert = RememberedAlert(value) { memory.alerts.append(alert) } }
            return memory
        }
    }
}

extension JSONWriter {
    fileprivate mutating func list<Element>(_ name: String, _ values: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        key(name)
        beginArray()
        for value in values { write(&self, value) }
        endArray()
    }
    fileprivate mutating func labels(_ labels: LabelSet) {
        beginObject()
        for label in labels.labels { member(label.name, label.value) }
        endObject()
    }
    fileprivate mutating func time(_ name: String, _ time: Timestamp?) { if let time { member(name, time.milliseconds) } }

    fileprivate mutating func silence(_ silence: Silence) {
        beginObject()
        member("id", silence.id)
        member("matchers", silence.matchers.text)
        time("startsAt", silence.startsAt)
        time("endsAt", silence.endsAt)
        time("updatedAt", silence.updatedAt)
        member("createdBy", silence.createdBy)
        member("comment", silence.comment)
        endObject()
    }
    fileprivate mutating func notification(_ key: NotificationLog.Key, _ entry: NotificationLog.Entry) {
        beginObject()
        member("group", key.group)
        member("receiver", key.receiver)
        member("channel", key.channel)
        time("time", entry.time)
        list("firing", entry.firing.sorted { $0.isBefore($1) }) { $0.labels($1) }
        list("resolved", entry.resolved.sorted { $0.isBefore($1) }) { $0.labels($1) }
        endObject()
    }
    fileprivate mutating func alert(_ remembered: RememberedAlert) {
        let alert = remembered.alert
        beginObject()
        member("source", remembered.group.source)
        member("group", remembered.group.name)
        member("rule", remembered.rule.name)
        list("ruleLabels", remembered.rule.labels) { json, pair in json.list(pair) }
        key("labels")
        labels(alert.labels)
        key("annotations")
        labels(alert.annotations)
        member("state", alert.state.rawValue)
        key("value")
        double(alert.value)
        time("activeAt", alert.activeAt)
        time("firedAt", alert.firedAt)
        time("resolvedAt", alert.resolvedAt)
        time("keepFiringSince", alert.keepFiringSince)
        time("lastSentAt", alert.lastSentAt)
        time("validUntil", alert.validUntil)
        endObject()
    }
    fileprivate mutating func list(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}

extension JSONValue {
    /// Empty where there is none.
    fileprivate func list(_ key: StaticString) -> [JSONValue] { self[key].map { Array($0.elements) } ?? [] }
    fileprivate func time(_ key: StaticString) -> Timestamp? { self[key]?.int.map { Timestamp(milliseconds: $0) } }
}
extension LabelSet {
    fileprivate init(remembered value: JSONValue?) {
        var labels: [Label] = []
        if let value { for (name, text) in value.members { labels.append(Label(name.string, text.string ?? "")) } }
        self.init(labels)
    }
}
extension Silence {
    fileprivate init?(_ value: JSONValue) {
        guard let id = value["id"]?.string, let matchers = value["matchers"]?.string.flatMap({ try? [AlertMatcher](parsing: $0) }),
            let startsAt = value.time("startsAt"), let endsAt = value.time("endsAt")
        else { return nil }
        self.init(
            id: id, matchers: matchers, startsAt: startsAt, endsAt: endsAt, createdBy: value["createdBy"]?.string ?? "",
            comment: value["comment"]?.string ?? "", updatedAt: value.time("updatedAt") ?? startsAt)
    }
}
extension NotificationLog.Key {
    fileprivate init?(_ value: JSONValue) {
        guard let group = value["group"]?.string, let receiver = value["receiver"]?.string,
            let channel = value["channel"]?.int.flatMap({ Int(exactly: $0) })
        else { return nil }
        self.init(group: group, receiver: receiver, channel: channel)
    }
}
extension NotificationLog.Entry {
    fileprivate init?(_ value: JSONValue) {
        guard let time = value.time("time") else { return nil }
        func sets(_ key: StaticString) -> Set<LabelSet> { Set(value.list(key).map { LabelSet(remembered: $0) }) }
        self.init(time: time, firing: sets("firing"), resolved: sets("resolved"))
    }
}
extension RememberedAlert {
    fileprivate init?(_ value: JSONValue) {
        guard let source = value["source"]?.string, let group = value["group"]?.string, let name = value["rule"]?.string,
            let state = value["state"]?.string.flatMap(ActiveAlert.State.init), let activeAt = value.time("activeAt")
        else { return nil }
        let labels = value.list("ruleLabels").map { pair in pair.elements.map { $0.string ?? "" } }
        var alert = ActiveAlert(
            labels: LabelSet(remembered: value["labels"]), annotations: LabelSet(remembered: value["annotations"]),
            value: value["value"]?.double ?? .nan, activeAt: activeAt)
        alert.state = state
        alert.firedAt = value.time("firedAt")
        alert.resolvedAt = value.time("resolvedAt")
        alert.keepFiringSince = value.time("keepFiringSince")
        alert.lastSentAt = value.time("lastSentAt")
        alert.validUntil = value.time("validUntil")
        self.init(
            alert, rule: Rule.Identity(kind: .alerting, name: name, labels: labels),
            group: RuleGroup.Identity(source: source, name: group))
    }
}
