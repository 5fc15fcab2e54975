import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct ServiceReportTests {
    private func report(_ store: TelemetryStore, lens: Lens = Lens(), after seconds: Int64 = 60) -> ServiceReport {
        ServiceReport(store.snapshot(), lens: lens, over: .seconds(60), at: noon + .seconds(seconds), buckets: 6)
    }

    @Test func countsEntriesOnlyAndPutsTheWorstFirst() throws {
        let store = TelemetryStore()
        for number in 0..<60 { store.add(order(isFailing: number % 5 == 0), trace: UInt64(number + 1), at: noon + .seconds(Int64(number))) }
        store.add([Sketch(id: 1, service: "user", kind: .server, from: 0, to: 5)], trace: 99, at: noon + .seconds(50))
        let report = report(store)
        #expect(
            report.services.map(\.name) == ["order", "payment", "gateway", "user"].sorted { a, b in a != "user" && (b == "user" || a < b) })
        let order = try #require(report["order"])
        #expect(order.requests == 60 && order.errors == 12 && order.basis == .entrySpans)
        #expect(order.health == .failing && order.reason == "20 % of 60 requests failed")
        #expect(order.series.map(\.requests) == [10, 10, 10, 10, 10, 10])
        #expect(order.errorShare == 0.2 && abs(order.rate - 1) < 0.05)
        let p95 = try #require(order.p95)
        #expect(abs(p95.milliseconds - 76) < 76 / 64 + 0.1)
        #expect(report["user"]?.health == .healthy)
    }

    @Test func toleratesNineAndNotTenPercent() {
        let tolerance = HealthTolerance()
        #expect(tolerance.health(errors: 0, of: 0) == .idle)
        #expect(tolerance.health(errors: 0, of: 100) == .healthy)
        #expect(tolerance.health(errors: 9, of: 100) == .degraded)
        #expect(tolerance.health(errors: 10, of: 100) == .failing)
    }

    @Test func showsASlowCanaryByItsVersion() throws {
        let store = TelemetryStore()
        for number in 0..<50 {
            let isCanary = number % 10 == 0
            store.add(
                order(version: isCanary ? "v2" : "v1", paymentTakes: isCanary ? 500 : 30), trace: UInt64(number + 1),
                at: noon + .seconds(Int64(number)))
        }
        let versions = try #require(report(store)["order"]).versions
        #expect(versions.map(\.version) == ["v1", "v2"])
        #expect(versions.map(\.requests) == [45, 5])
        #expect(try #require(versions[1].p50) > .milliseconds(500))
        let narrowed = try #require(report(store, lens: Lens(service: "order", version: "v2"))["order"])
        #expect(narrowed.requests == 5)
    }

    @Test func aServiceWithoutEntriesCountsWhatItBegan() {
        let store = TelemetryStore()
        store.add(
            [Sketch(id: 1, service: "job", from: 0, to: 9), Sketch(id: 2, parent: 1, service: "job", from: 1, to: 3)],
            at: noon + .seconds(50))
        #expect(report(store)["job"]?.basis == .rootSpans)
        #expect(report(store)["job"]?.requests == 1)
    }

    @Test func lateZeroAndNoDataAreThreeThings() {
        let store = TelemetryStore()
        store.add([Sketch(id: 1, service: "gone", kind: .server, from: 0, to: 9)], trace: 1)
        store.add([Sketch(id: 1, service: "quiet", kind: .server, from: 0, to: 9)], trace: 2)
        store.log("still here", service: "quiet", second: 55)
        store.log("only logs, long ago", service: "silent", second: 1)
        let report = report(store)
        #expect(report["gone"]?.traffic == .late(since: noon) && report["gone"]?.health == .late)
        #expect(report["quiet"]?.traffic == .zero && report["quiet"]?.health == .healthy)
        #expect(report["silent"]?.traffic == .noData && report["silent"]?.health == .unknown)
        #expect(report["silent"]?.errorShare == nil)
    }

    @Test func errorLogsBreakersAndLostTargetsAreTheServicesOwn() throws {
        let store = TelemetryStore()
        store.add(order(), at: noon + .seconds(55))
        store.log("boom", service: "order", severity: .error, second: 30)
        store.log("fine", service: "order", second: 31)
        let (order, payment) = ([Label("instance", "h:9104")], [Label("instance", "h:9105")])
        store.add("build_info", order + [Label("service", "order")], [(50, 1)])
        store.add("build_info", payment + [Label("service", "payment")], [(50, 1)])
        store.add("up", order, [(50, 1)])
        store.add("up", payment, [(50, 0)])
        store.add("resilience4j_circuitbreaker_state", order + [Label("name", "payment"), Label("state", "open")], [(50, 1)])
        let report = report(store)
        #expect(report["order"]?.errorLogs == 1)
        #expect(report["order"]?.saturation.map(\.sentence) == ["the breaker to payment is open"])
        #expect(report["order"]?.health == .degraded)
        #expect(report["payment"]?.health == .failing)
        #expect(report["payment"]?.reason.hasPrefix("its metrics cannot be scraped") == true)
    }

    @Test func operationsShowWhereTheTimeGoes() {
        let store = TelemetryStore()
        store.add(order(isFailing: true))
        let operations = OperationReport(store.snapshot(), of: "order", over: .seconds(60), at: noon + .seconds(1)).operations
        #expect(operations.map(\.name) == ["POST /orders", "POST", "INSERT order_db"])
        #expect(operations.map(\.errors) == [1, 1, 0])
    }
}
