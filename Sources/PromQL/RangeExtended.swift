import Telemetry

extension RangeOperator {
    /// `rate`, `increase` and `delta` of an `anchored` or `smoothed` range (experimental): nothing is stretched; the value at the start of the window
    /// is that of the sample before it, or lies on the line to the one behind it.
    func fillExtendedRate(_ out: Row) {
        slide(out) { _, low, high, end in extendedChange(source.columns, low, high, end: end) }
    }
    /// Of the floats `low..<high` of one window; absent where there is nothing to tell.
    func extendedChange(_ columns: SampleColumns, _ low: Int, _ high: Int, end: Int64) -> Double {
        let (times, values) = (columns.times, columns.values)
        let start = end &- source.range
        guard var (first, last) = bounds({ times[$0] }, low, high, start: start, end: end) else { return absent }
        let isCounter = function != .delta
        let reachesLeft = isSmoothed && times[first] < start && first + 1 < high
        let reachesRight = isSmoothed && last > low && times[last] > end
        let left = reachesLeft ? interpolate(columns, first, first + 1, start, isCounter) : values[first]
        let right = reachesRight ? interpolate(columns, last - 1, last, end, isCounter) : values[last]
        var change = right - left
        if isCounter {
            if times[first] <= start { first += 1 }
            if times[last] >= end { last -= 1 }
            var before = left
            for index in first..<max(last + 1, first) {
                if values[index] < before { change += before }
                before = values[index]
            }
            if right < before { change += before }
        }
        return function == .rate ? change / (Double(source.range) / 1000) : change
    }

    /// `changes` and `resets` of an `anchored` range: the sample before the window is the first.
    func fillExtendedChanges(_ out: Row) {
        let (times, values) = (source.columns.times, source.columns.values)
        let countsResets = function == .resets
        slide(out) { _, low, high, end in
            let start = end &- source.range
            guard times[high - 1] > start else { return absent }
            var first = low
            while first + 1 < high, times[first + 1] <= start { first += 1 }
            var found = 0
            for index in (first + 1)..<max(high, first + 1) {
                let (before, value) = (values[index - 1], values[index])
                if countsResets ? value < before : value != before && !(value.isNaN && before.isNaN) { found += 1 }
            }
            return Double(found)
        }
    }

    var isSmoothed: Bool { source.modifier == .smoothed }

    /// The samples that stand at the ends of the window: the last at or before its start, and the first at or behind its end (`smoothed`) or the last.
    func bounds(_ time: (Int) -> Int64, _ low: Int, _ high: Int, start: Int64, end: Int64) -> (first: Int, last: Int)? {
        var last = high - 1
        var first = low
        while first < last, time(first) <= start { first += 1 }
        first = max(low, first - 1)
        if isSmoothed {
            last = low
            while last < high - 1, time(last) < end { last += 1 }
        }
        guard time(last) > start, !(isSmoothed && time(first) > end) else { return nil }
        return (first, last)
    }
    /// On the line between two samples; after a counter's reset that begins at zero.
    func interpolate(_ columns: SampleColumns, _ from: Int, _ to: Int, _ time: Int64, _ isCounter: Bool) -> Double {
        let (times, values) = (columns.times, columns.values)
        let low = isCounter && values[to] < values[from] ? 0 : values[from]
        return low + (values[to] - low) * Double(time &- times[from]) / Double(times[to] &- times[from])
    }
}
