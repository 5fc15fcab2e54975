import Telemetry

extension TemplateScope {
    /// The functions of Alertmanager's templates (`template/template.go`).
    package static func notification() -> TemplateScope {
        TemplateScope(functions: TextFunctions.all.merging(NotificationFunctions.all) { $1 })
    }
}

enum NotificationFunctions {
    static let all: [String: TemplateScope.Function] = [
        "join": { arguments throws(TemplateError) in
            let (separator, list) = try BuiltInFunctions.two(arguments)
            guard case .list(let elements) = list else { throw .execution(message: "join wants a list") }
            guard separator.text.utf8.count * elements.count <= Template.outputLimit else {
                throw .execution(message: "the text is too long")
            }
            return .string(elements.map(\.text).joined(separator: separator.text))
        },
        "trimSpace": { arguments throws(TemplateError) in
            let text = try TextFunctions.text(arguments)
            return .string(String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()))
        },
        "stringSlice": { arguments throws(TemplateError) in try TemplateValue.list(arguments).bounded() },
        "list": { arguments throws(TemplateError) in try TemplateValue.list(arguments).bounded() },
        "dict": { arguments throws(TemplateError) in
            guard arguments.count % 2 == 0 else { throw .execution(message: "dict wants keys and values") }
            var entries: [String: TemplateValue] = [:]
            for place in stride(from: 0, to: arguments.count, by: 2) { entries[arguments[place].text] = arguments[place + 1] }
            return try TemplateValue.map(entries).bounded()
        },
        "safeUrl": { arguments throws(TemplateError) in .string(try TextFunctions.text(arguments)) },
        "urlUnescape": { arguments throws(TemplateError) in .string(unescaped(try TextFunctions.text(arguments))) },
        "date": { arguments throws(TemplateError) in
            let (layout, time) = try BuiltInFunctions.two(arguments)
            guard case .time(let moment) = time else { throw .execution(message: "date wants a time") }
            return .string(CivilText.layout(layout.text, moment))
        },
        "tz": { arguments throws(TemplateError) in
            let (name, time) = try BuiltInFunctions.two(arguments)
            guard name.text == "UTC" || name.text == "Etc/UTC" else { throw .unsupported(message: "dogwatch writes times in UTC") }
            return time
        },
        "humanizeDuration": { arguments throws(TemplateError) in .string(Humanize.duration(try PrometheusFunctions.number(arguments))) },
        "toJson": { arguments throws(TemplateError) in .string(json(try BuiltInFunctions.only(arguments))) },
    ]

    private static func unescaped(_ text: String) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func json(_ value: TemplateValue) -> String {
        switch value {
        case .none: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .float(let number): number.isFinite ? number.apiText : "null"
        case .string(let text): quotedJSON(text)
        case .list(let elements), .object(_, .some(let elements)): "[" + elements.map(json).joined(separator: ",") + "]"
        case .map(let entries), .object(let entries, .none):
            "{" + entries.sorted { $0.key < $1.key }.map { quotedJSON($0.key) + ":" + json($0.value) }.joined(separator: ",") + "}"
        case .time(let time): quotedJSON(time.rfc3339)
        case .duration(let span): String(span.nanoseconds)
        }
    }
    private static func quotedJSON(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { out, scalar in
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 || "<>&".unicodeScalars.contains(scalar) {
                    let digits = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        } + "\""
    }
}

extension TemplateValue {
    /// The same with every text escaped for HTML.
    package var escapedForHTML: TemplateValue {
        switch self {
        case .string(let text): .string(BuiltInFunctions.escapedHTML(text))
        case .list(let elements): .list(elements.map(\.escapedForHTML))
        case .map(let entries): .map(entries.mapValues(\.escapedForHTML))
        case .object(let fields, let elements):
            .object(fields.mapValues(\.escapedForHTML), elements: elements.map { $0.map(\.escapedForHTML) })
        case .none, .bool, .integer, .float, .time, .duration: self
        }
    }
}
