import Telemetry
import TestKit
import Testing

@testable import Insight

@Suite struct LatencyDistributionTests {
    @Test(arguments: 0..<40) func quantilesAreWithinASixtyFourthOfTheSortedValues(seed: Int) {
        var random = Seeded(UInt64(seed))
        let scale = Int64(1) << Int64.random(in: 0...50, using: &random)
        let values = (0..<500).map { _ in Int64.random(in: 0...scale, using: &random) }.sorted()
        var distribution = LatencyDistribution()
        for value in values.shuffled(using: &random) { distribution.add(TimeSpan(nanoseconds: value)) }
        for q in [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1] {
            let exact = Double(values[max(1, Int((q * 500).rounded(.up))) - 1])
            let answer = Double(distribution.quantile(q)?.nanoseconds ?? -1)
            #expect(abs(answer - exact) <= exact / 64 + 1, "seed \(seed), q \(q)")
        }
        #expect(distribution.minimum?.nanoseconds == values.first)
        #expect(distribution.maximum?.nanoseconds == values.last)
    }

    @Test func bucketsMeetWithoutGapUpToTheEnd() {
        var previous: Int64 = 0
        for bucket in 0...LatencyDistribution.bucket(of: .max) {
            let bounds = LatencyDistribution.bounds(of: bucket)
            #expect(bounds.lowerBound == previous)
            #expect(LatencyDistribution.bucket(of: bounds.lowerBound) == bucket)
            previous = bounds.upperBound
        }
        #expect(previous == .max)
    }

    @Test func mergingIsAddingAll() {
        var random = Seeded(7)
        var (whole, a, b) = (LatencyDistribution(), LatencyDistribution(), LatencyDistribution())
        for number in 0..<1000 {
            let value = TimeSpan(nanoseconds: Int64.random(in: 0...10_000_000_000, using: &random))
            whole.add(value)
            if number % 3 == 0 { a.add(value) } else { b.add(value) }
        }
        a.merge(b)
        #expect(a.count == whole.count && a.quantile(0.95) == whole.quantile(0.95) && a.maximum == whole.maximum)
    }

    @Test func emptyHasNoQuantileAndBeyondTheLimitIsOnlyBeyond() {
        var distribution = LatencyDistribution()
        #expect(distribution.quantile(0.5) == nil && distribution.mean == nil)
        distribution.add(.seconds(12))
        #expect(distribution.quantile(0.99, limit: .seconds(10)) == LatencyQuantile(.seconds(10), isBeyond: true))
        #expect(distribution.quantile(0.99, limit: .seconds(20)) == LatencyQuantile(.seconds(12)))
    }

    @Test func theMeanOfTheLongestSpansIsNoLongerThanThey() {
        var distribution = LatencyDistribution()
        for _ in 0..<3 { distribution.add(TimeSpan(nanoseconds: .max)) }
        #expect(distribution.mean == TimeSpan(nanoseconds: .max))
        #expect(distribution.quantile(0.5) != nil)
    }
}
