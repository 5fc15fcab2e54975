import Telemetry
import TestKit
import Testing

@testable import Store

@Suite struct OpenSamplesTests {
    /// Appends without a store; gives back every sample after each step.
    @discardableResult private func check(_ times: [Int64], _ values: [Double], _ note: Comment) -> Int {
        var head = SeriesHead(madeAt: 0)
        let columns = SampleColumns(capacity: times.count)
        for place in times.indices {
            if head.count == 0 {
                OpenSamples.begin(&head, times[place], values[place])
            } else {
                OpenSamples.append(&head, times[place], values[place]) { head, size in
                    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(OpenSamples.capacity(size)))
                    if let open = head.open {
                        memory.update(from: open, count: Int(head.length))
                        open.deallocate()
                    }
                    (head.open, head.capacity) = (memory, OpenSamples.capacity(size))
                }
            }
            #expect(head.lastTime == times[place] && head.lastValue.bitPattern == values[place].bitPattern, note)
            guard place % 7 == 0 || place == times.count - 1 else { continue }
            OpenSamples.decode(head, times: columns.times, values: columns.values)
            #expect((0...place).map { columns.times[$0] } == Array(times[...place]), note)
            #expect((0...place).map { columns.values[$0].bitPattern } == values[...place].map(\.bitPattern), note)
        }
        head.open?.deallocate()
        return Int(head.length)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func everySampleIsThereAtEveryStep(seed: UInt64) {
        var random = Seeded(seed)
        for shape in RandomSeries.Shape.allCases {
            let count = Int.random(in: 1...130, using: &random)
            check(RandomSeries.times(count, &random), RandomSeries.values(shape, count, &random), "seed \(seed) \(shape)")
        }
    }

    @Test func scalesGrowFinerAndNumbersLargerWithoutLoss() {
        let values: [Double] = [
            0x1p50, 0.5, 0x1p50, 0.000001, -0x1p50, 1e-15, 123456.789, .nan, 0.1, 1e9, Sample.staleMarker, -0.0, 3, 0.1 + 0.2, 4,
        ]
        check((1...15).map { $0 * 1000 }, values, "scales")
        check((1...15).map { $0 * 1000 }, values.reversed(), "scales")
        check([.min, .min + 1, -1, 0, .max - 1, .max], [1, 2, 3, 4, 5, 6], "times")
    }

    @Test func aFirstDistanceThatIsNotTheRuleCostsOnce() {
        let values = (0..<40).map(Double.init)
        let regular = check((0..<40).map { $0 * 5000 }, values, "regular")
        let late = check([-1800] + (1..<40).map { $0 * 5000 }, values, "the first one came before its place")
        #expect(regular == 10 + 40 && late == regular + 3)
        // One that came in between is told by two marks, and what follows is as before.
        check((0..<20).map { $0 * 5000 } + [97_000] + (20..<39).map { $0 * 5000 }, values, "in between")
    }
}
