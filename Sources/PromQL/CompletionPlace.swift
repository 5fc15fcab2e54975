import Telemetry

/// What stands before a cursor, and so what may be written there.
struct CompletionPlace {
    enum Subject: Hashable {
        case nothing
        /// Of the metric before the brace, or of the first one in the query.
        case label(of: String?)
        case value(label: String, of: String?)
        case duration
        /// Where an operand may stand, and these words too.
        case operand([String])
        /// Behind an operand.
        case operation([String])
    }
    /// Where the half-typed word begins, in characters.
    private(set) var start: Int
    /// Without its quote.
    private(set) var typed = ""
    private(set) var subject = Subject.nothing

    private let bytes: [UInt8]
    private var tokens: [Token] = []
    /// Of what is read: where a string was not closed.
    private var openString: Int?

    init(_ before: String, rest: Substring) {
        bytes = Array(before.utf8)
        start = before.count
        read()
        if let openString {
            let quote = bytes[openString]
            typed = String(decoding: bytes[(openString + 1)...], as: UTF8.self)
            start = characters(openString)
            subject = quote == UInt8(ascii: "#") ? .nothing : insideBraces(otherwise: .nothing)
            return
        }
        if let last = tokens.last, last.end == bytes.count, isWord(last) {
            tokens.removeLast()
            typed = text(last)
            start = characters(last.start)
        }
        if bytes.last == UInt8(ascii: "\""), typed.isEmpty { return }
        subject = brackets(rest)
    }

    /// Reads as far as the text is well formed.
    private mutating func read() {
        var lexer = Lexer(bytes)
        while let token = try? lexer.next(), token.kind != .end { tokens.append(token) }
        guard lexer.start < bytes.count else { return }
        let first = bytes[lexer.start]
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") || first == UInt8(ascii: "`") { openString = lexer.start }
    }

    private func text(_ token: Token) -> String { String(decoding: bytes[token.start..<token.end], as: UTF8.self) }
    private func characters(_ offset: Int) -> Int { String(decoding: bytes[..<offset], as: UTF8.self).count }
    private func isWord(_ token: Token) -> Bool {
        switch token.kind {
        case .identifier, .metricIdentifier, .keyword, .aggregation, .preprocessor, .duration, .number: true
        case .operation(let word): word == .and || word == .or || word == .unless || word == .atan2
        default: false
        }
    }

    // MARK: Brackets

    /// By the innermost bracket that is open.
    private func brackets(_ rest: Substring) -> Subject {
        var open: [Int] = []
        for (index, token) in tokens.enumerated() {
            switch token.kind {
            case .leftBrace, .leftBracket, .leftParenthesis: open.append(index)
            case .rightBrace, .rightBracket, .rightParenthesis: _ = open.popLast()
            default: break
            }
        }
        guard let innermost = open.last else { return word() }
        switch tokens[innermost].kind {
        case .leftBrace: return insideBraces(otherwise: .nothing)
        case .leftBracket: return isAfter([.leftBracket, .colon]) || tokens.last?.kind == .comma ? .duration : .nothing
        default:
            guard innermost > 0, isGrouping(tokens[innermost - 1].kind) else { return word() }
            guard isAfter([.leftParenthesis, .comma]) else { return .nothing }
            return .label(of: firstMetric(rest))
        }
    }

    private func isAfter(_ kinds: Set<Token.Kind>) -> Bool { tokens.last.map { kinds.contains($0.kind) } ?? false }

    private func isGrouping(_ kind: Token.Kind) -> Bool {
        guard case .keyword(let word) = kind else { return false }
        return [.by, .without, .on, .ignoring, .groupLeft, .groupRight].contains(word)
    }

    /// `otherwise` where no brace is open.
    private func insideBraces(otherwise: Subject) -> Subject {
        guard let brace = tokens.lastIndex(where: { $0.kind == .leftBrace || $0.kind == .rightBrace }), tokens[brace].kind == .leftBrace
        else {
            return otherwise
        }
        let metric = brace > 0 && tokens[brace - 1].kind.canNameMetric ? text(tokens[brace - 1]) : quotedName(after: brace)
        if isAfter([.leftBrace, .comma]) { return openString == nil ? .label(of: metric) : .value(label: LabelSet.nameLabel, of: nil) }
        guard isAfter([.assign, .matches, .doesNotMatch, .operation(.notEqual)]), tokens.count > brace + 2 else { return .nothing }
        let label = tokens[tokens.count - 2]
        return .value(label: label.kind == .string ? unquoted(bytes[label.start..<label.end]) ?? "" : text(label), of: metric)
    }

    /// `{"name", …`, or `{__name__="name", …`.
    private func quotedName(after brace: Int) -> String? {
        let inside = tokens[(brace + 1)...]
        guard let first = inside.first, let second = inside.dropFirst().first else { return nil }
        if first.kind == .string, second.kind == .comma { return unquoted(bytes[first.start..<first.end]) }
        guard text(first) == LabelSet.nameLabel, second.kind == .assign, let third = inside.dropFirst(2).first else { return nil }
        return third.kind == .string ? unquoted(bytes[third.start..<third.end]) : nil
    }

    /// For the labels of `by (…)`: what is aggregated stands before or behind.
    private func firstMetric(_ rest: Substring) -> String? {
        if let metric = Self.firstMetric(tokens, bytes) { return metric }
        let behind = Array(rest.drop { $0 != ")" }.dropFirst().utf8)
        var (lexer, tokens) = (Lexer(behind), [Token]())
        while let token = try? lexer.next(), token.kind != .end { tokens.append(token) }
        return Self.firstMetric(tokens, behind)
    }
    private static func firstMetric(_ tokens: [Token], _ bytes: [UInt8]) -> String? {
        for (index, token) in tokens.enumerated() where token.kind == .identifier || token.kind == .metricIdentifier {
            let next = index + 1 < tokens.count ? tokens[index + 1].kind : .end
            let isInList = index > 0 && (tokens[index - 1].kind == .leftParenthesis || tokens[index - 1].kind == .comma)
            let isLabel = isInList && (next == .comma || next == .assign) && token.kind == .identifier
            if next != .leftParenthesis, !isLabel, next != .assign {
                return String(decoding: bytes[token.start..<token.end], as: UTF8.self)
            }
        }
        return nil
    }

    // MARK: Words

    private func word() -> Subject {
        guard let last = tokens.last else { return .operand([]) }
        switch last.kind {
        case .operation(let operation): return .operand((operation.isComparison ? ["bool"] : []) + ["on", "ignoring"])
        case .keyword(.bool): return .operand(["on", "ignoring"])
        case .keyword(.offset): return .duration
        case .leftParenthesis, .comma: return .operand([])
        case .aggregation: return .operation(["by", "without"])
        case .rightParenthesis: return afterParenthesis()
        case .rightBracket, .rightBrace, .number, .duration, .string, .identifier, .metricIdentifier:
            return typed.isEmpty ? .nothing : .operation([])
        default: return .nothing
        }
    }

    /// Behind a list of labels an operand may come; behind an aggregation's body, its labels.
    private func afterParenthesis() -> Subject {
        var depth = 0
        for index in tokens.indices.reversed() {
            if tokens[index].kind == .rightParenthesis { depth += 1 }
            if tokens[index].kind == .leftParenthesis { depth -= 1 }
            guard depth == 0 else { continue }
            guard index > 0 else { break }
            switch tokens[index - 1].kind {
            case .aggregation: return .operation(["by", "without"])
            case .keyword(.on), .keyword(.ignoring): return .operand(["group_left", "group_right"])
            case .keyword(.groupLeft), .keyword(.groupRight): return .operand([])
            default: return .operation([])
            }
        }
        return .operation([])
    }
}
