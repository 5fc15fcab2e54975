import Telemetry

/// A parsed PromQL query, to be evaluated as often as wanted, over any version of a store, on any thread.
package struct Query: Sendable {
    package let text: String
    package let expression: Expression

    /// Throws `QueryError.syntax` where `text` isn't PromQL or its types don't fit.
    package init(_ text: String) throws(QueryError) {
        self.text = text
        expression = try PromQLParser.parse(text)
    }
    package init(_ expression: Expression, text: String) {
        self.text = text
        self.expression = expression
    }

    /// The value at one moment: whatever type the expression has.
    package func instant(at time: Timestamp, over querier: some Querier, options: QueryOptions = .init()) throws(QueryError) -> QueryAnswer
    {
        let moment = StepGrid.clamp(time)
        let grid = StepGrid(start: moment, step: 1, count: 1)
        let run = Evaluation(querier, options, bounds: grid, end: moment, step: 0)
        let answer = try QueryRun(run).instant(expression, grid)
        return run.answer(answer)
    }

    /// The values from `start` on, every `step`, as long as `end` is not passed: a matrix sorted by labels.
    ///
    /// Throws `QueryError.syntax` for an expression that gives no number at a moment, as Prometheus does.
    package func range(
        from start: Timestamp, through end: Timestamp, step: TimeSpan, over querier: some Querier, options: QueryOptions = .init()
    ) throws(QueryError) -> QueryAnswer {
        guard expression.type == .scalar || expression.type == .vector else {
            throw .syntax(
                message: "invalid expression type \"\(expression.type.rawValue)\" for range query, must be Scalar or instant Vector",
                range: expression.range, position: SourcePosition(line: 1, column: 1))
        }
        let (first, last) = (StepGrid.clamp(start), StepGrid.clamp(end))
        let grid = StepGrid(start: first, through: last, step: max(step.nanoseconds / 1_000_000, 1))
        if grid.count > options.sampleLimit { throw .tooManySamples(limit: options.sampleLimit) }
        let run = Evaluation(querier, options, bounds: grid, end: last, step: grid.step)
        return run.answer(.matrix(try QueryRun(run).range(expression, grid)))
    }
}

extension Evaluation {
    func answer(_ value: QueryValue) -> QueryAnswer { QueryAnswer(value, annotations: notes.finished, statistics: statistics) }
}

/// Evaluates an expression and puts the answer together.
struct QueryRun {
    let run: Evaluation
    let planner: Planner
    init(_ run: Evaluation) {
        self.run = run
        planner = Planner(run: run)
    }

    func range(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> [ResultSeries] {
        guard grid.count > 0 else { return [] }
        if run.options.countsPerStep {
            run.statistics.samplesPerStep = (0..<grid.count).map { (Timestamp(milliseconds: grid.time($0)), 0) }
        }
        return try series(try planner.vectorOrScalar(expression, grid)).sorted { $0.labels.isBefore($1.labels) }
    }

    func instant(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> QueryValue {
        let time = Timestamp(milliseconds: grid.start)
        if run.options.countsPerStep { run.statistics.samplesPerStep = [(time, 0)] }
        switch expression.type {
        case .scalar: return .scalar(time, try planner.scalar(expression, grid)[0])
        case .string:
            guard case .string(let text) = planner.stripped(expression).node else { return .string(time, "") }
            return .string(time, text)
        case .vector: return .vector(try series(try planner.vector(expression, grid)))
        case .matrix: return .matrix(try rangeVector(expression, grid).sorted { $0.labels.isBefore($1.labels) })
        }
    }

    /// Calls `body` with every series that has a point, its name taken off where it goes.
    func forEachSeries(
        _ expression: Expression, _ grid: StepGrid, _ body: (ArraySlice<SymbolPair>, Row) throws(QueryError) -> Void
    ) throws(QueryError) {
        try forEachSeries(of: try planner.vectorOrScalar(expression, grid), body)
    }
    private func forEachSeries(
        of source: Operator, _ body: (ArraySlice<SymbolPair>, Row) throws(QueryError) -> Void
    ) throws(QueryError) {
        let row = Row(count: source.grid.count)
        var labels: [SymbolPair] = []
        for place in 0..<source.count {
            try source.fill(place, row)
            try run.checkCancellation(cost: 1 + row.count / 16)
            guard !row.isEmpty else { continue }
            finish(source.labels[place], drops: source.labels.dropsName[place], into: &labels)
            try body(labels[...], row)
        }
    }
    /// Series that are alike without their names become one.
    private func series(_ source: Operator) throws(QueryError) -> [ResultSeries] {
        var (index, out) = (LabelIndex(capacity: source.count), [ResultSeries]())
        try forEachSeries(of: source) { (labels, row) throws(QueryError) in
            let (number, isNew) = index.insert(labels)
            if isNew {
                out.append(ResultSeries(labels: run.symbols.labelSet(labels)))
                out[number].floats.reserveCapacity(row.count)
            }
            out[number].append(row, source.grid)
            if !isNew { try out[number].settle() }
        }
        return out
    }
    private func finish(_ labels: ArraySlice<SymbolPair>, drops: Bool, into out: inout [SymbolPair]) {
        out.removeAll(keepingCapacity: true)
        for pair in labels where !drops || !run.symbols.isMetadata(pair.name) { out.append(pair) }
    }

    /// A range vector as the answer itself: samples as they are.
    private func rangeVector(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> [ResultSeries] {
        let source = try planner.range(expression, grid)
        let end = source.moment.first(grid)
        var (out, labels) = ([ResultSeries](), [SymbolPair]())
        for place in 0..<source.labels.count {
            try source.load(place)
            try run.hold(source.columns.count)
            finish(source.labels[place], drops: source.labels.dropsName[place], into: &labels)
            var series = ResultSeries(labels: run.symbols.labelSet(labels[...]))
            try source.extendToEnds(of: end)
            source.appendSamples(from: end &- source.range, through: end, to: &series)
            run.statistics.totalSamples += series.floats.count + series.histograms.reduce(0) { $0 + $1.value.sampleCount }
            if !series.floats.isEmpty || !series.histograms.isEmpty { out.append(series) }
        }
        return out
    }
}

extension RangeSource {
    /// Those of the window `(from, through]`, and those that `anchored` or `smoothed` put at its start.
    fileprivate func appendSamples(from: Int64, through: Int64, to series: inout ResultSeries) {
        var histogram = 0
        for index in 0..<columns.count {
            let time = Timestamp(milliseconds: columns.times[index])
            while histogram < columns.histograms.count, columns.histograms[histogram].index < index { histogram += 1 }
            guard columns.times[index] <= through, columns.times[index] > from || modifier != nil && columns.times[index] == from else {
                continue
            }
            if histogram < columns.histograms.count, columns.histograms[histogram].index == index {
                series.histograms.append(HistogramSample(time, columns.histograms[histogram].value))
            } else {
                series.floats.append(Sample(time, columns.values[index]))
            }
        }
    }
}
