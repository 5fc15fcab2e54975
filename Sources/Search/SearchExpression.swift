import Telemetry

/// What a search asks for: a tree of terms.
package indirect enum SearchExpression: Hashable, Sendable {
    /// Nothing was asked: everything matches.
    case everything
    case term(SearchTerm)
    case not(SearchExpression)
    /// All of them, on the same span or record.
    case all([SearchExpression])
    case any([SearchExpression])
    /// A span that matches the second, directly under one that matches the first.
    case child(SearchExpression, SearchExpression)
    /// A span that matches the second, somewhere under one that matches the first.
    case descendant(SearchExpression, SearchExpression)
}

/// One condition: a field with an operator and a value, a word of the text, or `root`.
package struct SearchTerm: Hashable, Sendable {
    package enum Operator: String, Hashable, Sendable, CaseIterable {
        case equal = "=", notEqual = "!=", matches = "~", doesNotMatch = "!~", greater = ">", greaterOrEqual = ">=", less = "<",
            lessOrEqual = "<="
    }
    package enum Content: Hashable, Sendable {
        case field(String, Operator, String)
        case text(String)
        case root
    }
    package var content: Content
    /// Where it stands in the search, in characters from 0.
    package var range: Range<Int>
    package init(_ content: Content, at range: Range<Int>) {
        self.content = content
        self.range = range
    }
}

/// A search as it was typed: the best reading of it and, where it is no whole search, why not.
package struct ParsedSearch: Hashable, Sendable {
    package var text: String
    /// What could be read; what is half-typed is left out of it.
    package var expression: SearchExpression
    /// The first thing wrong, its position on the character at fault.
    package var error: Diagnostic?

    /// Never fails: see `error`.
    package init(_ text: String) {
        var parser = SearchParser(text)
        self.text = text
        expression = parser.parse()
        error = parser.error
    }

    /// True where spans are asked for by what they are under, which only traces can answer.
    package var isStructural: Bool { expression.isStructural }
}

extension SearchExpression {
    package var isStructural: Bool {
        switch self {
        case .everything, .term: false
        case .not(let inner): inner.isStructural
        case .all(let parts), .any(let parts): parts.contains(where: \.isStructural)
        case .child, .descendant: true
        }
    }
}

extension SearchExpression: CustomStringConvertible {
    /// A search that reads as this one.
    package var description: String {
        switch self {
        case .everything: ""
        case .term(let term): term.description
        case .not(let inner): "not \(inner.grouped)"
        case .all(let parts): parts.map(\.grouped).joined(separator: " ")
        case .any(let parts): parts.map(\.grouped).joined(separator: " or ")
        case .child(let above, let below): "(\(above)) > (\(below))"
        case .descendant(let above, let below): "(\(above)) >> (\(below))"
        }
    }

    private var grouped: String {
        if case .term = self { description } else { "(\(self))" }
    }
}

extension SearchTerm: CustomStringConvertible {
    package var description: String {
        switch content {
        case .field(let name, let operation, let value): Self.quoted(name) + operation.rawValue + Self.quoted(value)
        case .text(let text): "\"" + Self.escaped(text) + "\""
        case .root: "root"
        }
    }

    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || "._-:/".unicodeScalars.contains($0)
            }
        return isPlain ? text : "\"" + escaped(text) + "\""
    }

    private static func escaped(_ text: String) -> String { text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
}
