import Store
import Telemetry

/// Eight minutes of a checkout shop: calm at first; from three minutes before `now` payment is slow and fails.
enum ShopScene {
    static let now = Timestamp.seconds(1_792_000_000)
    static let incident = now - .minutes(3)
    static let length = TimeSpan.minutes(8)

    /// The shop in the middle of its incident.
    static let snapshot = store().snapshot()
    /// Before anything came.
    static let empty = TelemetryStore().snapshot()
    /// With receivers open and nothing received yet.
    static let waiting: StoreSnapshot = {
        let store = TelemetryStore()
        openReceivers(of: store)
        return store.snapshot()
    }()

    private static func store() -> TelemetryStore {
        let store = TelemetryStore()
        var builder = ShopBuilder(seed: 20)
        var time = now - length
        while time < now - .seconds(2) {
            shopper(&builder, at: time)
            time = time + builder.around(400)
        }
        builder.log("gateway", .info, "all listeners are ready", at: (now - .minutes(7)).precise)
        builder.store(in: store, at: now)
        tellMetrics(to: store)
        tellSources(to: store)
        return store
    }

    private static func shopper(_ builder: inout ShopBuilder, at time: Timestamp) {
        switch builder.pick([0, 0, 1, 1, 1, 2, 2, 3]) {
        case 0: order(&builder, at: time.precise, isBroken: time >= incident)
        case 1: browse(&builder, at: time.precise)
        case 2: fillCart(&builder, at: time.precise)
        default: login(&builder, at: time.precise)
        }
    }

    // MARK: - Journeys

    private static func root(
        _ builder: inout ShopBuilder, _ name: String, at start: PreciseTime, for length: TimeSpan, fails: String? = nil
    )
        -> ShopBuilder.Place
    {
        builder.span(
            "gateway", name, .server, in: builder.newTrace(), at: start, for: length, fails: fails, version: "1.40",
            [("http.request.method", String(name.prefix { $0 != " " })), ("http.response.status_code", fails == nil ? "200" : "503")])
    }

    private static func order(_ builder: inout ShopBuilder, at start: PreciseTime, isBroken: Bool) {
        let isShort = isBroken && builder.chance(0.25)
        let failure = isShort ? "breaker to payment is open" : isBroken && builder.chance(0.4) ? "upstream answered 503" : nil
        let version = builder.chance(0.15) ? "1.5.0-rc1" : "1.4.0"
        let own = builder.around(version == "1.4.0" ? 40 : 120)
        let bank = isShort ? .zero : builder.around(isBroken ? 780 : 45)
        let body = own + bank + .milliseconds(40)
        let gateway = root(&builder, "POST /orders", at: start, for: body + .milliseconds(6), fails: failure)
        let order = builder.call(
            gateway, "order", "POST /orders", at: start + .milliseconds(3), for: body, fails: failure, version: version)
        let cart = builder.call(order, "cart", "GET /cart/{user}", at: start + .milliseconds(6), for: .milliseconds(14))
        builder.query(cart, "HGETALL", "redis", at: start + .milliseconds(9), for: .milliseconds(4))
        let stock = builder.call(order, "inventory", "POST /inventory/{sku}/reserve", at: start + .milliseconds(22), for: .milliseconds(12))
        builder.query(stock, "UPDATE stock_db", "stock_db", at: start + .milliseconds(25), for: .milliseconds(6))
        if !isShort { pay(&builder, order, at: start + .milliseconds(36), for: bank, failure) }
        let end = start + .milliseconds(36) + bank
        if let failure {
            builder.log(order, .error, "order failed: \(failure)", at: end, [("order.total", "59.90"), ("retries", "2")])
        } else {
            builder.query(order, "INSERT orders_db", "orders_db", at: end + .milliseconds(2), for: builder.around(5))
            builder.log(order, .info, "order \(builder.number() % 90_000) placed", at: end, [("order.total", "59.90")])
            mail(&builder, order, at: end + .milliseconds(120))
        }
    }

    private static func pay(
        _ builder: inout ShopBuilder, _ order: ShopBuilder.Place, at start: PreciseTime, for bank: TimeSpan, _ failure: String?
    ) {
        let payment = builder.call(order, "payment", "POST /payments", at: start, for: bank, fails: failure)
        builder.span(
            "payment", "POST bank", .client, in: payment.trace, under: payment, at: start + .milliseconds(2), for: bank - .milliseconds(4),
            fails: failure,
            [("peer.service", "bank"), ("server.address", "bank.example"), ("http.response.status_code", failure == nil ? "200" : "503")])
        if bank > .milliseconds(500) {
            let text = "bank took \(bank.nanoseconds / 1_000_000) ms, more than 500 ms"
            builder.log(payment, .warn, text, at: start + bank, [("bank.host", "bank.example")])
        }
        if failure != nil {
            builder.log(payment, .error, "bank answered 503 Service Unavailable", at: start + bank, [("bank.host", "bank.example")])
        }
    }

    /// Handled later, in a trace of its own that links to the order's.
    private static func mail(_ builder: inout ShopBuilder, _ order: ShopBuilder.Place, at start: PreciseTime) {
        let mail = builder.span(
            "notification", "orders process", .consumer, in: builder.newTrace(), at: start, for: builder.around(20),
            [("messaging.system", "rabbitmq"), ("messaging.destination.name", "orders")],
            links: [SpanLink(traceID: order.trace, spanID: order.span)])
        builder.log(mail, .debug, "mail queued", at: start + .milliseconds(5))
    }

    private static func browse(_ builder: inout ShopBuilder, at start: PreciseTime) {
        let length = builder.around(26)
        let gateway = root(&builder, "GET /catalog", at: start, for: length + .milliseconds(4))
        let catalog = builder.call(gateway, "catalog", "GET /catalog", at: start + .milliseconds(2), for: length)
        builder.query(catalog, "SELECT catalog_db", "catalog_db", at: start + .milliseconds(5), for: .milliseconds(7))
        builder.log(catalog, .info, "GET /catalog 200 \(length.nanoseconds / 1_000_000)ms", at: start + length)
    }

    private static func fillCart(_ builder: inout ShopBuilder, at start: PreciseTime) {
        let length = builder.around(15)
        let gateway = root(&builder, "PUT /cart/{user}", at: start, for: length + .milliseconds(3))
        let cart = builder.call(gateway, "cart", "PUT /cart/{user}", at: start + .milliseconds(2), for: length)
        builder.query(cart, "HSET", "redis", at: start + .milliseconds(3), for: .milliseconds(2))
    }

    private static func login(_ builder: inout ShopBuilder, at start: PreciseTime) {
        let length = builder.around(60)
        let failure = builder.chance(0.02) ? "user database is locked" : nil
        let gateway = root(&builder, "POST /users/login", at: start, for: length + .milliseconds(4), fails: failure)
        let user = builder.call(gateway, "user", "POST /users/login", at: start + .milliseconds(2), for: length, fails: failure)
        builder.query(user, "SELECT users_db", "users_db", at: start + .milliseconds(4), for: .milliseconds(9))
        builder.log(user, failure == nil ? .info : .error, failure ?? "login of u-\(builder.number() % 900)", at: start + length)
    }
}
