import Ports
import Telemetry
import TestKit
import Testing

@testable import Transfer

@Suite struct GzipInflaterTests {
    private let page = Array(GzipSample.text.utf8)

    private func inflate(_ body: [UInt8], limit: Int = 1 << 20) throws -> Result<[UInt8], FetchFailure> {
        let inflater = try #require(GzipInflater())
        var output: [UInt8] = [1, 2, 3]
        if let failure = inflater.inflate(body, into: &output, limit: limit) { return .failure(failure) }
        return .success(output)
    }

    @Test func membersAreJoined() throws {
        #expect(try inflate(GzipSample.bytes).get() == page)
        #expect(try inflate(GzipSample.bytes + GzipSample.bytes).get() == page + page)
    }

    @Test func theLimitIsExact() throws {
        #expect(try inflate(GzipSample.bytes, limit: page.count).get() == page)
        for limit in [page.count - 1, 1, 0] {
            #expect(try inflate(GzipSample.bytes, limit: limit) == .failure(.tooLarge(limit: ByteCount(limit))))
        }
        #expect(
            try inflate(GzipSample.bytes + GzipSample.bytes, limit: page.count * 2 - 1)
                == .failure(.tooLarge(limit: ByteCount(page.count * 2 - 1))))
    }

    @Test func everyTornOrDamagedStreamIsRefused() throws {
        let torn = FetchFailure.tornBody(detail: "the gzip stream is damaged or cut off")
        for count in 0..<GzipSample.bytes.count { #expect(try inflate(Array(GzipSample.bytes.prefix(count))) == .failure(torn)) }
        for place in 18..<GzipSample.bytes.count {
            var damaged = GzipSample.bytes
            damaged[place] ^= 0x55
            let outcome = try inflate(damaged)
            #expect((try? outcome.get()) == nil, "a stream with a wrong byte \(place) was taken")  // Only whether it fails matters.
        }
        #expect(try inflate(page) == .failure(torn))
    }

    /// A byte, and then nothing but copies of it: a thousand times the size of what comes over the wire.
    private func bomb(of bytes: Int) -> [UInt8] {
        var (out, bits, count): ([UInt8], UInt64, Int) = ([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], 0, 0)
        func put(_ code: UInt64, _ width: Int) {
            bits |= code << UInt64(count)
            count += width
            while count >= 8 {
                out.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                count -= 8
            }
        }
        // The last block, of fixed codes; a literal; matches of 258 bytes one byte back: codes stand with their first bit first.
        put(0b011, 3)
        put(0b0001_0101, 8)
        for _ in 0..<bytes / 258 { put(0b00000_1010_0011, 13) }
        put(0, 7)
        put(0, 7)
        return out + [0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]
    }

    @Test func aBombTakesNoMoreMemoryThanTheLimit() throws {
        let inflater = try #require(GzipInflater())
        let body = bomb(of: 256 << 20)
        #expect(body.count < 2 << 20)
        var output: [UInt8] = []
        #expect(inflater.inflate(body, into: &output, limit: 1 << 20) == .tooLarge(limit: ByteCount(1 << 20)))
        #expect(output.capacity <= 3 << 20)
    }

    @Test func randomBytesNeverTrapOrGoPastTheLimit() throws {
        var random = Seeded(61)
        for _ in 0..<2000 {
            let noise = (0..<Int.random(in: 0..<60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if case .success(let output) = try inflate(GzipSample.bytes.prefix(10) + noise, limit: 1000) { #expect(output.count <= 1000) }
        }
    }

    @Test func buffersAreUsedAgainUnlessSomebodyHoldsThem() {
        let pool = BodyPool()
        var first = pool.take()
        first.append(contentsOf: repeatElement(7, count: 5000))
        pool.give(first)
        first = []
        var second = pool.take()
        #expect(second.isEmpty && second.capacity >= 5000)
        second.append(8)
        let held = second
        pool.give(second)
        var third = pool.take()
        third.append(9)
        #expect(held == [8] && third == [9])
    }
}
