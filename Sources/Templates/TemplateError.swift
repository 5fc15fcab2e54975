/// Why a template can't be read, or has no text.
package enum TemplateError: Error, Hashable, Sendable {
    /// Bad syntax, an unknown function or variable.
    case syntax(line: Int, message: String)
    /// Found while expanding.
    case execution(message: String)
    /// Go would do it; dogwatch does not know how.
    case unsupported(message: String)

    package var message: String {
        switch self {
        case .syntax(_, let message), .execution(let message), .unsupported(let message): message
        }
    }
}

/// In double quotes with Go's escapes.
func goQuoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\t": out += "\\t"
        case "\r": out += "\\r"
        default:
            if scalar.value < 0x20 || scalar.value == 0x7f {
                out += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
    }
    return out + "\""
}
