import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct SaturationSignalsTests {
    private func signals(_ store: TelemetryStore) -> [Saturation] {
        let (metrics, now) = (store.snapshot().metrics, noon + .seconds(20))
        return SaturationSignals(metrics, names: TargetNames(metrics, at: now), at: now).all
    }

    @Test func readsPoolsQueuesBreakersAndLimits() {
        let store = TelemetryStore()
        let pool = [Label("instance", "x"), Label("pool", "main")]
        store.add("target_info", [Label("instance", "x"), Label("service_name", "shop")], [(10, 1)])
        store.add("hikaricp_connections_max", pool, [(10, 10)])
        store.add("hikaricp_connections_active", pool, [(10, 9)])
        store.add("queue_messages_ready", [Label("instance", "x"), Label("queue", "mail")], [(10, 7)])
        store.add("envoy_cluster_circuit_breakers_high_rq_pending_open", [Label("envoy_cluster_name", "order")], [(10, 1)])
        #expect(
            signals(store).map(\.sentence) == [
                "the limit of pending requests to order is reached", "pool main is 90 % used", "7 messages wait in mail",
            ])
        #expect(signals(store).map(\.isAlarming) == [true, true, false])
        #expect(signals(store).map(\.service) == [nil, "shop", "shop"])
    }

    @Test func closedAndZeroSayNothing() {
        let store = TelemetryStore()
        for (state, value) in [("closed", 1.0), ("open", 0), ("half_open", 0)] {
            store.add("resilience4j_circuitbreaker_state", [Label("name", "a"), Label("state", state)], [(10, value)])
        }
        store.add("envoy_cluster_circuit_breakers_default_cx_open", [Label("envoy_cluster_name", "order")], [(10, 0)])
        store.add("envoy_cluster_outlier_detection_ejections_active", [Label("envoy_cluster_name", "order")], [(10, 0)])
        store.add("queue_messages_ready", [Label("queue", "mail")], [(10, 0)])
        #expect(signals(store).isEmpty)
    }

    @Test func halfOpenIsShownWithoutAlarm() {
        let store = TelemetryStore()
        store.add("resilience4j_circuitbreaker_state", [Label("name", "a"), Label("state", "half_open")], [(10, 1)])
        #expect(signals(store).map(\.sentence) == ["the breaker to a is half open"])
        #expect(signals(store).map(\.isAlarming) == [false])
    }

    @Test func oneMessageWaits() {
        let store = TelemetryStore()
        store.add("queue_messages_ready", [Label("queue", "mail")], [(10, 1)])
        #expect(signals(store).map(\.sentence) == ["1 message waits in mail"])
    }

    @Test func numbersThatNoIntegerHoldsAreToldAsTheyAre() {
        let store = TelemetryStore()
        store.add("queue_messages_ready", [Label("queue", "mail")], [(10, 1e300)])
        store.add("envoy_cluster_outlier_detection_ejections_active", [Label("envoy_cluster_name", "order")], [(10, 9.3e18)])
        #expect(signals(store).map(\.sentence) == ["9.3e+18 hosts of order ejected", "1e+300 messages wait in mail"])
    }

    @Test func poolsThatMakeNoSenseSayNothing() {
        let store = TelemetryStore()
        for (pool, used, limit) in [("a", Double.infinity, 10.0), ("b", .nan, 10), ("c", -0.1234, 1), ("d", 1e308, 1e-308)] {
            store.add("hikaricp_connections_max", [Label("pool", pool)], [(10, limit)])
            store.add("hikaricp_connections_active", [Label("pool", pool)], [(10, used)])
        }
        #expect(signals(store).isEmpty)
    }

    @Test(arguments: [
        (0.384, "38 %"), (-0.1234, "-12 %"), (-0.0567, "-5.7 %"), (1e300, "1e+302 %"), (.infinity, "–"), (.nan, "–"),
    ]) func everyShareHasAText(_ share: Double, _ text: String) { #expect(percentText(share) == text) }

    @Test func manyPoolsAreReadInOnePass() {
        let store = TelemetryStore()
        for number in 0..<4_000 {
            store.add("hikaricp_connections_max", [Label("pool", "p\(number)")], [(10, 10)])
            store.add("hikaricp_connections_active", [Label("pool", "p\(number)")], [(10, 9.5)])
        }
        #expect(signals(store).count == 4_000)
    }
}
