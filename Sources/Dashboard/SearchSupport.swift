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
