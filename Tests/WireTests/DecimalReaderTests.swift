import TestKit
import Testing

@testable import Wire

@Suite struct DecimalReaderTests {
    private func read(_ text: String, isStrict: Bool = false) -> Double? {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            DecimalReader.read(bytes, from: 0, isStrict: isStrict).flatMap { $0.end == bytes.count ? $0.value : nil }
        }
    }

    @Test func agreesWithTheStandardLibraryOnEveryDouble() {
        var random = Seeded(7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(read("\(value)")?.bitPattern == value.bitPattern, "\(value)")
        }
    }

    @Test func agreesWithTheStandardLibraryOnShortDecimals() {
        var random = Seeded(8)
        for _ in 0..<20_000 {
            let whole = Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)
            let text = "\(whole).\(UInt32.random(in: 0...999_999, using: &random))e\(Int.random(in: -30...30, using: &random))"
            #expect(read(text) == Double(text), "\(text)")
        }
    }

    @Test(arguments: [
        ".5", "5.", "+5", "-0", "08", "1e+09", "0000000000000000000000000000000000000000001.2e-1", "18446744073709551616", "1e400",
        "1e-400",
    ])
    func oddSpellingsAreNumbers(text: String) {
        #expect(read(text)?.bitPattern == Double(text.hasSuffix(".") ? text + "0" : text)?.bitPattern)
    }

    @Test func specialValuesHaveTheirOwnBits() {
        #expect(read("NaN")?.bitPattern == 0x7ff8_0000_0000_0001)
        #expect(read("+Inf") == .infinity)
        #expect(read("-infinity") == -.infinity)
        #expect(read("nan", isStrict: true) == nil)
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x1p-2", "1_000", "one", "--1", "+nan", "infinit"])
    func otherTextsAreNoNumbers(text: String) {
        #expect(read(text) == nil)
    }

    @Test func aNumberOfAThousandDigitsIsReadAndALongerOneRefused() {
        #expect(read(String(repeating: "1", count: 300))?.isFinite == true)
        #expect(read(String(repeating: "1", count: 5000)) == nil)
    }
}
