import TestKit
import Testing

@testable import Wire

@Suite struct SnappyTests {
    private func unpacked(_ bytes: [UInt8], limit: Int = 1000) throws(WireError) -> String {
        String(decoding: try Snappy.unpack(bytes, limit: limit), as: UTF8.self)
    }

    @Test func literalsAndCopiesOfAllWidthsAreUnpacked() throws {
        #expect(try unpacked([0]) == "")
        #expect(try unpacked([3, 2 << 2, 97, 98, 99]) == "abc")
        #expect(try unpacked([10, 2 << 2, 97, 98, 99, 3 << 2 | 1, 3]) == "abcabcabca", "a copy that reaches into itself")
        #expect(try unpacked([6, 2 << 2, 97, 98, 99, 2 << 2 | 2, 3, 0]) == "abcabc")
        #expect(try unpacked([6, 2 << 2, 97, 98, 99, 2 << 2 | 3, 3, 0, 0, 0]) == "abcabc")
        let long = [UInt8](repeating: 120, count: 300)
        #expect(try Snappy.unpack([0xac, 2, 61 << 2, 0x2b, 1] + long, limit: 300) == long, "a literal with two bytes of length")
    }

    @Test(
        arguments: [
            [], [0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 1], [4, 2 << 2, 97, 98, 99], [2, 2 << 2, 97, 98, 99], [3, 2 << 2, 97, 98],
            [6, 2 << 2, 97, 98, 99, 2 << 2 | 2, 4, 0], [6, 2 << 2, 97, 98, 99, 2 << 2 | 2, 0, 0], [6, 2 << 2, 97, 98, 99, 2 << 2 | 2, 3],
            [1, 63 << 2, 0xff, 0xff, 0xff, 0xff, 1], [0xff, 0xff, 3, 0, 97],
        ] as [[UInt8]])
    func whatIsTornOrLiesAboutItselfIsRefused(_ bytes: [UInt8]) {
        #expect(throws: WireError.self) { try Snappy.unpack(bytes, limit: 1 << 20) }
    }

    @Test func whatUnpacksToMoreThanTheLimitIsTooLarge() {
        #expect(throws: WireError.tooLarge(what: "the unpacked body", limit: 2)) { try Snappy.unpack([3, 2 << 2, 97, 98, 99], limit: 2) }
    }

    @Test func randomBytesGiveAnErrorOrBytesAndNeverATrap() {
        var random = Seeded(5)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if let output = try? Snappy.unpack(bytes, limit: 500) { #expect(output.count <= 500) }
        }
    }
}
