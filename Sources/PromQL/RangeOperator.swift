import Telemetry

/// A function of a range vector.
enum RangeFunction: String {
    case rate, increase, delta, irate, idelta, changes, resets, deriv
    case predictLinear = "predict_linear", smoothing = "double_exponential_smoothing"
    case average = "avg_over_time", sum = "sum_over_time", minimum = "min_over_time", maximum = "max_over_time"
    case count = "count_over_time", quantile = "quantile_over_time", deviation = "stddev_over_time", variance = "stdvar_over_time"
    case first = "first_over_time", last = "last_over_time", present = "present_over_time", absent = "absent_over_time"
    case medianDeviation = "mad_over_time"
    case timeOfMinimum = "ts_of_min_over_time", timeOfMaximum = "ts_of_max_over_time"
    case timeOfFirst = "ts_of_first_over_time", timeOfLast = "ts_of_last_over_time"

    /// These give samples as they were, so they keep the name.
    var keepsName: Bool { self == .first || self == .last }
    /// Beside the range vector.
    var parameterCount: Int { self == .smoothing ? 2 : self == .quantile || self == .predictLinear ? 1 : 0 }
    var isRate: Bool { self == .rate || self == .increase || self == .delta }
    func isAllowed(with modifier: VectorSelector.Extension) -> Bool {
        isRate || modifier == .anchored && (self == .changes || self == .resets)
    }
}

/// A function over sliding windows, one series after the other.
final class RangeOperator: Operator {
    let function: RangeFunction
    let source: RangeSource
    let parameters: [StepValues]
    /// Of the range vector, which remarks are about.
    let range: SourceRange
    /// Of what a remark about the quantile points at.
    let parameterRange: SourceRange
    var scratch = WindowScratch()
    /// Of the series at hand, where it has histograms.
    let mixed = MixedSamples()
    /// Of the window before.
    var stretch = Stretch()
    /// Of the series before, for `rate` and its like.
    var windows = RateWindows()

    init(_ function: RangeFunction, _ source: RangeSource, parameters: [StepValues], range: SourceRange, parameterRange: SourceRange) {
        self.function = function
        self.source = source
        self.parameters = parameters
        self.range = range
        self.parameterRange = parameterRange
        super.init(source.run, source.grid, function.keepsName ? source.labels : source.labels.droppingNames())
    }

    override var followsSelector: Bool { source is SelectorRange }

    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        out.clear()
        if function.isRate, source.modifier == nil, let ring = source.plainRing(row) {
            fillRate(from: ring, out)
            if function != .delta { remarkOnName(row, out) }
            try run.checkCancellation()
            return try run.hold(out.count)
        }
        try source.load(row)
        guard source.columns.count > 0 else { return }
        if source.columns.histograms.isEmpty {
            try fillFloats(row, out)
        } else {
            try fillMixed(row, out)
        }
        if function == .rate || function == .increase { remarkOnName(row, out) }
        try run.checkCancellation(cost: 1 + out.count / 64)
        try run.hold(out.count)
    }
    override func fillColumn(_ rows: Range<Int>, _ out: UnsafeMutablePointer<Double>) throws(QueryError) -> Bool {
        guard function.isRate, source.modifier == nil, grid.count == 1, !run.options.countsPerStep, let rings = source.plainRings(rows)
        else { return false }
        fillRates(rows, rings, out)
        if function != .delta {
            for row in rows where !isAbsent(out[row - rows.lowerBound]) {
                remarkOnName(row)
                if source.name != nil { break }
            }
        }
        try run.checkCancellation(cost: rows.count)
        try run.hold(rows.count)
        return true
    }
    func metricName(_ row: Int) -> String { run.symbols.text(source.labels.value(run.symbols.name, row: row)) }

    private func remarkOnName(_ row: Int, _ out: Row) {
        if out.histograms.count < out.count, (0..<out.count).contains(where: { !isAbsent(out.values[$0]) }) { remarkOnName(row) }
    }
    private func remarkOnName(_ row: Int) {
        let name = source.name ?? source.labels.value(run.symbols.name, row: row)
        if !name.isEmpty { run.checkCounterName(name, range) }
    }

    /// Calls `body` with each step whose window has samples: they are `low..<high`, and the window ends at `end`.
    @inline(__always)
    func slide(_ out: Row, _ body: (_ step: Int, _ low: Int, _ high: Int, _ end: Int64) -> Double) {
        let (times, count, values, steps) = (source.columns.times, source.columns.count, out.values, out.count)
        let (before, after, counts) = (source.range &+ source.before, source.after, run.options.countsPerStep)
        var (low, high, samples, unchecked) = (0, 0, 0, 0)
        var end = source.moment.first(grid)
        // Few windows at the end of many samples are soon found.
        if steps < 8 {
            (low, high) = (source.columns.firstIndex(from: end &- before &+ 1), source.columns.firstIndex(from: end &+ after &+ 1))
        }
        let length = source.moment.at == nil ? grid.step : 0
        for step in 0..<steps {
            let (from, through) = (end &- before, end &+ after)
            while high < count, times[high] <= through { high &+= 1 }
            while low < high, times[low] <= from { low &+= 1 }
            if low < high {
                values[step] = body(step, low, high, end)
                let width = high &- low
                samples &+= width
                unchecked &+= width
                if unchecked > 1 << 16 {
                    unchecked = 0
                    if run.isCancelled(cost: 1 << 12) { break }
                }
                if counts { run.count(grid, step..<(step + 1), width) }
            }
            end &+= length
        }
        run.statistics.totalSamples &+= samples
    }
    /// The end of the window of a step, without what `smoothed` sees after it.
    func windowEnd(_ step: Int) -> Int64 { source.moment.time(grid, step) }
}

/// Memory that windows use again and again.
struct WindowScratch {
    var indexes: [Int32] = []
    var values: [Double] = []
    var counts: [Int32] = []
}
