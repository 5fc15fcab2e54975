import Telemetry

extension BinaryExpression.Operation {
    /// Binds the closer the higher.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and, .unless: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .trimUpper, .trimLower: 3
        case .add, .subtract: 4
        case .multiply, .divide, .modulo, .atan2: 5
        case .power: 6
        }
    }
}

extension Parser {
    /// Operators that bind at least as close as `floor`.
    mutating func expression(from floor: Int = 0) throws(QueryError) -> Parsed {
        var left = try operand()
        while case .operation(let operation) = try peek().kind, operation.precedence >= floor {
            let token = try take()
            left = try binary(left, operation, at: token)
        }
        return left
    }

    private mutating func binary(
        _ left: Parsed, _ operation: BinaryExpression.Operation, at token: Token
    ) throws(QueryError) -> Parsed {
        let (returnsBool, matching) = try matching()
        // Powers group from the right.
        let floor = operation == .power ? operation.precedence : operation.precedence + 1
        let right = try nested(at: token) { parser throws(QueryError) in try parser.expression(from: floor) }
        return try joined(left, operation, at: token, returnsBool, matching, right)
    }

    private func joined(
        _ left: Parsed, _ operation: BinaryExpression.Operation, at token: Token, _ returnsBool: Bool,
        _ matching: BinaryExpression.Matching, _ right: Parsed
    ) throws(QueryError) -> Parsed {
        let range = SourceRange(left.expression.range.start, right.expression.range.end)
        if !options.fillModifiers, matching.fillLeft != nil || matching.fillRight != nil {
            throw failure("binop fill modifiers are experimental and not enabled", range)
        }
        let node = BinaryExpression(
            operation, left.expression, right.expression, returnsBool: returnsBool, matching: matching, operatorRange: token.range)
        return try raised(.binary(node), range, over: left.height, right.height)
    }

    /// What stands between an operator and its right side.
    private mutating func matching() throws(QueryError) -> (returnsBool: Bool, BinaryExpression.Matching) {
        let returnsBool = try accept(.keyword(.bool)) != nil
        var matching = BinaryExpression.Matching()
        if case .keyword(let word) = try peek().kind, word == .on || word == .ignoring {
            try take()
            matching.isOn = word == .on
            matching.labels = try groupingLabels()
            if case .keyword(let side) = try peek().kind, side == .groupLeft || side == .groupRight {
                try take()
                matching.cardinality = side == .groupLeft ? .manyToOne : .oneToMany
                if try peek().kind == .leftParenthesis { matching.include = try groupingLabels() }
            }
        }
        try fills(&matching)
        return (returnsBool, matching)
    }

    private mutating func fills(_ matching: inout BinaryExpression.Matching) throws(QueryError) {
        guard case .keyword(let word) = try peek().kind else { return }
        switch word {
        case .fill:
            try take()
            matching.fillLeft = try fillValue()
            matching.fillRight = matching.fillLeft
        case .fillLeft:
            try take()
            matching.fillLeft = try fillValue()
            if try accept(.keyword(.fillRight)) != nil { matching.fillRight = try fillValue() }
        case .fillRight:
            try take()
            matching.fillRight = try fillValue()
            if try accept(.keyword(.fillLeft)) != nil { matching.fillLeft = try fillValue() }
        default: return
        }
    }

    private mutating func fillValue() throws(QueryError) -> Double {
        _ = try expect(.leftParenthesis)
        let sign = try sign()
        guard let value = try number() else { throw try unexpected() }
        _ = try expect(.rightParenthesis)
        return sign == .subtract ? -value.value : value.value
    }

    /// Of `by`, `without`, `on`, `ignoring` and `group_…`.
    mutating func groupingLabels() throws(QueryError) -> [String] {
        guard try accept(.leftParenthesis) != nil else { throw try unexpected(in: "grouping opts", expected: "\"(\"") }
        var labels: [String] = []
        while try accept(.rightParenthesis) == nil {
            labels.append(try groupingLabel())
            if try accept(.comma) == nil, try peek().kind != .rightParenthesis {
                throw try unexpected(in: "grouping opts", expected: "\",\" or \")\"")
            }
        }
        return labels
    }

    private mutating func groupingLabel() throws(QueryError) -> String {
        let token = try peek()
        guard token.kind == .string || token.kind.canNameLabel else { throw try unexpected(in: "grouping opts", expected: "label") }
        try take()
        let name = token.kind == .string ? try string(token) : text(token)
        guard !name.isEmpty else { throw failure("invalid label name for grouping: \(quoted(name))", token.range) }
        return name
    }

    mutating func sign() throws(QueryError) -> BinaryExpression.Operation? {
        try accept(.operation(.add)) != nil ? .add : try accept(.operation(.subtract)) != nil ? .subtract : nil
    }

    // MARK: Operands

    /// What recurses is kept apart from what needs much of the stack.
    private mutating func operand() throws(QueryError) -> Parsed {
        let token = try peek()
        guard let sign = try sign() else { return try suffixed(primary(token)) }
        // As close as a multiplication: -1 ^ 2 is -(1 ^ 2).
        return try signed(sign, at: token, nested(at: token) { parser throws(QueryError) in try parser.expression(from: 6) })
    }

    private func signed(_ sign: BinaryExpression.Operation, at token: Token, _ inner: Parsed) throws(QueryError) -> Parsed {
        let range = SourceRange(token.start, inner.expression.range.end)
        if case .number(let value, let spelling) = inner.expression.node {
            let node = sign == .subtract ? Expression.Node.number(-value, spelling: spelling.map(negated)) : inner.expression.node
            return Parsed(expression: Expression(node, range), height: inner.height)
        }
        return try raised(sign == .subtract ? .negation(inner.expression) : .plus(inner.expression), range, over: inner.height)
    }

    func negated(_ spelling: String) -> String { spelling.hasPrefix("-") ? String(spelling.dropFirst()) : "-" + spelling }

    private mutating func primary(_ token: Token) throws(QueryError) -> Parsed {
        switch token.kind {
        case .number, .duration, .string: return try literal(token)
        case .leftParenthesis:
            try take()
            return try closed(from: token, nested(at: token) { parser throws(QueryError) in try parser.expression() })
        case .leftBrace: return try vector(try take())
        case _ where token.kind.canNameMetric: return try named(try take())
        default: throw try unexpected()
        }
    }

    private mutating func literal(_ token: Token) throws(QueryError) -> Parsed {
        if let (value, spelling, token) = try number() { return try raised(.number(value, spelling: spelling), token.range) }
        try take()
        return try raised(.string(try string(token)), token.range)
    }

    private mutating func closed(from open: Token, _ inner: Parsed) throws(QueryError) -> Parsed {
        let close = try expect(.rightParenthesis)
        return try raised(.parentheses(inner.expression), SourceRange(open.start, close.end), over: inner.height)
    }

    /// A metric, a call or an aggregation: the word after the name tells.
    private mutating func named(_ name: Token) throws(QueryError) -> Parsed {
        let next = try peek().kind
        switch name.kind {
        case .aggregation(let operation) where next == .leftParenthesis || next == .keyword(.by) || next == .keyword(.without):
            return try aggregation(operation, name)
        case .identifier where next == .leftParenthesis, .preprocessor where next == .leftParenthesis: return try call(name)
        default: return try vector(name)
        }
    }

    private mutating func vector(_ first: Token) throws(QueryError) -> Parsed {
        let selector = try vectorSelector(from: first)
        return try raised(.vector(selector), SourceRange(first.start, lastEnd))
    }
}
