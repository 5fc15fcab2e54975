import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct ClockSkewTests {
    private func shifts(_ sketches: [Sketch], limit: TimeSpan = .minutes(60)) -> (ClockSkew, TraceTree) {
        let store = TelemetryStore()
        store.add(sketches)
        let traces = store.snapshot().traces
        let tree = TraceTree(traces.spans(ofTrace: TraceID(high: 0, low: 1)))
        return (ClockSkew(tree, of: traces, limit: limit), tree)
    }

    @Test func centresAChildOfAnotherHostAndMovesItsDescendantsAlong() {
        let (skew, tree) = shifts([
            Sketch(id: 1, from: 100, to: 200, host: "x"), Sketch(id: 2, parent: 1, from: 10, to: 70, host: "y"),
            Sketch(id: 3, parent: 2, from: 20, to: 30, host: "y"),
        ])
        let mended = tree.applying(skew)
        let child = mended.index(of: SpanID(2)) ?? 0
        #expect(mended.spans[child].start == (noon + .milliseconds(120)).precise)
        #expect(mended.spans[mended.index(of: SpanID(3)) ?? 0].start == (noon + .milliseconds(130)).precise)
        #expect(skew.sentence == "2 spans shifted by up to 110 ms because clocks disagree.")
    }

    @Test func leavesHostsAloneThatAgree() {
        let (skew, _) = shifts([Sketch(id: 1, from: 100, to: 200, host: "x"), Sketch(id: 2, parent: 1, from: 90, to: 150, host: "x")])
        #expect(!skew.isNeeded && skew.sentence == nil)
    }

    @Test func movesAChildLongerThanItsParentOnlyForward() {
        let (skew, tree) = shifts([Sketch(id: 1, from: 100, to: 200, host: "x"), Sketch(id: 2, parent: 1, from: 50, to: 300)])
        #expect(skew.shifts[tree.index(of: SpanID(2)) ?? 0] == .milliseconds(50))
    }

    @Test func refusesToMoveBeyondItsLimitAndSaysSo() {
        let (skew, _) = shifts(
            [Sketch(id: 1, from: 5000, to: 5100, host: "x"), Sketch(id: 2, parent: 1, from: 0, to: 10)], limit: .seconds(1))
        #expect(skew.refusedCount == 1 && !skew.isNeeded)
        #expect(skew.sentence?.contains("limit") == true)
    }
}
