import Telemetry
import TestKit
import Testing

@testable import Notify

struct TimeWindowTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test func whatIsNotSaidIsAlways() throws { #expect(TimeWindow().contains(try time("2024-02-29T12:00:00Z"))) }
    @Test func countsDaysFromTheEnd() throws {
        var window = TimeWindow()
        window.daysOfMonth = [-1 ... -1]
        #expect(window.contains(try time("2024-02-29T12:00:00Z")))
        #expect(!window.contains(try time("2024-02-28T12:00:00Z")))
    }
    @Test func aTimeEndsBeforeItsEnd() throws {
        var window = TimeWindow()
        window.times = [9 * 60..<17 * 60]
        window.weekdays = [1...5]
        // A Friday.
        #expect(try !window.contains(time("2026-11-27T08:59:59Z")))
        #expect(try window.contains(time("2026-11-27T09:00:00Z")))
        #expect(try !window.contains(time("2026-11-27T17:00:00Z")))
        #expect(try !window.contains(time("2026-11-28T12:00:00Z")))
    }
    @Test func monthsAndYears() throws {
        var window = TimeWindow()
        window.months = [11...12]
        window.years = [2026...2026]
        #expect(try window.contains(time("2026-11-27T00:00:00Z")))
        #expect(try !window.contains(time("2027-11-27T00:00:00Z")))
        #expect(try !window.contains(time("2026-10-31T23:59:59Z")))
    }
}

struct ZoneRuleTests {
    private func offset(_ rule: String, _ text: String) throws -> Int64 {
        let time = try #require(Timestamp(rfc3339: text)).milliseconds / 1000
        return try #require(ZoneRule(rule)).offset(at: time)
    }
    @Test func theNorthAndTheSouth() throws {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"
        #expect(try offset(berlin, "2026-03-29T00:59:59Z") == 3600)
        #expect(try offset(berlin, "2026-03-29T01:00:00Z") == 7200)
        #expect(try offset(berlin, "2026-10-25T00:59:59Z") == 7200)
        #expect(try offset(berlin, "2026-10-25T01:00:00Z") == 3600)
        let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3"
        #expect(try offset(sydney, "2026-01-01T00:00:00Z") == 39600)
        #expect(try offset(sydney, "2026-07-01T00:00:00Z") == 36000)
    }
    @Test func otherForms() throws {
        #expect(try offset("<-03>3", "2026-01-01T00:00:00Z") == -10800)
        #expect(try offset("<+0545>-5:45", "2026-01-01T00:00:00Z") == 20700)
        #expect(try offset("STD0DST,J60,J300", "2024-03-01T03:00:00Z") == 3600)
        #expect(try offset("STD0DST,J60,J300", "2024-02-29T03:00:00Z") == 0)
        #expect(try offset("STD0DST,59,300", "2024-02-29T03:00:00Z") == 3600)
    }
    @Test(arguments: [
        "", "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "CET-999", "<CET-1",
    ])
    func nonsenseIsNone(_ text: String) { #expect(ZoneRule(text) == nil) }

    /// What a zone file says change by change, and what it says as a rule, must be one, as far as both reach.
    @Test(
        .enabled(if: !contents(of: "/usr/share/zoneinfo/Europe/Berlin").isEmpty, "needs the time zone database"),
        arguments: ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Europe/Dublin", "America/Sao_Paulo", "Asia/Kathmandu"])
    func theTableAndTheRuleAgree(_ name: String) throws {
        let bytes = contents(of: "/usr/share/zoneinfo/" + name)
        let zone = try #require(ZoneOffsets(file: bytes))
        let tail = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? []
        let rule = try #require(ZoneRule(String(decoding: tail, as: UTF8.self)))
        var random = Seeded(11)
        // From 2020, since when these have kept to their rules, to 2037, up to which tables go.
        for _ in 0..<2000 {
            let time = Int64.random(in: 1_577_836_800..<2_114_380_800, using: &random)
            #expect(zone.offset(at: time) == rule.offset(at: time))
        }
        // For ever.
        #expect(zone.offset(at: 4_102_444_800) == rule.offset(at: 4_102_444_800))
    }
    @Test func damagedFilesAreNone() {
        let bytes = contents(of: "/usr/share/zoneinfo/Europe/Berlin")
        var random = Seeded(3)
        for _ in 0..<2000 {
            var damaged = Array(bytes.prefix(Int.random(in: 0...max(bytes.count, 1), using: &random)))
            for _ in 0..<4 where !damaged.isEmpty {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = ZoneOffsets(file: damaged)?.offset(at: 1_700_000_000)
        }
    }
}
