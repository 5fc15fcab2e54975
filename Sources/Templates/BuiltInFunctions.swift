import Telemetry

/// The functions that every template of Go has.
enum BuiltInFunctions {
    /// Known to the run: they look at the template itself.
    static let lazy = ["and", "or", "tmpl"]

    static let all: [String: TemplateScope.Function] = [
        "not": { arguments throws(TemplateError) in .bool(!(try only(arguments)).isTrue) },
        "len": { arguments throws(TemplateError) in .integer(try length(try only(arguments))) },
        "index": { arguments throws(TemplateError) in try index(arguments) },
        "slice": { arguments throws(TemplateError) in try slice(arguments) },
        "print": { arguments throws(TemplateError) in .string(printed(arguments)) },
        "println": { arguments throws(TemplateError) in .string(arguments.map(\.text).joined(separator: " ") + "\n") },
        "printf": { arguments throws(TemplateError) in
            guard case .string(let format)? = arguments.first else { throw .execution(message: "printf wants a format") }
            return .string(GoFormat.text(format, Array(arguments.dropFirst())))
        },
        "html": { arguments throws(TemplateError) in .string(escapedHTML(arguments.map(\.text).joined(separator: " "))) },
        "js": { arguments throws(TemplateError) in .string(escapedScript(arguments.map(\.text).joined(separator: " "))) },
        "urlquery": { arguments throws(TemplateError) in .string(escapedQuery(arguments.map(\.text).joined(separator: " "))) },
        "eq": { arguments throws(TemplateError) in
            guard arguments.count > 1, let first = arguments.first else { throw .execution(message: "missing argument for comparison") }
            for other in arguments.dropFirst() where try isEqual(first, other) { return .bool(true) }
            return .bool(false)
        },
        "ne": { arguments throws(TemplateError) in
            let (a, b) = try two(arguments)
            return .bool(!(try isEqual(a, b)))
        },
        "lt": { arguments throws(TemplateError) in .bool(try order(arguments) < 0) },
        "le": { arguments throws(TemplateError) in .bool(try order(arguments) <= 0) },
        "gt": { arguments throws(TemplateError) in .bool(try order(arguments) > 0) },
        "ge": { arguments throws(TemplateError) in .bool(try order(arguments) >= 0) },
        "call": { arguments throws(TemplateError) in throw .unsupported(message: "dogwatch does not know the function call") },
    ]

    static func only(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        guard arguments.count == 1, let first = arguments.first else {
            throw .execution(message: "wrong number of args: want 1 got \(arguments.count)")
        }
        return first
    }
    static func two(_ arguments: [TemplateValue]) throws(TemplateError) -> (TemplateValue, TemplateValue) {
        guard arguments.count == 2 else { throw .execution(message: "wrong number of args: want 2 got \(arguments.count)") }
        return (arguments[0], arguments[1])
    }

    private static func length(_ value: TemplateValue) throws(TemplateError) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .list(let elements), .object(_, .some(let elements)): elements.count
        case .map(let entries): entries.count
        default: throw .execution(message: "len of type \(value.kind)")
        }
    }

    private static func index(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        guard var value = arguments.first else { throw .execution(message: "index of untyped nil") }
        for key in arguments.dropFirst() {
            switch (value, key) {
            case (.list(let elements), .integer(let number)), (.object(_, .some(let elements)), .integer(let number)):
                guard elements.indices.contains(number) else { throw .execution(message: "index out of range: \(number)") }
                value = elements[number]
            case (.string(let text), .integer(let number)):
                let bytes = Array(text.utf8)
                guard bytes.indices.contains(number) else { throw .execution(message: "index out of range: \(number)") }
                value = .integer(Int(bytes[number]))
            case (.map(let entries), .string(let name)): value = entries[name] ?? .string("")
            default: throw .execution(message: "can't index item of type \(value.kind) with \(key.kind)")
            }
        }
        return value
    }

    private static func slice(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        guard let value = arguments.first else { throw .execution(message: "slice of untyped nil") }
        var bounds: [Int] = []
        for argument in arguments.dropFirst() {
            guard case .integer(let number) = argument else { throw .execution(message: "cannot index slice/array with \(argument.kind)") }
            bounds.append(number)
        }
        let count = try length(value)
        let (from, to) = (bounds.first ?? 0, bounds.count > 1 ? bounds[1] : count)
        guard from >= 0, from <= to, to <= count else { throw .execution(message: "slice bounds out of range") }
        switch value {
        case .string(let text): return .string(String(decoding: Array(text.utf8)[from..<to], as: UTF8.self))
        case .list(let elements): return .list(Array(elements[from..<to]))
        default: throw .execution(message: "can't slice item of type \(value.kind)")
        }
    }

    /// A space between two operands of which neither is a string, as Go's `Sprint`.
    private static func printed(_ arguments: [TemplateValue]) -> String {
        var out = ""
        for (place, argument) in arguments.enumerated() {
            if place > 0, !argument.isString, !arguments[place - 1].isString { out += " " }
            out += argument.text
        }
        return out
    }

    private static func isEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateError) -> Bool {
        switch (a, b) {
        case (.integer(let a), .integer(let b)): return a == b
        case (.float(let a), .float(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        case (.bool(let a), .bool(let b)): return a == b
        case (.none, .none): return true
        case (.time, .time), (.duration, .duration): return a == b
        default:
            // What may be missing can be compared with anything.
            if a == .none || b == .none { return false }
            throw .execution(message: "incompatible types for comparison")
        }
    }
    private static func order(_ arguments: [TemplateValue]) throws(TemplateError) -> Int {
        switch try two(arguments) {
        case (.integer(let a), .integer(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.float(let a), .float(let b)): return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2
        case (.string(let a), .string(let b)): return a < b ? -1 : a > b ? 1 : 0
        default: throw .execution(message: "incompatible types for comparison")
        }
    }

    static func escapedHTML(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&#34;"
            case "'": out += "&#39;"
            case "\0": out += "\u{fffd}"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
    private static func escapedScript(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "\\": out += "\\\\"
            case "'": out += "\\'"
            case "\"": out += "\\\""
            case "<", ">", "&", "=":
                out += "\\u00" + String(scalar.value, radix: 16, uppercase: true)
            default:
                if scalar.value < 0x20 {
                    out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
    }
    /// As Go's `url.QueryEscape`: a space is a plus.
    static func escapedQuery(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): out += "+"
            default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension TemplateValue {
    var isString: Bool { if case .string = self { true } else { false } }
}
