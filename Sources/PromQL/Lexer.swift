import Telemetry

/// Cuts a query into tokens, one at a time, so that an error is found when the parser gets there. What is a token where, and the errors, are Prometheus's.
struct Lexer {
    private enum State { case statements, duration, finished }
    let bytes: [UInt8]
    /// Where the next byte is read.
    var position = 0
    /// Where the token under way began; errors are told from here.
    private(set) var start = 0
    private var state = State.statements
    private var parenthesisDepth = 0
    private var isBraceOpen = false
    private var isBracketOpen = false
    private var hasColon = false
    private var hasDuration = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() throws(QueryError) -> Token {
        while true {
            start = position
            if isBraceOpen {
                if let token = try insideBraces() { return token }
            } else {
                switch state {
                case .statements: if let token = try statement() { return token }
                case .duration: if let token = try durationWord() { return token }
                case .finished: return token(.end)
                }
            }
        }
    }

    // MARK: Outside braces

    /// Nil for white space and comments.
    private mutating func statement() throws(QueryError) -> Token? {
        guard let byte = take() else {
            guard parenthesisDepth == 0 else { throw failure("unclosed left parenthesis") }
            guard !isBracketOpen else { throw failure("unclosed left bracket") }
            state = .finished
            return token(.end)
        }
        switch byte {
        case UInt8(ascii: "#"): return skipComment()
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): return nil
        case UInt8(ascii: ","): return token(.comma)
        case UInt8(ascii: "="): return try equalSign()
        case UInt8(ascii: "!"):
            guard accept("=") else { throw failure("unexpected character after '!': \(quoted(takeScalar()))") }
            return token(.operation(.notEqual))
        case UInt8(ascii: "<"):
            let operation: BinaryExpression.Operation = accept("=") ? .lessOrEqual : accept("/") ? .trimUpper : .less
            return token(.operation(operation))
        case UInt8(ascii: ">"):
            let operation: BinaryExpression.Operation = accept("=") ? .greaterOrEqual : accept("/") ? .trimLower : .greater
            return token(.operation(operation))
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string(byte)
        case _ where isDigit(byte) || byte == UInt8(ascii: ".") && isDigit(peek()): return try numberOrDuration()
        case _ where isLetter(byte) || byte == UInt8(ascii: ":"): return try word(byte)
        case UInt8(ascii: "("), UInt8(ascii: ")"): return try parenthesis(byte)
        case UInt8(ascii: "{"):
            isBraceOpen = true
            return token(.leftBrace)
        case UInt8(ascii: "["), UInt8(ascii: "]"): return try bracket(byte)
        case UInt8(ascii: "@"): return token(.at)
        default:
            if let operation = Self.arithmetic[byte] { return token(.operation(operation)) }
            position = start
            throw failure("unexpected character: \(quoted(takeScalar()))")
        }
    }

    private static let arithmetic: [UInt8: BinaryExpression.Operation] = [
        UInt8(ascii: "+"): .add, UInt8(ascii: "-"): .subtract, UInt8(ascii: "*"): .multiply, UInt8(ascii: "/"): .divide,
        UInt8(ascii: "%"): .modulo, UInt8(ascii: "^"): .power,
    ]

    private mutating func skipComment() -> Token? {
        while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { position += 1 }
        return nil
    }

    private mutating func equalSign() throws(QueryError) -> Token {
        if accept("=") { return token(.operation(.equal)) }
        guard peek() != UInt8(ascii: "~") else { throw failure("unexpected character after '=': '~'") }
        return token(.assign)
    }

    /// An error stands behind the parenthesis, as if it had been read.
    private mutating func parenthesis(_ byte: UInt8) throws(QueryError) -> Token {
        parenthesisDepth += byte == UInt8(ascii: "(") ? 1 : -1
        guard parenthesisDepth >= 0 else {
            start = position
            throw failure("unexpected right parenthesis ')'")
        }
        return token(byte == UInt8(ascii: "(") ? .leftParenthesis : .rightParenthesis)
    }

    private mutating func bracket(_ byte: UInt8) throws(QueryError) -> Token {
        let opens = byte == UInt8(ascii: "[")
        guard opens != isBracketOpen else { throw failure("unexpected \(opens ? "left" : "right") bracket \(opens ? "'['" : "']'")") }
        isBracketOpen = opens
        guard opens else { return token(.rightBracket) }
        (hasColon, state) = (false, .duration)
        return token(.leftBracket)
    }

    private mutating func word(_ byte: UInt8) throws(QueryError) -> Token {
        if isBracketOpen { return try wordInBrackets(byte) }
        while let next = peek(), isLetter(next) || isDigit(next) || next == UInt8(ascii: ":") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let kind = Token.words[text.lowercased()] else { return token(text.contains(":") ? .metricIdentifier : .identifier) }
        switch kind {
        // Metrics may have these names: they are words of the language before a parenthesis only.
        case .keyword(.fill), .keyword(.fillLeft), .keyword(.fillRight): return token(isParenthesisNext ? kind : .identifier)
        default: return token(kind)
        }
    }

    private mutating func wordInBrackets(_ byte: UInt8) throws(QueryError) -> Token {
        if byte == UInt8(ascii: ":") {
            guard !hasColon else { throw failure("unexpected colon ':'") }
            hasColon = true
            return token(.colon)
        }
        if let token = durationKeyword(byte) { return token }
        throw failure("unexpected character: \(quoted(Unicode.Scalar(byte))), expected ':'")
    }

    private var isParenthesisNext: Bool {
        bytes[position...].first { !isSpace($0) } == UInt8(ascii: "(")
    }

    // MARK: After a left bracket, up to the first number

    private mutating func durationWord() throws(QueryError) -> Token? {
        guard let byte = take() else { throw failure("unexpected end of input in duration expression") }
        switch byte {
        case _ where isSpace(byte): return nil
        case UInt8(ascii: "]"):
            (isBracketOpen, hasColon, state) = (false, false, .statements)
            return token(.rightBracket)
        case UInt8(ascii: ":"):
            start = position
            guard hasDuration else { throw failure("unexpected colon before duration in duration expression") }
            guard !hasColon else { throw failure("unexpected repeated colon in duration expression") }
            hasColon = true
            return Token(kind: .colon, start: position - 1, end: position)
        case UInt8(ascii: "("), UInt8(ascii: ")"): return try parenthesis(byte)
        case UInt8(ascii: ","): return token(.comma)
        case _ where isDigit(byte) || byte == UInt8(ascii: ".") && isDigit(peek()):
            (hasDuration, state) = (true, .statements)
            return try numberOrDuration()
        default:
            if let operation = Self.arithmetic[byte] { return token(.operation(operation)) }
            if isLetter(byte), let token = durationKeyword(byte) { return token }
            position = start
            throw failure("unexpected character in duration expression: \(quoted(takeScalar()))")
        }
    }

    private mutating func durationKeyword(_ byte: UInt8) -> Token? {
        while let next = peek(), isLetter(next) { position += 1 }
        guard let kind = Token.durationWords[String(decoding: bytes[start..<position], as: UTF8.self).lowercased()] else { return nil }
        return token(kind)
    }

    // MARK: Inside braces

    private mutating func insideBraces() throws(QueryError) -> Token? {
        guard let byte = take() else { throw failure("unexpected end of input inside braces") }
        switch byte {
        case UInt8(ascii: "#"): return skipComment()
        case _ where isSpace(byte): return nil
        case _ where isLetter(byte):
            while let next = peek(), isLetter(next) || isDigit(next) { position += 1 }
            return token(.identifier)
        case UInt8(ascii: ","): return token(.comma)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string(byte)
        case UInt8(ascii: "="):
            // Not within the call, for which `self` is read before.
            let isPattern = accept("~")
            return token(isPattern ? .matches : .assign)
        case UInt8(ascii: "!"):
            if accept("~") { return token(.doesNotMatch) }
            guard accept("=") else { throw failure("unexpected character after '!' inside braces: \(quoted(takeScalar()))") }
            return token(.operation(.notEqual))
        case UInt8(ascii: "{"): throw failure("unexpected left brace '{'")
        case UInt8(ascii: "}"):
            isBraceOpen = false
            state = .statements
            return token(.rightBrace)
        default:
            position = start
            throw failure("unexpected character inside braces: \(quoted(takeScalar()))")
        }
    }

    // MARK: Reading

    func token(_ kind: Token.Kind) -> Token { Token(kind: kind, start: start, end: position) }
    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }
    mutating func take() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }
    /// Back to the first byte of the token under way.
    mutating func rewind() { position = start }
    mutating func takeScalar() -> Unicode.Scalar? {
        guard position < bytes.count else { return nil }
        let scalar = String(decoding: bytes[position...].prefix(4), as: UTF8.self).unicodeScalars.first ?? "\u{fffd}"
        position = min(position + UTF8.width(scalar), bytes.count)
        return scalar
    }
    mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }
    mutating func accept(where isWanted: (UInt8) -> Bool) -> Bool {
        guard let byte = peek(), isWanted(byte) else { return false }
        position += 1
        return true
    }
    func failure(_ message: String) -> QueryError { QueryError(message, SourceRange(start, bytes.count), in: bytes) }
}

func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false }
func isLetter(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "_") || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") }
func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
}
