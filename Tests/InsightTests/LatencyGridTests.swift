import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct LatencyGridTests {
    private func store() -> TelemetryStore {
        let store = TelemetryStore()
        for second in 0..<60 {
            let takes: Int64 = second < 50 ? 10 : 800
            store.add(
                [
                    Sketch(id: 1, service: "a", kind: .server, from: 0, to: takes, isError: second >= 55),
                    Sketch(id: 2, parent: 1, service: "b", kind: .server, from: 1, to: 3),
                ], trace: UInt64(second + 1), at: noon + .seconds(Int64(second)))
        }
        return store
    }

    @Test func countsEverySpanOnceAndAgreesWithItsHistogram() throws {
        let grid = LatencyGrid(store().snapshot(), over: .seconds(30), at: noon + .seconds(60), columns: 6, rows: 16)
        #expect(grid.origin == .spans(.rootSpans))
        #expect(grid.rows.count <= 16)
        #expect(grid.total == 30)
        #expect(grid.before.reduce(0, +) == 30)
        for row in grid.rows.indices {
            #expect(grid.columns.indices.reduce(0) { $0 + grid.count(column: $1, row: row) } == grid.histogram[row])
        }
        #expect(grid.columns.map(\.errors).reduce(0, +) == 5)
        let slow = try #require(grid.row(of: .milliseconds(800)))
        #expect(grid.histogram[slow] == 10 && grid.before[slow] == 0)
        #expect(try #require(grid.columns[5].p50).value > .milliseconds(780))
    }

    @Test func theTracesBehindACellAreThoseCounted() throws {
        let snapshot = store().snapshot()
        let grid = LatencyGrid(snapshot, over: .seconds(60), at: noon + .seconds(60), columns: 6, rows: 20)
        let row = try #require(grid.row(of: .milliseconds(800)))
        let traces = grid.traces(column: 5, row: row, in: snapshot)
        #expect(traces.count == grid.count(column: 5, row: row) && traces.count == 10)
        #expect(grid.traces(column: 99, row: row, in: snapshot).isEmpty)
    }

    @Test func aLensTakesTheEntriesOfItsService() {
        let grid = LatencyGrid(
            store().snapshot(), lens: Lens(service: "b"), over: .seconds(60), at: noon + .seconds(60), columns: 4, rows: 8)
        #expect(grid.origin == .spans(.entrySpans) && grid.total == 60)
        #expect(
            LatencyGrid(store().snapshot(), onlyErrors: true, over: .seconds(60), at: noon + .seconds(60), columns: 4, rows: 8).total == 5)
    }

    @Test func nothingIsNoRows() {
        let grid = LatencyGrid(TelemetryStore().snapshot(), over: .seconds(60), at: noon, columns: 4, rows: 8)
        #expect(grid.isEmpty && grid.rows.isEmpty && grid.count(column: 0, row: 0) == 0 && grid.p99 == nil)
    }

    @Test func histogramsCountExactlyThroughResetsAndSayBeyond() throws {
        let store = TelemetryStore()
        for (bound, values) in [("0.1", [0.0, 4, 4, 2]), ("10", [0, 4, 8, 2]), ("+Inf", [0, 4, 108, 2])] {
            store.add(
                "call_seconds_bucket", [Label("le", bound), Label("peer", "x")],
                [(0, values[0]), (10, values[1]), (20, values[2]), (30, values[3])])
        }
        let snapshot = store.snapshot()
        #expect(LatencyGrid.histograms(in: snapshot) == ["call_seconds"])
        let grid = LatencyGrid(snapshot, histogram: "call_seconds", over: .seconds(30), at: noon + .seconds(30), columns: 60)
        #expect(grid.columns.count == 3)
        #expect(grid.histogram == [6, 4, 100])
        #expect(grid.rows.last?.upper == nil)
        #expect(grid.p99 == LatencyQuantile(.seconds(10), isBeyond: true))
        #expect(grid.row(of: .seconds(11)) == 2)
    }

    @Test func aHistogramsUnitStandsInItsName() {
        #expect(LatencyGrid.unit(of: "http_seconds") == 1e9)
        #expect(LatencyGrid.unit(of: "envoy_cluster_upstream_rq_time") == 1e6)
        #expect(LatencyGrid.unit(of: "x_milliseconds") == 1e6)
    }

    @Test func aWindowOfCenturiesIsAsLongAsTimeGoes() {
        let store = TelemetryStore()
        for bound in ["1", "+Inf"] { store.add("call_seconds_bucket", [Label("le", bound)], [(0, 0), (10, 4)]) }
        let grid = LatencyGrid(
            store.snapshot(), histogram: "call_seconds", over: TimeSpan(nanoseconds: .max / 3 * 2), at: noon + .seconds(30), columns: 3)
        #expect(grid.total == 4)
    }
}
