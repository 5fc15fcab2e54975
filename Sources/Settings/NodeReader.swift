import Telemetry

/// What a configuration is read with: its surroundings, and what was found wrong so far.
final class ReadingContext {
    private static let diagnosticLimit = 100

    let source: String
    private let environment: (String) -> String?
    private let secretFile: (String) -> String?
    private(set) var errors: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []

    /// False for files whose `${1}` means something else.
    var expandsEnvironment = true
    /// Taken with a warning where true.
    var ignoresUnknownKeys = false

    init(
        source: String, environment: @escaping (String) -> String? = { _ in nil }, secretFile: @escaping (String) -> String? = { _ in nil }
    ) {
        self.source = source
        self.environment = environment
        self.secretFile = secretFile
    }

    func fail(_ message: String, _ position: SourcePosition) {
        if errors.count < Self.diagnosticLimit { errors.append(Diagnostic(source: source, position: position, message: message)) }
    }
    func warn(_ message: String, _ position: SourcePosition) {
        if warnings.count < Self.diagnosticLimit { warnings.append(Diagnostic(source: source, position: position, message: message)) }
    }

    /// `text` with each `${NAME}` replaced from the environment; names that begin with a digit are left for relabelling.
    func expand(_ text: String, _ position: SourcePosition) -> String {
        guard expandsEnvironment, text.contains("${") else { return text }
        var out = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            out += rest[..<start.lowerBound]
            let after = rest[start.upperBound...]
            guard let end = after.firstIndex(of: "}"), isName(after[..<end]) else {
                out += "${"
                rest = after
                continue
            }
            let name = String(after[..<end])
            if let value = environment(name) { out += value } else { fail("the environment has no ${\(name)}", position) }
            rest = after[after.index(after: end)...]
        }
        return out + rest
    }

    func secret(inFile path: String, _ position: SourcePosition) -> Secret? {
        guard let text = secretFile(path) else {
            fail("the file \"\(path)\" can't be read", position)
            return nil
        }
        return Secret(String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()))
    }

    private func isName(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else { return false }
        return text.unicodeScalars.allSatisfy { $0.isASCII && ($0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)) }
    }
}

/// As they stand in the file.
func inOrder(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    diagnostics.sorted { ($0.position?.line ?? 0, $0.position?.column ?? 0) < ($1.position?.line ?? 0, $1.position?.column ?? 0) }
}

/// Reads values out of one mapping; remembers which keys are known, so that the others can be refused.
struct NodeReader {
    let node: YAMLNode
    let context: ReadingContext
    private let entries: [YAMLNode.Entry]

    /// Nil, and an error, where `node` is no mapping; nothing at all counts as an empty one.
    init?(_ node: YAMLNode, _ name: String, _ context: ReadingContext) {
        self.node = node
        self.context = context
        switch node.content {
        case .mapping(let entries): self.entries = entries
        default:
            guard node.isNull else {
                context.fail("\(name) wants a mapping (key: value), and this is \(node.kind)", node.position)
                return nil
            }
            entries = []
        }
    }

    /// Refuses keys that are neither `known` nor Prometheus's own; the latter are taken with a warning.
    func check(known: [String], unused: [String] = []) {
        for entry in entries where !known.contains(entry.key) {
            if unused.contains(entry.key) {
                context.warn("\"\(entry.key)\" is not used yet", entry.position)
            } else if context.ignoresUnknownKeys {
                context.warn("the unknown key \"\(entry.key)\" is ignored", entry.position)
            } else {
                let near = nearest(to: entry.key, among: known + unused)
                context.fail("unknown key \"\(entry.key)\"" + (near.map { "; did you mean \"\($0)\"?" } ?? ""), entry.position)
            }
        }
    }

    /// The node under `key`; nil where it is absent or nothing.
    func value(_ key: String) -> YAMLNode? { entries.first { $0.key == key }.flatMap { $0.value.isNull ? nil : $0.value } }
    func position(_ key: String) -> SourcePosition { entries.first { $0.key == key }?.position ?? node.position }

    func mapping(_ key: String) -> NodeReader? { value(key).flatMap { NodeReader($0, "\"\(key)\"", context) } }

    /// The elements under `key`, each as a mapping; those that are none are refused.
    func mappings(_ key: String) -> [NodeReader] { elements(key).compactMap { NodeReader($0, "each of \"\(key)\"", context) } }

    func elements(_ key: String) -> [YAMLNode] {
        guard let node = value(key) else { return [] }
        guard case .sequence(let elements) = node.content else {
            context.fail("\"\(key)\" wants a list, and this is \(node.kind)", node.position)
            return []
        }
        return elements
    }

    func text(_ key: String) -> String? { value(key).flatMap { text(of: $0, key) } }

    func texts(_ key: String) -> [String] { elements(key).compactMap { text(of: $0, key) } }

    func labels(_ key: String) -> [Label] {
        guard let reader = mapping(key) else { return [] }
        return reader.entries.compactMap { entry in
            guard isLabelName(entry.key) else {
                context.fail("\"\(entry.key)\" can't be the name of a label: letters, digits and _ can", entry.position)
                return nil
            }
            return reader.text(of: entry.value, entry.key).map { Label(entry.key, $0) }
        }
    }

    /// Keys and values as texts, in the order of the file.
    func pairs(_ key: String) -> [(name: String, node: YAMLNode, value: String, position: SourcePosition)] {
        guard let reader = mapping(key) else { return [] }
        return reader.entries.compactMap { entry in
            if entry.value.isNull { return (entry.key, entry.value, "", entry.position) }
            return reader.text(of: entry.value, entry.key).map { (entry.key, entry.value, $0, entry.position) }
        }
    }
    func parameters(_ key: String) -> [QueryParameter] {
        guard let reader = mapping(key) else { return [] }
        return reader.entries.map { QueryParameter($0.key, reader.texts($0.key)) }
    }

    func flag(_ key: String) -> Bool? {
        read(key, "true or false") { ["true": true, "yes": true, "on": true, "false": false, "no": false, "off": false][$0.lowercased()] }
    }
    func span(_ key: String) -> TimeSpan? { read(key, "a length of time, such as 15s or 1m30s") { TimeSpan(prometheus: $0) } }
    func size(_ key: String) -> ByteCount? { read(key, "a size, such as 512MiB") { ByteCount(configuration: $0) } }
    func count(_ key: String) -> Int? { read(key, "a whole number from 0") { Int($0).flatMap { $0 < 0 ? nil : $0 } } }
    func choice<Value: RawRepresentable & CaseIterable>(_ key: String) -> Value? where Value.RawValue == String {
        read(key, "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")) { Value(rawValue: $0) }
    }

    /// The elements under `key`, of which each is one of the values.
    func choices<Value: RawRepresentable & CaseIterable>(_ key: String) -> [Value] where Value.RawValue == String {
        elements(key).compactMap { node in
            guard let text = text(of: node, key) else { return nil }
            if let value = Value(rawValue: text) { return value }
            let near = nearest(to: text, among: Value.allCases.map(\.rawValue)).map { "; did you mean \"\($0)\"?" }
            let all = "; it wants " + Value.allCases.map(\.rawValue).joined(separator: ", ")
            context.fail("\"\(key)\" does not know \"\(text.prefix(60))\"\(near ?? all)", node.position)
            return nil
        }
    }

    /// The secret under `key`, or in the file that `key` with `_file` names.
    func secret(_ key: String) -> Secret? {
        if let text = text(key) {
            if value(key + "_file") != nil {
                context.fail("only one of \"\(key)\" and \"\(key)_file\" may stand here", position(key + "_file"))
            }
            return Secret(text)
        }
        return text(key + "_file").flatMap { context.secret(inFile: $0, position(key + "_file")) }
    }

    private func read<Value>(_ key: String, _ wanted: String, _ parse: (String) -> Value?) -> Value? {
        guard let node = value(key), let text = text(of: node, key) else { return nil }
        if let value = parse(text) { return value }
        context.fail("\"\(key)\" wants \(wanted), and this is \"\(text.prefix(60))\"", node.position)
        return nil
    }

    private func text(of node: YAMLNode, _ key: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            context.fail("\"\(key)\" wants a text, and this is \(node.kind)", node.position)
            return nil
        }
        return context.expand(text, node.position)
    }

    private func isLabelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { $0 == 0x5f || (0x30...0x39).contains($0) || (0x41...0x5a).contains($0 & 0xdf) }
    }
}
