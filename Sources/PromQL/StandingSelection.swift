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
    /// A series's samples from `keptFrom` on.
    private let rings: Rings
    private var keptFrom = Int64.max
    /// How far each series was read.
    private var ends: [SeriesEnd] = []
    private let scratch = SampleColumns()

    init(_ matchers: [LabelMatcher], delay: Int64, before: Int64, after: Int64, limit: Int) {
        self.matchers = matchers
        self.delay = delay
        self.before = before
        self.after = after
        rings = Rings(limit: limit)
    }

    /// Selects anew. False where series went, or came between those known: then nothing that was worked out holds.
    func select(_ run: Evaluation, windowStart: Int64) throws(QueryError) -> Bool {
        let all = Timestamp.distantPast.milliseconds...Timestamp.distantFuture.milliseconds
        let found = try run.select(matchers, from: all.lowerBound, through: all.upperBound)
        guard found.starts(with: series) else { return false }
        for id in found[series.count...] { labels.append(id, of: run.querier) }
        ends += Array(repeating: .unknown(after: windowStart &- delay &- before &- 1), count: found.count - series.count)
        rings.grow(to: found.count)
        series = found
        return true
    }

    /// Begins to keep what steps from `first` on look at, after the whole query was evaluated.
    func keep(_ run: Evaluation, from first: Int64, _ grid: StepGrid) throws(QueryError) {
        let start = first &- delay &- before
        ends = Array(repeating: .unknown(after: start &- 1), count: series.count)
        _ = try update(run, first: first, grid)
        keptFrom = start
    }

    /// Reads what came since; the time of the earliest, `.max` for nothing. Also what only steps soon after `grid` look at: it comes sample by sample then.
    func update(_ run: Evaluation, first: Int64, _ grid: StepGrid) throws(QueryError) -> Int64 {
        if keptFrom != .max { keptFrom = max(keptFrom, first &- delay &- before) }
        let (start, last) = (min(keptFrom, first &- delay &- before), grid.end &- delay &+ after &+ 2 &* grid.step)
        var earliest = Int64.max
        var isCancelled = false
        run.querier.visitNew(series, since: &ends) { row, read, new in
            switch new {
            case .one(let time, let value):
                if run.isCancelled(cost: 1) { isCancelled = true }
                guard time <= last else { return read }
                earliest = min(earliest, time)
                rings.append(time, value, to: row, keeping: start)
                return nil
            case .several(let newest):
                if scratch.count > 0 { scratch.removeAll() }
                if read < last {
                    run.querier.read(series[row], in: Timestamp(milliseconds: read &+ 1)...Timestamp(milliseconds: last), into: scratch)
                }
                if run.isCancelled(cost: 1 + scratch.count / 64) { isCancelled = true }
                if scratch.count > 0 {
                    earliest = min(earliest, scratch.times[0])
                    rings.append(scratch, to: row, keeping: start)
                }
                if newest <= last { return nil }
                return scratch.count > 0 ? scratch.times[scratch.count - 1] : read
            }
        }
        if isCancelled { throw .cancelled }
        return earliest
    }

    /// The samples of a series from `time` on, and some before; nil where they are not kept.
    @inline(__always)
    func ring(_ row: Int, from time: Int64) -> Ring? { time >= keptFrom && rings.state(row).hasAll ? rings[row] : nil }
    /// The same of a series for which no staleness marker came.
    @inline(__always)
    func plainRing(_ row: Int, from time: Int64) -> Ring? { rings.state(row).isPlain ? ring(row, from: time) : nil }
    /// All rings, where those of `rows` have all from `time` on and no staleness marker.
    func plainRings(_ rows: Range<Int>, from time: Int64) -> Rings? { time >= keptFrom && rings.areAllPlain(rows) ? rings : nil }
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
