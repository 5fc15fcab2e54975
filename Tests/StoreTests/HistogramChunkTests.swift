import Telemetry
import TestKit
import Testing

@testable import Store

@Suite struct HistogramChunkTests {
    struct Sealed {
        var first: Int64
        var count: Int
        var bytes: [UInt8]
    }
    private func seal(_ times: [Int64], _ histograms: [NativeHistogram]) -> [Sealed] {
        let encoder = HistogramChunkEncoder()
        var (chunks, place) = ([Sealed](), 0)
        while place < times.count {
            let (count, bytes) = encoder.encode(times: times[place...], histograms: histograms[place...])
            guard count > 0 else { break }
            chunks.append(Sealed(first: times[place], count: count, bytes: bytes))
            place += count
        }
        return chunks
    }
    private func open(_ chunk: Sealed, in range: ClosedRange<Int64> = .min ... .max) -> [(Int64, NativeHistogram)] {
        var samples: [(Int64, NativeHistogram)] = []
        // What stands after a chunk must not matter.
        (chunk.bytes + [UInt8](repeating: 0xff, count: HistogramChunk.slack)).withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            HistogramChunk.decode(start, count: chunk.count, first: chunk.first, in: range) { samples.append(($0, $1)) }
        }
        return samples
    }
    private func isSame(_ a: NativeHistogram, _ b: NativeHistogram) -> Bool {
        let numbers = { (h: NativeHistogram) in
            ([h.count, h.sum, h.zeroCount, h.zeroThreshold] + h.positiveBuckets + h.negativeBuckets + h.customBounds).map(\.bitPattern)
        }
        return a.schema == b.schema && a.resetHint == b.resetHint && a.positiveSpans == b.positiveSpans
            && a.negativeSpans == b.negativeSpans
            && numbers(a) == numbers(b)
    }
    private func check(_ times: [Int64], _ histograms: [NativeHistogram], _ note: Comment) {
        let samples = seal(times, histograms).flatMap { open($0) }
        #expect(samples.map(\.0) == times, note)
        let isWhole = samples.count == histograms.count && zip(samples, histograms).allSatisfy { isSame($0.1, $1) }
        #expect(isWhole, note)
    }

    /// A counter as a scraped program makes it: it grows, gets new buckets, now and then begins anew, is stale or changes its schema.
    private func series(_ seed: UInt64, _ count: Int) -> ([Int64], [NativeHistogram]) {
        var random = RandomHistogram(seed)
        var (times, histograms, time) = ([Int64](), [NativeHistogram](), Int64(1_700_000_000_000))
        var current = seed % 3 == 0 ? random.custom(bounds: [0.005, 0.1, 1, 2.5]) : random.exponential(schema: 3, zeroThreshold: 1e-128)
        for _ in 0..<count {
            time += 15_000 + Int64.random(in: -3...3, using: &random.random)
            times.append(time)
            let event = Int.random(in: 0..<60, using: &random.random)
            var marker = NativeHistogram(sum: Sample.staleMarker)
            switch event {
            case 0: marker.resetHint = .gauge
            case 1: current.scale(by: 0)
            case 2: current = current.usesCustomBounds ? random.custom() : random.exponential()
            case 3: current.sum = .nan
            case 4: current.compact()
            case 5: current.resetHint = [.unknown, .reset, .notReset, .gauge][Int(seed % 4)]
            case 6: current.scale(by: 0.1)
            default:
                let growth =
                    current.usesCustomBounds
                    ? random.custom(bounds: current.customBounds)
                    : random.exponential(schema: current.schema, zeroThreshold: current.zeroThreshold)
                if event < 30 { _ = try? current.add(growth) }
            }
            histograms.append(event <= 1 && seed % 2 == 0 ? marker : current)
        }
        return (times, histograms)
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func everyHistogramComesBackBitForBit(seed: UInt64) {
        let (times, histograms) = series(seed, [1, 2, 31, 33, 120, 600][Int(seed % 6)])
        check(times, histograms, "seed \(seed)")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aRangeIsThatOfAllSamples(seed: UInt64) {
        let (times, histograms) = series(seed, 50)
        for chunk in seal(times, histograms) {
            let all = open(chunk)
            let (low, high) = (all[all.count / 3].0, all[all.count * 2 / 3].0)
            for range in [low...high, low...low, (low + 1)...max(low + 1, high - 1), .min...low - 100_000_000] {
                #expect(open(chunk, in: range).map(\.0) == all.map(\.0).filter(range.contains), "seed \(seed)")
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func totalsAreReadWithoutBuckets(seed: UInt64) {
        let (times, histograms) = series(seed, 80)
        for chunk in seal(times, histograms) {
            let all = open(chunk)
            let columns = SampleColumns(capacity: chunk.count)
            for (total, wanted) in [(HistogramChunk.Total.count, all.map(\.1.count)), (.sum, all.map(\.1.sum))] {
                (chunk.bytes + [UInt8](repeating: 0, count: HistogramChunk.slack)).withUnsafeBufferPointer { bytes in
                    guard let start = bytes.baseAddress else { return }
                    HistogramChunk.decode(
                        total, start, count: chunk.count, first: chunk.first, times: columns.times, values: columns.values)
                }
                #expect((0..<chunk.count).map { columns.values[$0].bitPattern } == wanted.map(\.bitPattern))
                #expect((0..<chunk.count).map { columns.times[$0] } == all.map(\.0))
            }
        }
    }

    @Test func newBucketsStayInOneChunkResetsDont() throws {
        var current = try #require(NativeHistogram(literal: "{{schema:2 count:1 buckets:[1]}}"))
        var histograms: [NativeHistogram] = []
        for round in 0..<40 {
            _ = try current.add(#require(NativeHistogram(literal: "{{schema:2 count:2 sum:3 buckets:[2] offset:\(round % 10)}}")))
            histograms.append(current)
        }
        let times = histograms.indices.map { Int64($0) * 15_000 }
        #expect(seal(times, histograms).map(\.count) == [40])
        histograms[20...] = ArraySlice(histograms.prefix(20))
        #expect(seal(times, histograms).map(\.count) == [20, 20])
        histograms[5] = NativeHistogram(sum: Sample.staleMarker)
        #expect(seal(times, histograms).map(\.count) == [20, 20])
        check(times, histograms, "markers within")
        histograms[10...] = ArraySlice(histograms[10...].map { $0.reduced(toSchema: 1) })
        #expect(seal(times, histograms).map(\.count) == [10, 10, 20])
    }

    @Test func aCounterOfManyBucketsTakesAboutHalfAByteABucket() throws {
        var random = Seeded(7)
        let spans: [NativeHistogram.BucketSpan] = [.init(offset: -60, length: 120)]
        var current = NativeHistogram(
            schema: 3, zeroThreshold: 1e-128, positiveSpans: spans, positiveBuckets: Array(repeating: 0, count: 120))
        var histograms: [NativeHistogram] = []
        for _ in 0..<120 {
            // Two thousand observations, the most of them in the middle.
            for _ in 0..<500 {
                let bucket = (0..<4).reduce(0) { sum, _ in sum + Int.random(in: 0..<30, using: &random) }
                current.positiveBuckets[bucket] += 1
            }
            current.count += 500
            current.sum += Double(Int.random(in: 400_000...600_000, using: &random)) / 1000
            histograms.append(current)
        }
        let chunks = seal(histograms.indices.map { Int64($0) * 15_000 }, histograms)
        #expect(chunks.map(\.count) == [120])
        let perBucket = Double(chunks.reduce(0) { $0 + $1.bytes.count }) / Double(120 * 120)
        #expect(perBucket < 0.6, "\(perBucket) bytes a bucket and sample")
    }

    @Test func hugeHistogramsAreCutIntoSmallChunks() {
        let spans: [NativeHistogram.BucketSpan] = [.init(offset: 0, length: UInt32(NativeHistogram.bucketLimit))]
        let histogram = NativeHistogram(
            count: Double(NativeHistogram.bucketLimit), positiveSpans: spans,
            positiveBuckets: Array(repeating: 1, count: NativeHistogram.bucketLimit))
        let chunks = seal(Array(0..<40), Array(repeating: histogram, count: 40))
        #expect(chunks.map(\.count) == [15, 15, 10])
        #expect(chunks.flatMap { open($0) }.allSatisfy { $0.1 == histogram })
    }
    @Test func noChunkHasTooManyLayouts() {
        let histograms = (0..<200).map { place in
            NativeHistogram(resetHint: .gauge, count: 1, positiveSpans: [.init(offset: Int32(place), length: 1)], positiveBuckets: [1])
        }
        let chunks = seal(Array(0..<200), histograms)
        #expect(chunks.map(\.count) == [64, 64, 64, 8])
        #expect(chunks.flatMap { open($0) }.map(\.1) == histograms)
    }
}
