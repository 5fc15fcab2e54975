import Telemetry

/// The moments at which something is evaluated: `start`, then every `step`, `count` of them; milliseconds.
struct StepGrid: Hashable, Sendable {
    var start: Int64
    /// Positive.
    var step: Int64
    /// At least 1 unless the grid is empty.
    var count: Int

    var end: Int64 { start &+ step &* Int64(max(count - 1, 0)) }
    func time(_ index: Int) -> Int64 { start &+ step &* Int64(index) }
    var isInstant: Bool { count == 1 }

    init(start: Int64, step: Int64, count: Int) {
        self.start = start
        self.step = step
        self.count = count
    }
    /// From `start` as long as `through` is not passed; empty where that is before `start`.
    init(start: Int64, through end: Int64, step: Int64) {
        self.init(start: start, step: step, count: end < start ? 0 : Int((end &- start) / step) + 1)
    }
    /// Moments are kept this far from the ends of `Int64`, so that no sum of ranges and offsets leaves it.
    static func clamp(_ time: Timestamp) -> Int64 {
        min(max(time.milliseconds, Timestamp.distantPast.milliseconds), Timestamp.distantFuture.milliseconds)
    }
}

/// Where there is no float: the staleness marker, which no operator gives and no selector lets through.
let absent = Sample.staleMarker
@inline(__always) func isAbsent(_ value: Double) -> Bool { value.bitPattern == 0x7ff0_0000_0000_0002 }

/// How many of `count` values are absent. Mostly none is: then there is no number that differs from itself either, which is soon seen.
func absentCount(_ values: UnsafePointer<Double>, _ count: Int) -> Int {
    var found = 0
    forEachIndex(count) { found &+= values[$0] != values[$0] ? 1 : 0 }
    guard found > 0 else { return 0 }
    found = 0
    forEachIndex(count) { found &+= isAbsent(values[$0]) ? 1 : 0 }
    return found
}

/// A native histogram at one step.
struct StepHistogram {
    var step: Int
    var value: NativeHistogram
}

/// One series over a grid: a float a step, or `absent`; histograms beside. Reused from series to series.
final class Row {
    let count: Int
    let values: UnsafeMutablePointer<Double>
    /// Ascending by step; where one stands, the float is absent.
    var histograms: [StepHistogram] = []

    init(count: Int) {
        self.count = count
        values = .allocate(capacity: max(count, 1))
        values.update(repeating: absent, count: max(count, 1))
    }
    deinit { values.deallocate() }

    func clear() {
        values.update(repeating: absent, count: count)
        if !histograms.isEmpty { histograms.removeAll(keepingCapacity: true) }
    }
    func fill(_ value: Double) {
        values.update(repeating: value, count: count)
        if !histograms.isEmpty { histograms.removeAll(keepingCapacity: true) }
    }
    var isEmpty: Bool {
        guard histograms.isEmpty else { return false }
        for step in 0..<count where !isAbsent(values[step]) { return false }
        return true
    }
    /// Present points, of either kind.
    var pointCount: Int {
        histograms.count + count - absentCount(values, count)
    }
    func histogram(at step: Int) -> NativeHistogram? {
        guard !histograms.isEmpty else { return nil }
        var (low, high) = (0, histograms.count)
        while low < high {
            let middle = (low + high) / 2
            if histograms[middle].step < step { low = middle + 1 } else { high = middle }
        }
        return low < histograms.count && histograms[low].step == step ? histograms[low].value : nil
    }
}
