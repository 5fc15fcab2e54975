import Telemetry
import Testing

@Suite struct ClassicHistogramTests {
    private func histogram(_ buckets: [(Double, Double)]) -> ClassicHistogram { ClassicHistogram(buckets.map { .init($0.0, $0.1) }) }

    @Test func interpolatesWithinABucket() {
        let even = histogram([(1, 10), (2, 30), (.infinity, 40)])
        #expect(even.quantile(0.25) == 1)
        #expect(even.quantile(0.5) == 1.5)
        #expect(even.quantile(0.125) == 0.5)
    }

    @Test func beyondTheLastBoundIsToldApart() {
        let slow = histogram([(10, 50), (.infinity, 100)])
        #expect(slow.quantile(0.99) == 10)
        #expect(slow.boundedQuantile(0.99)?.isBeyond == true)
        #expect(slow.boundedQuantile(0.5)?.isBeyond == false)
    }

    @Test func aLowestBoundOfZeroOrLessIsTheAnswer() {
        #expect(histogram([(0, 5), (1, 6), (.infinity, 6)]).quantile(0.1) == 0)
    }

    @Test func needsInfinityTwoBucketsAndObservations() {
        #expect(histogram([(1, 1), (2, 2)]).quantile(0.5).isNaN)
        #expect(histogram([(.infinity, 2)]).quantile(0.5).isNaN)
        #expect(histogram([(1, 0), (.infinity, 0)]).quantile(0.5).isNaN)
        #expect(histogram([(1, 1), (.infinity, 1)]).quantile(.nan).isNaN)
        #expect(histogram([(1, 1), (.infinity, 1)]).quantile(-1) == -.infinity)
        #expect(histogram([(1, 1), (.infinity, 1)]).quantile(2) == .infinity)
    }

    @Test func sortsMergesAndRaisesFallingCounts() {
        let torn = histogram([(.infinity, 9), (2, 4), (1, 5), (1, 1)])
        #expect(torn.buckets.map(\.count) == [6, 6, 9])
        #expect(torn.wasMadeMonotonic)
        #expect(!histogram([(1, 1), (2, 1 - 1e-14), (.infinity, 2)]).wasMadeMonotonic)
    }

    @Test func readsTheBoundsOfLabels() {
        #expect(ClassicHistogram.bound("+Inf") == .infinity)
        #expect(ClassicHistogram.bound("Inf") == .infinity)
        #expect(ClassicHistogram.bound("0.005") == 0.005)
        #expect(ClassicHistogram.bound("x") == nil)
    }
}
