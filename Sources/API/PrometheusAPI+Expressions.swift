import PromQL
import Telemetry

extension PrometheusAPI {
    func writeFormatted(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) { json.string(try expression(call).pretty()) }
    func writeParsed(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) { json.tree(try expression(call)) }

    private func expression(_ call: Call) throws(APIFailure) -> Expression {
        do throws(QueryError) { return try PromQLParser.parse(call.form["query"] ?? "") } catch {
            throw .parameter("query", error.description)
        }
    }
}

extension JSONBytes {
    /// The tree of an expression, as Prometheus 3 hands it to its own pages.
    mutating func tree(_ expression: Expression) {
        switch expression.node {
        case .number(let value, _):
            raw("{\"type\":\"numberLiteral\",\"val\":")
            scalarValue(value)
        case .string(let text):
            raw("{\"type\":\"stringLiteral\",\"val\":")
            string(text)
        case .parentheses(let inner):
            raw("{\"type\":\"parenExpr\",\"expr\":")
            tree(inner)
        case .negation(let inner): unary("-", inner)
        case .plus(let inner): unary("+", inner)
        case .binary(let binary): tree(binary)
        case .aggregation(let aggregation): tree(aggregation)
        case .call(let call): tree(call)
        case .vector(let selector):
            raw("{\"type\":\"vectorSelector\"")
            tree(selector)
        case .matrix(let matrix):
            raw("{\"type\":\"matrixSelector\",\"range\":")
            milliseconds(matrix.range)
            tree(matrix.selector)
        case .subquery(let subquery):
            raw("{\"type\":\"subquery\",\"expr\":")
            tree(subquery.inner)
            raw(",\"range\":")
            milliseconds(subquery.range)
            raw(",\"step\":")
            milliseconds(subquery.step ?? .constant(.zero))
            tree(subquery.shift)
        }
        raw("}")
    }

    private mutating func unary(_ sign: String, _ inner: Expression) {
        raw("{\"type\":\"unaryExpr\",\"op\":")
        string(sign)
        raw(",\"expr\":")
        tree(inner)
    }

    private mutating func tree(_ binary: BinaryExpression) {
        raw("{\"type\":\"binaryExpr\",\"op\":")
        string(binary.operation.rawValue)
        raw(",\"lhs\":")
        tree(binary.left)
        raw(",\"rhs\":")
        tree(binary.right)
        raw(",\"matching\":")
        if let matching = binary.matching {
            raw("{\"card\":")
            string(matching.cardinality.prometheusName)
            raw(",\"labels\":")
            array(matching.labels) { $0.string($1) }
            raw(",\"on\":")
            bool(matching.isOn)
            raw(",\"include\":")
            array(matching.include) { $0.string($1) }
            raw("}")
        } else {
            raw("null")
        }
        raw(",\"bool\":")
        bool(binary.returnsBool)
    }

    private mutating func tree(_ aggregation: Aggregation) {
        raw("{\"type\":\"aggregation\",\"op\":")
        string(aggregation.operation.rawValue)
        raw(",\"expr\":")
        tree(aggregation.inner)
        raw(",\"param\":")
        if let parameter = aggregation.parameter { tree(parameter) } else { raw("null") }
        raw(",\"grouping\":")
        array(aggregation.grouping) { $0.string($1) }
        raw(",\"without\":")
        bool(aggregation.isWithout)
    }

    private mutating func tree(_ call: Call) {
        raw("{\"type\":\"call\",\"func\":{\"name\":")
        string(call.function.name)
        raw(",\"argTypes\":")
        array(call.function.arguments) { $0.string($1.prometheusName) }
        raw(",\"variadic\":")
        integer(call.function.variadic)
        raw(",\"returnType\":")
        string(call.function.result.prometheusName)
        raw("},\"args\":")
        array(call.arguments) { $0.tree($1) }
    }

    private mutating func tree(_ selector: VectorSelector) {
        raw(",\"name\":")
        string(selector.name ?? "")
        raw(",\"matchers\":")
        array(selector.matchers) { json, matcher in
            json.object([("name", matcher.name), ("value", matcher.value), ("type", matcher.operation.rawValue)])
        }
        tree(selector.shift)
    }
    private mutating func tree(_ shift: TimeShift) {
        raw(",\"offset\":")
        milliseconds(shift.offset)
        raw(",\"timestamp\":")
        if case .time(let time) = shift.at { integer(Int(time.milliseconds)) } else { raw("null") }
        raw(",\"startOrEnd\":")
        switch shift.at {
        case .start: raw("\"start\"")
        case .end: raw("\"end\"")
        default: raw("null")
        }
    }
    /// What has to be worked out first is 0, as in Prometheus before evaluation.
    private mutating func milliseconds(_ duration: DurationExpression) {
        if case .constant(let span) = duration { integer(Int(span.nanoseconds / 1_000_000)) } else { integer(0) }
    }
}

extension BinaryExpression.Cardinality {
    fileprivate var prometheusName: String {
        switch self {
        case .oneToOne: "one-to-one"
        case .manyToOne: "many-to-one"
        case .oneToMany: "one-to-many"
        case .manyToMany: "many-to-many"
        }
    }
}

extension ValueType {
    fileprivate var prometheusName: String {
        switch self {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "vector"
        case .matrix: "matrix"
        }
    }
}
