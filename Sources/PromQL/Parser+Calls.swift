import Telemetry

extension Parser {
    mutating func call(_ name: Token) throws(QueryError) -> Parsed {
        let (arguments, height, end) = try arguments()
        let text = text(name)
        guard let function = Function.named(text) else { throw failure("unknown function with name \(quoted(text))", name.range) }
        guard !function.isExperimental || options.experimentalFunctions else {
            throw failure("function \(quoted(text)) is not enabled", name.range)
        }
        return try raised(.call(Call(function, arguments)), SourceRange(name.start, end), over: height)
    }

    mutating func aggregation(_ operation: Aggregation.Operation, _ name: Token) throws(QueryError) -> Parsed {
        let inner = Surroundings(context: "aggregation")
        return try nested(at: name, in: inner) { parser throws(QueryError) in
            var (isWithout, labels, end) = (false, [String]?.none, 0)
            if let leading = try parser.aggregationModifier() { (isWithout, labels) = leading }
            let (arguments, height, close) = try parser.arguments()
            end = close
            if labels == nil, let trailing = try parser.aggregationModifier() {
                (isWithout, labels) = trailing
                end = parser.lastEnd
            }
            let range = SourceRange(name.start, end)
            try parser.checkCount(of: arguments, operation, range)
            let aggregation = Aggregation(
                operation, arguments[arguments.count - 1], parameter: operation.takesParameter ? arguments[0] : nil,
                grouping: labels ?? [], isWithout: isWithout)
            return try parser.raised(.aggregation(aggregation), range, over: height)
        }
    }

    private func checkCount(of arguments: [Expression], _ operation: Aggregation.Operation, _ range: SourceRange) throws(QueryError) {
        guard !arguments.isEmpty else { throw failure("no arguments for aggregate expression provided", range) }
        if operation.isExperimental, !options.experimentalFunctions {
            throw failure(
                "\(operation.rawValue)() is experimental and must be enabled with --enable-feature=promql-experimental-functions", range)
        }
        let wanted = operation.takesParameter ? 2 : 1
        guard arguments.count == wanted else {
            let counts = "expected \(wanted), got \(arguments.count)"
            throw failure("wrong number of arguments for aggregate expression provided, \(counts)", range)
        }
    }

    private mutating func aggregationModifier() throws(QueryError) -> (isWithout: Bool, labels: [String]?)? {
        guard case .keyword(let word) = try peek().kind, word == .by || word == .without else { return nil }
        try take()
        return (word == .without, try groupingLabels())
    }

    private mutating func arguments() throws(QueryError) -> (arguments: [Expression], height: Int, end: Int) {
        let open = try expect(.leftParenthesis)
        if let close = try accept(.rightParenthesis) { return ([], 0, close.end) }
        return try nested(at: open) { parser throws(QueryError) in
            var (arguments, height) = ([Expression](), 0)
            while true {
                let argument = try parser.expression()
                arguments.append(argument.expression)
                height = max(height, argument.height)
                if let close = try parser.accept(.rightParenthesis) { return (arguments, height, close.end) }
                let comma = try parser.expect(.comma)
                if try parser.peek().kind == .rightParenthesis {
                    throw parser.failure("trailing commas not allowed in function call args", comma.range)
                }
            }
        }
    }
}
