import API
import Notify
import Ports
import Rules
import Settings
import Synchronization
import Telemetry
import Templates

private let alertData = TemplateValue.object([
    "Labels": .labels(LabelSet([Label("alertname", "Slow"), Label("job", "a\"<b>"), Label("instance", "10.0.0.1:80")])),
    "Value": .float(1.5), "ExternalLabels": .labels(LabelSet([Label("cluster", "lab")])), "ExternalURL": .string("http://x/"),
])

/// Templates of rules and of notifications: they end within their budget, in a text or an error.
@Sendable func fuzzTemplates(_ bytes: UnsafeBufferPointer<UInt8>) {
    let text = String(decoding: bytes, as: UTF8.self)
    let rows = TemplateSurroundings(externalURL: "http://x/") { _ in
        (0..<3).map { (labels: LabelSet([Label("job", "\($0)")]), value: Double($0)) }
    }
    for scope in [TemplateScope.prometheus(rows), NotificationTemplates.scope] {
        guard let template = try? Template(text, scope: scope) else { continue }
        let result = try? template.expand(alertData, scope: scope)
        precondition(!template.isPlain || result == text, "a plain text is not itself")
    }
}

/// Everything that is read as YAML: rule files, their unit tests, configurations.
@Sendable func fuzzYAML(_ bytes: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(bytes)
    let file = RuleFile.read(bytes, source: "fuzz")
    precondition(file.errors.allSatisfy { !$0.message.isEmpty })
    _ = RuleTestFile.read(bytes, source: "fuzz")
    _ = Configuration.read(bytes, source: "fuzz", environment: { _ in nil }, secretFile: { _ in "secret" })
}

/// Bodies of `POST /api/v2/alerts` and of silences, and matchers as people write them.
@Sendable func fuzzAlerts(_ bytes: UnsafeBufferPointer<UInt8>) {
    let dispatcher = Mutex(Dispatcher(NotifyConfiguration()))
    let now = Timestamp.seconds(600)
    let api = AlertmanagerAPI(
        .init(
            dispatcher: { dispatcher.withLock { $0 } }, take: { alerts, time in dispatcher.withLock { $0.take(alerts, at: time) } },
            set: { silence, time in
                dispatcher.withLock { state in
                    do throws(SilenceError) { return .success(try state.set(silence, at: time)) } catch { return .failure(error) }
                }
            }, expire: { _, _ in nil }, now: { now }, version: "0", started: now))
    for path in ["alerts", "silences"] {
        let request = HTTPRequest(
            method: "POST", path: "/api/v2/" + path, headers: [(name: "content-type", value: "application/json")], body: Array(bytes))
        _ = api.answer(request)
        precondition(api.answer(HTTPRequest(method: "GET", path: "/api/v2/" + path)).status == 200)
    }
    _ = try? [AlertMatcher](parsing: String(decoding: bytes, as: UTF8.self))
}
