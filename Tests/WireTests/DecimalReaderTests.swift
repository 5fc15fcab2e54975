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

    @Test func agreesWithTheStandardLibraryOnLongDecimalsOfEverySize() {
        var random = Seeded(9)
        for _ in 0..<50_000 {
            // Sixteen to nineteen digits, more than fit a double: those that are rounded by whole numbers, and some beyond.
            let digits = UInt64.random(in: 1_000_000_000_000_000...9_999_999_999_999_999_999, using: &random)
            let text = "\(digits)e\(Int.random(in: -40...40, using: &random))"
            #expect(read(text)?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test func aNumberThatFillsItsLineIsReadAsAnyOther() {
        var random = Seeded(10)
        var texts = ["", "-", "-1", "+1", "1.5", "1 2", "1\r", "1:", "1/", "9999999", "10000000", "0000001", "NaN", "1e+09", "12345678901"]
        // Every byte behind, before and among digits.
        for byte in UInt8.min ... .max { texts += ["12\(Character(UnicodeScalar(byte)))", "\(Character(UnicodeScalar(byte)))34"] }
        for length in 1...12 {
            let first = pow10(length - 1)
            for _ in 0..<200 { texts.append("\(Int.random(in: first..<first * 10, using: &random))") }
        }
        for text in texts {
            let line = Array(text.utf8)
            // The end of the page near and far.
            for rest in ["\n", "\n1 2 3 4 5 6\n"] {
                let page = line + Array(rest.utf8)
                let (found, expected) = page.withUnsafeBufferPointer { bytes in
                    (DecimalReader.readLine(bytes, from: 0), DecimalReader.read(bytes, from: 0).flatMap { bytes[$0.end] == 10 ? $0 : nil })
                }
                #expect(found?.value.bitPattern == expected?.value.bitPattern && found?.end == expected?.end, "\(text)")
            }
        }
    }

    private func pow10(_ power: Int) -> Int { (0..<power).reduce(1) { power, _ in power * 10 } }

    @Test func roundsHalfwayBetweenTwoDoublesToTheEvenOne() {
        var random = Seeded(10)
        for _ in 0..<20_000 {
            // Whole numbers of 54 to 63 bits that end in a one and zeros, and their neighbours; divided by ten as often as it goes.
            let bits = Int.random(in: 54...63, using: &random)
            let significand = UInt64.random(in: 1 << 52..<1 << 53, using: &random)
            let half = (significand << 1 | 1) << UInt64(bits - 54)
            for number in [half - 1, half, half + 1] {
                for text in ["\(number)", "\(number).0", "\(number)e0", "\(number / 10).\(number % 10)e1", "\(number)0e-1"] {
                    #expect(read(text)?.bitPattern == Double(number).bitPattern, "\(text)")
                }
            }
        }
    }

    @Test(arguments: [
        "9007199254740993", "9007199254740992.9999999", "9007199254740993.0000000000000000000001", "1.7976931348623157e308",
        "1.7976931348623159e308", "2.2250738585072011e-308", "4.9e-324", "2.4703282292062327208e-324", "2.47032822920623272e-324",
        "7.2057594037927933e16", "6.9294956446009195e15", "3.7665219e-23", "1448997445238699e-27", "9.5e-27", "1e23", "8.5e22",
        "18446744073709551615e-27", "9999999999999999999e27", "0.500000000000000166533453693773481063544750213623046875",
    ])
    func hardCasesAreRoundedOnce(text: String) {
        #expect(read(text)?.bitPattern == Double(text)?.bitPattern)
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
