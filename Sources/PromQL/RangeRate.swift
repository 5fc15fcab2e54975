import Telemetry

extension RangeOperator {
    /// `rate`, `increase` and `delta`: the change between the first and the last sample, drops of a counter made good,
    /// stretched to the ends of the window where those are near. As Prometheus's `extrapolatedRate`.
    func fillRate(_ out: Row) {
        let isCounter = function != .delta
        if isCounter { findResets() }
        // Few windows, or such as all look at one moment, aren't worth a plan.
        let isPlain = !(isCounter && !scratch.indexes.isEmpty) && source.moment.at == nil && !run.options.countsPerStep && out.count >= 8
        guard isPlain else { return fillRateByTime(out, records: false) }
        switch windows.look(at: source.columns) {
        case .new: fillRateByTime(out, records: false)
        case .repeated:
            let before = run.statistics.totalSamples
            fillRateByTime(out, records: true)
            windows.finish(samples: run.statistics.totalSamples - before)
        case .planned:
            windows.fill(out, values: source.columns.values, isCounter: isCounter)
            run.statistics.totalSamples &+= windows.samples
        }
    }
    private func fillRateByTime(_ out: Row, records: Bool) {
        let isCounter = function != .delta
        let (times, values, range) = (source.columns.times, source.columns.values, source.range)
        let (resets, resetCount) = (scratch.indexes, isCounter ? scratch.indexes.count : 0)
        var nextReset = 0
        var stretch = stretch
        let seconds = function == .rate ? Double(range) / 1000 : 1
        slide(out) { step, low, high, end in
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
            let (from, through) = (times[low], times[high &- 1])
            stretch.set(
                width: through &- from, count: high &- low &- 1, toStart: from &- end &+ range, toEnd: end &- through, seconds: seconds)
            if records { windows.add(step: step, first: low, last: high &- 1, stretch) }
            return stretch.apply(change, first: first, isCounter: isCounter)
        }
    }

    /// The same from what a standing query keeps: a few windows at the end.
    func fillRate(from ring: Ring, _ out: Row) {
        var end = source.moment.first(grid)
        var (low, high) = (ring.index(after: end &- source.range, near: 0), ring.index(after: end, near: ring.count))
        for step in 0..<out.count {
            while high < ring.count, ring.time(high) <= end { high &+= 1 }
            while low < high, ring.time(low) <= end &- source.range { low &+= 1 }
            if low < high {
                run.statistics.totalSamples &+= high &- low
                if run.options.countsPerStep { run.count(grid, step..<(step + 1), high - low) }
            }
            out.values[step] = rate(ring, low, high, end)
            end &+= grid.step
        }
    }
    /// Over the samples `low..<high`, in a window that ends at `end`.
    @inline(__always)
    private func rate(_ ring: Ring, _ low: Int, _ high: Int, _ end: Int64) -> Double {
        guard high &- low >= 2 else { return absent }
        let isCounter = function != .delta
        let (first, from, through) = (ring.value(low), ring.time(low), ring.time(high &- 1))
        var change = ring.value(high &- 1) - first
        if isCounter, ring.lastReset > from {
            for index in (low + 1)..<high where ring.value(index) < ring.value(index - 1) { change += ring.value(index - 1) }
        }
        stretch.set(
            width: through &- from, count: high &- low &- 1, toStart: from &- end &+ source.range, toEnd: end &- through,
            seconds: function == .rate ? Double(source.range) / 1000 : 1)
        return stretch.apply(change, first: first, isCounter: isCounter)
    }
    /// One window of many series; mostly their samples lie as those of the series before.
    func fillRates(_ rows: Range<Int>, _ rings: Rings, _ out: UnsafeMutablePointer<Double>) {
        let end = source.moment.first(grid)
        var (width, behind, samples) = (0, 0, 0)
        for row in rows {
            let ring = rings[row]
            let high = ring.index(after: end, near: ring.count &- behind)
            let low = ring.index(after: end &- source.range, near: high &- width)
            (width, behind) = (high &- low, ring.count &- high)
            samples &+= width
            out[row &- rows.lowerBound] = rate(ring, low, high, end)
        }
        run.statistics.totalSamples &+= samples
    }

    /// The samples that are below the one before.
    private func findResets() {
        let (values, count) = (source.columns.values, source.columns.count)
        if !scratch.indexes.isEmpty { scratch.indexes.removeAll(keepingCapacity: true) }
        // Counted first, without a branch: mostly there are none.
        var resets = 0
        forEachIndex(count &- 1) { resets &+= values[$0 &+ 1] < values[$0] ? 1 : 0 }
        guard resets > 0 else { return }
        for index in 1..<count where values[index] < values[index - 1] { scratch.indexes.append(Int32(truncatingIfNeeded: index)) }
    }
}

/// By how much the change between the first and last sample of a window is stretched to the whole of it. Windows of a regular series mostly share it, so it is only worked
/// out where the samples lie otherwise than in the window before; and exactly as Prometheus does, in seconds.
struct Stretch: Equatable {
    private var width: Int64 = -1
    private var count = 0
    private var toStart: Int64 = 0
    private var toEnd: Int64 = 0
    /// Seconds: between the first and last sample, and what is added before and behind.
    private var sampled = 0.0
    private var start = 0.0
    private var end = 0.0
    private var factor = 1.0
    /// Of the window where a rate per second is asked for, 1 where not.
    private var seconds = 1.0

    /// `count` distances of `width` milliseconds in all, so far from the ends of the window.
    @inline(__always)
    mutating func set(width: Int64, count: Int, toStart: Int64, toEnd: Int64, seconds: Double) {
        if width != self.width || toStart != self.toStart || toEnd != self.toEnd || count != self.count || seconds != self.seconds {
            work(out: width, count, toStart, toEnd, seconds)
        }
    }
    private mutating func work(out width: Int64, _ count: Int, _ toStart: Int64, _ toEnd: Int64, _ seconds: Double) {
        (self.width, self.count, self.toStart, self.toEnd, self.seconds) = (width, count, toStart, toEnd, seconds)
        sampled = Double(width) / 1000
        let spacing = sampled / Double(count)
        (start, end) = (Double(toStart) / 1000, Double(toEnd) / 1000)
        if start >= spacing * 1.1 { start = spacing / 2 }
        if end >= spacing * 1.1 { end = spacing / 2 }
        factor = (sampled == 0 ? 1 : (sampled + start + end) / sampled) / seconds
    }
    /// `change` stretched. A counter isn't stretched to before it was zero; `first` is its value at the first sample.
    @inline(__always)
    func apply(_ change: Double, first: Double, isCounter: Bool) -> Double {
        // Multiplied rather than divided, with a little to spare: mostly zero is far away.
        if isCounter, change > 0, first >= 0, first * sampled < start * change * 1.000001 {
            let toZero = sampled * (first / change)
            if toZero < start { return change * ((sampled == 0 ? 1 : (sampled + toZero + end) / sampled) / seconds) }
        }
        return change * factor
    }
    /// The same for many windows at once, the first and last sample of each `stride` behind those of the one before.
    @inline(__always)
    func apply(
        _ values: UnsafePointer<Double>, from low: Int, to high: Int, stride: Int, count: Int, isCounter: Bool,
        _ out: UnsafeMutablePointer<Double>
    ) {
        var near = 0
        forEachIndex(count) { index in
            let first = values[low &+ index &* stride]
            let change = values[high &+ index &* stride] - first
            near &+= first * sampled < start * change * 1.000001 ? 1 : 0
            out[index] = change * factor
        }
        guard isCounter, near > 0 else { return }
        for index in 0..<count {
            let first = values[low &+ index &* stride]
            out[index] = apply(values[high &+ index &* stride] - first, first: first, isCounter: true)
        }
    }
}
