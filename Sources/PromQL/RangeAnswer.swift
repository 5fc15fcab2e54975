import Telemetry

extension RangeSource {
    /// For a range vector that is the answer itself: floats of an `anchored` or `smoothed` range begin and end with a point right at the window's ends.
    func extendToEnds(of end: Int64) throws(QueryError) {
        guard let modifier, columns.count > 0 else { return }
        if !columns.histograms.isEmpty { throw .execution(message: "\(modifier.rawValue) modifier is not supported with histograms") }
        let start = end &- range
        let (times, values) = (columns.times, columns.values)
        var last = columns.count - 1
        var first = (0..<last).first { times[$0] > start } ?? last
        first = max(0, first - 1)
        if modifier == .smoothed { last = (0..<last).first { times[$0] >= end } ?? last }
        guard times[last] > start else { return columns.removeAll() }
        let left = modifier == .smoothed && times[first] < start && first + 1 < columns.count ? line(first, start) : values[first]
        let right = modifier == .smoothed && last > 0 && times[last] > end ? line(last - 1, end) : values[last]
        if times[first] <= start { first += 1 }
        if times[last] >= end { last -= 1 }
        let inner = first <= last ? (first...last).map { (times[$0], values[$0]) } : []
        columns.removeAll()
        columns.append(start, left)
        for (time, value) in inner { columns.append(time, value) }
        columns.append(end, right)
    }
    private func line(_ from: Int, _ time: Int64) -> Double {
        let (times, values) = (columns.times, columns.values)
        return values[from] + (values[from + 1] - values[from]) * Double(time &- times[from]) / Double(times[from + 1] &- times[from])
    }
}
