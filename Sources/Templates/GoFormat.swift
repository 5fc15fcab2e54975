import Glibc
import Telemetry

/// Go's `Printf`: the verbs that templates use.
package enum GoFormat {
    private struct Verb {
        var isLeft = false
        var hasPlus = false
        var hasSpace = false
        var isAlternate = false
        var hasZeros = false
        var width: Int?
        var precision: Int?
    }
    private static let sizeLimit = 1000

    package static func text(_ format: String, _ arguments: [TemplateValue]) -> String {
        var out = ""
        var rest = format.unicodeScalars[...]
        var next = 0
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                out.unicodeScalars.append(scalar)
                continue
            }
            var verb = flags(&rest)
            verb.width = number(&rest, arguments, &next)
            if rest.first == "." {
                rest.removeFirst()
                verb.precision = number(&rest, arguments, &next) ?? 0
            }
            guard let letter = rest.popFirst() else {
                out += "%!(NOVERB)"
                break
            }
            if letter == "%" {
                out += "%"
                continue
            }
            guard arguments.indices.contains(next) else {
                out += "%!\(letter)(MISSING)"
                continue
            }
            out += padded(one(letter, arguments[next], verb), verb)
            next += 1
        }
        if next < arguments.count {
            out += "%!(EXTRA " + arguments[next...].map { "\($0.kind)=\($0.text)" }.joined(separator: ", ") + ")"
        }
        return out
    }

    private static func flags(_ rest: inout Substring.UnicodeScalarView) -> Verb {
        var verb = Verb()
        while let scalar = rest.first {
            switch scalar {
            case "-": verb.isLeft = true
            case "+": verb.hasPlus = true
            case " ": verb.hasSpace = true
            case "#": verb.isAlternate = true
            case "0": verb.hasZeros = true
            default: return verb
            }
            rest.removeFirst()
        }
        return verb
    }
    private static func number(_ rest: inout Substring.UnicodeScalarView, _ arguments: [TemplateValue], _ next: inout Int) -> Int? {
        if rest.first == "*" {
            rest.removeFirst()
            guard arguments.indices.contains(next), case .integer(let value) = arguments[next] else { return nil }
            next += 1
            return min(max(value, 0), sizeLimit)
        }
        let digits = rest.prefix { $0.isDigit }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : min(Int(String(digits)) ?? sizeLimit, sizeLimit)
    }

    private static func one(_ letter: Unicode.Scalar, _ value: TemplateValue, _ verb: Verb) -> String {
        switch (letter, value) {
        case ("v", .float(let number)) where verb.precision != nil: return float(number, "g", verb)
        case ("v", .string(let text)) where verb.isAlternate, ("q", .string(let text)): return goQuoted(text)
        case ("v", _), ("s", .string), ("s", .list), ("s", .map), ("s", .object), ("s", .time), ("s", .duration), ("t", .bool):
            let text = value.text
            return letter == "s" && verb.precision != nil ? String(text.prefix(verb.precision ?? 0)) : signed(text, value, verb)
        case ("d", .integer(let number)): return signed(String(number), value, verb)
        case ("x", .integer(let number)): return String(number, radix: 16)
        case ("X", .integer(let number)): return String(number, radix: 16, uppercase: true)
        case ("o", .integer(let number)): return String(number, radix: 8)
        case ("b", .integer(let number)): return String(number, radix: 2)
        case ("c", .integer(let number)): return Unicode.Scalar(UInt32(clamping: number)).map { String(Character($0)) } ?? "\u{fffd}"
        case ("x", .string(let text)): return text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case ("e", .float(let number)), ("E", .float(let number)), ("f", .float(let number)), ("F", .float(let number)),
            ("g", .float(let number)), ("G", .float(let number)):
            return float(number, letter, verb)
        case ("T", _): return value.kind
        default: return "%!\(letter)(\(value.kind)=\(value.text))"
        }
    }
    private static func signed(_ text: String, _ value: TemplateValue, _ verb: Verb) -> String {
        switch value {
        case .integer(let number) where number >= 0: verb.hasPlus ? "+" + text : verb.hasSpace ? " " + text : text
        default: text
        }
    }

    private static func float(_ number: Double, _ letter: Unicode.Scalar, _ verb: Verb) -> String {
        let text: String
        if !number.isFinite {
            text = number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf"
            return verb.hasPlus || number < 0 || number.isNaN ? text : text
        } else if letter == "g", verb.precision == nil {
            text = number.brief
        } else {
            text = exact(number, letter == "F" ? "f" : letter, verb.precision ?? 6)
        }
        return number.sign == .plus ? (verb.hasPlus ? "+" + text : verb.hasSpace ? " " + text : text) : text
    }

    /// By C's `printf`, whose rounding is that of the exact value, as Go's.
    package static func exact(_ number: Double, _ letter: Unicode.Scalar, _ precision: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 400 + precision)
        let size = buffer.count
        let count = withVaList([Int32(clamping: precision), number]) { vsnprintf(&buffer, size, "%.*\(letter)", $0) }
        return String(decoding: buffer.prefix(max(0, min(Int(count), size - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func padded(_ text: String, _ verb: Verb) -> String {
        guard let width = verb.width, text.count < width else { return text }
        let missing = width - text.count
        if verb.isLeft { return text + String(repeating: " ", count: missing) }
        guard verb.hasZeros else { return String(repeating: " ", count: missing) + text }
        let sign = text.prefix { $0 == "-" || $0 == "+" }
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }
}
