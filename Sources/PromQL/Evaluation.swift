import Telemetry

/// What the operators of one evaluation share: where samples come from, what may be spent, what there is to remark.
final class Evaluation {
    let querier: any Querier
    let options: QueryOptions
    let symbols: Symbols
    /// Of the query itself; subqueries have grids of their own.
    let bounds: StepGrid
    /// The last moment that the query asked for; past the last step where the span is no multiple of the step.
    let boundsEnd: Int64
    /// 0 for an instant query.
    let boundsStep: Int64
    let lookback: Int64
    var notes = Notes()
    var statistics = QueryStatistics()
    /// Reused from series to series; who fills it uses it up before anybody else reads.
    let columns = SampleColumns()
    private var held = 0
    private var work = 0
    private var wasCancelled = false
    private var counterNames: [Symbol: Bool] = [:]
    private var lastCounterName = Symbol.empty

    /// What a standing query kept; nil for any other.
    var standing: StandingState?

    init(_ querier: any Querier, _ options: QueryOptions, bounds: StepGrid, end: Int64, step: Int64, symbols: Symbols? = nil) {
        self.querier = querier
        self.options = options
        self.bounds = bounds
        boundsEnd = end
        boundsStep = step
        lookback = max(options.lookback.nanoseconds / 1_000_000, 1)
        self.symbols = symbols ?? Symbols(querier)
    }

    /// Counts samples that are kept while the query runs; throws where there are too many.
    func hold(_ samples: Int) throws(QueryError) {
        held += samples
        if held > statistics.peakSamples { statistics.peakSamples = held }
        if held > options.sampleLimit { throw .tooManySamples(limit: options.sampleLimit) }
    }
    /// What is held now; give it to `release(to:)` when what came since is used up.
    var mark: Int { held }
    func release(to mark: Int) { held = min(held, mark) }

    /// Asked once a series or so; looks at the clock only now and then.
    func checkCancellation(cost: Int = 1) throws(QueryError) {
        if isCancelled(cost: cost) { throw .cancelled }
    }
    /// The same for a loop that can't throw; once true it stays so.
    func isCancelled(cost: Int) -> Bool {
        work &+= cost
        if work >= 4096, !wasCancelled {
            work = 0
            wasCancelled = options.isCancelled()
        }
        return wasCancelled
    }

    func select(_ matchers: [LabelMatcher], from start: Int64, through end: Int64) throws(QueryError) -> [SeriesID] {
        let range = Timestamp(milliseconds: min(start, end))...Timestamp(milliseconds: end)
        do { return try querier.select(matchers, in: range) } catch {
            throw .execution(message: "expanding series: \(error.detail)")
        }
    }
    /// The series that a selector stands for, with their labels; `place` is where it stands in the query.
    func select(
        _ matchers: [LabelMatcher], at place: SourceRange?, from start: Int64, through end: Int64
    ) throws(QueryError) -> (series: [SeriesID], labels: LabelTable, standing: StandingSelection?) {
        if let place, let standing = standing?.selections[place] { return (standing.series, standing.labels, standing) }
        let series = try select(matchers, from: start, through: end)
        return (series, try labels(of: series), nil)
    }
    func read(_ series: SeriesID, from start: Int64, through end: Int64) {
        columns.removeAll()
        if start <= end { querier.read(series, in: Timestamp(milliseconds: start)...Timestamp(milliseconds: end), into: columns) }
    }

    /// Remarks on a rate of what, by its name, isn't counted up.
    func checkCounterName(_ name: Symbol, _ range: SourceRange) {
        if name == lastCounterName || name.isEmpty { return }
        lastCounterName = name
        if counterNames[name] == true { return }
        counterNames[name] = true
        let text = symbols.text(name)
        if !["_total", "_sum", "_count", "_bucket"].contains(where: text.hasSuffix) { notes.possiblyNotCounter(metric: text, range) }
    }
}

extension NativeHistogram {
    /// In samples, as Prometheus counts it against the limit: sixteen bytes each.
    var sampleCount: Int {
        let slices = positiveSpans.count + negativeSpans.count + positiveBuckets.count + negativeBuckets.count + customBounds.count
        return (168 + slices * 8 + 8) / 16
    }
}
