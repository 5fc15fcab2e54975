import Notify
import Patterns
import Ports
import Rules
import Telemetry
import Wire

/// Answers Alertmanager's API v2, so that a Prometheus can send its alerts here, and amtool and dashboards read them.
package struct AlertmanagerAPI: HTTPHandler {
    package static let prefix = "/api/v2/"
    private static let alertLimit = 100_000

    /// Where the answers come from; called on any thread.
    package struct Sources: Sendable {
        package var dispatcher: @Sendable () -> Dispatcher
        package var take: @Sendable ([RoutedAlert], Timestamp) -> Void
        package var set: @Sendable (Silence, Timestamp) -> Result<String, SilenceError>
        package var expire: @Sendable (String, Timestamp) -> SilenceError?
        package var now: @Sendable () -> Timestamp
        package var version: String
        package var started: Timestamp
        package init(
            dispatcher: @escaping @Sendable () -> Dispatcher, take: @escaping @Sendable ([RoutedAlert], Timestamp) -> Void,
            set: @escaping @Sendable (Silence, Timestamp) -> Result<String, SilenceError>,
            expire: @escaping @Sendable (String, Timestamp) -> SilenceError?, now: @escaping @Sendable () -> Timestamp, version: String,
            started: Timestamp
        ) {
            self.dispatcher = dispatcher
            self.take = take
            self.set = set
            self.expire = expire
            self.now = now
            self.version = version
            self.started = started
        }
    }
    private let sources: Sources
    package init(_ sources: Sources) { self.sources = sources }

    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        do throws(Refusal) { return try respond(request) } catch { return Self.refusal(error) }
    }
    package func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse {
        Self.refusal(Refusal(status: status, message: detail))
    }

    private struct Refusal: Error {
        var status = 400
        var message: String
    }
    /// As Alertmanager: the message as a JSON string.
    private static func refusal(_ refusal: Refusal) -> HTTPResponse {
        var json = JSONWriter()
        json.string(refusal.message)
        return response(json, status: refusal.status)
    }
    private static func response(_ json: JSONWriter, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: json.bytes)
    }

    private func respond(_ request: HTTPRequest) throws(Refusal) -> HTTPResponse {
        let form: RequestForm
        do throws(APIFailure) { form = try RequestForm(request) } catch { throw Refusal(message: error.message) }
        let parts = request.path.dropFirst(Self.prefix.count).split(separator: "/").map(String.init)
        // As Alertmanager; so no page of another origin can send anything by a form.
        if request.method == "POST", request.header("content-type")?.lowercased().hasPrefix("application/json") != true {
            throw Refusal(status: 415, message: "the Content-Type must be application/json")
        }
        switch (request.method, parts.first, parts.count) {
        case ("GET", "status", 1): return status()
        case ("GET", "receivers", 1): return receivers()
        case ("GET", "alerts", 1): return try alerts(form)
        case ("POST", "alerts", 1): return try takeAlerts(request)
        case ("GET", "alerts", 2) where parts[1] == "groups": return try groups(form)
        case ("GET", "silences", 1): return try silences(form)
        case ("POST", "silences", 1): return try takeSilence(request)
        case ("GET", "silence", 2): return try silence(parts[1])
        case ("DELETE", "silence", 2): return try expire(parts[1])
        case (_, "status", _), (_, "receivers", _), (_, "alerts", _), (_, "silences", _), (_, "silence", _):
            throw Refusal(status: 405, message: "method \(request.method.prefix(20)) is not allowed")
        default: throw Refusal(status: 404, message: "path \(request.path.prefix(200)) was not found")
        }
    }

    // MARK: Alerts

    private func takeAlerts(_ request: HTTPRequest) throws(Refusal) -> HTTPResponse {
        let (now, timeout) = (sources.now(), sources.dispatcher().configuration.resolveTimeout)
        var taken: [RoutedAlert] = []
        do throws(WireError) {
            taken = try JSONReader(limit: max(request.body.count, 64)).read(request.body) { root throws(WireError) in
                guard root.kind == .array else { throw .malformed(place: "body", "it wants a list of alerts") }
                var alerts: [RoutedAlert] = []
                for value in root.elements {
                    guard alerts.count < Self.alertLimit else {
                        throw .malformed(place: "body", "more than \(Self.alertLimit) alerts at once")
                    }
                    guard let alert = try RoutedAlert(value, at: now, resolveTimeout: timeout) else {
                        throw .malformed(place: "alerts", "each alert wants labels, at least one of them not empty")
                    }
                    guard alert.endsAt >= alert.startsAt else { throw .malformed(place: "alerts", "the end is before the start") }
                    alerts.append(alert)
                }
                return alerts
            }
        } catch { throw Refusal(message: "\(error)") }
        sources.take(taken, now)
        return HTTPResponse(status: 200, headers: [("Content-Type", "application/json")])
    }

    private struct AlertFilter {
        var active = true
        var silenced = true
        var inhibited = true
        var matchers: [AlertMatcher] = []
        var receiver: Pattern?
    }
    private func filter(_ form: RequestForm) throws(Refusal) -> AlertFilter {
        func flag(_ name: String) -> Bool { form[name]?.lowercased() != "false" }
        var filter = AlertFilter(active: flag("active"), silenced: flag("silenced"), inhibited: flag("inhibited"))
        filter.matchers = try matchers(form)
        if let text = form["receiver"] {
            do throws(PatternError) { filter.receiver = try Pattern(text) } catch {
                throw Refusal(message: "failed to parse receiver param: \(error.detail)")
            }
        }
        return filter
    }
    private func matchers(_ form: RequestForm) throws(Refusal) -> [AlertMatcher] {
        var all: [AlertMatcher] = []
        for text in form.all("filter") {
            do throws(MatcherError) { all += try [AlertMatcher](parsing: text) } catch {
                throw Refusal(message: "bad matcher format: \(error.message)")
            }
        }
        return all
    }

    private struct Shown {
        var alert: RoutedAlert
        var suppression: Suppression
        var receivers: [String]
    }
    private func shown(_ form: RequestForm) throws(Refusal) -> [Shown] {
        let (filter, dispatcher, now) = (try filter(form), sources.dispatcher(), sources.now())
        let suppressions = dispatcher.suppressions(at: now)
        return dispatcher.alerts.values.compactMap { alert -> Shown? in
            guard !alert.isResolved(at: now), filter.matchers.match(alert.labels) else { return nil }
            let receivers = dispatcher.receivers(for: alert.labels)
            if let pattern = filter.receiver, !receivers.contains(where: { pattern.matchesWhole($0) }) { return nil }
            let suppression = suppressions.of(alert.labels)
            if !filter.silenced, !suppression.silencedBy.isEmpty { return nil }
            if !filter.inhibited, !suppression.inhibitedBy.isEmpty { return nil }
            if !filter.active, !suppression.isSuppressed { return nil }
            return Shown(alert: alert, suppression: suppression, receivers: receivers)
        }.sorted { $0.alert.labels.fingerprint < $1.alert.labels.fingerprint }
    }

    private func alerts(_ form: RequestForm) throws(Refusal) -> HTTPResponse {
        var json = JSONWriter()
        json.beginArray()
        for shown in try shown(form) { write(shown, &json) }
        json.endArray()
        return Self.response(json)
    }

    private func groups(_ form: RequestForm) throws(Refusal) -> HTTPResponse {
        let root = sources.dispatcher().configuration.route
        var byGroup: [String: (labels: LabelSet, receiver: String, alerts: [Shown])] = [:]
        for shown in try shown(form) {
            for match in root?.matches(shown.alert.labels) ?? [] {
                let labels = match.route.groupLabels(of: shown.alert.labels)
                byGroup[match.key + labels.bracedText, default: (labels, match.route.receiver, [])].alerts.append(shown)
            }
        }
        var json = JSONWriter()
        json.beginArray()
        for (_, group) in byGroup.sorted(by: { $0.key < $1.key }) {
            json.beginObject()
            json.labels("labels", group.labels)
            json.key("receiver")
            json.beginObject()
            json.member("name", group.receiver)
            json.endObject()
            json.key("alerts")
            json.beginArray()
            for shown in group.alerts { write(shown, &json) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        return Self.response(json)
    }

    private func write(_ shown: Shown, _ json: inout JSONWriter) {
        let alert = shown.alert
        json.beginObject()
        json.labels("annotations", alert.annotations)
        json.member("endsAt", alert.endsAt.rfc3339)
        json.member("fingerprint", alert.labels.fingerprintText)
        json.key("receivers")
        json.beginArray()
        for name in shown.receivers {
            json.beginObject()
            json.member("name", name)
            json.endObject()
        }
        json.endArray()
        json.member("startsAt", alert.startsAt.rfc3339)
        json.key("status")
        json.beginObject()
        json.member("state", shown.suppression.isSuppressed ? "suppressed" : "active")
        json.texts("silencedBy", shown.suppression.silencedBy)
        json.texts("inhibitedBy", shown.suppression.inhibitedBy.map(\.fingerprintText))
        json.texts("mutedBy", shown.suppression.mutedBy)
        json.endObject()
        json.member("updatedAt", alert.updatedAt.rfc3339)
        json.member("generatorURL", alert.generatorURL)
        json.labels("labels", alert.labels)
        json.endObject()
    }

    // MARK: Silences

    private func silences(_ form: RequestForm) throws(Refusal) -> HTTPResponse {
        let (wanted, now) = (try matchers(form), sources.now())
        var json = JSONWriter()
        json.beginArray()
        for silence in sources.dispatcher().silences.sorted(at: now) where wanted.allSatisfy({ accepts($0, silence) }) {
            write(silence, now, &json)
        }
        json.endArray()
        return Self.response(json)
    }
    /// As Alertmanager: the filter's matcher holds for the silence's own value of that label.
    private func accepts(_ wanted: AlertMatcher, _ silence: Silence) -> Bool {
        let own = silence.matchers.filter { $0.matcher.name == wanted.matcher.name }
        return own.isEmpty ? wanted.holds("") : own.contains { wanted.holds($0.matcher.value) }
    }

    private func silence(_ id: String) throws(Refusal) -> HTTPResponse {
        guard let silence = sources.dispatcher().silences.silences[id] else { throw Refusal(status: 404, message: "silence not found") }
        var json = JSONWriter()
        write(silence, sources.now(), &json)
        return Self.response(json)
    }
    private func expire(_ id: String) throws(Refusal) -> HTTPResponse {
        if let error = sources.expire(id, sources.now()) { throw Refusal(status: 404, message: error.message) }
        return HTTPResponse(status: 200, headers: [("Content-Type", "application/json")])
    }
    private func takeSilence(_ request: HTTPRequest) throws(Refusal) -> HTTPResponse {
        let now = sources.now()
        let silence: Silence
        do throws(WireError) {
            silence = try JSONReader(limit: max(request.body.count, 64)).read(request.body) { value throws(WireError) in
                try Silence(value, at: now)
            }
        } catch { throw Refusal(message: "\(error)") }
        switch sources.set(silence, now) {
        case .success(let id):
            var json = JSONWriter()
            json.beginObject()
            json.member("silenceID", id)
            json.endObject()
            return Self.response(json)
        case .failure(let error):
            if case .unknown = error { throw Refusal(status: 404, message: error.message) }
            throw Refusal(message: error.message)
        }
    }

    private func write(_ silence: Silence, _ now: Timestamp, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("id", silence.id)
        json.key("status")
        json.beginObject()
        json.member("state", silence.state(at: now).rawValue)
        json.endObject()
        json.member("updatedAt", silence.updatedAt.rfc3339)
        json.member("comment", silence.comment)
        json.member("createdBy", silence.createdBy)
        json.member("endsAt", silence.endsAt.rfc3339)
        json.key("matchers")
        json.beginArray()
        for matcher in silence.matchers {
            let operation = matcher.matcher.operation
            json.beginObject()
            json.member("isEqual", operation == .equal || operation == .matches)
            json.member("isRegex", operation == .matches || operation == .doesNotMatch)
            json.member("name", matcher.matcher.name)
            json.member("value", matcher.matcher.value)
            json.endObject()
        }
        json.endArray()
        json.member("startsAt", silence.startsAt.rfc3339)
        json.endObject()
    }

    // MARK: The program

    private func status() -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("cluster")
        json.beginObject()
        json.member("status", "disabled")
        json.texts("peers", [])
        json.endObject()
        json.key("config")
        json.beginObject()
        // It may hold secrets, which are told to nobody.
        json.member("original", "# not shown\n")
        json.endObject()
        json.member("uptime", sources.started.rfc3339)
        json.key("versionInfo")
        json.beginObject()
        for (name, value) in [
            ("branch", ""), ("buildDate", ""), ("buildUser", ""), ("goVersion", ""), ("revision", ""),
            ("version", "0.27.0+dogwatch." + sources.version),
        ] { json.member(name, value) }
        json.endObject()
        json.endObject()
        return Self.response(json)
    }
    private func receivers() -> HTTPResponse {
        var json = JSONWriter()
        json.beginArray()
        for receiver in sources.dispatcher().configuration.receivers {
            json.beginObject()
            json.member("name", receiver.name)
            json.endObject()
        }
        json.endArray()
        return Self.response(json)
    }
}

extension JSONWriter {
    fileprivate mutating func labels(_ name: String, _ labels: LabelSet) {
        key(name)
        beginObject()
        for label in labels.labels { member(label.name, label.value) }
        endObject()
    }
    fileprivate mutating func texts(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}

extension RoutedAlert {
    /// Of a body of `POST /api/v2/alerts`; nil without labels.
    fileprivate init?(_ value: JSONValue, at now: Timestamp, resolveTimeout: TimeSpan) throws(WireError) {
        func labels(_ name: StaticString) -> LabelSet {
            LabelSet(value[name]?.members.prefix(200).compactMap { key, value in value.string.map { Label(key.string, $0) } } ?? [])
        }
        func time(_ name: StaticString) throws(WireError) -> Timestamp? {
            guard let text = value[name]?.string, !text.isEmpty else { return nil }
            guard let time = Timestamp(rfc3339: text) else { throw .malformed(place: "\(name)", "this is no time of RFC 3339") }
            // Go's zero time is none.
            return time.milliseconds < -62_000_000_000_000 ? nil : time
        }
        let own = labels("labels")
        guard !own.labels.isEmpty else { return nil }
        let (start, end) = (try time("startsAt"), try time("endsAt"))
        self.init(
            labels: own, annotations: labels("annotations"), startsAt: start ?? end.map { min($0, now) } ?? now,
            endsAt: end ?? now + resolveTimeout, updatedAt: now, generatorURL: value["generatorURL"]?.string ?? "", isTimedOut: end == nil)
    }
}

extension Silence {
    /// Of a body of `POST /api/v2/silences`.
    fileprivate init(_ value: JSONValue, at now: Timestamp) throws(WireError) {
        var matchers: [AlertMatcher] = []
        for entry in value["matchers"]?.elements.prefix(100).map({ $0 }) ?? [] {
            guard let name = entry["name"]?.string, let text = entry["value"]?.string else {
                throw .malformed(place: "matchers", "each wants a name and a value")
            }
            let (isRegex, isEqual) = (entry["isRegex"]?.bool ?? false, entry["isEqual"]?.bool ?? true)
            let operation: LabelMatcher.Operation = isRegex ? (isEqual ? .matches : .doesNotMatch) : (isEqual ? .equal : .notEqual)
            do throws(PatternError) { matchers.append(try AlertMatcher(LabelMatcher(name, operation, text))) } catch {
                throw .malformed(place: "matchers", error.detail)
            }
        }
        guard let start = value["startsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let end = value["endsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { throw .malformed(place: "silence", "startsAt and endsAt are times such as 2026-01-01T12:00:00Z") }
        self.init(
            id: value["id"]?.string ?? "", matchers: matchers, startsAt: start, endsAt: end, createdBy: value["createdBy"]?.string ?? "",
            comment: value["comment"]?.string ?? "", updatedAt: now)
    }
}
