import Store
import Telemetry
import TestKit

/// Fills a store with what a small shop tells of itself: traces call by call, log lines that name them, metrics of its targets.
struct ShopBuilder {
    private var random: Seeded
    private var spans: [String: SpanBatch] = [:]
    private var lines: [String: [LogRecord]] = [:]
    private var identity: UInt64 = 0

    init(seed: UInt64) { random = Seeded(seed) }

    /// A place in a trace, under which calls are made.
    struct Place {
        var trace: TraceID
        var span: SpanID
        var service: String
        var version: String
    }

    // MARK: - Chance

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    mutating func pick<Element>(_ list: [Element]) -> Element { list[Int.random(in: 0..<list.count, using: &random)] }
    /// Skewed to the right, as latencies are.
    mutating func around(_ milliseconds: Double) -> TimeSpan {
        let draw = Double.random(in: 0..<1, using: &random)
        let tail = draw > 0.97 ? 3.5 : 1.0
        return .microseconds(Int64(milliseconds * 1000 * (0.6 + draw * draw * 1.2) * tail))
    }
    mutating func number() -> UInt64 {
        identity += 1
        var mixed = Seeded(identity)
        return mixed.next() | 1
    }
    mutating func newTrace() -> TraceID { TraceID(high: number(), low: number()) }

    // MARK: - Telling

    /// One span under `parent`; returns the place below it.
    @discardableResult
    mutating func span(
        _ service: String, _ name: String, _ kind: SpanKind, in trace: TraceID, under parent: Place? = nil, at start: PreciseTime,
        for length: TimeSpan,
        fails: String? = nil, version: String = "1.4.0", _ attributes: [(String, String)] = [], links: [SpanLink] = []
    ) -> Place {
        let id = SpanID(number())
        let key = service + "@" + version
        let resource = Resource(attributes: [
            Attribute("service.name", .string(service)), Attribute("service.version", .string(version)),
            Attribute("host.name", .string("\(service)-7d9f")), Attribute("telemetry.sdk.language", .string("java")),
        ])
        let events = fails.map { message in
            [
                SpanEvent(
                    time: start + length, name: "exception",
                    attributes: [Attribute("exception.type", .string("IOException")), Attribute("exception.message", .string(message))])
            ]
        }
        spans[key, default: SpanBatch(resource: resource, scope: InstrumentationScope(name: "shop.http", version: "2.1"), spans: [])].spans
            .append(
                Span(
                    traceID: trace, spanID: id, parentSpanID: parent?.span ?? .zero, name: name, kind: kind, start: start,
                    end: start + length,
                    status: fails == nil ? .unset : .error, statusMessage: fails ?? "",
                    attributes: attributes.map { Attribute($0.0, .string($0.1)) },
                    events: events ?? [], links: links))
        return Place(trace: trace, span: id, service: service, version: version)
    }

    /// A CLIENT span of `caller` and the SERVER span of the callee under it, whose place it returns.
    @discardableResult
    mutating func call(
        _ caller: Place, _ callee: String, _ name: String, at start: PreciseTime, for length: TimeSpan, fails: String? = nil,
        version: String = "1.4.0"
    ) -> Place {
        let status = fails == nil ? "200" : "503"
        let client = span(
            caller.service, name, .client, in: caller.trace, under: caller, at: start, for: length, fails: fails, version: caller.version,
            [("http.request.method", String(name.prefix { $0 != " " })), ("http.response.status_code", status), ("server.address", callee)])
        return span(
            callee, name, .server, in: caller.trace, under: client, at: start + .microseconds(400), for: length - .microseconds(800),
            fails: fails,
            version: version,
            [
                ("http.route", String(name.drop { $0 != " " }.dropFirst())), ("http.response.status_code", status),
                ("user.id", "u-\(number() % 900)"),
            ])
    }

    mutating func query(_ caller: Place, _ name: String, _ database: String, at start: PreciseTime, for length: TimeSpan) {
        span(
            caller.service, name, .client, in: caller.trace, under: caller, at: start, for: length, version: caller.version,
            [
                ("db.system.name", database == "redis" ? "redis" : "postgresql"), ("db.namespace", database),
                ("server.address", "\(database).internal"),
            ])
    }

    mutating func log(_ place: Place, _ severity: Severity, _ message: String, at time: PreciseTime, _ attributes: [(String, String)] = [])
    {
        lines[place.service, default: []].append(
            LogRecord(
                time: time, severity: severity, message: message, attributes: attributes.map { Attribute($0.0, .string($0.1)) },
                traceID: place.trace,
                spanID: place.span))
    }

    /// A line of no trace.
    mutating func log(_ service: String, _ severity: Severity, _ message: String, at time: PreciseTime) {
        lines[service, default: []].append(LogRecord(time: time, severity: severity, message: message))
    }

    // MARK: - Storing

    func store(in store: TelemetryStore, at now: Timestamp) {
        store.append(spans.keys.sorted().compactMap { spans[$0] }, at: now)
        for service in lines.keys.sorted() {
            let resource = Resource(attributes: [Attribute("service.name", .string(service))])
            let records = (lines[service] ?? []).sorted { $0.time < $1.time }
            store.append([LogBatch(resource: resource, records: records)], from: Source(.tail, "/var/log/shop/\(service).log"), at: now)
        }
    }
}
