import Telemetry

extension RangeOperator {
    /// `rate`, `increase` and `delta`: the change between the first and the last sample, drops of a counter made good,
    /// stretched to the ends of the window where those are near. As Prometheus's `extrapolatedRate`.
    func fillRate(_ out: Row) {
        let isCounter = function != .delta
        let (times, values, range) = (source.columns.times, source.columns.values, source.range)
        if isCounter { findResets() }
        let (resets, resetCount) = (scratch.indexes, isCounter ? scratch.indexes.count : 0)
        var nextReset = 0
        var spacing = Spacing()
        let scale = function == .rate ? 1 / (Double(range) / 1000) : 1
        slide(out) { _, low, high, end in
            guard high - low >= 2 else { return absent }
            let (first, last) = (values[low], values[high &- 1])
            var change = last - first
            if resetCount > 0 {
                while nextReset < resetCount, resets[nextReset] <= low { nextReset += 1 }
                var reset = nextReset
                while reset < resetCount, resets[reset] < high {
                    change += values[Int(resets[reset]) - 1]
                    reset += 1
                }
            }
            spacing.set(sampled: times[high &- 1] &- times[low], count: high &- low &- 1)
            let (toStart, toEnd) = (times[low] &- end &+ range, end &- times[high &- 1])
            var start = toStart >= spacing.threshold ? spacing.half : Double(toStart)
            // A counter isn't stretched to before it was zero.
            if isCounter, change > 0, first >= 0, first * spacing.sampled < start * change { start = spacing.sampled * (first / change) }
            let stretch = toEnd >= spacing.threshold ? spacing.half : Double(toEnd)
            return change * ((spacing.sampled + start + stretch) * spacing.inverse * scale)
        }
    }

    /// The samples that are below the one before.
    private func findResets() {
        let (values, count) = (source.columns.values, source.columns.count)
        if !scratch.indexes.isEmpty { scratch.indexes.removeAll(keepingCapacity: true) }
        var index = 1
        while index < count {
            if values[index] < values[index &- 1] { scratch.indexes.append(Int32(truncatingIfNeeded: index)) }
            index &+= 1
        }
    }
}

/// How far the samples of a window are apart; windows of a regular series all share it. Milliseconds.
private struct Spacing {
    private(set) var sampled = 0.0
    private(set) var inverse = 0.0
    /// Half the mean distance.
    private(set) var half = 0.0
    /// From here on an end of the window is too far to be reached.
    private(set) var threshold: Int64 = 0
    private var width: Int64 = -1
    private var count = 0

    @inline(__always)
    mutating func set(sampled width: Int64, count: Int) {
        if width != self.width || count != self.count { work(out: width, count) }
    }
    private mutating func work(out width: Int64, _ count: Int) {
        (self.width, self.count) = (width, count)
        sampled = Double(width)
        inverse = width == 0 ? 1 : 1 / sampled
        half = sampled / Double(count) / 2
        // Compared in seconds, as Prometheus does, so that a distance right at the limit falls on the same side.
        let limit = sampled / 1000 / Double(count) * 1.1
        threshold = Int64(limit * 1000)
        while Double(threshold) / 1000 >= limit, threshold > 0 { threshold -= 1 }
        while Double(threshold) / 1000 < limit { threshold += 1 }
    }
}
