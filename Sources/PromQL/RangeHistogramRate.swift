import Telemetry

extension RangeOperator {
    /// `rate`, `increase` and `delta` of one window.
    func rate(_ window: MixedWindow, _ row: Int) -> PointValue? {
        guard window.floats.isEmpty || window.histograms.isEmpty else {
            run.notes.mixedFloatsAndHistograms(metric: metricName(row), range)
            return nil
        }
        if source.modifier != nil {
            return window.histograms.isEmpty ? extendedFloatRate(window) : extendedRate(window, row).map { .histogram($0) }
        }
        guard window.floats.count + window.histograms.count >= 2 else { return nil }
        guard window.histograms.isEmpty else { return histogramRate(window, row).map { .histogram($0) } }
        let (times, values) = (mixed.floats.times, mixed.floats.values)
        let (first, last) = (window.floats.lowerBound, window.floats.upperBound - 1)
        var change = values[last] - values[first]
        if function != .delta {
            for index in (first + 1)...last where values[index] < values[index - 1] { change += values[index - 1] }
        }
        let factor = stretch(window, times[first], times[last], window.floats.count, first: values[first], change: change)
        return .float(change * factor)
    }

    /// How much the change between the first and last sample is stretched: to the ends of the window where they are near; per second for a rate.
    private func stretch(
        _ window: MixedWindow, _ first: Int64, _ last: Int64, _ count: Int, first value: Double, change: Double
    ) -> Double {
        let sampled = Double(last &- first) / 1000
        let spacing = sampled / Double(count - 1)
        var (toStart, toEnd) = (Double(first &- window.start) / 1000, Double(window.end &- last) / 1000)
        if toStart >= spacing * 1.1 { toStart = spacing / 2 }
        if function != .delta, change > 0, value >= 0 { toStart = min(toStart, sampled * (value / change)) }
        if toEnd >= spacing * 1.1 { toEnd = spacing / 2 }
        let factor = sampled == 0 ? 1 : (sampled + toStart + toEnd) / sampled
        return function == .rate ? factor / (Double(source.range) / 1000) : factor
    }

    private func histogramRate(_ window: MixedWindow, _ row: Int) -> NativeHistogram? {
        let (low, high) = (window.histograms.lowerBound, window.histograms.upperBound - 1)
        guard var change = histogramChange(low, high, row) else { return nil }
        change.scale(
            by: stretch(
                window, mixed.times[low], mixed.times[high], window.histograms.count, first: mixed.histograms[low].count,
                change: change.count))
        return change
    }

    /// What was added between two samples, resets made good; nil where the buckets don't go together, which is remarked.
    private func histogramChange(_ low: Int, _ high: Int, _ row: Int) -> NativeHistogram? {
        let isCounter = function != .delta
        let (points, metric) = (mixed.histograms, metricName(row))
        var (first, last) = (points[low], points[high])
        if isCounter, first.resetHint == .gauge || last.resetHint == .gauge { run.notes.notCounter(metric: metric, range) }
        if isCounter, points[low + 1].detectsReset(after: first) {
            // The first sample counts for nothing then, whatever its buckets are.
            first = NativeHistogram(schema: points[low + 1].schema, customBounds: points[low + 1].customBounds)
        }
        guard last.usesCustomBounds == first.usesCustomBounds else { return mixedSchemas(metric) }
        var schema = min(first.schema, last.schema)
        if isCounter, high - low > 1 {
            for point in points[(low + 1)..<high] {
                if point.resetHint == .gauge { run.notes.notCounter(metric: metric, range) }
                guard point.usesCustomBounds == first.usesCustomBounds else { return mixedSchemas(metric) }
                schema = min(schema, point.schema)
            }
        }
        last = last.reduced(toSchema: schema)
        guard subtract(first, from: &last, metric) else { return nil }
        if isCounter {
            var before = first
            for point in points[(low + 1)...high] {
                if point.detectsReset(after: before), !add(before, to: &last, metric) { return nil }
                before = point
            }
        } else if points[low].resetHint != .gauge || points[high].resetHint != .gauge {
            run.notes.notGauge(metric: metric, range)
        }
        last.resetHint = .gauge
        return last.compacted()
    }

    private func mixedSchemas(_ metric: String) -> NativeHistogram? {
        run.notes.mixedSchemas(metric: metric, range)
        return nil
    }
    func subtract(_ other: NativeHistogram, from histogram: inout NativeHistogram, _ metric: String) -> Bool {
        do {
            if try histogram.subtract(other).contains(.reconciledBounds) { run.notes.reconciledBounds(.subtraction, range) }
            return true
        } catch {
            run.notes.mixedSchemas(metric: metric, range)
            return false
        }
    }
    func add(_ other: NativeHistogram, to histogram: inout NativeHistogram, _ metric: String) -> Bool {
        do {
            if try histogram.add(other).contains(.reconciledBounds) { run.notes.reconciledBounds(.addition, range) }
            return true
        } catch {
            run.notes.mixedSchemas(metric: metric, range)
            return false
        }
    }

    /// `irate` and `idelta`: the last two samples.
    func instantChange(_ window: MixedWindow, _ row: Int) -> PointValue? {
        let (times, values) = (mixed.floats.times, mixed.floats.values)
        var samples = window.floats.suffix(2).map { (time: times[$0], value: PointValue.float(values[$0])) }
        samples += window.histograms.suffix(2).map { (mixed.times[$0], PointValue.histogram(mixed.histograms[$0])) }
        samples.sort { $0.time < $1.time }
        guard samples.count >= 2 else { return nil }
        let (before, last) = (samples[samples.count - 2], samples[samples.count - 1])
        let interval = Double(last.time &- before.time) / 1000
        guard interval != 0 else { return nil }
        let isRate = function == .irate
        switch (before.value, last.value) {
        case (.float(let a), .float(let b)):
            let change = isRate && b < a ? b : b - a
            return .float(isRate ? change / interval : change)
        case (.histogram(let a), .histogram(let b)): return instantChange(a, b, interval, isRate, metricName(row)).map { .histogram($0) }
        default:
            run.notes.mixedFloatsAndHistograms(metric: metricName(row), range)
            return nil
        }
    }
    private func instantChange(
        _ before: NativeHistogram, _ last: NativeHistogram, _ interval: Double, _ isRate: Bool, _ metric: String
    ) -> NativeHistogram? {
        if isRate, before.resetHint == .gauge || last.resetHint == .gauge { run.notes.notCounter(metric: metric, range) }
        if !isRate, before.resetHint != .gauge || last.resetHint != .gauge { run.notes.notGauge(metric: metric, range) }
        var change = last
        if !isRate || !last.detectsReset(after: before), !subtract(before, from: &change, metric) { return nil }
        change.resetHint = .gauge
        change.compact()
        if isRate { change.divide(by: interval) }
        return change
    }
}
