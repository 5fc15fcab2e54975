import Canvas
import Dashboard
import Insight
import Store
import Telemetry
import TestKit

/// Stores with traces of made-up systems, for the pictures of the map and of latency.
enum MapScene {
    static let now = Timestamp.seconds(1_792_000_000)

    /// The context of a picture: the last five minutes.
    static func context(_ lens: Lens = Lens()) -> ViewContext { ViewContext(now: now, window: .minutes(5), lens: lens) }

    /// Ten minutes of a shop whose payments fail for the last two, because their bank does.
    static let shop: StoreSnapshot = {
        var builder = TraceBuilder(seed: 11)
        for tick in 0..<7000 {
            let start = now - .milliseconds(Int64(7000 - tick) * 83 + 1000)
            let isBroken = tick > 5600
            switch tick % 10 {
            case 0...2: builder.order(at: start, isBroken: isBroken)
            case 3...5: builder.browse(at: start)
            case 6...8: builder.cart(at: start)
            default: builder.login(at: start)
            }
        }
        return builder.snapshot()
    }()

    /// Sixty services in five tiers, each calling some of the next, with nobody failing much.
    static func crowd() -> StoreSnapshot {
        var builder = TraceBuilder(seed: 5)
        let tiers = [("edge", 1), ("web", 7), ("api", 18), ("core", 22), ("data", 12)]
        for tick in 0..<600 {
            let names = tiers.map { name, count in "\(name)-\((tick * 7 + tick / count) % count + 10)" }
            builder.walk(at: now - .milliseconds(Int64(600 - tick) * 400 + 500), names: names, depth: names.count)
        }
        return builder.snapshot()
    }

    /// Names that would move the cursor, break lines, overlap or never end.
    static func hostile() -> StoreSnapshot {
        var builder = TraceBuilder(seed: 3)
        let names = [
            "\u{1b}[31mred\u{1b}[0m", "line\nbreak\ttab", "日本語サービス名前長い", "e\u{301}\u{302}\u{303}\u{304}clair",
            String(repeating: "endless-", count: 40),
            "right\u{202e}tfel", "", "\u{0}nul", "👩‍👩‍👧‍👦 family",
        ]
        for tick in 0..<120 {
            builder.walk(at: now - .milliseconds(Int64(120 - tick) * 1000), names: names, depth: 4)
        }
        return builder.snapshot()
    }

    static func nothing() -> StoreSnapshot { TelemetryStore().snapshot() }
}

/// Traces made span by span, the same for the same seed.
struct TraceBuilder {
    private var random: Seeded
    private var batches: [String: SpanBatch] = [:]
    private var identity: UInt64 = 0

    init(seed: UInt64) { random = Seeded(seed) }

    func snapshot() -> StoreSnapshot {
        let store = TelemetryStore()
        store.append(batches.keys.sorted().compactMap { batches[$0] }, at: MapScene.now)
        return store.snapshot()
    }

    private mutating func milliseconds(_ typical: Double) -> TimeSpan {
        // Skewed to the right, as latencies are.
        let draw = Double.random(in: 0..<1, using: &random)
        let tail = draw > 0.97 ? 4.0 : 1.0
        return TimeSpan(nanoseconds: Int64(typical * 1e6 * (0.6 + draw * draw * 1.2) * tail))
    }

    private mutating func nextID() -> UInt64 {
        identity += 1
        return identity &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    /// One span; returns its id.
    @discardableResult
    private mutating func span(
        _ service: String, _ name: String, _ kind: SpanKind, trace: TraceID, parent: SpanID = .zero, at start: PreciseTime,
        lasting: TimeSpan,
        fails: Bool = false, version: String = "v1", attributes: [Attribute] = []
    ) -> SpanID {
        let id = SpanID(nextID())
        let key = service + "@" + version
        var resource = [Attribute("service.name", .string(service))]
        resource.append(Attribute("service.version", .string(version)))
        batches[key, default: SpanBatch(resource: Resource(attributes: resource), spans: [])].spans.append(
            Span(
                traceID: trace, spanID: id, parentSpanID: parent, name: name, kind: kind, start: start, end: start + lasting,
                status: fails ? .error : .unset, attributes: attributes))
        return id
    }

    /// A call: a CLIENT span, and under it the SERVER span of the callee, whose id it returns.
    private mutating func call(
        from caller: String, to callee: String, _ name: String, trace: TraceID, parent: SpanID, at start: PreciseTime, lasting: TimeSpan,
        fails: Bool = false, version: String = "v1"
    ) -> SpanID {
        let client = span(caller, name, .client, trace: trace, parent: parent, at: start, lasting: lasting, fails: fails)
        return span(
            callee, name, .server, trace: trace, parent: client, at: start + .microseconds(400), lasting: lasting - .microseconds(800),
            fails: fails,
            version: version)
    }

    private mutating func query(
        from caller: String, system: String, namespace: String, trace: TraceID, parent: SpanID, at start: PreciseTime,
        version: String = "v1"
    ) {
        let attributes = [Attribute("db.system.name", .string(system)), Attribute("db.namespace", .string(namespace))]
        span(
            caller, "SELECT " + namespace, .client, trace: trace, parent: parent, at: start, lasting: milliseconds(6), version: version,
            attributes: attributes)
    }

    mutating func order(at start: Timestamp, isBroken: Bool) {
        let trace = TraceID(high: 1, low: nextID())
        let time = start.precise
        let fails = isBroken && Double.random(in: 0..<1, using: &random) < 0.4
        let bank = isBroken ? milliseconds(700) : milliseconds(60)
        let version = Int.random(in: 0..<5, using: &random) == 0 ? "v2" : "v1"
        let rest = milliseconds(version == "v2" ? 160 : 70)
        let root = span("gateway", "POST /orders", .server, trace: trace, at: time, lasting: bank + rest + .milliseconds(30), fails: fails)
        let order = call(
            from: "gateway", to: "order", "POST /orders", trace: trace, parent: root, at: time + .milliseconds(3), lasting: bank + rest,
            fails: fails,
            version: version)
        let cart = call(
            from: "order", to: "cart", "GET /cart/{user}", trace: trace, parent: order, at: time + .milliseconds(6),
            lasting: milliseconds(20))
        query(from: "cart", system: "redis", namespace: "redis", trace: trace, parent: cart, at: time + .milliseconds(8))
        let stock = call(
            from: "order", to: "inventory", "POST /inventory/{sku}/reserve", trace: trace, parent: order, at: time + .milliseconds(30),
            lasting: milliseconds(24))
        query(from: "inventory", system: "postgresql", namespace: "stock_db", trace: trace, parent: stock, at: time + .milliseconds(33))
        let payment = call(
            from: "order", to: "payment", "POST /payments", trace: trace, parent: order, at: time + .milliseconds(60),
            lasting: bank + .milliseconds(8),
            fails: fails)
        span(
            "payment", "POST bank", .client, trace: trace, parent: payment, at: time + .milliseconds(63), lasting: bank, fails: fails,
            attributes: [Attribute("peer.service", .string("bank"))])
        if !fails {
            let sent = span(
                "order", "orders publish", .producer, trace: trace, parent: order, at: time + .milliseconds(70), lasting: .milliseconds(2),
                version: version,
                attributes: [Attribute("messaging.system", .string("kafka")), Attribute("messaging.destination.name", .string("orders"))])
            span(
                "mailer", "orders process", .consumer, trace: trace, parent: sent, at: time + .milliseconds(90), lasting: milliseconds(35),
                attributes: [Attribute("messaging.system", .string("kafka")), Attribute("messaging.destination.name", .string("orders"))])
        }
    }

    mutating func browse(at start: Timestamp) {
        let trace = TraceID(high: 2, low: nextID())
        let root = span("gateway", "GET /products", .server, trace: trace, at: start.precise, lasting: milliseconds(40))
        let stock = call(
            from: "gateway", to: "inventory", "GET /inventory", trace: trace, parent: root, at: start.precise + .milliseconds(2),
            lasting: milliseconds(28))
        query(
            from: "inventory", system: "postgresql", namespace: "stock_db", trace: trace, parent: stock,
            at: start.precise + .milliseconds(5))
    }

    mutating func cart(at start: Timestamp) {
        let trace = TraceID(high: 3, low: nextID())
        let root = span("gateway", "PUT /cart", .server, trace: trace, at: start.precise, lasting: milliseconds(30))
        let cart = call(
            from: "gateway", to: "cart", "PUT /cart/{user}", trace: trace, parent: root, at: start.precise + .milliseconds(2),
            lasting: milliseconds(18))
        query(from: "cart", system: "redis", namespace: "redis", trace: trace, parent: cart, at: start.precise + .milliseconds(4))
    }

    mutating func login(at start: Timestamp) {
        let trace = TraceID(high: 4, low: nextID())
        let fails = Int.random(in: 0..<40, using: &random) == 0
        let root = span("gateway", "POST /login", .server, trace: trace, at: start.precise, lasting: milliseconds(90), fails: fails)
        let login = call(
            from: "gateway", to: "login", "POST /login", trace: trace, parent: root, at: start.precise + .milliseconds(2),
            lasting: milliseconds(80),
            fails: fails)
        query(from: "login", system: "postgresql", namespace: "users_db", trace: trace, parent: login, at: start.precise + .milliseconds(4))
    }

    /// From the first name inward: each calls one or two of those behind it.
    mutating func walk(at start: Timestamp, names: [String], depth: Int) {
        let trace = TraceID(high: 9, low: nextID())
        let root = span(names[0], "GET /", .server, trace: trace, at: start.precise, lasting: milliseconds(200))
        var place = 0
        var parent = root
        for step in 0..<depth where place + 1 < names.count {
            let next = min(place + 1 + Int.random(in: 0..<max(1, names.count / depth), using: &random), names.count - 1)
            let fails = Int.random(in: 0..<30, using: &random) == 0
            parent = call(
                from: names[place], to: names[next], "GET /\(step)", trace: trace, parent: parent,
                at: start.precise + .milliseconds(Int64(step) * 5),
                lasting: milliseconds(Double(160 - step * 20)), fails: fails)
            place = next
        }
    }
}
