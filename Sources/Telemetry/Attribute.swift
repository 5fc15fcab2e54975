/// A value of an OpenTelemetry attribute or log body (`AnyValue`).
package indirect enum AttributeValue: Hashable, Sendable {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([Attribute])
    case empty
}

/// A name with its value; names are kept as they came.
package struct Attribute: Hashable, Sendable {
    package var key: String
    package var value: AttributeValue
    package init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

/// What produced telemetry: a service instance, by its attributes (`service.name`, `service.version`, …).
package struct Resource: Hashable, Sendable {
    package var attributes: [Attribute]
    package init(attributes: [Attribute] = []) { self.attributes = attributes }

    package subscript(key: String) -> AttributeValue? { attributes.first { $0.key == key }?.value }
    /// The string under `key`, or nil where it is absent, empty or no string.
    package func text(_ key: String) -> String? {
        guard case .string(let text)? = self[key], !text.isEmpty else { return nil }
        return text
    }
    /// `service.name`, or `unknown_service` as the OpenTelemetry specification calls a resource without one.
    package var serviceName: String { text("service.name") ?? "unknown_service" }
    package var serviceVersion: String? { text("service.version") }
}

/// The instrumentation that produced telemetry.
package struct InstrumentationScope: Hashable, Sendable {
    package var name: String
    package var version: String
    package var attributes: [Attribute]
    package init(name: String = "", version: String = "", attributes: [Attribute] = []) {
        self.name = name
        self.version = version
        self.attributes = attributes
    }
}

extension AttributeValue {
    /// As one line of text: strings as they are, lists and maps as JSON; for showing and for comparing with search terms.
    package var text: String {
        switch self {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        case .bytes(let bytes): bytes.hexadecimal
        case .array(let values): "[" + values.map(\.quoted).joined(separator: ",") + "]"
        case .map(let attributes): "{" + attributes.map { "\"\($0.key)\":\($0.value.quoted)" }.joined(separator: ",") + "}"
        case .empty: ""
        }
    }
    private var quoted: String {
        if case .string(let text) = self { "\"\(text)\"" } else { text }
    }
    /// The number it is or, for a string, reads as; nil for anything else.
    package var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .string(let text): Double(text)
        default: nil
        }
    }
}

extension Collection where Element == UInt8 {
    /// Two lower-case digits a byte.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(count * 2)
        for byte in self {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }
}
