import Telemetry

extension Planner {
    func call(_ call: Call, _ expression: Expression, _ grid: StepGrid) throws(QueryError) -> Operator {
        let name = call.function.name
        if let function = RangeFunction(rawValue: name) { return try rangeCall(function, call, grid) }
        if let math = MathFunction(rawValue: name) { return try mathCall(math, call, grid) }
        if let date = DateFunction(rawValue: name) {
            guard let argument = call.arguments.first else { return DateOperator(date, timeVector(grid), dropsNames: false) }
            return DateOperator(date, try vector(argument, grid), dropsNames: true)
        }
        switch name {
        case "vector": return ScalarOperator(run, grid, try scalar(try argument(call, 0), grid))
        case "absent": return try absent(try argument(call, 0), grid)
        case "timestamp": return try timestamp(try argument(call, 0), grid)
        case "start_timestamp":
            // The store keeps no start timestamps, so there is never one to tell.
            return Operator(run, grid, LabelTable())
        case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc": return try sorted(call, expression.range, grid)
        case "label_replace": return try labelReplace(call, grid)
        case "label_join": return try labelJoin(call, grid)
        case "info": return try info(call, grid)
        case "histogram_quantile", "histogram_quantiles", "histogram_fraction": return try asking(.everything).bucketCall(call, grid)
        case "histogram_count", "histogram_sum", "histogram_avg":
            return HistogramStatistic(name, try asking(.countAndSum).vector(try argument(call, 0), grid))
        case "histogram_stddev", "histogram_stdvar": return HistogramStatistic(name, try vector(try argument(call, 0), grid))
        default: throw .execution(message: "unknown function \(name)")
        }
    }

    func argument(_ call: Call, _ index: Int) throws(QueryError) -> Expression {
        guard index < call.arguments.count else { throw .execution(message: "\(call.function.name) with too few arguments") }
        return call.arguments[index]
    }
    /// The text of a string argument.
    func string(_ call: Call, _ index: Int) throws(QueryError) -> String {
        guard case .string(let text) = stripped(try argument(call, index)).node else {
            throw .execution(message: "\(call.function.name) wants a string as argument \(index + 1)")
        }
        return text
    }

    private func rangeCall(_ function: RangeFunction, _ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        guard let place = call.arguments.firstIndex(where: { $0.type == .matrix }) else {
            throw .execution(message: "\(function.rawValue) without a range vector")
        }
        let argument = stripped(call.arguments[place])
        try check(function, argument)
        var parameters: [StepValues] = []
        for (index, other) in call.arguments.enumerated() where index != place { parameters.append(try scalar(other, grid)) }
        guard parameters.count >= function.parameterCount else {
            throw .execution(message: "\(function.rawValue) with too few arguments")
        }
        let source = try range(argument, grid)
        let range = function == .quantile ? stripped(call.arguments[0]).range : argument.range
        let rows = RangeOperator(function, source, parameters: parameters, range: argument.range, parameterRange: range)
        return function == .absent ? try AbsentOperator(rows, labels: absentLabels(argument), dropsName: true) : rows
    }
    private func check(_ function: RangeFunction, _ argument: Expression) throws(QueryError) {
        guard case .matrix(let matrix) = argument.node, let modifier = matrix.selector.modifier, !function.isAllowed(with: modifier) else {
            return
        }
        let allowed = modifier == .anchored ? "changes, delta, increase, rate, resets" : "delta, increase, rate"
        throw .execution(message: "\(modifier.rawValue) modifier can only be used with: \(allowed) - not with \(function.rawValue)")
    }

    private func mathCall(_ function: MathFunction, _ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        let inner = try vector(try argument(call, 0), grid)
        var parameters: [StepValues] = []
        for other in call.arguments.dropFirst() { parameters.append(try scalar(other, grid)) }
        return try MathOperator(function, inner, parameters)
    }

    /// The time of each step as a series without labels: what the calendar functions take where they are given nothing.
    private func timeVector(_ grid: StepGrid) -> Operator {
        ScalarOperator(run, grid, .each((0..<grid.count).map { Double(floorDivide(grid.time($0), 1000)) }))
    }

    private func timestamp(_ argument: Expression, _ grid: StepGrid) throws(QueryError) -> Operator {
        let argument = stripped(argument)
        if case .vector(let selector) = argument.node, selector.modifier == nil {
            return try self.selector(selector, argument.range, grid, givesTime: true)
        }
        return TimestampOperator(try vector(argument, grid))
    }

    private func absent(_ argument: Expression, _ grid: StepGrid) throws(QueryError) -> Operator {
        let argument = stripped(argument)
        return try AbsentOperator(try vector(argument, grid), labels: absentLabels(argument), dropsName: false)
    }
    /// Of `absent`: the labels that the selector fixes with one `=` each.
    private func absentLabels(_ argument: Expression) -> [SymbolPair] {
        let matchers: [LabelMatcher]
        switch argument.node {
        case .vector(let selector): matchers = selector.matchers
        case .matrix(let matrix): matchers = matrix.selector.matchers
        default: return []
        }
        var (labels, seen) = ([SymbolPair](), Set<String>())
        for matcher in matchers where matcher.name != LabelSet.nameLabel {
            let isFirst = matcher.operation == .equal && seen.insert(matcher.name).inserted
            labels.set(run.symbols.symbol(matcher.name), isFirst ? run.symbols.symbol(matcher.value) : .empty)
        }
        return labels
    }
}

/// One series with 1 at the steps where no series has a point.
final class AbsentOperator: Operator {
    private var present: [Bool]
    init(_ inner: Operator, labels: [SymbolPair], dropsName: Bool) throws(QueryError) {
        present = Array(repeating: false, count: inner.grid.count)
        let row = Row(count: inner.grid.count)
        for index in 0..<inner.count {
            try inner.fill(index, row)
            for step in 0..<row.count where !isAbsent(row.values[step]) { present[step] = true }
            for histogram in row.histograms { present[histogram.step] = true }
        }
        var table = LabelTable()
        table.append(labels, dropsName: dropsName)
        super.init(inner.run, inner.grid, table)
    }
    override func fill(_ row: Int, _ out: Row) {
        out.clear()
        for step in 0..<out.count where !present[step] { out.values[step] = 1 }
    }
}

/// `timestamp` of what is no selector: the step's own time wherever there is a point.
final class TimestampOperator: Operator {
    private let inner: Operator
    init(_ inner: Operator) {
        self.inner = inner
        super.init(inner.run, inner.grid, inner.labels.droppingNames())
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        for step in 0..<out.count where !isAbsent(out.values[step]) { out.values[step] = Double(grid.time(step)) / 1000 }
        for histogram in out.histograms { out.values[histogram.step] = Double(grid.time(histogram.step)) / 1000 }
        out.histograms = []
    }
}
