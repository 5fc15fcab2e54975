import Telemetry

/// The series of one selector of a standing query, with the samples that the next steps need; so that a refresh reads only what came since.
final class StandingSelection {
    let matchers: [LabelMatcher]
    /// How much earlier than the step the selector looks, all offsets around it added.
    let delay: Int64
    /// How far the look goes back from there, and how far ahead.
    let before: Int64
    let after: Int64
    private(set) var series: [SeriesID] = []
    private(set) var labels = LabelTable()
    /// A series's samples from `keptFrom` on; none where those of all series would be too many.
    private var rings: Rings? = Rings()
    private var keptFrom = Int64.max
    /// Of the newest sample that was read.
    private var lastTimes: [Int64] = []
    private let scratch = SampleColumns()

    init(_ matchers: [LabelMatcher], delay: Int64, before: Int64, after: Int64) {
        self.matchers = matchers
        self.delay = delay
        self.before = before
        self.after = after
    }

    /// Selects anew. False where series went, or came between those known: then nothing that was worked out holds.
    func select(_ run: Evaluation, windowStart: Int64) throws(QueryError) -> Bool {
        let all = Timestamp.distantPast.milliseconds...Timestamp.distantFuture.milliseconds
        let found = try run.select(matchers, from: all.lowerBound, through: all.upperBound)
        guard found.starts(with: series) else { return false }
        for id in found[series.count...] {
            labels.append(id, of: run.querier)
            lastTimes.append(windowStart &- delay &- before &- 1)
            rings?.append()
        }
        series = found
        return true
    }

    /// Begins to keep what steps from `first` on look at, after the whole query was evaluated up to `end`.
    func keep(_ querier: some Querier, from first: Int64, end: Int64, budget: inout Int) {
        keptFrom = first &- delay &- before
        for row in series.indices {
            scratch.removeAll()
            read(querier, row, from: keptFrom, through: end)
            if scratch.count > 0 {
                lastTimes[row] = scratch.times[scratch.count - 1]
            } else {
                // An older one that came late would still be newer than this.
                lastTimes[row] = min(querier.newest(series[row])?.time.milliseconds ?? lastTimes[row], keptFrom - 1)
            }
            budget -= scratch.count * 2 + 16
            if budget < 0 { rings = nil }
            rings?.append(scratch, to: row, keeping: keptFrom)
        }
    }

    /// Reads what came since; the time of the earliest, `.max` for nothing.
    func update(_ run: Evaluation, first: Int64, end: Int64) throws(QueryError) -> Int64 {
        keptFrom = max(keptFrom, first &- delay &- before)
        var earliest = Int64.max
        for row in series.indices {
            try run.checkCancellation()
            if scratch.count > 0 { scratch.removeAll() }
            read(run.querier, row, from: lastTimes[row] &+ 1, through: end)
            guard scratch.count > 0 else { continue }
            earliest = min(earliest, scratch.times[0])
            lastTimes[row] = scratch.times[scratch.count - 1]
            rings?.append(scratch, to: row, keeping: keptFrom)
        }
        return earliest
    }
    private func read(_ querier: some Querier, _ row: Int, from: Int64, through end: Int64) {
        let last = end &- delay &+ after
        if from <= last { querier.read(series[row], in: Timestamp(milliseconds: from)...Timestamp(milliseconds: last), into: scratch) }
    }

    /// The samples of a series from `time` on, and some before; nil where they are not kept.
    @inline(__always)
    func ring(_ row: Int, from time: Int64) -> UnsafeMutablePointer<Ring>? {
        guard let rings, time >= keptFrom else { return nil }
        return rings[row]
    }
}

extension SampleColumns {
    /// Of the first sample at `time` or later.
    func firstIndex(from time: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low &+ high) / 2
            if times[middle] < time { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
