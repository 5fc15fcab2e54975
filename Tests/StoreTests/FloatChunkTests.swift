import Telemetry
import TestKit
import Testing

@testable import Store

@Suite struct FloatChunkTests {
    private func roundTrip(_ times: [Int64], _ values: [Double], _ note: Comment) -> Int {
        let encoder = FloatChunkEncoder()
        let size = times.withUnsafeBufferPointer { times in values.withUnsafeBufferPointer { encoder.encode(times: times, values: $0) } }
        #expect(size <= FloatChunk.largestSize(times.count), note)
        // What stands after a chunk must not matter.
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: size + FloatChunk.slack)
        defer { bytes.deallocate() }
        bytes.update(from: encoder.output, count: size)
        (bytes + size).update(repeating: 0xff, count: FloatChunk.slack)
        let columns = SampleColumns(capacity: times.count)
        FloatChunk.decode(bytes, count: times.count, first: times.first ?? 0, times: columns.times, values: columns.values)
        columns.setCount(times.count)
        #expect((0..<times.count).map { columns.times[$0] } == times, note)
        #expect((0..<values.count).map { columns.values[$0].bitPattern } == values.map(\.bitPattern), note)
        return size
    }
    private func regular(_ count: Int) -> [Int64] { (0..<count).map { 1_700_000_000_000 + Int64($0) * 15_000 } }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func everySeriesComesBackBitForBit(seed: UInt64) {
        var random = Seeded(seed)
        for shape in RandomSeries.Shape.allCases {
            let count = [1, 2, 3, 31, 32, 33, 34, 65, 120, 240, FloatChunk.capacity].randomElement(using: &random) ?? 1
            let values = RandomSeries.values(shape, count, &random)
            _ = roundTrip(RandomSeries.times(count, &random), values, "seed \(seed) \(shape) \(count)")
        }
    }

    @Test func oddBitsComeBack() {
        let odd: [Double] = [
            -0.0, 0, .nan, .signalingNaN, Sample.staleMarker, Double(bitPattern: 0xfff8_dead_beef_0001), .infinity, -.infinity,
            .leastNonzeroMagnitude,
            .greatestFiniteMagnitude, 0x1p50, 0x1p50 + 1, -0x1p50, 0x1p53, 1e15, 1e-15, 0.1 + 0.2, 1e22, 123456789.123456,
        ]
        for first in odd {
            _ = roundTrip(regular(1), [first], "\(first)")
            for second in odd {
                _ = roundTrip(regular(3), [first, second, first], "\(first) \(second)")
                _ = roundTrip(regular(100), [first] + [Double](repeating: second, count: 98) + [1], "\(first) \(second)")
            }
        }
    }

    @Test func steadyScrapesCostAlmostNothing() {
        #expect(roundTrip(regular(120), [Double](repeating: 5, count: 120), "constant") <= 8)
        #expect(roundTrip(regular(120), (0..<120).map { Double($0 * 7) }, "steady counter") <= 24)
        #expect(roundTrip(regular(120), (0..<120).map { Double($0 * 4096) }, "bytes") <= 24)
        #expect(roundTrip(regular(120), (0..<120).map { 0.25 * Double($0) }, "decimals") <= 24)
        // A marker of staleness and a restart cost their bytes, not the chunk its scale.
        let restarted: [Double] = (0..<60).map { Double(1_000_000 + $0) } + [Sample.staleMarker] + (61..<120).map { Double($0) }
        #expect(roundTrip(regular(120), restarted, "restarted") <= 64)
    }

    @Test func timesThatJitterCostTheirJitter() {
        var random = Seeded(7)
        let times = regular(120).map { $0 + .random(in: 0..<8, using: &random) }
        #expect(roundTrip(times, [Double](repeating: 5, count: 120), "jitter") <= 120 * 5 / 8 + 24)
        // One missed scrape.
        let gap = regular(60) + regular(120).suffix(59)
        #expect(roundTrip(gap, [Double](repeating: 5, count: 119), "gap") <= 24)
    }

    @Test func decimalsFitTheFewestPlaces() {
        #expect(DecimalScale.places(0) == 0)
        #expect(DecimalScale.places(12) == 0)
        #expect(DecimalScale.places(0.1) == 1)
        #expect(DecimalScale.places(-3.1415) == 4)
        #expect(DecimalScale.places(0.1 + 0.2) == nil)
        #expect(DecimalScale.places(-0.0) == nil)
        #expect(DecimalScale.places(.nan) == nil)
        #expect(DecimalScale.places(.infinity) == nil)
    }
}

/// Values as metrics have them, and as they never should.
enum RandomSeries {
    enum Shape: CaseIterable { case counter, steady, gauge, bytes, decimals, sums, bits, mixed, constant, restarting }

    private static let odd: [Double] = [0.5, -0.0, .nan, Sample.staleMarker, .infinity, 1e300]

    static func values(_ shape: Shape, _ count: Int, _ random: inout Seeded) -> [Double] {
        var sum = Double(Int.random(in: 0...1_000_000, using: &random))
        let scales: [Double] = [10, 100, 1000, 1e6]
        let places = scales.randomElement(using: &random) ?? 10
        return (0..<count).map { _ in
            switch shape {
            case .counter: sum += Double(Int.random(in: 0...300, using: &random))
            case .steady: sum += 15
            case .gauge: sum = Double(Int.random(in: -50...50, using: &random))
            case .bytes: sum += Double(Int.random(in: -100...100, using: &random) * 4096)
            case .decimals: sum = (sum * places + Double(Int.random(in: -999...999, using: &random))).rounded() / places
            case .sums: sum += Double.random(in: 0...3, using: &random)
            case .bits: sum = Double(bitPattern: random.next())
            case .constant: break
            case .restarting: sum = Int.random(in: 0..<40, using: &random) == 0 ? 0 : sum + 3
            case .mixed: sum = (odd + [sum + 1]).randomElement(using: &random) ?? 0
            }
            return sum
        }
    }
    static func times(_ count: Int, _ random: inout Seeded) -> [Int64] {
        let jitter: Int64 = [0, 0, 3, 14_000].randomElement(using: &random) ?? 0
        var time = [0, -5_000_000, 1_700_000_000_000].randomElement(using: &random) ?? Int64(0)
        return (0..<count).map { _ in
            time += 15_000 + Int64.random(in: -jitter...jitter, using: &random)
            if Int.random(in: 0..<60, using: &random) == 0 { time += Int64(1) << Int64.random(in: 10..<43, using: &random) }
            return time
        }
    }
}
