import Patterns
import Telemetry

/// Reads a search from left to right; loosest first: `or`, side by side, `>` and `>>`, `not`.
struct SearchParser {
    private static let depthLimit = 64
    private static let lengthLimit = 4096

    private let characters: [Character]
    private var position = 0
    private var depth = 0
    private(set) var error: Diagnostic?

    init(_ text: String) {
        characters = Array(text.prefix(Self.lengthLimit))
        if text.utf8.count > Self.lengthLimit, text.count > Self.lengthLimit {
            fail("a search has at most \(Self.lengthLimit) characters", at: Self.lengthLimit)
        }
    }

    mutating func parse() -> SearchExpression {
        var parts: [SearchExpression] = []
        while true {
            let start = position
            if let part = alternatives() { parts.append(part) }
            skipBlanks()
            guard position < characters.count else { break }
            if take(")") { fail("there is no ( that this closes", at: position - 1) } else if position == start { position += 1 }
        }
        return joined(parts)
    }

    private mutating func alternatives() -> SearchExpression? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            fail("brackets are nested too deeply", at: position)
            position = characters.count
            return nil
        }
        var parts: [SearchExpression] = []
        if let part = conjunction() { parts.append(part) }
        while let start = takeKeyword("or") {
            guard let part = conjunction() else {
                fail(
                    parts.isEmpty ? "a term is missing before and after \"or\"" : "a term is missing after \"or\"",
                    at: parts.isEmpty ? start : position)
                continue
            }
            if parts.isEmpty { fail("a term is missing before \"or\"", at: start) }
            parts.append(part)
        }
        return parts.count < 2 ? parts.first : .any(parts)
    }

    private mutating func conjunction() -> SearchExpression? {
        var parts: [SearchExpression] = []
        while true {
            if takeKeyword("and") != nil, parts.isEmpty { fail("a term is missing before \"and\"", at: max(0, position - 3)) }
            let start = position
            if let part = structure() {
                parts.append(part)
            } else if position == start {
                break
            }
        }
        return parts.isEmpty ? nil : joined(parts)
    }

    private mutating func structure() -> SearchExpression? {
        guard var above = negation() else { return nil }
        while true {
            skipBlanks()
            let start = position
            let isDescendant = take(">>")
            guard isDescendant || take(">") else { return above }
            guard let below = negation() else {
                fail("what stands under it is missing after \"\(isDescendant ? ">>" : ">")\"", at: max(start, position))
                return above
            }
            above = isDescendant ? .descendant(above, below) : .child(above, below)
        }
    }

    private mutating func negation() -> SearchExpression? {
        var isNegated = false
        var start: Int?
        while true {
            skipBlanks()
            if peek() == "!", peek(1) != "=", peek(1) != "~" {
                start = position
                position += 1
            } else if let word = takeKeyword("not") {
                start = word
            } else {
                break
            }
            isNegated.toggle()
        }
        guard let inner = primary() else {
            if let start { fail("a term is missing after \"\(characters[start] == "!" ? "!" : "not")\"", at: position) }
            return nil
        }
        return isNegated ? .not(inner) : inner
    }

    private mutating func primary() -> SearchExpression? {
        skipBlanks()
        guard let character = peek() else { return nil }
        switch character {
        case "(": return group()
        case ")": return nil
        case "=", "~", "<", ">", "!":
            if character == ">" {
                fail("what it stands under is missing before \">\"", at: position)
            } else {
                fail("a field is missing before the operator", at: position)
            }
            _ = takeOperator()
            _ = value()
            return nil
        default: return isKeyword("or") || isKeyword("and") ? nil : term()
        }
    }

    private mutating func group() -> SearchExpression? {
        let start = position
        position += 1
        let inner = alternatives()
        skipBlanks()
        if !take(")") {
            fail("this ( is not closed", at: start)
        } else if inner == nil {
            fail("there is nothing between the brackets", at: start)
        }
        return inner
    }

    private mutating func term() -> SearchExpression? {
        let start = position
        let isQuoted = peek() == "\""
        let word = isQuoted ? quoted() : bareWord()
        let wordEnd = position
        if !isQuoted, word == "root", !isComparison() { return .term(SearchTerm(.root, at: start..<wordEnd)) }
        skipBlanks()
        guard !(isQuoted && peek() == ">" && (peek(1) == ">" || wordEnd < position)), let operation = takeOperator() else {
            position = wordEnd
            return word.isEmpty ? nil : .term(SearchTerm(.text(word), at: start..<wordEnd))
        }
        skipBlanks()
        guard let value = value() else {
            fail("a value is missing after \"\(word)\(operation.rawValue)\"", at: position)
            return nil
        }
        return checked(SearchTerm(.field(word, operation, value), at: start..<position), operation, value)
    }

    /// The term, unless its regular expression can't be read.
    private mutating func checked(_ term: SearchTerm, _ operation: SearchTerm.Operator, _ value: String) -> SearchExpression? {
        guard operation == .matches || operation == .doesNotMatch else { return .term(term) }
        do {
            _ = try Pattern(value)
            return .term(term)
        } catch {
            fail(
                "the regular expression can't be read: \(error.detail)", at: max(term.range.lowerBound, term.range.upperBound - value.count)
            )
            return nil
        }
    }

    private func isComparison() -> Bool {
        guard let character = peek() else { return false }
        return "=!~<".contains(character) || (character == ">" && peek(1) != ">" && peek(1) != " " && peek(1) != "(")
    }
}

// Words, operators and values.
extension SearchParser {
    private func peek(_ offset: Int = 0) -> Character? { position + offset < characters.count ? characters[position + offset] : nil }

    private mutating func skipBlanks() { while let character = peek(), character.isWhitespace { position += 1 } }

    private mutating func take(_ text: String) -> Bool {
        guard characters[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    private func isKeyword(_ keyword: String) -> Bool {
        guard characters[position...].prefix(keyword.count).map({ $0.lowercased() }).joined() == keyword else { return false }
        guard let after = peek(keyword.count) else { return true }
        return after.isWhitespace || after == "(" || after == ")"
    }

    /// Where the keyword stood.
    private mutating func takeKeyword(_ keyword: String) -> Int? {
        skipBlanks()
        guard isKeyword(keyword) else { return nil }
        defer { position += keyword.count }
        return position
    }

    private mutating func takeOperator() -> SearchTerm.Operator? {
        if peek() == ">", peek(1) == ">" { return nil }
        // PromQL and TraceQL write `=~`; whoever comes from there is understood.
        if take("=~") { return .matches }
        if take("==") { return .equal }
        for operation in [SearchTerm.Operator.notEqual, .doesNotMatch, .greaterOrEqual, .lessOrEqual, .equal, .matches, .greater, .less] {
            if take(operation.rawValue) { return operation }
        }
        return nil
    }

    private mutating func bareWord() -> String {
        let start = position
        while let character = peek(), !character.isWhitespace, !"()\"=~<>".contains(character) {
            if character == "!", let after = peek(1), after == "=" || after == "~" { break }
            position += 1
        }
        return String(characters[start..<position])
    }

    /// A value runs to the next blank or unmatched bracket, so that URLs and patterns need no quotes.
    private mutating func value() -> String? {
        if peek() == "\"" { return quoted() }
        let start = position
        var open = 0
        while let character = peek(), !character.isWhitespace {
            if character == "(" { open += 1 }
            if character == ")" {
                guard open > 0 else { break }
                open -= 1
            }
            position += 1
        }
        return position == start ? nil : String(characters[start..<position])
    }

    private mutating func quoted() -> String {
        let start = position
        position += 1
        var text = ""
        while let character = peek() {
            position += 1
            if character == "\"" { return text }
            if character == "\\", let next = peek(), next == "\"" || next == "\\" {
                text.append(next)
                position += 1
            } else {
                text.append(character)
            }
        }
        fail("this quotation mark is not closed", at: start)
        return text
    }

    private mutating func fail(_ message: String, at offset: Int) {
        if error == nil {
            error = Diagnostic(position: SourcePosition(line: 1, column: min(offset, characters.count) + 1), message: message)
        }
    }

    private func joined(_ parts: [SearchExpression]) -> SearchExpression {
        switch parts.count {
        case 0: .everything
        case 1: parts[0]
        default: .all(parts)
        }
    }
}
