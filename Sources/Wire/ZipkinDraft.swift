import Telemetry

struct ZipkinEndpoint {
    var service = ""
    var address = ""
    var port: Int64 = 0
}

/// A moment from Zipkin's and Jaeger's microseconds; saturates.
func microseconds(_ count: UInt64) -> PreciseTime { PreciseTime(nanoseconds: TimeSpan.microseconds(Int64(clamping: count)).nanoseconds) }

/// A Zipkin span as it stands in JSON, before it becomes ours by OpenTelemetry's rules for Zipkin.
struct ZipkinDraft {
    var traceID: TraceID?
    var spanID: SpanID?
    var parent = SpanID.zero
    var kind = SpanKind.internal
    var name = ""
    var timestamp: UInt64 = 0
    var duration: UInt64 = 0
    var local = ZipkinEndpoint()
    var remote = ZipkinEndpoint()
    var events: [SpanEvent] = []
    var tags: [(key: String, value: String)] = []
    var isShared = false

    private func tag(_ key: String) -> String? { tags.first { $0.key == key }?.value }

    /// Tags that OpenTelemetry's exporter made of a resource go back there.
    private static func belongsToResource(_ key: String) -> Bool {
        key == "service.version" || key == "service.namespace" || key == "service.instance.id" || key.hasPrefix("telemetry.sdk.")
            || key.hasPrefix("deployment.environment")
    }
    private static let scopeNames: Set<String> = ["otel.library.name", "otel.scope.name"]
    private static let scopeVersions: Set<String> = ["otel.library.version", "otel.scope.version"]
    private static let statusTags: Set<String> = ["otel.status_code", "otel.status_description"]

    var resource: Resource {
        var attributes: [Attribute] = []
        if !local.service.isEmpty { attributes.append(Attribute("service.name", .string(local.service))) }
        for tag in tags where Self.belongsToResource(tag.key) { attributes.append(Attribute(tag.key, .string(tag.value))) }
        return Resource(attributes: attributes)
    }
    var scope: InstrumentationScope {
        InstrumentationScope(
            name: tags.first { Self.scopeNames.contains($0.key) }?.value ?? "",
            version: tags.first { Self.scopeVersions.contains($0.key) }?.value ?? "")
    }

    func span(arrival: Timestamp) throws(WireError) -> Span {
        guard let traceID else { throw .malformed(place: "traceId", "it is missing or all zero") }
        guard let spanID else { throw .malformed(place: "id", "it is missing or all zero") }
        let start = timestamp != 0 ? microseconds(timestamp) : events.map(\.time).min() ?? arrival.precise
        let (code, message) = status
        return Span(
            traceID: traceID, spanID: spanID, parentSpanID: parent == spanID ? .zero : parent, name: name, kind: kind, start: start,
            end: start + .microseconds(Int64(clamping: duration)), status: code, statusMessage: message, attributes: attributes,
            events: events, isShared: isShared)
    }

    /// `otel.status_code` says it; else a tag `error` of any value but `false` is an error, and its text the message.
    private var status: (StatusCode, String) {
        let error = tag("error")
        let description = tag("otel.status_description") ?? (error == "true" ? "" : error ?? "")
        switch tag("otel.status_code")?.uppercased() {
        case "OK": return (.ok, "")
        case "ERROR": return (.error, description)
        default: return error.map { $0 == "false" ? (.unset, "") : (.error, description) } ?? (.unset, "")
        }
    }

    private var attributes: [Attribute] {
        var result: [Attribute] = []
        result.reserveCapacity(tags.count + 4)
        for (key, value) in tags where !Self.isOurs(key) { result.append(Attribute(key, .string(value))) }
        func add(_ key: String, _ value: AttributeValue) { if tag(key) == nil { result.append(Attribute(key, value)) } }
        if !remote.service.isEmpty { add("peer.service", .string(remote.service)) }
        if !remote.address.isEmpty { add("network.peer.address", .string(remote.address)) }
        if remote.port > 0 { add("network.peer.port", .int(remote.port)) }
        if !local.address.isEmpty { add("network.local.address", .string(local.address)) }
        if local.port > 0 { add("network.local.port", .int(local.port)) }
        if timestamp == 0 { add("zipkin.timestamp", .string("missing")) }
        return result
    }
    private static func isOurs(_ key: String) -> Bool {
        belongsToResource(key) || scopeNames.contains(key) || scopeVersions.contains(key) || statusTags.contains(key)
    }
}
