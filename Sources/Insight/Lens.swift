/// What all views are narrowed to; nil leaves a thing open.
package struct Lens: Hashable, Sendable {
    package var service: String?
    package var operation: String?
    package var version: String?
    package init(service: String? = nil, operation: String? = nil, version: String? = nil) {
        self.service = service
        self.operation = operation
        self.version = version
    }
    package var isOpen: Bool { service == nil && operation == nil && version == nil }

    /// From terms such as `service=order version=v2`; an operation with spaces stands in double quotes. Nil for anything else.
    package init?(_ text: String) {
        self.init()
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " }
            guard !rest.isEmpty else { break }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let name = rest[..<equals]
            rest = rest[rest.index(after: equals)...]
            guard let value = Self.takeValue(&rest) else { return nil }
            switch name {
            case "service": service = value
            case "operation", "name", "route": operation = value
            case "version": version = value
            default: return nil
            }
        }
        if isOpen { return nil }
    }

    private static func takeValue(_ rest: inout Substring) -> String? {
        if rest.first == "\"" {
            let inner = rest.dropFirst()
            guard let end = inner.firstIndex(of: "\"") else { return nil }
            rest = inner[inner.index(after: end)...]
            return String(inner[..<end])
        }
        let value = rest.prefix { $0 != " " }
        rest = rest.dropFirst(value.count)
        return value.isEmpty ? nil : String(value)
    }
}

extension Lens: CustomStringConvertible {
    /// As its initialiser reads it.
    package var description: String {
        let terms = [("service", service), ("operation", operation), ("version", version)]
        return terms.compactMap { name, value in value.map { "\(name)=" + ($0.contains(" ") ? "\"\($0)\"" : $0) } }.joined(separator: " ")
    }
}
