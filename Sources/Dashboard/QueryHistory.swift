/// What was asked of metrics before, the newest last; and as the text of a file, a line an expression.
package struct QueryHistory: Hashable, Sendable {
    package static let limit = 100
    /// Of one expression, in UTF-8: a longer one is not kept.
    private static let lineBytes = 4096
    /// Of a file that is read at all.
    package static let fileBytes = 4 << 20

    package private(set) var texts: [String] = []

    package init() {}
    /// Whatever a file holds: lines that are no expression's are left out.
    package init(text: String) {
        for line in text.split(whereSeparator: \.isNewline) { add(String(line)) }
    }
    package var text: String { texts.map { $0 + "\n" }.joined() }

    /// As the newest; where it stands here already, it moves.
    package mutating func add(_ text: String) {
        guard texts.last != text, !text.isEmpty, text.utf8.count <= Self.lineBytes,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return }
        texts.removeAll { $0 == text }
        texts.append(text)
        if texts.count > Self.limit { texts.removeFirst(texts.count - Self.limit) }
    }
    /// With those of `others` as the newest, in their order.
    package func adding(_ others: QueryHistory) -> QueryHistory {
        var sum = self
        for text in others.texts { sum.add(text) }
        return sum
    }
    /// What was asked since this was `earlier`, asked once more among it.
    package func since(_ earlier: QueryHistory) -> QueryHistory {
        // What was not asked again stands as it stood, in front.
        var rest = earlier.texts[...]
        let new = texts.drop { text in
            guard let place = rest.firstIndex(of: text) else { return false }
            rest = rest[(place + 1)...]
            return true
        }
        var history = QueryHistory()
        for text in new { history.add(text) }
        return history
    }
}
