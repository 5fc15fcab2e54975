import Telemetry
import Testing

@Suite struct CounterIncreaseTests {
    private func samples(_ values: [(Int64, Double)]) -> [Sample] { values.map { Sample(.seconds($0.0), $0.1) } }

    @Test func extrapolatesToTheWindow() {
        let rising = samples((0...6).map { (Int64($0) * 10, 100 + Double($0) * 10) })
        #expect(CounterIncrease.extrapolated(rising, after: .seconds(0), to: .seconds(60)) == 60)
        #expect(CounterIncrease.rate(rising, after: .seconds(0), to: .seconds(60)) == 1)
    }

    @Test func leftEdgeIsOutsideAndRightInside() {
        let two = samples([(0, 1), (10, 2), (20, 3)])
        #expect(CounterIncrease.extrapolated(two, after: .seconds(0), to: .seconds(10)) == nil)
        #expect(CounterIncrease.exact(two, after: .seconds(0), to: .seconds(10)) == 1)
    }

    @Test func fallsCountAsBeginningsAtZero() {
        let reset = samples([(10, 5), (20, 8), (30, 2), (40, 4)])
        #expect(CounterIncrease.exact(reset, after: .seconds(0), to: .seconds(40)) == 7)
    }

    @Test func farEdgesAreReachedOnlyByHalfAGap() {
        let late = samples([(70, 100), (80, 110), (90, 120)])
        // 20 s measured, half of 10 s to the start, 10 s to the end: 20 × 35 ÷ 20.
        #expect(CounterIncrease.extrapolated(late, after: .seconds(0), to: .seconds(100)) == 35)
    }

    @Test func doesNotExtrapolateBelowZero() {
        let young = samples([(11, 0), (21, 10), (31, 20)])
        #expect(CounterIncrease.extrapolated(young, after: .seconds(1), to: .seconds(31)) == 20)
    }

    @Test func staleMarkersAreNoSamples() {
        let gone = samples([(10, 1), (20, 3)]) + [Sample(.seconds(30), Sample.staleMarker)]
        #expect(CounterIncrease.exact(gone, after: .seconds(10), to: .seconds(40)) == 2)
    }
}
