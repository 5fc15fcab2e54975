import Telemetry

extension Parser {
    /// `[range]` or `[range:step]` behind `operand`.
    mutating func brackets(after operand: Parsed, _ open: Token) throws(QueryError) -> Parsed {
        let spans = "number, duration, step(), or range()"
        let range = try positiveDuration(at: open, Surroundings(context: "subquery or range selector", expected: spans))
        if let close = try accept(.rightBracket) { return try matrix(operand, range, SourceRange(open.start, close.end)) }
        guard let colon = try accept(.colon) else { throw try unexpected(in: "subquery or range", expected: "\":\" or \"]\"") }
        var step: DurationExpression?
        if try peek().kind != .rightBracket {
            let inner = Surroundings(context: "subquery selector", expected: "number, duration, step(), range(), or \"]\"")
            step = try positiveDuration(at: colon, inner)
        }
        guard let close = try accept(.rightBracket) else { throw try unexpected(in: "subquery selector", expected: "\"]\"") }
        let subquery = Subquery(operand.expression, range: range, step: step)
        return try raised(.subquery(subquery), SourceRange(operand.expression.range.start, close.end), over: operand.height)
    }

    private func matrix(_ operand: Parsed, _ range: DurationExpression, _ brackets: SourceRange) throws(QueryError) -> Parsed {
        guard case .vector(let selector) = operand.expression.node else {
            throw failure("ranges only allowed for vector selectors", brackets)
        }
        guard selector.shift.offset == .constant(.zero) else { throw failure("no offset modifiers allowed before range", brackets) }
        guard selector.shift.at == nil else { throw failure("no @ modifiers allowed before range", brackets) }
        let matrix = MatrixSelector(selector, selectorRange: operand.expression.range, range: range)
        return try raised(.matrix(matrix), SourceRange(operand.expression.range.start, brackets.end), over: operand.height)
    }

    private mutating func positiveDuration(at token: Token, _ inner: Surroundings) throws(QueryError) -> DurationExpression {
        let parsed = try nested(at: token, in: inner) { parser throws(QueryError) in try parser.durationExpression() }
        if case .number(let seconds, _) = parsed.expression.node, !(seconds > 0) {
            throw failure("duration must be greater than 0", parsed.expression.range)
        }
        return try duration(parsed)
    }

    /// What follows `offset`: one word with its sign, or (after a parenthesis or a second sign) a whole arithmetic. So `offset -2 ^ 2` is `(… offset -2) ^ 2`.
    mutating func offset() throws(QueryError) -> DurationExpression {
        let token = try peek()
        let inner = Surroundings(context: "offset", expected: "number, duration, step(), or range()")
        let parsed = try nested(at: token, in: inner) { parser throws(QueryError) in
            if try parser.peek().kind == .leftParenthesis { return try parser.durationExpression() }
            guard let sign = try parser.sign() else { return try parser.durationOperand() }
            guard case .operation(let second) = try parser.peek().kind, second == .add || second == .subtract else {
                return try parser.signed(sign, token, parser.durationOperand())
            }
            let inner = try parser.durationExpression(from: BinaryExpression.Operation.multiply.precedence + 1)
            return try parser.continued(parser.signed(sign, token, inner))
        }
        return try duration(parsed)
    }

    private func duration(_ parsed: Parsed) throws(QueryError) -> DurationExpression {
        guard case .number(let seconds, _) = parsed.expression.node else { return .computed(parsed.expression) }
        return .constant(TimeSpan(nanoseconds: Int64(clamping: (seconds * 1e9).rounded())))
    }

    // MARK: Arithmetic of durations

    private mutating func durationExpression(from floor: Int = 0) throws(QueryError) -> Parsed {
        let token = try peek()
        guard let sign = try sign() else { return try continued(durationOperand(), from: floor) }
        let inner = try nested(at: token) { parser throws(QueryError) in
            try parser.durationExpression(from: BinaryExpression.Operation.multiply.precedence + 1)
        }
        return try continued(signed(sign, token, inner), from: floor)
    }

    private mutating func continued(_ left: Parsed, from floor: Int = 0) throws(QueryError) -> Parsed {
        var left = left
        while case .operation(let operation) = try peek().kind, isArithmetic(operation), operation.precedence >= floor {
            let token = try take()
            let next = operation == .power ? operation.precedence : operation.precedence + 1
            let right = try nested(at: token) { parser throws(QueryError) in try parser.durationExpression(from: next) }
            try requireDurationExpressions(left.expression.range)
            if operation == .divide || operation == .modulo, case .number(0, _) = right.expression.node {
                throw failure(operation == .divide ? "division by zero" : "modulo by zero", token.range)
            }
            let range = SourceRange(left.expression.range.start, right.expression.range.end)
            let node = BinaryExpression(operation, left.expression, right.expression, operatorRange: token.range)
            left = try raised(.binary(node), range, over: left.height, right.height)
        }
        return left
    }

    private func isArithmetic(_ operation: BinaryExpression.Operation) -> Bool { operation.precedence >= 4 && operation != .atan2 }

    private func signed(_ sign: BinaryExpression.Operation, _ token: Token, _ inner: Parsed) throws(QueryError) -> Parsed {
        let range = SourceRange(token.start, inner.expression.range.end)
        switch inner.expression.node {
        case .number(let seconds, let spelling):
            let value = sign == .subtract ? -seconds : seconds
            try checkRange(value, token.range)
            let spelling = sign == .subtract ? spelling.map(negated) : spelling
            return Parsed(expression: Expression(.number(value, spelling: spelling), range), height: inner.height)
        case _ where sign == .add: return inner
        default: return try raised(.negation(inner.expression), range, over: inner.height)
        }
    }

    private func checkRange(_ seconds: Double, _ range: SourceRange) throws(QueryError) {
        guard abs(seconds) <= 0x1p63 / 1e9 else { throw failure("duration out of range", range) }
    }

    private func requireDurationExpressions(_ range: SourceRange) throws(QueryError) {
        guard options.durationExpressions else { throw failure("experimental duration expression is not enabled", range) }
    }

    private mutating func durationOperand() throws(QueryError) -> Parsed {
        if let (seconds, spelling, token) = try number() {
            try checkRange(seconds, token.range)
            return try raised(.number(seconds, spelling: spelling), token.range)
        }
        let token = try peek()
        switch token.kind {
        case .leftParenthesis:
            try take()
            let inner = try nested(at: token) { parser throws(QueryError) in try parser.durationExpression() }
            let close = try expect(.rightParenthesis)
            try requireDurationExpressions(inner.expression.range)
            return try raised(.parentheses(inner.expression), SourceRange(token.start, close.end), over: inner.height)
        case .preprocessor(let word) where word != .start && word != .end:
            try take()
            return try durationCall(word, token)
        default: throw try unexpected()
        }
    }

    private mutating func durationCall(_ word: Token.Preprocessor, _ name: Token) throws(QueryError) -> Parsed {
        let open = try expect(.leftParenthesis)
        var (arguments, height) = ([Expression](), 0)
        if word == .minOf || word == .maxOf {
            let left = try nested(at: open) { parser throws(QueryError) in try parser.durationExpression() }
            let comma = try expect(.comma)
            let right = try nested(at: comma) { parser throws(QueryError) in try parser.durationExpression() }
            (arguments, height) = ([left.expression, right.expression], max(left.height, right.height))
        }
        let range = SourceRange(name.start, try expect(.rightParenthesis).end)
        try requireDurationExpressions(range)
        guard let function = Function.named(word.rawValue) else { throw failure("unknown function", range) }
        return try raised(.call(Call(function, arguments)), range, over: height)
    }
}
