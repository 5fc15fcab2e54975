import Insight
import Search
import Telemetry

extension Completion {
    /// What the word before the cursor may become; of the whole name of a field its beginning of a term, `service=`.
    init?(_ text: String, at offset: Int, _ schema: SearchSchema, from candidates: some SearchCandidates) {
        guard let found = SearchCompletion(text, cursor: offset, schema: schema, from: candidates) else {
            self.init(fieldBefore: offset, in: text, schema)
            return
        }
        guard !found.candidates.isEmpty else { return nil }
        let typed = String(Array(text)[found.range.clamped(to: 0..<text.count)])
        let isField = found.subject == .field && schema.fieldNames.contains(typed)
        self.init(range: found.range, candidates: found.candidates.map { isField && $0 == typed ? $0 + "=" : $0 })
    }

    private init?(fieldBefore offset: Int, in text: String, _ schema: SearchSchema) {
        let before = text.prefix(max(offset, 0))
        let word = before.reversed().prefix { !" (!".contains($0) }.reversed()
        guard before.count(where: { $0 == "\"" }).isMultiple(of: 2), schema.fieldNames.contains(String(word)) else { return nil }
        self.init(range: before.count - word.count..<before.count, candidates: [String(word) + "="])
    }
}

/// A value as a search writes it: in quotes where it would fall apart.
func searchValue(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "._-/:@{}".contains($0) }
    return isPlain ? text : "\"" + String(text.filter { $0 != "\"" }) + "\""
}
