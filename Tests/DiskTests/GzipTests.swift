import Ports
import TestKit
import Testing

@testable import Disk

@Suite struct GzipTests {
    private func compressed(_ bytes: [UInt8]) -> [UInt8] {
        let compressor = GzipCompressor(level: 6)
        return compressor.compress(bytes) + compressor.finish()
    }
    /// Inflates in pieces of random size, with a random limit each time.
    private func inflated(_ bytes: [UInt8], _ random: inout Seeded) throws -> (output: [UInt8], isComplete: Bool) {
        let decompressor = GzipDecompressor()
        var output: [UInt8] = []
        var rest = bytes[...]
        while true {
            let limit = Int.random(in: 1...5000, using: &random)
            let piece = rest.prefix(Int.random(in: 0...3000, using: &random))
            let (part, consumed) = try decompressor.decompress(piece, limit: limit)
            #expect(part.count <= limit)
            output += part
            rest = rest.dropFirst(consumed)
            if rest.isEmpty, part.count < limit { return (output, decompressor.isComplete) }
        }
    }

    @Test func givesBackWhatItWasGivenHoweverItIsCut() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        for size in [0, 1, 100, 70_000, 300_000] {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...15, using: &random) }
            let (output, isComplete) = try inflated(compressed(bytes), &random)
            #expect(output == bytes, "seed \(seed)")
            #expect(isComplete, "seed \(seed)")
        }
    }

    @Test func readsMembersOneBehindTheOther() throws {
        var random = Seeded(1)
        let (output, isComplete) = try inflated(compressed(Array("one".utf8)) + compressed(Array("two".utf8)) + [0, 0, 0], &random)
        #expect(output == Array("onetwo".utf8))
        #expect(isComplete)
    }

    @Test func givesAllUpToTheLastFlushOfATornStream() throws {
        var random = Seeded(2)
        let compressor = GzipCompressor(level: 6)
        let whole = compressor.compress(Array("kept".utf8)) + compressor.flush()
        let torn = compressor.compress(Array("lost, or at least in part".utf8)) + compressor.flush()
        let (output, isComplete) = try inflated(whole + torn.prefix(3), &random)
        #expect(output.starts(with: Array("kept".utf8)))
        #expect(!isComplete)
    }

    @Test func refusesWhatIsNoGzip() {
        #expect(throws: InflateFailure.self) { try GzipDecompressor().decompress(Array("plain text".utf8)[...], limit: 100) }
        var broken = compressed([UInt8](repeating: 1, count: 1000))
        broken[broken.count - 6] ^= 0xff
        #expect(throws: InflateFailure.self) { try GzipDecompressor().decompress(broken[...], limit: 5000) }
    }
}
