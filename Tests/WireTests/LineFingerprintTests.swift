import TestKit
import Testing

@testable import Wire

@Suite struct LineFingerprintTests {
    private func fingerprint(_ bytes: [UInt8], _ fingerprinter: LineFingerprinter) -> UInt64 {
        bytes.withUnsafeBufferPointer { fingerprinter.fingerprint($0) }
    }

    @Test func everyByteOfEveryLengthCounts() {
        let fingerprinter = LineFingerprinter()
        var random = Seeded(6)
        for length in Array(0...70) + [255, 256, 257, 271, 272, 273, 300, 512, 513, 1000] {
            let text = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let whole = fingerprint(text, fingerprinter)
            #expect(fingerprint(text, fingerprinter) == whole)
            for place in text.indices {
                var other = text
                other[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                #expect(fingerprint(other, fingerprinter) != whole, "length \(length), byte \(place)")
            }
            #expect(fingerprint(text + [0], fingerprinter) != whole)
        }
    }

    @Test func swappedBlocksDiffer() {
        let fingerprinter = LineFingerprinter()
        let blocks = (0..<4).map { block in [UInt8](repeating: UInt8(block), count: 256) }
        #expect(fingerprint(Array((blocks[0] + blocks[1])), fingerprinter) != fingerprint(Array(blocks[1] + blocks[0]), fingerprinter))
        let words = (0..<16).map { [UInt8](repeating: UInt8($0), count: 8) }
        let texts = (0..<200).map { seed in
            var random = Seeded(UInt64(seed))
            return Array(words.shuffled(using: &random).joined())
        }
        #expect(Set(texts.map { fingerprint($0, fingerprinter) }).count == Set(texts).count)
    }

    @Test func eachFingerprinterHasItsOwn() {
        let text = Array("http_requests_total{code=\"200\"}".utf8)
        #expect(fingerprint(text, LineFingerprinter()) != fingerprint(text, LineFingerprinter()))
    }
}
