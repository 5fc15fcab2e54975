import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

/// Pages that nobody should serve, taken by the engine as it runs.
@Suite struct HostilePageTests {
    private let source = Source(.scrape, "http://h:1/metrics")
    private let start = Timestamp.seconds(1_700_000_000)

    @discardableResult
    private func scrape(_ body: [UInt8], round: Int64 = 0, into engine: Engine) throws -> SourceStatus {
        let time = start + .seconds(15 * round)
        let scrape = Scrape(
            labels: LabelSet([Label("instance", "h:1"), Label("job", "j")]), body: body, contentType: "text/plain", started: time,
            duration: .milliseconds(250), interval: .seconds(15))
        engine.accept(Arrival(source: source, time: time, payload: .scrape(scrape)))
        return try #require(engine.store.snapshot().sources.first { $0.source == source })
    }
    private func scrape(_ page: String, round: Int64 = 0, into engine: Engine) throws -> SourceStatus {
        try scrape(Array(page.utf8), round: round, into: engine)
    }
    private func latest(_ name: String, _ engine: Engine) throws -> [Double] {
        let metrics = engine.store.snapshot().metrics
        return try metrics.series(matching: [LabelMatcher("__name__", .equal, name)]).compactMap { metrics.newest($0)?.value }
    }

    @Test func moreSeriesThanThereIsRoomForAreCountedAndTheTargetSaysSo() throws {
        let engine = Engine(store: TelemetryStore(budget: .mebibytes(16), seriesLimit: 1000))
        for round in 0..<4 {
            let page = (0..<20_000).map { "x{round=\"\(round / 2)\",n=\"\($0)\"} \(round)\n" }.joined()
            let status = try scrape(page, round: Int64(round), into: engine)
            #expect(status.health == .up && status.detail.contains("the limit of series is reached: ") && status.detail.contains("no room"))
            #expect(engine.store.snapshot().accounting.seriesCount <= 1000)
        }
        let accounting = engine.store.snapshot().accounting
        #expect(accounting.dropped[.metrics]?[.seriesLimit] ?? 0 > 0 && accounting.bytes.values.reduce(0, +) < 16 << 20)
    }

    @Test(arguments: [
        ("x{a=\"1\",a=\"2\"} 1\n", "stands twice"), ("x 1 99999999999999999999\n", "timestamp"),
        ("x 1 -9223372036854775808\n", "timestamp"),
        ("x{a=\"1\n", "label"), ("x\u{e9} 1\n", "name"), ("x 0x1p3\n", "value"),
    ])
    func whatIsWrongWithAPageIsToldWithItsPlace(page: String, word: String) throws {
        let engine = Engine(store: TelemetryStore())
        let status = try scrape("good 1\n" + page, into: engine)
        #expect(
            status.health == .down && (status.lastError ?? "").hasPrefix("line 2, column ") && (status.lastError ?? "").contains(word),
            "\(status.lastError ?? "")")
        #expect(try latest("good", engine).isEmpty && latest("up", engine) == [0])
    }

    @Test func textThatIsNotUTF8IsRefusedInLabelsAndNames() throws {
        for bytes: [UInt8] in [Array("x{a=\"".utf8) + [0xff, 0xfe] + Array("\"} 1\n".utf8), [0xc3, 0x28, 0x20, 0x31, 0x0a]] {
            let engine = Engine(store: TelemetryStore())
            let status = try scrape(bytes, into: engine)
            #expect(status.health == .down && (status.lastError ?? "").hasPrefix("line 1, column "), "\(status.lastError ?? "")")
        }
    }

    @Test func timesAtTheEndsOfTheRangeAreCountedOrKept() throws {
        let engine = Engine(store: TelemetryStore())
        let late = try scrape("x 1 9223372036854775807\ny 1 -9223372036854775807\nz 1 0\n", into: engine)
        #expect(late.health == .up && late.dropped[.outOfBounds] == 1)
        let again = try scrape("x 2\ny 2 1\nz 2 -1\n", round: 1, into: engine)
        #expect(again.health == .up && again.dropped[.outOfOrder] == 1)
        #expect(try latest("x", engine) == [2] && latest("y", engine) == [2] && latest("z", engine) == [1])
    }

    /// Not-a-numbers carry bits of their own; only ours may mean that a series has ended.
    @Test func everyNaNOnAPageIsTheOrdinaryOne() throws {
        let engine = Engine(store: TelemetryStore())
        _ = try scrape("x NaN\ny nan\n", into: engine)
        for name in ["x", "y"] { #expect(try latest(name, engine).map(\.bitPattern) == [0x7ff8_0000_0000_0001]) }
    }

    @Test(arguments: 0..<30) func damagedPagesNeverTrap(seed: UInt64) throws {
        var random = Seeded(seed)
        let engine = Engine(store: TelemetryStore(budget: .mebibytes(16)))
        let good = Array((0..<50).map { "x{a=\"\($0)\",b=\"\u{fc}\"} \(Double($0) / 3) \($0)000\n" }.joined().utf8)
        for round in 0..<20 {
            var page = good
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                page[Int.random(in: 0..<page.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let status = try scrape(page, round: Int64(round), into: engine)
            #expect(status.arrivals == UInt64(round + 1))
        }
    }
}
