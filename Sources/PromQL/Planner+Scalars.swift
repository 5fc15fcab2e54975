import Glibc
import Telemetry

extension Planner {
    func scalar(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> StepValues {
        switch expression.node {
        case .number(let value, _): return .constant(value)
        case .parentheses(let inner), .plus(let inner): return try scalar(inner, grid)
        case .negation(let inner): return try scalar(inner, grid).map(grid.count) { -$0 }
        case .binary(let binary):
            return combine(try scalar(binary.left, grid), try scalar(binary.right, grid), grid, binary.operation.scalar)
        case .call(let call): return try scalarCall(call, grid)
        default: throw .execution(message: "\(expression.type.rawValue) where a scalar is expected")
        }
    }

    private func scalarCall(_ call: Call, _ grid: StepGrid) throws(QueryError) -> StepValues {
        switch call.function.name {
        case "time": return .each((0..<grid.count).map { Double(grid.time($0)) / 1000 })
        case "pi": return .constant(.pi)
        case "start": return .constant(Double(run.bounds.start) / 1000)
        case "end": return .constant(Double(run.boundsEnd) / 1000)
        case "range": return .constant(Double(run.boundsEnd &- run.bounds.start) / 1000)
        case "step": return .constant(run.boundsEnd == run.bounds.start ? 0 : Double(run.boundsStep) / 1000)
        case "min_of" where call.arguments.count == 2:
            return combine(try scalar(call.arguments[0], grid), try scalar(call.arguments[1], grid), grid, goMinimum)
        case "max_of" where call.arguments.count == 2:
            return combine(try scalar(call.arguments[0], grid), try scalar(call.arguments[1], grid), grid, goMaximum)
        case "scalar" where call.arguments.count == 1: return try scalar(of: try vector(call.arguments[0], grid))
        default: throw .execution(message: "unknown function \(call.function.name)")
        }
    }

    /// The only float of a step; NaN where there is none or more.
    private func scalar(of source: Operator) throws(QueryError) -> StepValues {
        var values = [Double](repeating: .nan, count: source.grid.count)
        var found = [Bool](repeating: false, count: source.grid.count)
        let row = Row(count: source.grid.count)
        for index in 0..<source.count {
            try source.fill(index, row)
            for step in 0..<row.count where !isAbsent(row.values[step]) {
                values[step] = found[step] ? .nan : row.values[step]
                found[step] = true
            }
        }
        return .each(values)
    }

    private func combine(_ left: StepValues, _ right: StepValues, _ grid: StepGrid, _ body: (Double, Double) -> Double) -> StepValues {
        if case .constant(let a) = left, case .constant(let b) = right { return .constant(body(a, b)) }
        return .each((0..<grid.count).map { body(left[$0], right[$0]) })
    }

    /// A length of time, worked out where it is an expression; whole milliseconds.
    func milliseconds(_ duration: DurationExpression, allowsNegative: Bool) throws(QueryError) -> Int64 {
        guard case .computed(let expression) = duration else {
            guard case .constant(let span) = duration else { return 0 }
            return span.nanoseconds / 1_000_000
        }
        let place = "\(expression.range.start):\(expression.range.end): "
        let seconds = try seconds(expression)
        if !seconds.isFinite { throw .execution(message: place + "duration is NaN or infinite") }
        if seconds <= 0, !allowsNegative { throw .execution(message: place + "duration must be greater than 0") }
        if seconds.magnitude > 9_223_372_036 { throw .execution(message: place + "duration is out of range") }
        return Int64(seconds * 1000)
    }
    private func seconds(_ expression: Expression) throws(QueryError) -> Double {
        let place = "\(expression.range.start):\(expression.range.end): "
        switch expression.node {
        case .number(let value, _): return value
        case .parentheses(let inner), .plus(let inner): return try seconds(inner)
        case .negation(let inner): return -(try seconds(inner))
        case .call(let call) where call.function.name == "step": return Double(run.boundsStep) / 1000
        case .call(let call) where call.function.name == "range": return Double(run.boundsEnd &- run.bounds.start) / 1000
        case .call(let call) where call.arguments.count == 2 && (call.function.name == "min_of" || call.function.name == "max_of"):
            let (a, b) = (try seconds(call.arguments[0]), try seconds(call.arguments[1]))
            return call.function.name == "min_of" ? goMinimum(a, b) : goMaximum(a, b)
        case .binary(let binary):
            let (left, right) = (try seconds(binary.left), try seconds(binary.right))
            if right == 0, binary.operation == .divide { throw .execution(message: place + "division by zero") }
            if right == 0, binary.operation == .modulo { throw .execution(message: place + "modulo by zero") }
            return binary.operation.apply(left, right).value
        default: throw .execution(message: place + "no duration")
        }
    }

    /// Whether the value is the same at every step: all selectors look at a fixed moment, and no function asks for the time.
    func isInvariant(_ expression: Expression) -> Bool {
        switch expression.node {
        case .number, .string: return true
        case .parentheses(let inner), .negation(let inner), .plus(let inner): return isInvariant(inner)
        case .vector(let selector): return selector.shift.at != nil
        case .matrix(let matrix): return matrix.selector.shift.at != nil
        case .subquery(let subquery): return subquery.shift.at != nil
        case .aggregation(let aggregation):
            return isInvariant(aggregation.inner) && (aggregation.parameter.map(isInvariant) ?? true)
        case .binary(let binary): return isInvariant(binary.left) && isInvariant(binary.right)
        case .call(let call):
            if call.function.name == "timestamp", let argument = call.arguments.first {
                if case .vector = stripped(argument).node { return isInvariant(argument) }
                return false
            }
            return !Self.changesWithTime.contains(call.function.name) && call.arguments.allSatisfy(isInvariant)
        }
    }
    private static let changesWithTime: Set<String> = [
        "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year", "predict_linear", "time",
        "timestamp",
        "start_timestamp",
    ]
    /// Without the parentheses around it.
    func stripped(_ expression: Expression) -> Expression {
        var expression = expression
        while case .parentheses(let inner) = expression.node { expression = inner }
        return expression
    }
}

/// As Go's `math.Min`: a NaN wins, unless the other is −Inf.
func goMinimum(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity || b == -.infinity { return -.infinity }
    if a.isNaN || b.isNaN { return .nan }
    return a == 0 && b == 0 ? (a.sign == .minus ? a : b) : (a < b ? a : b)
}
/// As Go's `math.Max`: a NaN wins, unless the other is +Inf.
func goMaximum(_ a: Double, _ b: Double) -> Double {
    if a == .infinity || b == .infinity { return .infinity }
    if a.isNaN || b.isNaN { return .nan }
    return a == 0 && b == 0 ? (a.sign == .minus ? b : a) : (a > b ? a : b)
}
