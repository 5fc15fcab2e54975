import Telemetry

/// A YAML document: scalars as text, with the place of each node.
package struct YAMLNode: Sendable {
    package indirect enum Content: Sendable {
        /// `isPlain` is false for quoted and block scalars, which are never null, numbers or Booleans.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text, no key twice.
        case mapping([Entry])
    }
    package struct Entry: Sendable {
        package var key: String
        package var position: SourcePosition
        package var value: YAMLNode
    }

    package var content: Content
    package var position: SourcePosition
    /// Itself and all nodes beneath, aliases written out.
    var size: Int

    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
    /// What it is, for sentences.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
