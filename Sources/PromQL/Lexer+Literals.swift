import Telemetry

extension Lexer {
    // MARK: Strings

    /// The opening quote has been read.
    mutating func string(_ quote: UInt8) throws(QueryError) -> Token {
        let isRaw = quote == UInt8(ascii: "`")
        while let byte = take(), isRaw || byte != UInt8(ascii: "\n") {
            if byte == quote { return token(.string) }
            if byte == 0xef, bytes[position...].starts(with: [0xbf, 0xbd]) { throw failure("invalid UTF-8 rune") }
            if byte == UInt8(ascii: "\\"), !isRaw { try escape(quote) }
        }
        throw failure(isRaw ? "unterminated raw string" : "unterminated quoted string")
    }

    private mutating func escape(_ quote: UInt8) throws(QueryError) {
        guard let letter = takeScalar() else { throw failure("escape sequence not terminated") }
        if letter == Unicode.Scalar(quote) { return }
        switch letter {
        case "a", "b", "f", "n", "r", "t", "v", "\\": return
        case "0"..."7":
            position -= 1
            try digits(3, radix: 8, atMost: 255)
        case "x": try digits(2, radix: 16, atMost: 255)
        case "u": try digits(4, radix: 16, atMost: 0x10ffff)
        case "U": try digits(8, radix: 16, atMost: 0x10ffff)
        default: throw failure("unknown escape sequence \(codePoint(letter))")
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, atMost limit: UInt32) throws(QueryError) {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let letter = takeScalar() else { throw failure("escape sequence not terminated") }
            guard letter.isASCII, let digit = Character(letter).hexDigitValue, digit < radix else {
                throw failure("illegal character \(codePoint(letter)) in escape sequence")
            }
            value = value &* radix &+ UInt32(digit)
        }
        guard value <= limit, !(0xd800..<0xe000).contains(value) else {
            throw failure("escape sequence is an invalid Unicode code point")
        }
    }

    private func codePoint(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + " " + quoted(scalar)
    }

    // MARK: Numbers and durations

    /// The first digit, or the dot before it, has been read.
    mutating func numberOrDuration() throws(QueryError) -> Token {
        rewind()
        if number() { return token(.number) }
        if restOfDuration() { return token(.duration) }
        throw failure("bad number or duration syntax: \(quoted(String(decoding: bytes[start..<position], as: UTF8.self)))")
    }

    /// True for what may be a number: the parser has the last word. Otherwise stands where it can't be one.
    private mutating func number() -> Bool {
        var isDigit: (UInt8) -> Bool = { PromQL.isDigit($0) }
        var isHexadecimal = false
        if accept("0"), accept(where: { $0 | 0x20 == UInt8(ascii: "x") }) {
            _ = accept("_")
            isHexadecimal = true
            isDigit = { PromQL.isDigit($0) || $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "f") }
        }
        _ = accept(".")
        _ = accept(where: isDigit)
        var (hasDot, hasExponent) = (false, false)
        while let byte = peek() {
            if byte == UInt8(ascii: ".") {
                position += 1
                if hasDot || accept(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }) || isHexadecimal { return false }
                hasDot = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                position += 1
                if hasExponent { return false }
                hasExponent = true
                _ = accept(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
                if accept(where: isPunctuation) || peek() == nil { return false }
            } else if byte == UInt8(ascii: "_") {
                position += 1
                if accept(where: isPunctuation) || peek() == nil { return false }
            } else if isDigit(byte) {
                position += 1
            } else {
                break
            }
        }
        return !isWordNext
    }

    private mutating func restOfDuration() -> Bool {
        guard unit("smhdwy") else { return false }
        while accept(where: { PromQL.isDigit($0) }) {
            while accept(where: { PromQL.isDigit($0) }) {}
            guard unit("smhdw") else { return false }
        }
        // What it stops at is told too.
        guard isWordNext else { return true }
        position += 1
        return false
    }

    /// Any of `letters`, and an `s` behind it: units that there aren't are found by the parser.
    private mutating func unit(_ letters: String) -> Bool {
        guard accept(where: { letters.utf8.contains($0) }) else { return false }
        _ = accept("s")
        return true
    }

    private var isWordNext: Bool { peek().map { isLetter($0) || PromQL.isDigit($0) } ?? false }
}

/// What may follow neither an exponent's letter nor an underscore.
private func isPunctuation(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte | 0x20 == UInt8(ascii: "e")
}
