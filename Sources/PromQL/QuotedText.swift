/// `text` in double quotes with escapes that `unquoted` and Go's readers undo.
package func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars { appendEscaped(scalar, quote: "\"", to: &out) }
    return out + "\""
}

/// A character in single quotes; nil (no character, the end) as U+FFFD.
func quoted(_ scalar: Unicode.Scalar?) -> String {
    var out = "'"
    appendEscaped(scalar ?? "\u{fffd}", quote: "'", to: &out)
    return out + "'"
}

private func appendEscaped(_ scalar: Unicode.Scalar, quote: Unicode.Scalar, to out: inout String) {
    switch scalar {
    case quote, "\\":
        out += "\\"
        out.unicodeScalars.append(scalar)
    case "\u{07}": out += "\\a"
    case "\u{08}": out += "\\b"
    case "\u{0c}": out += "\\f"
    case "\n": out += "\\n"
    case "\r": out += "\\r"
    case "\t": out += "\\t"
    case "\u{0b}": out += "\\v"
    default:
        guard !isPrintable(scalar) else { return out.unicodeScalars.append(scalar) }
        let digits = scalar.value < 0x80 ? 2 : scalar.value < 0x10000 ? 4 : 8
        out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U"
        let hex = String(scalar.value, radix: 16)
        out += String(repeating: "0", count: max(0, digits - hex.count)) + hex
    }
}

private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case _ where scalar == "\u{fffd}": false  // The lexer takes it for a broken character.
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
}

/// What stands between the quotes of a PromQL string (`"…"`, `'…'` with escapes, `` `…` `` without); nil for what is none. Escaped bytes that are no UTF-8 become U+FFFD.
package func unquoted(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count >= 2, let quote = bytes.first, quote == bytes.last else { return nil }
    let inner = bytes.dropFirst().dropLast()
    if quote == UInt8(ascii: "`") {
        return inner.contains(quote) ? nil : String(validating: inner, as: UTF8.self)
    }
    guard inner.contains(UInt8(ascii: "\\")) else { return String(validating: inner, as: UTF8.self) }
    var out: [UInt8] = []
    var rest = inner
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\") else {
            out.append(byte)
            continue
        }
        guard appendEscape(from: &rest, quote: quote, to: &out) else { return nil }
    }
    return String(decoding: out, as: UTF8.self)
}

private let plainEscapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): 0x5c,
]

/// False for an escape that there isn't.
private func appendEscape(from rest: inout ArraySlice<UInt8>, quote: UInt8, to out: inout [UInt8]) -> Bool {
    guard let letter = rest.popFirst() else { return false }
    if letter == quote || plainEscapes[letter] != nil {
        out.append(plainEscapes[letter] ?? quote)
        return true
    }
    switch letter {
    case UInt8(ascii: "x"): return appendByte(taking: 2, radix: 16, from: &rest, to: &out)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
        rest = [letter] + rest
        return appendByte(taking: 3, radix: 8, from: &rest, to: &out)
    case UInt8(ascii: "u"): return appendScalar(taking: 4, from: &rest, to: &out)
    case UInt8(ascii: "U"): return appendScalar(taking: 8, from: &rest, to: &out)
    default: return false
    }
}

private func number(taking count: Int, radix: Int, from rest: inout ArraySlice<UInt8>) -> UInt32? {
    guard rest.count >= count else { return nil }
    let digits = rest.prefix(count)
    rest = rest.dropFirst(count)
    guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: radix)
}

private func appendByte(taking count: Int, radix: Int, from rest: inout ArraySlice<UInt8>, to out: inout [UInt8]) -> Bool {
    guard let value = number(taking: count, radix: radix, from: &rest), let byte = UInt8(exactly: value) else { return false }
    out.append(byte)
    return true
}

private func appendScalar(taking count: Int, from rest: inout ArraySlice<UInt8>, to out: inout [UInt8]) -> Bool {
    guard let value = number(taking: count, radix: 16, from: &rest), let scalar = Unicode.Scalar(value) else { return false }
    out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    return true
}
