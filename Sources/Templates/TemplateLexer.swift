import Telemetry

/// A word of a template's actions.
enum TemplateToken: Hashable, Sendable {
    /// Outside of `{{ }}`.
    case text(String)
    case open
    case close
    case identifier(String)
    /// `.A`, and `.A` behind something without a space between.
    case field(String, isAttached: Bool)
    case dot
    /// `$x`, without the dollar.
    case variable(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case pipe
    case comma
    case leftParenthesis
    case rightParenthesis
    case declare
    case assign
    case end
}

/// Cuts a template into words: text as it stands, actions word by word.
struct TemplateLexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private(set) var tokens: [(token: TemplateToken, line: Int)] = []
    private var line = 1

    static func tokens(of text: String) throws(TemplateError) -> [(token: TemplateToken, line: Int)] {
        var lexer = TemplateLexer(Array(text.unicodeScalars))
        try lexer.run()
        return lexer.tokens
    }

    private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private mutating func run() throws(TemplateError) {
        var trimsStart = false
        while position < scalars.count {
            var text = takeText()
            if trimsStart { text = String(text.unicodeScalars.drop { $0.isBlank }.map(Character.init)) }
            trimsStart = false
            guard position < scalars.count else {
                emit(text)
                break
            }
            position += 2
            if peek(0) == "-", peek(1)?.isBlank ?? false {
                position += 1
                text = text.trimmingEnd
            }
            emit(text)
            if try skipComment(&trimsStart) { continue }
            trimsStart = try action()
        }
        tokens.append((.end, line))
    }

    private mutating func emit(_ text: String) {
        if !text.isEmpty { tokens.append((.text(text), line)) }
    }
    private func peek(_ offset: Int) -> Unicode.Scalar? { position + offset < scalars.count ? scalars[position + offset] : nil }

    private mutating func takeText() -> String {
        var out = String.UnicodeScalarView()
        while let scalar = peek(0), !(scalar == "{" && peek(1) == "{") {
            if scalar == "\n" { line += 1 }
            out.append(scalar)
            position += 1
        }
        return String(out)
    }

    private mutating func skipComment(_ trims: inout Bool) throws(TemplateError) -> Bool {
        var start = position
        while start < scalars.count, scalars[start].isBlank { start += 1 }
        guard start + 1 < scalars.count, scalars[start] == "/", scalars[start + 1] == "*" else { return false }
        var end = start + 2
        while end + 1 < scalars.count, !(scalars[end] == "*" && scalars[end + 1] == "/") {
            if scalars[end] == "\n" { line += 1 }
            end += 1
        }
        end += 2
        guard end <= scalars.count else { throw fail("unclosed comment") }
        position = end
        if peek(0)?.isBlank ?? false, peek(1) == "-" {
            position += 2
            trims = true
        }
        guard peek(0) == "}", peek(1) == "}" else { throw fail("comment ends before closing delimiter") }
        position += 2
        return true
    }

    /// Up to `}}`; whether what follows is trimmed.
    private mutating func action() throws(TemplateError) -> Bool {
        tokens.append((.open, line))
        var wasBlank = true
        while true {
            guard let scalar = peek(0) else { throw fail("unclosed action") }
            if scalar.isBlank {
                if peek(1) == "-", peek(2) == "}", peek(3) == "}" {
                    position += 4
                    tokens.append((.close, line))
                    return true
                }
                if scalar == "\n" { line += 1 }
                position += 1
                wasBlank = true
                continue
            }
            if scalar == "}", peek(1) == "}" {
                position += 2
                tokens.append((.close, line))
                return false
            }
            tokens.append((try word(scalar, isAttached: !wasBlank), line))
            wasBlank = false
        }
    }

    private mutating func word(_ scalar: Unicode.Scalar, isAttached: Bool) throws(TemplateError) -> TemplateToken {
        switch scalar {
        case "|": return take(1, .pipe)
        case ",": return take(1, .comma)
        case "(": return take(1, .leftParenthesis)
        case ")": return take(1, .rightParenthesis)
        case "=": return take(1, .assign)
        case ":":
            guard peek(1) == "=" else { throw fail("expected :=") }
            return take(2, .declare)
        case "\"", "'": return try quoted(scalar)
        case "`": return try raw()
        case "$":
            position += 1
            return .variable(name())
        case ".":
            if let next = peek(1), next.isDigit { return try number() }
            position += 1
            let name = name()
            return name.isEmpty ? .dot : .field(name, isAttached: isAttached)
        case "+", "-": return try number()
        default:
            if scalar.isDigit { return try number() }
            let name = name()
            guard !name.isEmpty else { throw fail("unexpected \(goQuoted(String(Character(scalar)))) in action") }
            return .identifier(name)
        }
    }
    private mutating func take(_ count: Int, _ token: TemplateToken) -> TemplateToken {
        position += count
        return token
    }
    private mutating func name() -> String {
        var out = String.UnicodeScalarView()
        while let scalar = peek(0), scalar == "_" || scalar.isDigit || scalar.properties.isAlphabetic {
            out.append(scalar)
            position += 1
        }
        return String(out)
    }

    private mutating func number() throws(TemplateError) -> TemplateToken {
        var text = ""
        while let scalar = peek(0), scalar.isDigit || "+-._".unicodeScalars.contains(scalar) || scalar.properties.isAlphabetic {
            // A sign belongs to a number at its start and behind its exponent only.
            if scalar == "+" || scalar == "-", !text.isEmpty, text.last != "e", text.last != "E" { break }
            text.unicodeScalars.append(scalar)
            position += 1
        }
        let digits = text.filter { $0 != "_" }
        if let integer = wholeNumber(digits) { return .integer(integer) }
        if let float = Double(digits), digits.last?.isNumber ?? false || digits.hasSuffix(".") { return .float(float) }
        throw fail("bad number syntax: \(goQuoted(text))")
    }
    private func wholeNumber(_ text: String) -> Int? {
        let sign = text.hasPrefix("-") ? -1 : 1
        let body = text.drop { $0 == "-" || $0 == "+" }.lowercased()
        for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where body.hasPrefix(prefix) {
            return Int(body.dropFirst(2), radix: radix).map { $0 * sign }
        }
        return body.allSatisfy { ("0"..."9").contains($0) } ? Int(body).map { $0 * sign } : nil
    }

    private mutating func raw() throws(TemplateError) -> TemplateToken {
        position += 1
        var out = String.UnicodeScalarView()
        while let scalar = peek(0) {
            position += 1
            if scalar == "`" { return .string(String(out)) }
            if scalar == "\n" { line += 1 }
            out.append(scalar)
        }
        throw fail("unterminated raw quoted string")
    }

    private mutating func quoted(_ quote: Unicode.Scalar) throws(TemplateError) -> TemplateToken {
        position += 1
        var out = String.UnicodeScalarView()
        while let scalar = peek(0), scalar != "\n" {
            position += 1
            if scalar == quote {
                guard quote == "'" else { return .string(String(out)) }
                guard out.count == 1, let only = out.first else { throw fail("malformed character constant") }
                return .integer(Int(only.value))
            }
            out.append(scalar == "\\" ? try escape() : scalar)
        }
        throw fail(quote == "'" ? "unterminated character constant" : "unterminated quoted string")
    }
    private mutating func escape() throws(TemplateError) -> Unicode.Scalar {
        guard let scalar = peek(0) else { throw fail("unterminated quoted string") }
        position += 1
        switch scalar {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "a": return "\u{7}"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "v": return "\u{b}"
        case "\\", "\"", "'": return scalar
        case "x": return try numeric(digits: 2)
        case "u": return try numeric(digits: 4)
        case "U": return try numeric(digits: 8)
        default: throw fail("invalid syntax in a quoted string")
        }
    }
    private mutating func numeric(digits: Int) throws(TemplateError) -> Unicode.Scalar {
        guard position + digits <= scalars.count else { throw fail("unterminated quoted string") }
        let text = String(String.UnicodeScalarView(scalars[position..<(position + digits)]))
        guard let number = UInt32(text, radix: 16), let scalar = Unicode.Scalar(number) else {
            throw fail("invalid syntax in a quoted string")
        }
        position += digits
        return scalar
    }

    private func fail(_ message: String) -> TemplateError { .syntax(line: line, message: message) }
}

extension Unicode.Scalar {
    var isBlank: Bool { self == " " || self == "\t" || self == "\r" || self == "\n" }
    var isDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
    /// Without blanks at the end.
    fileprivate var trimmingEnd: String {
        var scalars = unicodeScalars
        while let last = scalars.last, last.isBlank { scalars.removeLast() }
        return String(scalars)
    }
}
