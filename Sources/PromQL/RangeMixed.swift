import Telemetry

/// A series that has histograms: floats and histograms apart, each with its times.
final class MixedSamples {
    let floats = SampleColumns()
    private(set) var times: [Int64] = []
    private(set) var histograms: [NativeHistogram] = []

    func load(_ columns: SampleColumns) {
        floats.removeAll()
        times.removeAll(keepingCapacity: true)
        histograms.removeAll(keepingCapacity: true)
        var next = 0
        for index in 0..<columns.count {
            if next < columns.histograms.count, columns.histograms[next].index == index {
                times.append(columns.times[index])
                histograms.append(columns.histograms[next].value)
                next += 1
            } else {
                floats.append(columns.times[index], columns.values[index])
            }
        }
    }
}

/// The samples of one window: indexes into the floats and into the histograms.
struct MixedWindow {
    var floats: Range<Int>
    var histograms: Range<Int>
    /// Of the window itself, without what `anchored` and `smoothed` see around it.
    var start: Int64
    var end: Int64
    var step: Int
}

extension RangeOperator {
    /// A series that has histograms: each window by itself.
    func fillMixed(_ row: Int, _ out: Row) throws(QueryError) {
        let samples = mixed
        samples.load(source.columns)
        if function == .smoothing { try checkSmoothing(0..<grid.count) }
        let (before, after) = (source.range &+ source.before, source.after)
        var (floatLow, floatHigh, low, high) = (0, 0, 0, 0)
        for step in 0..<grid.count {
            try run.checkCancellation(cost: 1 + (high - low))
            let end = windowEnd(step)
            while floatHigh < samples.floats.count, samples.floats.times[floatHigh] <= end &+ after { floatHigh += 1 }
            while floatLow < floatHigh, samples.floats.times[floatLow] <= end &- before { floatLow += 1 }
            while high < samples.times.count, samples.times[high] <= end &+ after { high += 1 }
            while low < high, samples.times[low] <= end &- before { low += 1 }
            guard floatLow < floatHigh || low < high else { continue }
            let window = MixedWindow(floats: floatLow..<floatHigh, histograms: low..<high, start: end &- source.range, end: end, step: step)
            count(window)
            switch value(window, row) {
            case .float(let value)?: out.values[step] = value
            case .histogram(let value)?: out.histograms.append(StepHistogram(step: step, value: value))
            case nil: break
            }
        }
    }
    private func count(_ window: MixedWindow) {
        let samples = window.histograms.reduce(window.floats.count) { $0 + mixed.histograms[$1].sampleCount }
        run.statistics.totalSamples += samples
        run.count(grid, window.step..<(window.step + 1), samples)
    }

    private func value(_ window: MixedWindow, _ row: Int) -> PointValue? {
        let (times, values) = (mixed.floats.times, mixed.floats.values)
        let (floats, histograms) = (window.floats, window.histograms)
        switch function {
        case .rate, .increase, .delta: return rate(window, row)
        case .irate, .idelta: return instantChange(window, row)
        case .changes, .resets: return changes(window)
        case .count: return .float(Double(floats.count + histograms.count))
        case .present, .absent: return .float(1)
        case .first:
            let isFloat = histograms.isEmpty || !floats.isEmpty && times[floats.lowerBound] < mixed.times[histograms.lowerBound]
            return isFloat ? .float(values[floats.lowerBound]) : .histogram(mixed.histograms[histograms.lowerBound])
        case .last:
            let isFloat = histograms.isEmpty || !floats.isEmpty && times[floats.upperBound - 1] > mixed.times[histograms.upperBound - 1]
            return isFloat ? .float(values[floats.upperBound - 1]) : .histogram(mixed.histograms[histograms.upperBound - 1])
        case .timeOfFirst:
            let first = min(
                floats.isEmpty ? .max : times[floats.lowerBound], histograms.isEmpty ? .max : mixed.times[histograms.lowerBound])
            return .float(Double(first) / 1000)
        case .timeOfLast:
            let last = max(
                floats.isEmpty ? .min : times[floats.upperBound - 1], histograms.isEmpty ? .min : mixed.times[histograms.upperBound - 1])
            return .float(Double(last) / 1000)
        case .sum, .average: return total(window, row)
        default: return floatsAlone(window, row)
        }
    }

    /// Functions that histograms mean nothing to.
    private func floatsAlone(_ window: MixedWindow, _ row: Int) -> PointValue? {
        let isLine = function == .deriv || function == .predictLinear || function == .smoothing
        if window.floats.isEmpty { return nil }
        if !window.histograms.isEmpty { run.notes.ignoredHistogramsInRange(metric: metricName(row), range) }
        if isLine, window.floats.count < 2 { return nil }
        let (times, values) = (mixed.floats.times, mixed.floats.values)
        let (low, high) = (window.floats.lowerBound, window.floats.upperBound)
        switch function {
        case .deriv: return .float(linearRegression(times, values, low, high, at: times[low]).slope)
        case .predictLinear:
            let line = linearRegression(times, values, low, high, at: grid.time(window.step))
            return .float(line.slope * parameters[0][window.step] + line.intercept)
        case .smoothing:
            return .float(doubleExponential(values, low, high, smoothing: parameters[0][window.step], trend: parameters[1][window.step]))
        case .quantile:
            remarkOnQuantile(parameters[0][window.step])
            var list = Array(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: values, count: high)[low..<high]))
            return .float(quantileOf(parameters[0][window.step], &list))
        case .variance: return .float(varianceOf(values, low, high))
        case .deviation: return .float(varianceOf(values, low, high).squareRoot())
        case .medianDeviation: return .float(medianDeviation(values, low, high, &scratch.values))
        case .minimum: return .float(values[firstExtreme(values, low, high) { $0 < $1 }])
        case .maximum: return .float(values[firstExtreme(values, low, high) { $0 > $1 }])
        case .timeOfMinimum: return .float(Double(times[firstExtreme(values, low, high) { $0 <= $1 }]) / 1000)
        case .timeOfMaximum: return .float(Double(times[firstExtreme(values, low, high) { $0 >= $1 }]) / 1000)
        default: return nil
        }
    }

    private func total(_ window: MixedWindow, _ row: Int) -> PointValue? {
        guard window.histograms.isEmpty || window.floats.isEmpty else {
            run.notes.mixedFloatsAndHistograms(metric: metricName(row), range)
            return nil
        }
        let (low, high) = (window.floats.lowerBound, window.floats.upperBound)
        guard window.floats.isEmpty else {
            return .float(
                function == .sum ? compensatedSum(mixed.floats.values, low, high) : compensatedMean(mixed.floats.values, low, high))
        }
        var total = HistogramTotal(mixed.histograms[window.histograms.lowerBound], takesMean: function == .average)
        for index in window.histograms.dropFirst() where !total.add(mixed.histograms[index]) {
            run.notes.mixedSchemas(metric: metricName(row), range)
            return nil
        }
        total.remark(run, range)
        return .histogram(total.result)
    }

    /// How often neighbours differ, or begin anew; a float beside a histogram does both.
    private func changes(_ window: MixedWindow) -> PointValue? {
        guard var (float, histogram) = firstIndexes(window) else { return nil }
        let (times, values) = (mixed.floats.times, mixed.floats.values)
        var (before, found) = (PointValue?.none, 0)
        while float < window.floats.upperBound || histogram < window.histograms.upperBound {
            let takesFloat =
                histogram >= window.histograms.upperBound
                || float < window.floats.upperBound && times[float] < mixed.times[histogram]
            let point: PointValue = takesFloat ? .float(values[float]) : .histogram(mixed.histograms[histogram])
            if takesFloat { float += 1 } else { histogram += 1 }
            if let before, isChange(before, point) { found += 1 }
            before = point
        }
        return .float(Double(found))
    }
    private func isChange(_ before: PointValue, _ point: PointValue) -> Bool {
        switch (before, point) {
        case (.float(let a), .float(let b)): function == .resets ? b < a : a != b && !(a.isNaN && b.isNaN)
        case (.histogram(let a), .histogram(let b)): function == .resets ? b.detectsReset(after: a) : !b.isSame(as: a)
        default: true
        }
    }
    /// Where counting begins: with `anchored` at the newest sample before the window, of whatever kind; nil where nothing lies within.
    private func firstIndexes(_ window: MixedWindow) -> (float: Int, histogram: Int)? {
        guard source.modifier == .anchored else { return (window.floats.lowerBound, window.histograms.lowerBound) }
        let times = mixed.floats.times
        let float = window.floats.last { times[$0] <= window.start }
        let histogram = window.histograms.last { mixed.times[$0] <= window.start }
        let (nextFloat, nextHistogram) = (
            float.map { $0 + 1 } ?? window.floats.lowerBound, histogram.map { $0 + 1 } ?? window.histograms.lowerBound
        )
        guard nextFloat < window.floats.upperBound || nextHistogram < window.histograms.upperBound else { return nil }
        guard let float else { return (nextFloat, histogram ?? nextHistogram) }
        if let histogram, mixed.times[histogram] > times[float] { return (nextFloat, histogram) }
        return (float, nextHistogram)
    }
}

/// The index of the extreme as Prometheus finds it: a NaN gives way to whatever comes.
@inline(__always)
func firstExtreme(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int, _ isBetter: (Double, Double) -> Bool) -> Int {
    var best = low
    for index in low..<high where isBetter(values[index], values[best]) || values[best].isNaN { best = index }
    return best
}
