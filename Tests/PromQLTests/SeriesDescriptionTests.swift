import Telemetry
import Testing

@testable import PromQL

@Suite struct SeriesDescriptionTests {
    private func floats(_ text: String) throws -> [Double?] {
        try SeriesDescription(text).points.map { point in
            guard case .float(let value)? = point?.value else { return nil }
            return value
        }
    }

    @Test func pointsAreWrittenOutOrRepeated() throws {
        #expect(
            try floats("a 1 -1.5 +2e-1 5m 0x3 _ _x2 1+2x3 -2-4x1") == [1, -1.5, 0.2, 300, 0, 0, 0, 0, nil, nil, nil, 1, 3, 5, 7, -2, -6])
        #expect(try floats("a Inf -inf 1e3x1") == [.infinity, -.infinity, 1000, 1000])
        let special = try floats("a stale NaN")
        #expect(special[0].map(Sample.isStale) == true && special[1]?.isNaN == true)
    }

    @Test func seriesAreNamedInEveryWay() throws {
        let wanted = LabelSet([Label("__name__", "a.b"), Label("c", "d\"e}")])
        #expect(try SeriesDescription("{\"a.b\", c=\"d\\\"e}\"} 1").labels == wanted)
        #expect(try SeriesDescription("{__name__=`a.b`, c='d\"e}',} 1").labels == wanted)
        #expect(try SeriesDescription("up {a=\"b\"} 1").labels == LabelSet([Label("__name__", "up"), Label("a", "b")]))
        #expect(try SeriesDescription("{} 1").labels == LabelSet([]))
        #expect(try SeriesDescription("up {{}}").labels.metricName == "up")
    }

    @Test func histogramsHaveTheirKeys() throws {
        let text =
            "h {{schema:1 count:4 sum:-3.5 z_bucket:1 z_bucket_w:0.5 buckets:[1 2] offset:-3 n_buckets:[3] counter_reset_hint:gauge}}"
        guard case .histograms(let literal, nil, _, 0)? = try SeriesDescription(text).items.first else { return #expect(Bool(false)) }
        let wanted = NativeHistogram(
            resetHint: .gauge, schema: 1, zeroThreshold: 0.5, zeroCount: 1, count: 4, sum: -3.5,
            positiveSpans: [.init(offset: -3, length: 2)], negativeSpans: [.init(offset: 0, length: 1)], positiveBuckets: [1, 2],
            negativeBuckets: [3])
        #expect(literal.value == wanted && literal.hasHint)
    }

    @Test func histogramsAddUp() throws {
        let points = try SeriesDescription("h {{schema:0 sum:1 buckets:[1]}}+{{schema:1 sum:2 buckets:[1 0 1] offset:1}}x2").points
        guard case .histogram(let last)? = points.last??.value else { return #expect(Bool(false)) }
        #expect(points.count == 3 && last.sum == 5)
        #expect(DenseHistogram(last).positive == [0: 1, 1: 2, 2: 2])
    }

    @Test(arguments: [
        "", "a1{", "up 1+2", "up x3", "up 1x", "up {{a:1}}", "up {{schema:1 schema:1}}", "up{a!=\"b\"} 1", "up 1x99999999",
        "up {{buckets:[1}}",
    ])
    func whatIsNoSeriesIsRefused(_ text: String) { #expect(throws: QueryError.self) { try SeriesDescription(text) } }
}
