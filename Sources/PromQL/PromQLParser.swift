import Telemetry

/// Reads PromQL: the grammar, the types, and the errors of Prometheus 3.
package enum PromQLParser {
    /// What Prometheus takes only when asked to.
    package struct Options: Hashable, Sendable {
        /// `info`, `limitk`, `mad_over_time` and others, so marked in `Function.all`.
        package var experimentalFunctions: Bool
        /// `[5m * 2]`, `offset step()`.
        package var durationExpressions: Bool
        /// `anchored` and `smoothed`.
        package var extendedRangeSelectors: Bool
        /// `fill`, `fill_left`, `fill_right`.
        package var fillModifiers: Bool
        package static let everything = Options(
            experimentalFunctions: true, durationExpressions: true, extendedRangeSelectors: true, fillModifiers: true)
        /// As Prometheus without flags.
        package static let stable = Options(
            experimentalFunctions: false, durationExpressions: false, extendedRangeSelectors: false, fillModifiers: false)
    }

    /// Bytes of one query.
    package static let lengthLimit = 1 << 20
    /// Levels of parentheses, calls and the like.
    package static let nestingLimit = 100
    /// Levels of the tree, in which `a + b + c` has two: what walks it does so on a stack.
    package static let heightLimit = 500

    package static func parse(_ text: String, options: Options = .everything) throws(QueryError) -> Expression {
        let bytes = Array(text.utf8)
        guard bytes.count <= lengthLimit else {
            throw QueryError("query is longer than \(lengthLimit) bytes", SourceRange(lengthLimit, bytes.count), in: bytes)
        }
        var parser = Parser(bytes, options)
        var expression = try parser.wholeExpression()
        var checker = TypeCheck(bytes: bytes)
        _ = try checker.check(&expression)
        return expression
    }

    /// The matchers of a selector that stands alone, such as those of `match[]`: `up{job="shop"}`.
    package static func parseSelector(_ text: String) throws(QueryError) -> VectorSelector {
        let bytes = Array(text.prefix(lengthLimit).utf8)
        var parser = Parser(bytes, .stable)
        return try parser.wholeSelector()
    }
}

/// One reading of one query: by recursive descent, binary operators by precedence. The first error ends it.
struct Parser {
    /// An expression, and how many levels its tree has.
    struct Parsed {
        var expression: Expression
        var height: Int
    }
    /// What an unexpected word is told to be in, where no rule nearer by has its own words for it.
    struct Surroundings {
        var context = ""
        var expected = ""
    }

    let options: PromQLParser.Options
    private var lexer: Lexer
    private var waiting: Token?
    private var depth = 0
    var surroundings = Surroundings()
    /// Where the last token that was taken ends.
    private(set) var lastEnd = 0

    init(_ bytes: [UInt8], _ options: PromQLParser.Options) {
        lexer = Lexer(bytes)
        self.options = options
    }

    mutating func wholeExpression() throws(QueryError) -> Expression {
        guard try peek().kind != .end else { throw failure("no expression found in input", SourceRange(0, 0)) }
        let parsed = try expression()
        guard try peek().kind == .end else { throw try unexpected() }
        return parsed.expression
    }

    mutating func wholeSelector() throws(QueryError) -> VectorSelector {
        let first = try take()
        guard first.kind == .leftBrace || first.kind.canNameMetric else {
            throw failure("unexpected \(description(of: first))", first.range)
        }
        let selector = try vectorSelector(from: first)
        guard try peek().kind == .end else { throw try unexpected() }
        return selector
    }

    // MARK: Words

    /// Read only when needed, so that errors of later words don't hide those of earlier ones.
    mutating func peek() throws(QueryError) -> Token {
        if let waiting { return waiting }
        let token = try lexer.next()
        waiting = token
        return token
    }
    @discardableResult mutating func take() throws(QueryError) -> Token {
        let token = try peek()
        waiting = nil
        lastEnd = token.end
        return token
    }
    mutating func accept(_ kind: Token.Kind) throws(QueryError) -> Token? { try peek().kind == kind ? take() : nil }
    mutating func expect(_ kind: Token.Kind) throws(QueryError) -> Token {
        guard try peek().kind == kind else { throw try unexpected() }
        return try take()
    }
    func text(_ token: Token) -> String { String(decoding: lexer.bytes[token.start..<token.end], as: UTF8.self) }
    func bytes(_ token: Token) -> ArraySlice<UInt8> { lexer.bytes[token.start..<token.end] }

    // MARK: Errors

    func failure(_ message: String, _ range: SourceRange) -> QueryError { QueryError(message, range, in: lexer.bytes) }
    /// About the next word; `context` and `expected` where the rule has its own.
    mutating func unexpected(in context: String? = nil, expected: String? = nil) throws(QueryError) -> QueryError {
        let token = try peek()
        var message = "unexpected " + description(of: token)
        let (context, expected) = context == nil ? (surroundings.context, surroundings.expected) : (context ?? "", expected ?? "")
        if !context.isEmpty { message += " in " + context }
        if !expected.isEmpty { message += ", expected " + expected }
        return failure(message, token.range)
    }
    private func description(of token: Token) -> String { token.kind.description(of: text(token)) }

    // MARK: Depth

    /// Goes one level deeper for `body`, with `surroundings` for what goes wrong there.
    mutating func nested<Result>(
        at token: Token, in inner: Surroundings? = nil, _ body: (inout Parser) throws(QueryError) -> Result
    ) throws(QueryError) -> Result {
        guard depth < PromQLParser.nestingLimit else {
            throw failure("expression is nested deeper than \(PromQLParser.nestingLimit) levels", token.range)
        }
        let outer = surroundings
        if let inner { surroundings = inner }
        depth += 1
        defer {
            depth -= 1
            surroundings = outer
        }
        return try body(&self)
    }
    func raised(_ node: Expression.Node, _ range: SourceRange, over heights: Int...) throws(QueryError) -> Parsed {
        let height = 1 + (heights.max() ?? 0)
        guard height <= PromQLParser.heightLimit else {
            throw failure("expression has more than \(PromQLParser.heightLimit) levels", range)
        }
        return Parsed(expression: Expression(node, range), height: height)
    }
}
