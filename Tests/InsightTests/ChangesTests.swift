import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct ChangesTests {
    private func sentences(_ store: TelemetryStore, lens: Lens = Lens()) -> [String] {
        let (snapshot, now) = (store.snapshot(), noon + .seconds(60))
        let report = ServiceReport(snapshot, over: .seconds(60), at: now, buckets: 6)
        return Changes(snapshot, report: report, lens: lens, over: .seconds(60), at: now).all.reversed().map {
            "\(($0.time - noon).nanoseconds / 1_000_000_000) \($0.sentence)"
        }
    }

    @Test func tellsWhatGatewayAndTargetsWentThrough() {
        let store = TelemetryStore()
        let order = [Label("instance", "h:9104")]
        store.add("build_info", order + [Label("service", "order")], [(0, 1), (55, 1)])
        store.add("up", order, [(0, 1), (10, 0), (20, 1)])
        store.add("process_start_time_seconds", order, [(0, 100), (10, 100.2), (20, 500)])
        store.add(
            "resilience4j_circuitbreaker_state", order + [Label("name", "payment"), Label("state", "open")], [(0, 0), (30, 1), (45, 0)])
        store.add("envoy_cluster_outlier_detection_ejections_active", [Label("envoy_cluster_name", "order")], [(0, 0), (35, 1)])
        store.add("envoy_cluster_circuit_breakers_default_cx_open", [Label("envoy_cluster_name", "order")], [(0, 0), (36, 1)])
        store.add("envoy_login_http_local_rate_limit_rate_limited", [], [(0, 3), (40, 9), (50, 12)])
        #expect(
            sentences(store) == [
                "10 order: target h:9104 is lost", "20 order: target h:9104 is back", "20 order: restarted (h:9104)",
                "30 order: the breaker to payment opened", "35 a host of order is ejected",
                "36 the limit of connections to order is reached",
                "40 a rate limit refuses requests", "45 order: the breaker to payment is no longer open",
            ])
        #expect(sentences(store, lens: Lens(service: "gateway")).isEmpty)
    }

    @Test func tellsNewVersionsAndTurnsOfErrors() {
        let store = TelemetryStore()
        for second in 0..<60 {
            let span = Sketch(
                id: 1, service: "a", kind: .server, from: 0, to: 5, isError: (20..<40).contains(second), version: second < 30 ? "v1" : "v2")
            store.add([span], trace: UInt64(second + 1), at: noon + .seconds(Int64(second)))
        }
        #expect(
            sentences(store) == ["20 a: 100 % of requests fail", "30 a: version v2 takes requests", "40 a: 0 % of requests fail, healed"])
    }

    @Test func whatWasSoBeforeIsNoChange() {
        let store = TelemetryStore()
        store.add("up", [Label("instance", "x")], [(0, 0), (10, 0), (50, 0)])
        #expect(sentences(store).isEmpty)
    }
}
