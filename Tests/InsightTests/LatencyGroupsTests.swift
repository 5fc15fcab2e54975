import Insight
import Store
import Telemetry
import Testing

@Suite struct LatencyGroupsTests {
    private let noon = Timestamp.seconds(1_800_000_000)

    /// Buckets 0.25–0.5, 0.5–1 and 1–2 seconds, of schema 0.
    private func histogram(_ buckets: [Double], zero: Double = 0) -> NativeHistogram {
        NativeHistogram(
            schema: 0, zeroThreshold: 0.001, zeroCount: zero, count: buckets.reduce(zero, +), sum: 1,
            positiveSpans: [.init(offset: -1, length: UInt32(buckets.count))], positiveBuckets: buckets)
    }
    private func store(_ peers: [String: [NativeHistogram]], name: String = "call_seconds") -> TelemetryStore {
        let store = TelemetryStore()
        for (peer, values) in peers {
            guard let series = store.series(for: LabelSet([Label(LabelSet.nameLabel, name), Label("peer", peer)])) else { continue }
            for (index, value) in values.enumerated() {
                store.append([SeriesHistogram(series: series, time: noon + .seconds(Int64(index) * 10), value: value)])
            }
        }
        return store
    }

    @Test func nativeHistogramsCountExactlyThroughResets() {
        let snapshot = store(["x": [histogram([0, 0, 0]), histogram([4, 0, 0]), histogram([4, 4, 100]), histogram([2, 0, 0], zero: 3)]])
            .snapshot()
        #expect(LatencyGrid.histograms(in: snapshot) == ["call_seconds"])
        let grid = LatencyGrid(snapshot, histogram: "call_seconds", over: .seconds(30), at: noon + .seconds(30), columns: 60)
        #expect(grid.columns.count == 3)
        #expect(grid.rows.map(\.lower) == [.zero, .milliseconds(250), .milliseconds(500), .seconds(1)])
        #expect(grid.rows.last?.upper == .seconds(2))
        #expect(grid.histogram == [3, 6, 4, 100])
        #expect(grid.columns.map(\.count) == [4, 104, 5])
        // Of 113 the 56.5th lies in the last bucket, at 43.5 of its 100 on a scale of powers: 2^0.435.
        #expect(grid.p50.map { abs($0.value.seconds - 1.3519) < 0.001 } == true)
    }

    @Test func fineSchemasAreShownInFewRows() {
        let fine = NativeHistogram(
            schema: 8, count: 4000, sum: 1, positiveSpans: [.init(offset: -2000, length: 4000)],
            positiveBuckets: [Double](repeating: 1, count: 4000))
        let none = NativeHistogram(schema: 8)
        let grid = LatencyGrid(
            store(["x": [none, fine]]).snapshot(), histogram: "call_seconds", over: .seconds(30), at: noon + .seconds(10), columns: 10)
        #expect((10...41).contains(grid.rows.count))
        #expect(grid.total == 4000)
    }

    @Test func customBoundsAreRows() {
        let value = { (count: Double) in
            NativeHistogram(
                schema: NativeHistogram.customSchema, count: count, sum: 1, positiveSpans: [.init(offset: 0, length: 3)],
                positiveBuckets: [count / 2, count / 4, count / 4], customBounds: [0.1, 1])
        }
        let grid = LatencyGrid(
            store(["x": [value(4), value(12)]]).snapshot(), histogram: "call_seconds", over: .seconds(30), at: noon + .seconds(10),
            columns: 10)
        #expect(grid.histogram == [4, 2, 2])
        #expect(grid.rows.map(\.upper) == [.milliseconds(100), .seconds(1), nil])
        #expect(grid.p99 == LatencyQuantile(.seconds(1), isBeyond: true))
    }

    @Test func groupsCompareWithTheWindowBeforeTheSlowestFirst() {
        let slow = [histogram([0, 0, 0]), histogram([10, 0, 0]), histogram([20, 0, 0]), histogram([20, 0, 7])]
        let quick = [histogram([0, 0, 0]), histogram([1, 0, 0]), histogram([2, 0, 0]), histogram([3, 0, 0])]
        let snapshot = store(["slow": slow, "quick": quick]).snapshot()
        let groups = LatencyGroups(snapshot, histogram: "call_seconds", by: ["peer", "zone"], over: .seconds(9), at: noon + .seconds(30))
        #expect(groups.total == 2)
        #expect(groups.groups.map { $0.labels.map(\.value) } == [["slow", ""], ["quick", ""]])
        #expect(groups.groups.map(\.count) == [7, 1])
        #expect(groups.groups.map(\.countBefore) == [10, 1])
        #expect(groups.groups.allSatisfy { ($0.p99Before?.value ?? .zero) <= .milliseconds(500) })
        #expect(groups.groups.first.flatMap(\.p50).map { $0.value > .seconds(1) } == true)
    }
}
