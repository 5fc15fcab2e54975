import Insight
import Search
import Telemetry

extension Completion {
    init?(_ found: SearchCompletion?) {
        guard let found, !found.candidates.isEmpty else { return nil }
        self.init(range: found.range, candidates: found.candidates)
    }
}

/// A value as a search writes it: in quotes where it would fall apart.
func searchValue(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "._-/:@{}".contains($0) }
    return isPlain ? text : "\"" + String(text.filter { $0 != "\"" }) + "\""
}

/// `text` without a last word that begins the name of one of `fields`: it is likely to become one.
func settledSearch(_ text: String, fields: [String]) -> String {
    guard let last = text.split(separator: " ", omittingEmptySubsequences: false).last else { return text }
    let word = last.drop { $0 == "(" || $0 == "!" }
    guard !word.isEmpty, fields.contains(where: { $0.hasPrefix(word) }) else { return text }
    var rest = text.dropLast(word.count)
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
}
