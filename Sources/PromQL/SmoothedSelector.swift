import Telemetry

/// `smoothed` behind an instant selector (experimental): at each step a value on the line between the samples around it, within the lookback both ways.
final class SmoothedSelector: Operator {
    private let series: [SeriesID]
    private let moment: Moment
    private let range: SourceRange

    init(_ run: Evaluation, _ grid: StepGrid, matchers: [LabelMatcher], moment: Moment, range: SourceRange) throws(QueryError) {
        let (from, through) = (moment.first(grid) &- run.lookback &+ 1, moment.last(grid) &+ run.lookback)
        let labels: LabelTable
        (series, labels, _) = try run.select(matchers, at: range, from: from, through: through)
        self.moment = moment
        self.range = range
        super.init(run, grid, labels)
    }

    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        out.clear()
        let columns = run.columns
        run.read(series[row], from: moment.first(grid) &- run.lookback &+ 1, through: moment.last(grid) &+ run.lookback)
        columns.dropStaleMarkers()
        let samples = MixedSamples()
        samples.load(columns)
        for step in 0..<grid.count {
            let time = moment.time(grid, step)
            let floats = samples.floatIndexes(from: time &- run.lookback, through: time &+ run.lookback)
            let histograms = samples.histogramIndexes(from: time &- run.lookback, through: time &+ run.lookback)
            if !floats.isEmpty, !histograms.isEmpty {
                run.notes.mixedFloatsAndHistograms(metric: metricName(row), range)
            } else if !floats.isEmpty {
                out.values[step] = value(samples.floats, floats, at: time)
            } else if !histograms.isEmpty, let histogram = histogram(samples, histograms, at: time, row) {
                out.histograms.append(StepHistogram(step: step, value: histogram))
            }
        }
        try run.hold(out.count)
        try run.checkCancellation(cost: 1 + columns.count / 8)
    }
    private func metricName(_ row: Int) -> String { run.symbols.text(labels.value(run.symbols.name, row: row)) }

    private func value(_ floats: SampleColumns, _ indexes: Range<Int>, at time: Int64) -> Double {
        let (times, values) = (floats.times, floats.values)
        guard let next = indexes.first(where: { times[$0] >= time }) else { return values[indexes.upperBound - 1] }
        if times[next] == time { return values[next] }
        guard next > indexes.lowerBound else { return absent }
        let (from, to) = (values[next - 1], values[next])
        return from + (to - from) * Double(time &- times[next - 1]) / Double(times[next] &- times[next - 1])
    }
    private func histogram(_ samples: MixedSamples, _ indexes: Range<Int>, at time: Int64, _ row: Int) -> NativeHistogram? {
        guard let next = indexes.first(where: { samples.times[$0] >= time }) else {
            var last = samples.histograms[indexes.upperBound - 1]
            // What is known of resets was about the sample, not about its value here.
            last.resetHint = .unknown
            return last
        }
        if samples.times[next] == time { return samples.histograms[next] }
        guard next > indexes.lowerBound else { return nil }
        let (from, to) = (samples.histograms[next - 1], samples.histograms[next])
        guard from.usesCustomBounds == to.usesCustomBounds else {
            run.notes.mixedSchemas(metric: metricName(row), range)
            return nil
        }
        let isCounter = from.resetHint != .gauge || to.resetHint != .gauge
        do {
            return try from.interpolated(
                to: to, from: samples.times[next - 1], through: samples.times[next], at: time, isCounter: isCounter, run, range)
        } catch {
            run.notes.mixedSchemas(metric: metricName(row), range)
            return nil
        }
    }
}

extension MixedSamples {
    /// Those in `(from, through]`.
    func floatIndexes(from: Int64, through: Int64) -> Range<Int> {
        let low = (0..<floats.count).first { floats.times[$0] > from } ?? floats.count
        return low..<((low..<floats.count).first { floats.times[$0] > through } ?? floats.count)
    }
    func histogramIndexes(from: Int64, through: Int64) -> Range<Int> {
        let low = times.firstIndex { $0 > from } ?? times.count
        return low..<(times[low...].firstIndex { $0 > through } ?? times.count)
    }
}
