import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct OTLPTranslatorTests {
    private let now = Timestamp.seconds(1_700_000_000)
    private let translator = OTLPTranslator()

    private func point(_ value: Double? = nil, at seconds: Int64 = 0, _ attributes: [Attribute] = []) -> OTLPPoint {
        var point = OTLPPoint()
        point.value = value
        point.attributes = attributes
        point.start = UInt64((now - .seconds(60)).precise.nanoseconds)
        point.time = UInt64((now + .seconds(seconds)).precise.nanoseconds)
        return point
    }
    private func metric(
        _ name: String, _ kind: OTLPMetric.Kind, _ points: [OTLPPoint], unit: String = "", isDelta: Bool = false, isMonotonic: Bool = true
    ) -> OTLPMetric {
        var metric = OTLPMetric()
        (metric.name, metric.kind, metric.points, metric.unit, metric.isMonotonic) = (name, kind, points, unit, isMonotonic)
        metric.temporality = isDelta ? .delta : .cumulative
        return metric
    }
    private func translate(_ metrics: [OTLPMetric], _ resource: Resource = Resource()) -> (MetricBatch, WireOutcome) {
        let (batch, _, outcome) = translator.translate([OTLPMetricBatch(resource: resource, metrics: metrics)], at: now)
        return (batch, outcome)
    }
    /// `name{label="value"} value@seconds`, a sample a line.
    private func lines(_ batch: MetricBatch) -> [String] {
        batch.series.flatMap { series in
            let labels = series.labels.labels.filter { $0.name != LabelSet.nameLabel }.map { "\($0.name)=\($0.value)" }.joined(
                separator: ",")
            return series.samples.map {
                "\(series.labels.metricName){\(labels)} \($0.isStale ? "stale" : "\($0.value)")@\(($0.time.milliseconds - now.milliseconds) / 1000)"
            }
        }
    }

    @Test func theResourceBecomesJobInstanceAndTargetInfo() {
        let resource = Resource(attributes: [
            Attribute("service.name", .string("orders")), Attribute("service.namespace", .string("shop")),
            Attribute("service.instance.id", .string("o-1")), Attribute("host.name", .string("node")), Attribute("cpu.count", .int(4)),
        ])
        let attributes = [
            Attribute("http.method", .string("GET")), Attribute("http_method", .string("x")), Attribute("job", .string("mine")),
        ]
        let (batch, outcome) = translate([metric("up", .gauge, [point(1, attributes)])], resource)
        #expect(
            lines(batch) == [
                "up{http_method=GET;x,instance=o-1,job=shop/orders} 1.0@0",
                "target_info{cpu_count=4,host_name=node,instance=o-1,job=shop/orders} 1.0@0",
            ])
        #expect(outcome == WireOutcome())
        #expect(lines(translate([metric("up", .gauge, [point(1)])], Resource(attributes: [Attribute("host", .string("x"))])).0).count == 1)
    }
    private func point(_ value: Double, _ attributes: [Attribute]) -> OTLPPoint { point(value, at: 0, attributes) }

    @Test func aHistogramBecomesCumulativeBucketsSumAndCount() {
        var own = point()
        (own.count, own.sum, own.bucketCounts, own.bounds) = (6, 2.5, [1, 2, 3], [0.1, 1])
        var exemplar = OTLPPoint.Exemplar()
        (exemplar.value, exemplar.traceID, exemplar.attributes) = (0.5, TraceID(high: 1, low: 2), [Attribute("user", .string("u"))])
        own.exemplars = [exemplar]
        var bare = point(at: 1)
        (bare.count, bare.sum) = (4, nil)
        let (batch, outcome) = translate([metric("http.duration", .histogram, [own, bare], unit: "s")])
        #expect(
            lines(batch) == [
                "http_duration_seconds_sum{} 2.5@0", "http_duration_seconds_count{} 6.0@0", "http_duration_seconds_count{} 4.0@1",
                "http_duration_seconds_bucket{le=0.1} 1.0@0", "http_duration_seconds_bucket{le=1} 3.0@0",
                "http_duration_seconds_bucket{le=+Inf} 6.0@0", "http_duration_seconds_bucket{le=+Inf} 4.0@1",
            ])
        #expect(batch.series.flatMap(\.exemplars).count == 1 && batch.series[3].exemplars.first?.labels["user"] == "u")
        #expect(batch.metadata == ["http_duration_seconds": MetricMetadata(type: .histogram, unit: "seconds")])
        #expect(outcome == WireOutcome())
    }

    @Test func aSummaryKeepsItsQuantiles() {
        var own = point()
        (own.count, own.sum, own.quantiles) = (3, 9, [.init(quantile: 0.5, value: 2), .init(quantile: 1, value: 5)])
        #expect(
            lines(translate([metric("rpc", .summary, [own], unit: "ms")]).0) == [
                "rpc_milliseconds_sum{} 9.0@0", "rpc_milliseconds_count{} 3.0@0", "rpc_milliseconds{quantile=0.5} 2.0@0",
                "rpc_milliseconds{quantile=1} 5.0@0",
            ])
    }

    @Test func aPointWithoutARecordedValueEndsItsSeries() {
        var gone = point()
        gone.hasNoValue = true
        #expect(lines(translate([metric("a", .gauge, [gone])]).0) == ["a{} stale@0"])
        var exponential = metric("b", .exponential, [gone])
        exponential.points[0].hasNoValue = true
        #expect(translate([exponential]).0.series.first?.histograms.first.map { Sample.isStale($0.value.sum) } == true)
    }

    @Test func deltasAreAddedUpFromRequestToRequest() {
        func next(_ value: Double, _ seconds: Int64) -> [String] {
            lines(translate([metric("sent", .sum, [point(value, at: seconds)], unit: "By", isDelta: true)]).0)
        }
        #expect(next(5, 0) == ["sent_bytes_total{} 5.0@0"])
        #expect(next(2, 10) == ["sent_bytes_total{} 7.0@10"])
        let (batch, outcome) = translate([metric("sent", .sum, [point(1, at: 10)], unit: "By", isDelta: true)])
        #expect(batch.series.isEmpty && outcome.rejected == [.outOfOrder: 1], "what came already is not added again")
        #expect(next(1, 20) == ["sent_bytes_total{} 8.0@20"])
    }

    @Test func deltaHistogramsAreAddedUpBucketByBucketAndBeginAnewWithOtherBounds() {
        func next(_ counts: [UInt64], _ bounds: [Double], _ seconds: Int64) -> [String] {
            var own = point(at: seconds)
            (own.count, own.sum, own.bucketCounts, own.bounds) = (counts.reduce(0, +), 1, counts, bounds)
            return lines(translate([metric("h", .histogram, [own], isDelta: true)]).0)
        }
        _ = next([1, 2], [1], 0)
        #expect(next([3, 0], [1], 1) == ["h_sum{} 2.0@1", "h_count{} 6.0@1", "h_bucket{le=1} 4.0@1", "h_bucket{le=+Inf} 6.0@1"])
        #expect(next([1, 0], [2], 2) == ["h_sum{} 1.0@2", "h_count{} 1.0@2", "h_bucket{le=2} 1.0@2", "h_bucket{le=+Inf} 1.0@2"])
    }

    @Test func anExponentialHistogramBecomesANativeOne() throws {
        var own = point()
        (own.count, own.sum) = (12, -2.5)
        own.exponential.scale = 3
        own.exponential.zeroCount = 2
        own.exponential.zeroThreshold = 0.001
        own.exponential.positive = .init(offset: -4, counts: [1, 0, 3, 2])
        own.exponential.negative = .init(offset: 0, counts: [4])
        let (batch, outcome) = translate([metric("queue.wait", .exponential, [own], unit: "ms")])
        #expect(
            batch.series.first?.histograms.first?.value
                == NativeHistogram(
                    schema: 3, zeroThreshold: 0.001, zeroCount: 2, count: 12, sum: -2.5, positiveSpans: [.init(offset: -3, length: 4)],
                    negativeSpans: [.init(offset: 1, length: 1)], positiveBuckets: [1, 0, 3, 2], negativeBuckets: [4]))
        #expect(outcome == WireOutcome() && batch.series.first?.labels.metricName == "queue_wait_milliseconds")
    }

    @Test func scalesOverEightAreMadeCoarserAndThoseUnderMinusFourRefused() {
        var own = point()
        own.count = 5
        own.exponential.scale = 20
        own.exponential.positive = .init(offset: 20_971_520, counts: [5])
        let histogram = translate([metric("gc", .exponential, [own])]).0.series.first?.histograms.first?.value
        #expect(histogram?.schema == 8 && histogram?.positiveSpans == [.init(offset: 5121, length: 1)] && histogram?.positiveBuckets == [5])
        #expect(histogram?.zeroThreshold == 1e-128)
        own.exponential.scale = -5
        #expect(translate([metric("gc", .exponential, [own])]).1.rejected == [.unsupported: 1])
        own.exponential.scale = 8
        own.exponential.positive.offset = Int(Int32.max)
        #expect(translate([metric("gc", .exponential, [own])]).1.rejected == [.unsupported: 1])
    }

    @Test func deltaExponentialHistogramsAreAddedUpInTheCoarserScale() throws {
        func own(_ scale: Int, _ side: ExponentialBuckets.Side, _ seconds: Int64, zero: Double = 0) -> OTLPPoint {
            var own = point(at: seconds)
            own.exponential.scale = scale
            own.exponential.positive = side
            own.exponential.zeroThreshold = zero
            (own.count, own.sum) = (UInt64(side.total), 1)
            return own
        }
        let points = [
            own(1, .init(offset: 0, counts: [1, 1, 1, 1]), 0), own(0, .init(offset: 1, counts: [5]), 1),
            own(0, .init(offset: 3, counts: [2]), 2, zero: 1.5),
        ]
        let histograms = translate([metric("h", .exponential, points, isDelta: true)]).0.series.first?.histograms.map(\.value) ?? []
        try #require(histograms.count == 3)
        #expect(histograms[1].schema == 0 && histograms[1].positiveBuckets == [2, 7] && histograms[1].count == 9)
        #expect(histograms[2].zeroThreshold == 2 && histograms[2].zeroCount == 2, "the zero bucket grows to the end of the bucket it cut")
        #expect(histograms[2].positiveBuckets == [7, 0, 2] && histograms[2].sum == 3)
    }

    /// Adding up and then making coarser is the same as the other way round.
    @Test func coarserAndAddedUpCommute() {
        var random = Seeded(11)
        for _ in 0..<200 {
            func buckets(scale: Int) -> ExponentialBuckets {
                var buckets = ExponentialBuckets()
                buckets.scale = scale
                let counts = (0..<Int.random(in: 0...20, using: &random)).map { _ in Double(Int.random(in: 0...3, using: &random)) }
                buckets.positive = .init(offset: Int.random(in: -50...50, using: &random), counts: counts)
                return buckets
            }
            let (a, b) = (buckets(scale: 4), buckets(scale: 4))
            var sum = a
            sum.add(b)
            sum.coarsen(to: 1)
            var (coarse, other) = (a, b)
            coarse.coarsen(to: 1)
            other.coarsen(to: 1)
            coarse.add(other)
            #expect(coarse.native(count: 0, sum: 0) == sum.native(count: 0, sum: 0))
            #expect(sum.total == a.total + b.total)
        }
    }

    @Test func whatIsNoPointIsLeftOutWithItsReason() {
        var late = point(1)
        late.time = 0
        var torn = point()
        (torn.count, torn.bucketCounts, torn.bounds) = (3, [1, 2], [1, 2])
        var falling = point()
        (falling.count, falling.bucketCounts, falling.bounds) = (3, [1, 1, 1], [2, 1])
        var untold = metric("e", .sum, [point(1), point(2)])
        untold.temporality = .unspecified
        for (bad, reason, count) in [
            (metric("a", .gauge, [late]), "has no time", 1), (metric("b", .gauge, [point()]), "has no value", 1),
            (metric("c", .histogram, [torn]), "2 buckets between 2 bounds", 1), (metric("d", .histogram, [falling]), "do not rise", 1),
            (untold, "neither delta nor cumulative", 2), (metric("", .gauge, [point(1)]), "nothing is left", 1),
        ] {
            let (batch, outcome) = translate([bad, metric("fine", .gauge, [point(1)])])
            #expect(outcome.rejected == [.malformed: count] && outcome.detail.contains(reason), "\(outcome.detail)")
            #expect(lines(batch) == ["fine{} 1.0@0"])
        }
    }

    @Test func targetInfoIsFoundOverTheWholeTimeOfAFile() {
        let resource = Resource(attributes: [Attribute("service.name", .string("s")), Attribute("host", .string("h"))])
        let (batch, _) = translate([metric("a", .gauge, [point(1, at: 0), point(2, at: 400)])], resource)
        #expect(batch.series.last?.samples.map { ($0.time - now).nanoseconds / 1_000_000_000 } == [0, 150, 300, 400])
    }
}
