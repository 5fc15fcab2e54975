import Testing

@testable import Canvas

@Suite struct QuantityTests {
    @Test(arguments: [
        (0.0, "0 ns"), (850, "850 ns"), (85_000, "85.0 µs"), (1_234_000, "1.2 ms"), (812e6, "812 ms"), (999.6e6, "1.0 s"), (1.2e9, "1.2 s"),
        (99.94e9, "99.9 s"), (200e9, "3m20s"), (7_500e9, "2h05m"), (273_600e9, "3d04h"), (-5e6, "-5.0 ms"), (.nan, "–"), (.infinity, ">∞"),
    ])
    func durations(nanoseconds: Double, text: String) { #expect(Quantity.duration(nanoseconds: nanoseconds) == text) }

    @Test func boundsAreRound() {
        #expect(Quantity.beyond(nanoseconds: 10e9) == ">10s")
        #expect(Quantity.beyond(nanoseconds: 2.5e9) == ">2.5s")
        #expect(Quantity.roundDuration(nanoseconds: 1e6) == "1 ms")
    }

    @Test(arguments: [(0.0, "0/s"), (0.01, "<0.1/s"), (41.2, "41.2/s"), (412, "412/s"), (1_234, "1.2k/s"), (2.5e6, "2.5M/s"), (.nan, "–")])
    func rates(value: Double, text: String) { #expect(Quantity.rate(value) == text) }

    @Test(arguments: [(0.0, "0 B"), (512, "512 B"), (1_536, "1.5 KiB"), (13_002_342, "12.4 MiB"), (1_047_000, "1.0 MiB")])
    func bytes(count: Double, text: String) { #expect(Quantity.bytes(count) == text) }

    @Test func countsAreGrouped() {
        #expect(Quantity.count(0) == "0")
        #expect(Quantity.count(1_234_567) == "1\u{a0}234\u{a0}567")
        #expect(Quantity.count(.min) == "-9\u{a0}223\u{a0}372\u{a0}036\u{a0}854\u{a0}775\u{a0}808")
    }

    @Test(arguments: [(0.0, "0 %"), (0.0004, "<0.1 %"), (0.031, "3.1 %"), (0.38, "38 %"), (0.9995, ">99.9 %"), (1, "100 %"), (.nan, "–")])
    func shares(share: Double, text: String) { #expect(Quantity.percent(share) == text) }

    @Test func fixedNeverTraps() {
        for value in [Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .nan, .infinity, 1e14, -0.04] {
            _ = Quantity.fixed(value, 9)
        }
        #expect(Quantity.fixed(-0.04, 1) == "0.0")
    }
}
