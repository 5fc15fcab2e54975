import Telemetry

/// When a selector or subquery looks: at the step, or always at one moment; then `offset` earlier.
struct Moment: Hashable {
    var at: Int64?
    /// Milliseconds; negative looks later.
    var offset: Int64
    func time(_ grid: StepGrid, _ step: Int) -> Int64 { (at ?? grid.time(step)) &- offset }
    func first(_ grid: StepGrid) -> Int64 { time(grid, 0) }
    func last(_ grid: StepGrid) -> Int64 { time(grid, max(grid.count - 1, 0)) }
}

/// `name{…}`: at each step the newest sample within the lookback, unless it is a staleness marker.
final class SelectorOperator: Operator {
    private let series: [SeriesID]
    private let moment: Moment
    /// The time of the sample in seconds instead of its value, as `timestamp` asks.
    private let givesTime: Bool
    private let knowsResets: Bool
    private let standing: StandingSelection?

    init(
        _ run: Evaluation, _ grid: StepGrid, matchers: [LabelMatcher], at place: SourceRange?, moment: Moment, givesTime: Bool = false,
        knowsResets: Bool = false
    ) throws(QueryError) {
        let labels: LabelTable
        let from = moment.first(grid) &- run.lookback &+ 1
        (series, labels, standing) = try run.select(matchers, at: place, from: from, through: moment.last(grid))
        self.moment = moment
        self.givesTime = givesTime
        self.knowsResets = knowsResets
        super.init(run, grid, givesTime ? labels.droppingNames() : labels)
    }

    override var followsSelector: Bool { standing != nil }

    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        out.clear()
        let present =
            if let ring = ring(row) { fill(from: ring, out) } else { isSingle ? fillOnce(row, out) : fillEach(row, out) }
        run.statistics.totalSamples += present
        try run.hold(present)
        try run.checkCancellation()
    }
    /// What a standing query has of the series, where that is enough.
    private func ring(_ row: Int) -> Ring? { warm?.ring(row, from: moment.first(grid) &- run.lookback &+ 1) }
    private var warm: StandingSelection? { run.standing?.isWarm == true ? standing : nil }
    private func fill(from ring: Ring, _ out: Row) -> Int {
        let first = moment.first(grid)
        var (next, found) = (ring.index(after: first, near: ring.count), 0)
        for step in 0..<grid.count {
            let time = first &+ grid.step &* Int64(step)
            while next < ring.count, ring.time(next) <= time { next &+= 1 }
            let value = newest(ring, next, time)
            if isAbsent(value) { continue }
            out.values[step] = value
            found &+= 1
            if run.options.countsPerStep { run.count(grid, step..<(step + 1), 1) }
        }
        return found
    }
    /// What stands before place `next`, which is the first behind `time`.
    @inline(__always)
    private func newest(_ ring: Ring, _ next: Int, _ time: Int64) -> Double {
        guard next > 0, ring.time(next &- 1) > time &- run.lookback else { return absent }
        let value = ring.value(next &- 1)
        return !givesTime || isAbsent(value) ? value : Double(ring.time(next &- 1)) / 1000
    }
    override func fillColumn(_ rows: Range<Int>, _ out: UnsafeMutablePointer<Double>) throws(QueryError) -> Bool {
        let time = moment.first(grid)
        guard grid.count == 1, !run.options.countsPerStep,
            let rings = warm?.plainRings(rows, from: time &- run.lookback &+ 1)
        else { return false }
        var (behind, found) = (0, 0)
        for row in rows {
            let ring = rings[row]
            let next = ring.index(after: time, near: ring.count &- behind)
            behind = ring.count &- next
            let value = newest(ring, next, time)
            out[row &- rows.lowerBound] = value
            found &+= isAbsent(value) ? 0 : 1
        }
        run.statistics.totalSamples += found
        try run.hold(found)
        try run.checkCancellation(cost: rows.count)
        return true
    }
    private var isSingle: Bool { grid.count == 1 || moment.at != nil }

    /// All steps see the same sample, which the store mostly knows without decoding.
    private func fillOnce(_ row: Int, _ out: Row) -> Int {
        let time = moment.first(grid)
        if let newest = run.querier.newest(series[row]), newest.time.milliseconds <= time {
            guard newest.time.milliseconds > time &- run.lookback, !newest.isStale else { return 0 }
            out.fill(givesTime ? Double(newest.time.milliseconds) / 1000 : newest.value)
            run.count(grid, 0..<grid.count, 1)
            return grid.count
        }
        let columns = run.columns
        run.read(series[row], from: time &- run.lookback &+ 1, through: time)
        if knowsResets, !columns.histograms.isEmpty { columns.resolveResets() }
        guard columns.count > 0, !isAbsent(columns.values[columns.count - 1]) else { return 0 }
        if let last = columns.histograms.last, last.index == columns.count - 1, !givesTime || isAbsent(last.value.sum) {
            if isAbsent(last.value.sum) { return 0 }
            out.histograms = (0..<grid.count).map { StepHistogram(step: $0, value: last.value) }
            run.count(grid, 0..<grid.count, last.value.sampleCount)
            return grid.count * last.value.sampleCount
        }
        out.fill(givesTime ? Double(columns.times[columns.count - 1]) / 1000 : columns.values[columns.count - 1])
        run.count(grid, 0..<grid.count, 1)
        return grid.count
    }

    private func fillEach(_ row: Int, _ out: Row) -> Int {
        let columns = run.columns
        let first = moment.first(grid)
        run.read(series[row], from: first &- run.lookback &+ 1, through: moment.last(grid))
        if knowsResets, !columns.histograms.isEmpty { columns.resolveResets() }
        let (times, values, count) = (columns.times, columns.values, columns.count)
        let hasHistograms = !columns.histograms.isEmpty
        var (next, histogram, found) = (0, 0, 0)
        let (lookback, length, counts, floats) = (run.lookback, grid.step, run.options.countsPerStep, out.values)
        var time = first &- length
        for step in 0..<grid.count {
            time &+= length
            while next < count, times[next] <= time { next &+= 1 }
            guard next > 0, times[next &- 1] > time &- lookback else { continue }
            if hasHistograms {
                while histogram < columns.histograms.count, columns.histograms[histogram].index < next - 1 { histogram += 1 }
                if histogram < columns.histograms.count, columns.histograms[histogram].index == next - 1 {
                    let value = columns.histograms[histogram].value
                    if isAbsent(value.sum) { continue }
                    if givesTime {
                        out.values[step] = Double(times[next - 1]) / 1000
                        continue
                    }
                    out.histograms.append(StepHistogram(step: step, value: value))
                    found += value.sampleCount
                    run.count(grid, step..<(step + 1), value.sampleCount)
                    continue
                }
            }
            let value = values[next &- 1]
            if isAbsent(value) { continue }
            floats[step] = givesTime ? Double(times[next &- 1]) / 1000 : value
            found &+= 1
            if counts { run.count(grid, step..<(step + 1), 1) }
        }
        return found
    }
}

extension Evaluation {
    /// The labels of many series, read from the store once.
    func labels(of series: [SeriesID]) throws(QueryError) -> LabelTable {
        var table = LabelTable()
        table.reserve(rows: series.count, pairs: series.count * 8)
        for id in series {
            table.append(id, of: querier)
            try checkCancellation()
        }
        return table
    }
    /// Counts samples read for steps of the query's own grid.
    func count(_ grid: StepGrid, _ steps: Range<Int>, _ samples: Int) {
        guard options.countsPerStep, grid == bounds else { return }
        for step in steps where step < statistics.samplesPerStep.count { statistics.samplesPerStep[step].count += samples }
    }
}

/// What gives one row at one moment, given at every step.
final class BroadcastOperator: Operator {
    private let source: Operator
    private let single = Row(count: 1)
    init(_ source: Operator, _ grid: StepGrid) {
        self.source = source
        super.init(source.run, grid, source.labels)
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        let before = run.statistics.totalSamples
        try source.fill(row, single)
        run.repeatCount(since: before, over: grid)
        out.fill(single.values[0])
        if let histogram = single.histograms.first?.value {
            out.histograms = (0..<grid.count).map { StepHistogram(step: $0, value: histogram) }
        }
    }
}

extension Evaluation {
    /// Samples read once count at every step that they stand for, as Prometheus counts them.
    func repeatCount(since before: Int, over grid: StepGrid) {
        let samples = statistics.totalSamples - before
        guard samples > 0 else { return }
        statistics.totalSamples += samples * (grid.count - 1)
        count(grid, 0..<grid.count, samples)
    }
}
