import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct ScrapeProtobufTests {
    private let source = Source(.scrape, "http://h:1/metrics")
    private let target = LabelSet([Label("instance", "h:1"), Label("job", "j")])
    private let intake = ScrapeIntake()

    private func scrape(_ page: [UInt8], at seconds: Int64, into store: PlainStore, type: String = Self.protobuf) -> ScrapeOutcome {
        let scrape = Scrape(
            labels: target, body: page, contentType: type, started: .seconds(seconds), duration: .milliseconds(250), interval: .seconds(15))
        return intake.take(scrape, from: source, into: store)
    }
    private static let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    /// A family of gauges without labels, by hand.
    private func gauge(_ name: String, _ value: Double) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
        let number = [9] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        let family = field(1, Array(name.utf8)) + [24, 1] + field(4, field(2, number))
        return [UInt8(family.count)] + family
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
