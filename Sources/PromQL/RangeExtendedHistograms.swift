import Telemetry

extension RangeOperator {
    /// As `fillExtendedRate`, where the series has histograms elsewhere.
    func extendedFloatRate(_ window: MixedWindow) -> PointValue? {
        let value = extendedChange(mixed.floats, window.floats.lowerBound, window.floats.upperBound, end: window.end)
        return isAbsent(value) ? nil : .float(value)
    }

    /// `rate`, `increase` and `delta` of native histograms in an `anchored` or `smoothed` range (experimental).
    func extendedRate(_ window: MixedWindow, _ row: Int) -> NativeHistogram? {
        let (isCounter, metric) = (function != .delta, metricName(row))
        let range = window.histograms
        guard let (first, last) = bounds({ mixed.times[$0] }, range.lowerBound, range.upperBound, start: window.start, end: window.end),
            isCoherent(first...last, isCounter, metric)
        else { return nil }
        let reachesLeft = isSmoothed && mixed.times[first] < window.start && first + 1 < range.upperBound
        let reachesRight = isSmoothed && last > 0 && mixed.times[last] > window.end && last > range.lowerBound
        guard let left = reachesLeft ? interpolate(first, first + 1, window.start, isCounter, metric) : mixed.histograms[first],
            let right = reachesRight ? interpolate(last - 1, last, window.end, isCounter, metric) : mixed.histograms[last]
        else { return nil }
        if !isCounter, left.resetHint != .gauge || right.resetHint != .gauge { run.notes.notGauge(metric: metric, self.range) }
        var change = right
        guard subtract(left, from: &change, metric) else { return nil }
        if isCounter, !makeGood(first, last, left, right, start: window.start, &change, metric) { return nil }
        if function == .rate { change.divide(by: Double(source.range) / 1000) }
        change.resetHint = .gauge
        return change.compacted()
    }

    private func isCoherent(_ indexes: ClosedRange<Int>, _ isCounter: Bool, _ metric: String) -> Bool {
        let usesCustomBounds = mixed.histograms[indexes.lowerBound].usesCustomBounds
        for index in indexes {
            if mixed.histograms[index].usesCustomBounds != usesCustomBounds {
                run.notes.mixedSchemas(metric: metric, range)
                return false
            }
            if isCounter, mixed.histograms[index].resetHint == .gauge { run.notes.notCounter(metric: metric, range) }
        }
        return true
    }
    private func interpolate(_ from: Int, _ to: Int, _ time: Int64, _ isCounter: Bool, _ metric: String) -> NativeHistogram? {
        do {
            return try mixed.histograms[from].interpolated(
                to: mixed.histograms[to], from: mixed.times[from], through: mixed.times[to], at: time, isCounter: isCounter, run, range)
        } catch {
            run.notes.mixedSchemas(metric: metric, range)
            return nil
        }
    }
    /// Adds what the counter had at each reset between the ends.
    private func makeGood(
        _ first: Int, _ last: Int, _ left: NativeHistogram, _ right: NativeHistogram, start: Int64, _ change: inout NativeHistogram,
        _ metric: String
    ) -> Bool {
        let points = mixed.histograms
        var (next, before) = (first + 1, left)
        if isSmoothed, mixed.times[first] < start, first + 1 < points.count, points[first + 1].detectsReset(after: points[first]) {
            // The value at the start already lies behind that reset.
            before = points[first + 1]
            next += 1
        }
        guard next <= last else { return true }
        for index in next..<last {
            if points[index].detectsReset(after: before), !add(before, to: &change, metric) { return false }
            before = points[index]
        }
        return !right.detectsReset(after: before) || add(before, to: &change, metric)
    }
}

extension NativeHistogram {
    /// On the line to a later histogram; after a counter's reset that line begins at zero.
    func interpolated(
        to later: NativeHistogram, from start: Int64, through end: Int64, at time: Int64, isCounter: Bool, _ run: Evaluation,
        _ range: SourceRange
    ) throws(HistogramSum.MixedSchemas) -> NativeHistogram {
        if time == start { return self }
        if time == end { return later }
        let share = Double(time &- start) / Double(end &- start)
        var out = later
        guard !(isCounter && later.detectsReset(after: self)) else {
            out.scale(by: share)
            return out
        }
        if try out.subtract(self).contains(.reconciledBounds) { run.notes.reconciledBounds(.subtraction, range) }
        out.scale(by: share)
        if try out.add(self).contains(.reconciledBounds) { run.notes.reconciledBounds(.addition, range) }
        return out
    }
}
