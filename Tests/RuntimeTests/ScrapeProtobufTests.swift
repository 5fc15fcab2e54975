import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct ScrapeProtobufTests {
    private let source = Source(.scrape, "http://h:1/metrics")
    private let target = LabelSet([Label("instance", "h:1"), Label("job", "j")])
    private let intake = ScrapeIntake()

    private func scrape(
        _ page: [UInt8], at seconds: Int64, into store: any SeriesAppender, type: String = Self.protobuf, native: Bool = false,
        classic: Bool = false, limit: Int = 0
    ) -> ScrapeOutcome {
        let scrape = Scrape(
            labels: target, body: page, contentType: type, started: .seconds(seconds), duration: .milliseconds(250), interval: .seconds(15),
            sampleLimit: limit, takesNativeHistograms: native, keepsClassicHistograms: classic)
        return intake.take(scrape, from: source, into: store)
    }
    private static let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    /// A family of gauges without labels, by hand.
    private func gauge(_ name: String, _ value: Double) -> [UInt8] { family(name, type: 1, field(2, [9] + double(value))) }

    /// One histogram of schema 0 with the buckets (0.5, 1] and (1, 2], and a classic bucket up to 1.
    private func histogram(_ name: String, _ first: UInt8, _ second: UInt8, seconds: UInt8? = nil) -> [UInt8] {
        let exemplar = field(1, field(1, Array("id".utf8)) + field(2, Array("ab".utf8))) + [17] + double(1.5) + field(3, [8, 90])
        let native =
            [8, first + second, 17] + double(3) + field(3, [8, first, 17] + double(1)) + [40, 0, 49] + double(0.001)
            + field(12, [8, 0, 16, 2]) + field(13, [first << 1, (second - first) << 1]) + field(16, exemplar)
        return family(name, type: 4, field(7, native) + (seconds.map { [48, $0] } ?? []))
    }
    private func family(_ name: String, type: UInt8, _ metric: [UInt8]) -> [UInt8] {
        let family = field(1, Array(name.utf8)) + [24, type] + field(4, metric)
        return [UInt8(family.count)] + family
    }
    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        (number < 16 ? [number << 3 | 2] : [number << 3 & 0x78 | 0x82, number >> 4]) + [UInt8(content.count)] + content
    }
    private func double(_ value: Double) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }

    @Test func aNativeHistogramIsOneSampleWhereTheTargetIsToHaveThem() throws {
        let store = TelemetryStore()
        let outcome = scrape(histogram("h", 2, 5) + gauge("x", 1), at: 100, into: store, native: true)
        #expect(outcome.failure == nil && outcome.samples == 2 && outcome.seriesAdded == 2 && outcome.accepted == 2, "\(outcome)")
        #expect(outcome.exemplars == 1)
        _ = scrape(histogram("h", 3, 6), at: 115, into: store, native: true)
        _ = scrape([], at: 130, into: store, native: true)
        let metrics = store.snapshot().metrics
        let id = try #require(metrics.series(named: "h").first)
        #expect(metrics.labels(of: id)["job"] == "j" && metrics.series(named: "h_count").isEmpty)
        #expect(metrics.metadata(family: "h")?.type == .histogram)
        let found = Array(metrics.histograms(of: id))
        #expect(found.map(\.time) == [.seconds(100), .seconds(115)])
        #expect(found.first?.value.positiveBuckets == [2, 5] && found.last?.value.count == 9, "\(found)")
        #expect(metrics.exemplars(of: id, in: .distantPast ... .distantFuture).map(\.value) == [1.5])
        // Ended when it went.
        let samples = metrics.samples(of: id, in: .distantPast ... .distantFuture)
        #expect(samples.map(\.time) == [.seconds(130)] && samples.allSatisfy { $0.isStale })
    }

    @Test func withoutNativeHistogramsAreClassicAndWithBothTheyAreBoth() {
        let (plain, both) = (PlainStore(), PlainStore())
        _ = scrape(histogram("h", 2, 5), at: 100, into: plain)
        #expect(plain.histograms("h").isEmpty && plain.values("h_bucket", Label("le", "+Inf")) == [7] && plain.values("h_sum") == [3])
        let other = ScrapeProtobufTests()
        #expect(other.scrape(histogram("h", 2, 5), at: 100, into: both, native: true, classic: true).samples == 5)
        #expect(both.histograms("h").count == 1 && both.values("h_bucket", Label("le", "1.0")) == [2] && both.values("h_count") == [7])
    }

    @Test func nativeHistogramsCountForTheLimitAndEndWithTheirTarget() {
        let store = PlainStore()
        _ = scrape(histogram("h", 2, 5), at: 100, into: store, native: true)
        let outcome = scrape(histogram("h", 2, 5) + gauge("x", 1), at: 115, into: store, native: true, limit: 1)
        #expect(outcome.failure == "the page has more samples than the sample_limit of 1")
        #expect(store.histograms("h").count == 1 && store.values("h") == [nil] && store.values("up") == [1, 0])
    }

    @Test func aHistogramWithATimeOfItsOwnHasThatTimeAndDoesNotEnd() {
        let store = PlainStore()
        _ = scrape(histogram("h", 2, 5, seconds: 99), at: 100, into: store, native: true)
        #expect(store.histograms("h").map(\.time) == [Timestamp(milliseconds: 99)])
        _ = scrape([], at: 115, into: store, native: true)
        #expect(store.values("h") == [])
    }

    @Test func aPageInProtobufIsSamplesAndReportsAsOneInText() {
        let store = PlainStore()
        let outcome = scrape(gauge("x", 3) + gauge("y", .infinity), at: 100, into: store)
        #expect(outcome.failure == nil && outcome.samples == 2 && outcome.seriesAdded == 2)
        #expect(store.values("x") == [3] && store.values("y") == [.infinity] && store.values("up") == [1])
        #expect(store.metadata["x"]?.type == .gauge)
    }

    @Test func aSeriesGoesOnWhereTheTargetChangesItsFormatAndEndsWhereItIsGone() {
        let store = PlainStore()
        _ = scrape(gauge("x", 1) + gauge("y", 1), at: 100, into: store)
        _ = scrape(Array("x 2\n".utf8), at: 115, into: store, type: "text/plain")
        _ = scrape(gauge("x", 3), at: 130, into: store)
        #expect(store.values("x") == [1, 2, 3] && store.values("y") == [1, nil])
    }

    @Test func aPageThatIsNoneIsRefusedAndTheTargetIsDown() {
        let store = PlainStore()
        _ = scrape(gauge("x", 1), at: 100, into: store)
        let outcome = scrape(gauge("x", 1).dropLast(), at: 115, into: store)
        #expect(outcome.failure?.hasPrefix("the page is no protobuf exposition: ") == true, "\(outcome.failure ?? "")")
        #expect(store.values("x") == [1, nil] && store.values("up") == [1, 0])
    }
}
