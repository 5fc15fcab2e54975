import Telemetry
import TestKit
import Testing

@Suite struct TimestampTests {
    @Test func preciseTimesRoundTowardsThePast() {
        #expect(PreciseTime(nanoseconds: 1_999_999).timestamp == Timestamp(milliseconds: 1))
        #expect(PreciseTime(nanoseconds: -1).timestamp == Timestamp(milliseconds: -1))
        #expect(PreciseTime(nanoseconds: -1_000_000).timestamp == Timestamp(milliseconds: -1))
    }

    @Test func arithmeticSaturates() {
        #expect(Timestamp(milliseconds: .max).precise.nanoseconds == .max)
        #expect((Timestamp(milliseconds: .max) + .seconds(1)).milliseconds == .max)
        #expect((PreciseTime(nanoseconds: .min) - PreciseTime(nanoseconds: .max)).nanoseconds == .min)
        #expect(TimeSpan.seconds(.max).nanoseconds == .max)
    }

    @Test func identifiersReadAndPrintHexadecimal() {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736"
        #expect(TraceID(hexadecimal: text)?.hexadecimal == text)
        #expect(TraceID(hexadecimal: "A")?.hexadecimal == String(repeating: "0", count: 31) + "a")
        #expect(TraceID(hexadecimal: "0") == nil)
        #expect(TraceID(hexadecimal: String(repeating: "a", count: 33)) == nil)
        #expect(SpanID(hexadecimal: "00f067aa0ba902b7")?.hexadecimal == "00f067aa0ba902b7")
        #expect(SpanID(hexadecimal: "xyz") == nil)
    }

    @Test func nearWordsAreProposedAndFarOnesAreNot() {
        #expect(nearest(to: "scrap_configs", among: ["scrape_configs", "storage"]) == "scrape_configs")
        #expect(nearest(to: "zzzz", among: ["scrape_configs", "storage"]) == nil)
    }
}
