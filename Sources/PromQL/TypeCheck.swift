import Patterns
import Telemetry

/// Whether the parts of an expression fit together; asked once its syntax is known to be good. Errors and their order are Prometheus's.
struct TypeCheck {
    let bytes: [UInt8]

    /// The type of `expression`, whose vector matching it completes. Short, as it stands on the stack once for each level.
    mutating func check(_ expression: inout Expression) throws(QueryError) -> ValueType {
        switch expression.node {
        case .number: .scalar
        case .string: .string
        case .vector(let selector): try check(selector, at: expression.range)
        case .matrix(let matrix): try check(matrix)
        case .parentheses, .negation, .plus: try checkWrapped(&expression)
        case .binary(var binary): try check(&binary, of: &expression)
        case .aggregation(var aggregation): try check(&aggregation, of: &expression)
        case .call(var call): try check(&call, of: &expression)
        case .subquery(var subquery): try check(&subquery, of: &expression)
        }
    }

    private mutating func checkWrapped(_ expression: inout Expression) throws(QueryError) -> ValueType {
        switch expression.node {
        case .parentheses(var inner):
            let type = try check(&inner)
            expression.node = .parentheses(inner)
            return type
        case .negation(var inner):
            let type = try checkSigned(&inner, expression.range)
            expression.node = .negation(inner)
            return type
        case .plus(var inner):
            let type = try checkSigned(&inner, expression.range)
            expression.node = .plus(inner)
            return type
        default: return expression.type
        }
    }

    private mutating func check(_ subquery: inout Subquery, of expression: inout Expression) throws(QueryError) -> ValueType {
        let type = try check(&subquery.inner)
        guard type == .vector else {
            let name = type == .matrix ? "matrix" : type.rawValue
            throw failure("subquery is only allowed on instant vector, got \(name) instead", expression.range)
        }
        expression.node = .subquery(subquery)
        return .matrix
    }

    private mutating func expect(_ type: ValueType, of expression: inout Expression, in context: String) throws(QueryError) {
        let found = try check(&expression)
        guard found == type else {
            throw failure("expected type \(type.rawValue) in \(context), got \(found.rawValue)", expression.range)
        }
    }

    private mutating func checkSigned(_ inner: inout Expression, _ range: SourceRange) throws(QueryError) -> ValueType {
        let type = try check(&inner)
        guard type == .scalar || type == .vector else {
            let rule = "unary expression only allowed on expressions of type scalar or instant vector"
            throw failure("\(rule), got \(quoted(type.rawValue))", range)
        }
        return type
    }

    private mutating func check(_ aggregation: inout Aggregation, of expression: inout Expression) throws(QueryError) -> ValueType {
        try expect(.vector, of: &aggregation.inner, in: "aggregation expression")
        if var parameter = aggregation.parameter {
            try expect(aggregation.operation == .countValues ? .string : .scalar, of: &parameter, in: "aggregation parameter")
            aggregation.parameter = parameter
        }
        expression.node = .aggregation(aggregation)
        return .vector
    }

    // MARK: Binary expressions

    private mutating func check(_ binary: inout BinaryExpression, of expression: inout Expression) throws(QueryError) -> ValueType {
        let left = try check(&binary.left)
        let right = try check(&binary.right)
        try match(&binary, left, right, expression.range)
        expression.node = .binary(binary)
        return left == .scalar && right == .scalar ? .scalar : .vector
    }

    private func match(_ binary: inout BinaryExpression, _ left: ValueType, _ right: ValueType, _ range: SourceRange) throws(QueryError) {
        if binary.returnsBool, !binary.operation.isComparison {
            throw failure("bool modifier can only be used on comparison operators", binary.operatorRange)
        }
        if binary.operation.isComparison, !binary.returnsBool, left == .scalar, right == .scalar {
            throw failure("comparisons between scalars must use BOOL modifier", binary.operatorRange)
        }
        var matching = binary.matching ?? BinaryExpression.Matching()
        if binary.operation.isSet, matching.cardinality == .oneToOne { matching.cardinality = .manyToMany }
        if matching.isOn, let twice = matching.labels.first(where: { matching.include.contains($0) }) {
            throw failure("label \(quoted(twice)) must not occur in ON and GROUP clause at once", binary.operatorRange)
        }
        for (type, side) in [(left, binary.left), (right, binary.right)] where type != .scalar && type != .vector {
            throw failure("binary expression must contain only scalar and instant vector types", side.range)
        }
        try check(matching, binary.operation, areVectors: left == .vector && right == .vector, range)
        binary.matching = left == .vector && right == .vector ? matching : nil
    }

    private func check(
        _ matching: BinaryExpression.Matching, _ operation: BinaryExpression.Operation, areVectors: Bool, _ range: SourceRange
    ) throws(QueryError) {
        let fills = matching.fillLeft != nil || matching.fillRight != nil
        if !areVectors {
            if !matching.labels.isEmpty { throw failure("vector matching only allowed between instant vectors", range) }
            if fills { throw failure("filling in missing series only allowed between instant vectors", range) }
            if operation.isSet {
                throw failure("set operator \(quoted(operation.rawValue)) not allowed in binary scalar expression", range)
            }
        } else if operation.isSet {
            if matching.cardinality != .manyToMany {
                throw failure("no grouping allowed for \(quoted(operation.rawValue)) operation", range)
            }
            if fills { throw failure("filling in missing series not allowed for set operators", range) }
        }
    }

    // MARK: Calls

    private mutating func check(_ call: inout Call, of expression: inout Expression) throws(QueryError) -> ValueType {
        try checkCount(call, expression.range)
        let context = "call to function \(quoted(call.function.name))"
        let takesLabelsOnly = call.function.name == "info"
        if takesLabelsOnly, call.arguments.count > 1 { try checkLabels(call.arguments[1], context, expression.range) }
        for index in call.arguments.indices where !(takesLabelsOnly && index == 1) {
            guard let type = index < call.function.arguments.count ? call.function.arguments[index] : call.function.arguments.last else {
                break
            }
            try expect(type, of: &call.arguments[index], in: context)
        }
        expression.node = .call(call)
        return call.function.result
    }

    private func checkCount(_ call: Call, _ range: SourceRange) throws(QueryError) {
        let (function, count) = (call.function, call.arguments.count)
        let most = function.arguments.count
        let least = function.variadic == 0 ? most : most - 1
        let tail = "argument(s) in call to \(quoted(function.name)), got \(count)"
        if function.variadic == 0 {
            guard count == most else { throw failure("expected \(most) \(tail)", range) }
        } else {
            guard count >= least else { throw failure("expected at least \(least) \(tail)", range) }
            guard function.variadic < 0 || count <= least + function.variadic else {
                throw failure("expected at most \(least + function.variadic) \(tail)", range)
            }
        }
    }

    /// The second argument of `info`: matchers in braces, which may all accept the empty string.
    private func checkLabels(_ argument: Expression, _ context: String, _ range: SourceRange) throws(QueryError) {
        guard argument.type == .vector else {
            throw failure("expected type \(ValueType.vector.rawValue) in \(context), got \(argument.type.rawValue)", range)
        }
        guard case .vector(let selector) = argument.node else { throw failure("expected label selectors only", argument.range) }
        guard selector.name == nil else {
            throw failure("expected label selectors only, got vector selector instead", argument.range)
        }
    }

    // MARK: Selectors

    private func check(_ selector: VectorSelector, at range: SourceRange) throws(QueryError) -> ValueType {
        try checkMatchers(of: selector, at: range)
        return .vector
    }

    private func check(_ matrix: MatrixSelector) throws(QueryError) -> ValueType {
        try checkMatchers(of: matrix.selector, at: matrix.selectorRange)
        return .matrix
    }

    func checkMatchers(of selector: VectorSelector, at range: SourceRange) throws(QueryError) {
        if let name = selector.name {
            if let twice = selector.matchers.dropLast().first(where: { $0.name == LabelSet.nameLabel }) {
                throw failure("metric name must not be set twice: \(quoted(name)) or \(quoted(twice.value))", range)
            }
        } else if selector.matchers.allSatisfy(acceptsEmpty) {
            throw failure("vector selector must contain at least one non-empty matcher", range)
        }
    }

    private func acceptsEmpty(_ matcher: LabelMatcher) -> Bool {
        switch matcher.operation {
        case .equal: return matcher.value.isEmpty
        case .notEqual: return !matcher.value.isEmpty
        case .matches, .doesNotMatch:
            // The parser has refused what is no pattern.
            guard let pattern = try? Pattern(matcher.value, dotMatchesNewline: true) else { return false }
            return pattern.matchesWhole("") == (matcher.operation == .matches)
        }
    }

    private func failure(_ message: String, _ range: SourceRange) -> QueryError { QueryError(message, range, in: bytes) }
}
