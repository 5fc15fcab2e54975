import Telemetry

/// A value inside a template, as Go's `text/template` knows it.
package indirect enum TemplateValue: Hashable, Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case list([TemplateValue])
    /// A map by text; what it does not have is the zero value.
    case map([String: TemplateValue])
    /// Named fields, with what `range` goes over where there is any: `.Alerts`, and `.Alerts.Firing`.
    case object([String: TemplateValue], elements: [TemplateValue]?)
    /// A moment, UTC.
    case time(Timestamp)
    case duration(TimeSpan)

    package static func labels(_ labels: LabelSet) -> TemplateValue {
        .map(Dictionary(labels.labels.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 }))
    }
    package static func object(_ fields: [String: TemplateValue]) -> TemplateValue { .object(fields, elements: nil) }

    /// What `if` asks: false for the zero value and for what is empty.
    var isTrue: Bool {
        switch self {
        case .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let elements): !elements.isEmpty
        case .map(let entries): !entries.isEmpty
        case .object(_, let elements): elements.map { !$0.isEmpty } ?? true
        case .time, .duration: true
        }
    }

    /// For sentences, in Go's words.
    var kind: String {
        switch self {
        case .none: "nil"
        case .bool: "bool"
        case .integer: "int"
        case .float: "float64"
        case .string: "string"
        case .list: "slice"
        case .map: "map"
        case .object: "struct"
        case .time: "time.Time"
        case .duration: "time.Duration"
        }
    }

    /// As Go's `%v` prints it.
    package var text: String {
        switch self {
        case .none: "<no value>"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .float(let value): value.brief
        case .string(let text): text
        case .list(let elements): "[" + elements.map(\.text).joined(separator: " ") + "]"
        case .map(let entries):
            "map[" + entries.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.text)" }.joined(separator: " ") + "]"
        case .object(let fields, let elements):
            if let elements {
                TemplateValue.list(elements).text
            } else {
                "{" + fields.sorted { $0.key < $1.key }.map(\.value.text).joined(separator: " ") + "}"
            }
        case .time(let time): CivilText.long(time)
        case .duration(let span): span.goText
        }
    }
}

extension TemplateValue {
    /// Bytes of a text; 0 of anything else.
    var stringSize: Int { if case .string(let text) = self { text.utf8.count } else { 0 } }

    /// Values that a template made must stay within this, all that they hold counted: a list of lists of lists grows fast.
    static let nodeLimit = 200_000
    /// Itself, unless it holds more than `nodeLimit` values.
    func bounded() throws(TemplateError) -> TemplateValue {
        var left = Self.nodeLimit
        count(&left)
        if left < 0 { throw .execution(message: "it holds more than \(Self.nodeLimit) values") }
        return self
    }
    private func count(_ left: inout Int) {
        left -= 1
        guard left >= 0 else { return }
        switch self {
        case .list(let elements), .object(_, .some(let elements)): for element in elements where left >= 0 { element.count(&left) }
        case .map(let entries), .object(let entries, .none): for (_, value) in entries where left >= 0 { value.count(&left) }
        default: break
        }
    }
}

extension TimeSpan {
    /// As Go's `time.Duration` prints itself: `1h2m3.5s`, `1.5ms`, `0s`.
    package var goText: String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = nanoseconds.magnitude
        if magnitude < 1000 { return "\(sign)\(magnitude)ns" }
        if magnitude < 1_000_000 { return sign + (Double(magnitude) / 1e3).plainText + "µs" }
        if magnitude < 1_000_000_000 { return sign + (Double(magnitude) / 1e6).plainText + "ms" }
        let minutes = magnitude / 60_000_000_000
        let seconds = (Double(magnitude % 60_000_000_000) / 1e9).plainText + "s"
        if minutes == 0 { return sign + seconds }
        return sign + (minutes >= 60 ? "\(minutes / 60)h\(minutes % 60)m" : "\(minutes)m") + seconds
    }
}
