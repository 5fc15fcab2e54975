import Telemetry

/// Prepares an expression for a grid: chooses the operators, resolves moments and durations, selects series.
///
/// Called again for the inside of subqueries, with the grid of those.
struct Planner {
    let run: Evaluation
    /// Whether what is planned now is only asked for counts and sums of its histograms.
    var detail = HistogramDetail.unasked

    func vector(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> Operator {
        try run.checkCancellation()
        if grid.count > 1, isInvariant(expression) {
            let before = run.statistics.totalSamples
            let single = try vector(expression, StepGrid(start: grid.start, step: grid.step, count: 1))
            run.repeatCount(since: before, over: grid)
            return BroadcastOperator(single, grid)
        }
        switch expression.node {
        case .parentheses(let inner), .plus(let inner): return try vector(inner, grid)
        case .negation(let inner): return NegationOperator(try vector(inner, grid))
        case .vector(let selector): return try self.selector(selector, expression.range, grid)
        case .aggregation(let aggregation): return try self.aggregation(aggregation, expression.range, grid)
        case .binary(let binary): return try self.binary(binary, expression.range, grid)
        case .call(let call): return try self.call(call, expression, grid)
        case .number, .string, .matrix, .subquery:
            throw .execution(message: "\(expression.type.rawValue) where an instant vector is expected")
        }
    }

    func selector(_ selector: VectorSelector, _ range: SourceRange, _ grid: StepGrid, givesTime: Bool = false) throws(QueryError)
        -> Operator
    {
        let moment = try moment(selector.shift)
        if selector.modifier == .smoothed {
            return try SmoothedSelector(run, grid, matchers: selector.matchers, moment: moment, range: range)
        }
        let knowsResets = detail == .countAndSum
        return try SelectorOperator(
            run, grid, matchers: selector.matchers, at: range, moment: moment, givesTime: givesTime, knowsResets: knowsResets)
    }

    private func binary(_ binary: BinaryExpression, _ range: SourceRange, _ grid: StepGrid) throws(QueryError) -> Operator {
        if binary.operation == .trimLower || binary.operation == .trimUpper, detail != .everything {
            return try asking(.everything).binary(binary, range, grid)
        }
        let operation = PointOperation(operation: binary.operation, returnsBool: binary.returnsBool, range: range, run: run)
        switch (binary.left.type, binary.right.type) {
        case (.scalar, _):
            let number = try scalar(binary.left, grid)
            return VectorScalarOperator(try vector(binary.right, grid), number, isScalarLeft: true, operation)
        case (_, .scalar):
            let left = try vector(binary.left, grid)
            return VectorScalarOperator(left, try scalar(binary.right, grid), isScalarLeft: false, operation)
        default:
            let left = try vector(binary.left, grid)
            return try matched(binary, range, left, try vector(binary.right, grid))
        }
    }

    private func aggregation(_ aggregation: Aggregation, _ range: SourceRange, _ grid: StepGrid) throws(QueryError) -> Operator {
        var aggregation = aggregation
        while case .parentheses(let inner) = aggregation.inner.node { aggregation.inner = inner }
        while case .parentheses(let inner)? = aggregation.parameter?.node { aggregation.parameter = inner }
        switch aggregation.operation {
        case .countValues:
            guard case .string(let label)? = aggregation.parameter?.node else { throw .execution(message: "count_values without a label") }
            return try countValues(aggregation, label, try vector(aggregation.inner, grid))
        case .topk, .bottomk, .limitk, .limitRatio:
            let parameter =
                try aggregation.parameter.map { (expression) throws(QueryError) in try scalar(expression, grid) } ?? .constant(0)
            return try ranking(aggregation, range, parameter, try vector(aggregation.inner, grid))
        default:
            let parameter = try aggregation.parameter.map { (expression) throws(QueryError) in try scalar(expression, grid) }
            let inner = try vector(aggregation.inner, grid)
            if let parameter, let place = aggregation.parameter?.range { remarkOnQuantile(parameter, grid, place) }
            return try AggregationOperator(aggregation, inner, parameter: parameter)
        }
    }
    private func remarkOnQuantile(_ parameter: StepValues, _ grid: StepGrid, _ range: SourceRange) {
        let values = (0..<(parameter.isConstant ? min(grid.count, 1) : grid.count)).map { parameter[$0] }
        if values.contains(where: \.isNaN) { run.notes.invalidQuantile(.nan, range) }
        if let highest = values.max(), highest > 1 { run.notes.invalidQuantile(highest, range) }
        if let lowest = values.min(), lowest < 0 { run.notes.invalidQuantile(lowest, range) }
    }

    /// The range vector that a function reads.
    func range(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> RangeSource {
        switch expression.node {
        case .parentheses(let inner), .plus(let inner): return try range(inner, grid)
        case .matrix(let matrix):
            let length = try milliseconds(matrix.range, allowsNegative: false)
            let moment = try moment(matrix.selector.shift)
            return try SelectorRange(
                run, grid, matrix.selector, at: matrix.selectorRange, range: length, moment: moment, knowsResets: detail == .countAndSum)
        case .subquery(let subquery):
            let moment = try moment(subquery.shift)
            let length = try milliseconds(subquery.range, allowsNegative: false)
            let inner = try subqueryGrid(subquery, length, moment, grid)
            // What is read to get there doesn't count, only the points of the windows.
            let before = run.statistics.totalSamples
            let values = try asking(.everything).vectorOrScalar(subquery.inner, inner)
            run.statistics.totalSamples = before
            return SubqueryRange(run, grid, values, range: length, moment: moment)
        default: throw .execution(message: "\(expression.type.rawValue) where a range vector is expected")
        }
    }

    /// The multiples of the subquery's step from the first window's start to the last one's end.
    private func subqueryGrid(
        _ subquery: Subquery, _ length: Int64, _ moment: Moment, _ grid: StepGrid
    ) throws(QueryError) -> StepGrid {
        let written = try subquery.step.map { (step) throws(QueryError) in try milliseconds(step, allowsNegative: false) } ?? 0
        // What comes to no whole millisecond is as if it weren't written.
        let step = written > 0 ? written : max(run.options.subqueryStep.nanoseconds / 1_000_000, 1)
        let before = moment.first(grid) &- length
        let inner = StepGrid(start: (floorDivide(before, step) &+ 1) &* step, through: moment.last(grid), step: step)
        if inner.count > run.options.sampleLimit { throw .tooManySamples(limit: run.options.sampleLimit) }
        return inner
    }

    /// For what stands within something that needs so much of histograms.
    func asking(_ detail: HistogramDetail) -> Planner {
        var planner = self
        if self.detail != .everything { planner.detail = detail }
        return planner
    }

    /// A subquery may stand over a scalar: one series without labels.
    func vectorOrScalar(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> Operator {
        guard expression.type == .scalar else { return try vector(expression, grid) }
        return ScalarOperator(run, grid, try scalar(expression, grid))
    }

    func moment(_ shift: TimeShift) throws(QueryError) -> Moment {
        let at: Int64? =
            switch shift.at {
            case nil: nil
            case .time(let time)?: StepGrid.clamp(time)
            case .start?: run.bounds.start
            case .end?: run.boundsEnd
            }
        return Moment(at: at, offset: try milliseconds(shift.offset, allowsNegative: true))
    }
}

/// What is needed of the native histograms that selectors give. Where it is the count and the sum alone, Prometheus works out from sample to sample whether a
/// counter began anew, and leaves the buckets away; so do we, for it shows in remarks.
enum HistogramDetail { case unasked, countAndSum, everything }

extension SampleColumns {
    /// Tells of each histogram whether it began anew, and keeps only what `countAndSum` needs.
    func resolveResets() {
        var before: NativeHistogram?
        for index in histograms.indices {
            var value = histograms[index].value
            if isAbsent(value.sum) { continue }
            if value.resetHint == .unknown, let before { value.resetHint = value.detectsReset(after: before) ? .reset : .notReset }
            before = value
            histograms[index].value = NativeHistogram(resetHint: value.resetHint, schema: value.schema, count: value.count, sum: value.sum)
        }
    }
}

/// A scalar as a series without labels.
final class ScalarOperator: Operator {
    private let scalar: StepValues
    init(_ run: Evaluation, _ grid: StepGrid, _ scalar: StepValues) {
        self.scalar = scalar
        var labels = LabelTable()
        labels.append([], dropsName: false)
        super.init(run, grid, labels)
    }
    override func fill(_ row: Int, _ out: Row) {
        out.clear()
        for step in 0..<out.count { out.values[step] = scalar[step] }
    }
}
