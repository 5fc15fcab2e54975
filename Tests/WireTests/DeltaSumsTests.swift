import Telemetry
import Testing

@testable import Wire

@Suite struct DeltaSumsTests {
    private let now = Timestamp.seconds(1_700_000_000)
    private let metric: OTLPMetric = {
        var metric = OTLPMetric()
        (metric.name, metric.kind, metric.temporality) = ("m", .sum, .delta)
        return metric
    }()

    /// The sum that a stream has come to; nil where there is no room for it.
    private func add(_ value: Double, _ name: String, to sums: inout DeltaSums, after span: TimeSpan = .zero) -> Double? {
        var point = OTLPPoint()
        point.value = value
        point.time = UInt64((now + span).precise.nanoseconds)
        do throws(OTLPPointProblem) {
            try sums.add(&point, of: metric, LabelSet([Label("name", name)]), at: now + span)
            return point.value
        } catch {
            #expect(error.reason == .seriesLimit)
            return nil
        }
    }

    @Test func moreStreamsThanTheLimitAreRefusedUntilOthersHaveGoneSilent() {
        var sums = DeltaSums()
        for number in 0..<DeltaSums.limit { #expect(add(1, "\(number)", to: &sums) == 1) }
        #expect(add(1, "one more", to: &sums) == nil)
        #expect(add(2, "7", to: &sums, after: .minutes(9)) == 3, "those that are there go on")
        #expect(add(1, "one more", to: &sums, after: .minutes(9)) == nil)
        #expect(add(1, "one more", to: &sums, after: .minutes(11)) == 1)
        #expect(add(2, "7", to: &sums, after: .minutes(12)) == 5, "what was not silent is not forgotten")
        #expect(add(2, "8", to: &sums, after: .minutes(12)) == 2, "what was silent begins anew")
    }

    @Test func longLabelsCountForTheirBytes() {
        var sums = DeltaSums()
        let long = String(repeating: "x", count: 1 << 20)
        let taken = (0..<100).filter { add(1, "\($0)" + long, to: &sums) != nil }
        #expect(taken.count == 63, "64 MiB, less the names")
        #expect(add(1, "short", to: &sums) == 1)
        #expect(add(1, "again" + long, to: &sums, after: .minutes(11)) == 1)
    }
}
