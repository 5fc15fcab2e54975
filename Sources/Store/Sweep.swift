import Telemetry

/// Looks after series that get no samples any more, a segment at a time as samples come: seals what is open, takes away what has nothing left.
struct Sweep: Sendable {
    /// Without a sample for so long a series is idle.
    static let idle = Int64(30 * 60 * 1000)
    /// After so many samples the next segment is looked at.
    private static let pace = 1024

    private var credit = 0
    private var place = 0

    static func isIdle(_ head: SeriesHead, _ clock: Int64) -> Bool {
        let (age, overflow) = clock.subtractingReportingOverflow(head.lastTime)
        return overflow ? clock > head.lastTime : age > idle
    }
    /// How many segments are due after so many samples more.
    mutating func due(_ samples: Int) -> Int {
        credit += samples
        defer { credit %= Self.pace }
        return credit / Self.pace
    }
    /// The first series of the segment to look at now.
    mutating func next(_ table: SeriesTable) -> Int {
        if place >= table.endIndex || place < table.startIndex { place = table.startIndex }
        defer { place += SeriesTable.segmentSize }
        return place
    }
}

extension MetricState {
    mutating func sweep(after samples: Int) {
        let due = sweep.due(samples)
        guard due > 0 else { return }
        for _ in 0..<min(due, index.series.segments.count) { sweepSegment(sweep.next(index.series)) }
        keepRetention()
    }

    private mutating func sweepSegment(_ first: Int) {
        guard let segment = index.series.segment(of: first) else { return }
        var dead: [UInt32] = []
        for row in 0..<segment.count where segment.heads[row].isAlive && Sweep.isIdle(segment.heads[row], clock) {
            let (number, head) = (UInt32(first + row), segment.heads[row])
            if head.count > 0 {
                sealIdle(number)
            } else if blocks[head.sealed.block] == nil, !sealHistograms(of: number) {
                dead.append(number)
            }
        }
        remove(dead)
    }
    private mutating func sealIdle(_ series: UInt32) {
        guard let heads = index.own(Int(series)) else { return }
        seal(&heads[Int(series) % SeriesTable.segmentSize], series)
    }

    /// Seals open samples until a block is full; false where there is nothing more to seal.
    mutating func sealSome() -> Bool {
        let before = blocks.all.count
        for _ in 0..<index.series.segments.count {
            let first = sweep.next(index.series)
            guard let segment = index.series.segment(of: first) else { continue }
            for row in 0..<segment.count where segment.heads[row].isAlive && segment.heads[row].count > 1 { sealIdle(UInt32(first + row)) }
            if blocks.all.count > max(before, 1) { return true }
        }
        return blocks.all.count > 1
    }
}
