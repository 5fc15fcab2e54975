import Telemetry

/// What a range function reads: for each series its samples over all windows, staleness markers left out.
class RangeSource {
    let run: Evaluation
    let grid: StepGrid
    let labels: LabelTable
    /// Milliseconds; a window is `(end − range, end]`.
    let range: Int64
    let moment: Moment
    let modifier: VectorSelector.Extension?
    let columns = SampleColumns()

    init(_ run: Evaluation, _ grid: StepGrid, _ labels: LabelTable, range: Int64, moment: Moment, modifier: VectorSelector.Extension?) {
        self.run = run
        self.grid = grid
        self.labels = labels
        self.range = range
        self.moment = moment
        self.modifier = modifier
    }
    /// The metric name that all series have; nil where each has to be asked.
    var name: Symbol? { nil }
    /// Replaces `columns` with the samples of series `row`.
    func load(_ row: Int) throws(QueryError) {}

    /// The samples that a standing query keeps of series `row`, where it keeps all that the windows see and no staleness marker is among them.
    func plainRing(_ row: Int) -> Ring? { nil }
    /// The same for all of `rows`.
    func plainRings(_ rows: Range<Int>) -> Rings? { nil }

    /// What `anchored` and `smoothed` see before a window, and after it.
    var before: Int64 { modifier == nil ? 0 : run.lookback }
    var after: Int64 { modifier == .smoothed ? run.lookback : 0 }
}

/// `selector[range]`.
final class SelectorRange: RangeSource {
    private let series: [SeriesID]
    private let knowsResets: Bool
    private let from: Int64
    private let through: Int64
    private let standing: StandingSelection?
    private let commonName: Symbol?
    override var name: Symbol? { commonName }

    init(
        _ run: Evaluation, _ grid: StepGrid, _ selector: VectorSelector, at place: SourceRange, range: Int64, moment: Moment,
        knowsResets: Bool
    ) throws(QueryError) {
        self.knowsResets = knowsResets
        let extra = selector.modifier == nil ? 0 : run.lookback
        from = moment.first(grid) &- range &- extra &+ 1
        through = moment.last(grid) &+ (selector.modifier == .smoothed ? run.lookback : 0)
        let labels: LabelTable
        (series, labels, standing) = try run.select(selector.matchers, at: place, from: from, through: through)
        commonName =
            labels.count > 0 && selector.matchers.contains { $0.name == LabelSet.nameLabel && $0.operation == .equal && !$0.value.isEmpty }
            ? labels.value(run.symbols.name, row: 0) : nil
        super.init(run, grid, labels, range: range, moment: moment, modifier: selector.modifier)
    }
    /// What a standing query keeps, once it does.
    private var warm: StandingSelection? { run.standing?.isWarm == true ? standing : nil }
    override func plainRing(_ row: Int) -> Ring? { warm?.plainRing(row, from: from) }
    override func plainRings(_ rows: Range<Int>) -> Rings? { warm?.plainRings(rows, from: from) }
    override func load(_ row: Int) throws(QueryError) {
        columns.removeAll()
        if let ring = warm?.ring(row, from: from) {
            ring.copy(to: columns)
        } else if from <= through {
            run.querier.read(series[row], in: Timestamp(milliseconds: from)...Timestamp(milliseconds: through), into: columns)
        }
        if knowsResets, !columns.histograms.isEmpty { columns.resolveResets() }
        columns.dropStaleMarkers()
        try run.checkCancellation(cost: 1 + columns.count / 64)
    }
}

/// `expression[range:step]`: the inner expression over its own grid.
final class SubqueryRange: RangeSource {
    private let inner: Operator
    private let row: Row

    init(_ run: Evaluation, _ grid: StepGrid, _ inner: Operator, range: Int64, moment: Moment) {
        self.inner = inner
        row = Row(count: inner.grid.count)
        super.init(run, grid, inner.labels, range: range, moment: moment, modifier: nil)
    }
    override func load(_ index: Int) throws(QueryError) {
        columns.removeAll()
        guard inner.grid.count > 0 else { return }
        let before = run.statistics.totalSamples
        try inner.fill(index, row)
        run.statistics.totalSamples = before
        var histogram = 0
        columns.reserve(row.count)
        for step in 0..<row.count {
            let value = row.values[step]
            if !isAbsent(value) {
                columns.append(inner.grid.time(step), value)
            } else if histogram < row.histograms.count, row.histograms[histogram].step == step {
                var value = row.histograms[histogram].value
                // Samples between may be left out or come twice, so what is known of resets no longer holds.
                if value.resetHint != .gauge { value.resetHint = .unknown }
                columns.append(inner.grid.time(step), value)
                histogram += 1
            }
        }
        try run.checkCancellation(cost: 1 + row.count / 16)
    }
}

extension SampleColumns {
    /// Without the places where a series ended: a float, or a histogram by its sum.
    func dropStaleMarkers() {
        if histograms.isEmpty, !mayHaveMarkers || absentCount(values, count) == 0 { return }
        var (place, kept, histogram, keptHistograms) = (0, 0, 0, 0)
        while place < count {
            let isHistogram = histogram < histograms.count && histograms[histogram].index == place
            if isHistogram ? !isAbsent(histograms[histogram].value.sum) : !isAbsent(values[place]) {
                times[kept] = times[place]
                values[kept] = values[place]
                if isHistogram {
                    if keptHistograms < histogram || kept < place { histograms[keptHistograms] = (kept, histograms[histogram].value) }
                    keptHistograms += 1
                }
                kept += 1
            }
            if isHistogram { histogram += 1 }
            place += 1
        }
        histograms.removeLast(histograms.count - keptHistograms)
        setCount(kept)
    }
}
