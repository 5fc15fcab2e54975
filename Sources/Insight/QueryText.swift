import PromQL
import Telemetry

/// Pieces of PromQL as text, from names that may be anything.
package enum QueryText {
    /// `name{a="b"}`; a name that is no plain word stands in quotes within the braces.
    package static func selector(_ name: String, _ matchers: [LabelMatcher] = []) -> String {
        let terms = matchers.map { label($0.name) + $0.operation.rawValue + quoted($0.value) }
        if isName(name) { return name + (terms.isEmpty ? "" : "{" + terms.joined(separator: ",") + "}") }
        return "{" + ([quoted(name)] + terms).joined(separator: ",") + "}"
    }

    /// A label's name where a query has one: in quotes unless it is a plain word.
    package static func label(_ name: String) -> String { isLabel(name) ? name : quoted(name) }

    /// A PromQL string.
    package static func string(_ text: String) -> String { quoted(text) }

    /// A name that stands before braces as it is.
    package static func isName(_ text: String) -> Bool { isWord(text, allows: ":") && !words.contains(text.lowercased()) }
    private static func isLabel(_ text: String) -> Bool { isWord(text, allows: nil) }

    private static func isWord(_ text: String, allows extra: Unicode.Scalar?) -> Bool {
        guard let first = text.unicodeScalars.first, !("0"..."9").contains(first) else { return false }
        return text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == extra
        }
    }

    /// Numbers and operators that would be read as such; a metric of that name needs its quotes.
    private static let words: Set<String> = ["inf", "nan", "and", "or", "unless", "bool", "atan2", "offset"]
}
