import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct TraceListTests {
    private func store() -> TelemetryStore {
        let store = TelemetryStore()
        store.add(order(), trace: 1, at: noon)
        store.add(order(isFailing: true), trace: 2, at: noon + .seconds(1))
        store.add(order(version: "v2", paymentTakes: 900), trace: 3, at: noon + .seconds(2))
        return store
    }

    @Test func sortsByTimeDurationAndFailure() {
        let snapshot = store().snapshot()
        let summaries = TraceList.summaries(in: snapshot, lens: Lens(), over: .seconds(60), at: noon + .seconds(10))
        func ids(_ order: TraceList.Order) -> [UInt64] {
            TraceList(summaries, strings: snapshot.traces.strings, order: order).rows.map(\.traceID.low)
        }
        #expect(ids(.newest) == [3, 2, 1])
        #expect(ids(.slowest)[0] == 3)
        #expect(ids(.failed) == [2, 3, 1])
        let list = TraceList(summaries, strings: snapshot.traces.strings, order: .newest, limit: 1)
        #expect(list.rows.map(\.rootService) == ["gateway"] && list.rows.map(\.rootName) == ["POST /orders"])
        #expect(list.points.count == 3 && list.total == 3 && list.failed == 1 && list.greatest == .milliseconds(950))
    }

    @Test func aLensKeepsTracesWithSuchASpan() {
        let lens = Lens(service: "order", version: "v2")
        let summaries = TraceList.summaries(in: store().snapshot(), lens: lens, over: .seconds(60), at: noon + .seconds(10))
        #expect(summaries.map(\.traceID.low) == [3])
    }

    @Test func statisticsAddUpToTheTrace() throws {
        let tree = tree(order())
        let path = CriticalPath(tree)
        let rows = SpanStatistics(tree, path: path).rows
        #expect(rows.count == 7 && rows.reduce(0) { $0 + $1.count } == 7)
        #expect(abs(rows.reduce(0) { $0 + $1.selfShare } - 1) < 1e-9)
        #expect(rows.reduce(TimeSpan.zero) { $0 + $1.pathTotal } == tree.duration)
        #expect(rows.first?.selfTotal == .milliseconds(40))
    }
}
