import Store
import Telemetry

/// What the shop's targets tell, and how collecting goes.
extension ShopScene {
    static let targets = [("user", 9101), ("catalog", 9102), ("cart", 9103), ("order", 9104), ("payment", 9105), ("inventory", 9106)]

    static func tellMetrics(to store: TelemetryStore) {
        var time = now - length
        while time < now {
            for (service, port) in targets {
                let target = [Label("instance", "127.0.0.1:\(port)"), Label("job", service), Label("service", service)]
                add(store, "up", target, service == "inventory" && time >= now - .minutes(1) ? 0 : 1, at: time)
                add(
                    store, "process_start_time_seconds", target,
                    service == "cart" && time >= now - .minutes(2) ? 1_791_999_880 : 1_791_990_000, at: time)
            }
            let order = [Label("instance", "127.0.0.1:9104"), Label("job", "order"), Label("service", "order"), Label("name", "payment")]
            let isOpen = time >= incident + .seconds(20)
            add(store, "resilience4j_circuitbreaker_state", order + [Label("state", "open")], isOpen ? 1 : 0, at: time)
            add(store, "resilience4j_circuitbreaker_state", order + [Label("state", "closed")], isOpen ? 0 : 1, at: time)
            let gateway = [
                Label("instance", "127.0.0.1:9901"), Label("job", "gateway"), Label("service", "gateway"),
                Label("envoy_cluster_name", "order"),
            ]
            add(store, "envoy_cluster_outlier_detection_ejections_active", gateway, time >= incident + .seconds(45) ? 1 : 0, at: time)
            time = time + .seconds(5)
        }
    }

    private static func add(_ store: TelemetryStore, _ name: String, _ labels: [Label], _ value: Double, at time: Timestamp) {
        guard let series = store.series(for: LabelSet([Label(LabelSet.nameLabel, name)] + labels)) else { return }
        store.append([SeriesSample(series, time, value)])
    }

    static func openReceivers(of store: TelemetryStore) {
        for (kind, address) in [(Source.Kind.otlpHTTP, "127.0.0.1:4318"), (.otlpGRPC, "127.0.0.1:4317"), (.zipkin, "127.0.0.1:9411")] {
            store.update(Source(kind, address)) {
                $0.health = .waiting
                $0.detail = "listening, nothing received yet"
            }
        }
    }

    static func tellSources(to store: TelemetryStore) {
        openReceivers(of: store)
        for (service, port) in [("gateway", 9901)] + targets {
            tell(store, Source(.scrape, "http://127.0.0.1:\(port)/metrics"), items: 412, detail: service)
        }
        for service in ["gateway", "order", "payment"] {
            tell(store, Source(.tail, "/var/log/shop/\(service).log"), items: 40, detail: "json")
        }
        tell(store, Source(.otlpHTTP, "127.0.0.1:4318"), items: 150, detail: "protobuf")
        tell(store, Source(.zipkin, "127.0.0.1:9411"), items: 12, detail: "json")
        store.update(Source(.zipkin, "127.0.0.1:9411")) { $0.dropped = [.malformed: 3] }
        store.update(Source(.scrape, "http://127.0.0.1:9106/metrics")) {
            $0.health = .down
            $0.failures = 12
            $0.lastError = "connection refused"
            $0.lastErrorTime = now - .seconds(4)
        }
    }

    private static func tell(_ store: TelemetryStore, _ source: Source, items: Int, detail: String) {
        store.update(source) {
            $0.health = .up
            $0.detail = detail
            for step in 0..<12 { $0.recent.add(items + step % 4 * items / 8, at: now - .seconds(Int64(60 - step * 5))) }
            $0.items = UInt64(items * 90)
            $0.bytes = UInt64(items * 90 * 84)
            $0.arrivals = 90
            $0.lastArrival = now - .seconds(2)
            guard source.kind == .scrape else { return }
            $0.interval = .seconds(5)
            $0.scrapeDuration = .milliseconds(7)
        }
    }
}
