/// What exists to be proposed.
package protocol SearchCandidates {
    func fieldNames() -> [String]
    /// The values seen under a field, the most frequent first.
    func values(of field: String) -> [String]
}

/// What the word under the cursor may become.
package struct SearchCompletion: Hashable, Sendable {
    package enum Subject: Hashable, Sendable { case field, value(of: String) }
    package var subject: Subject
    /// What a candidate replaces, in characters from 0.
    package var range: Range<Int>
    package var candidates: [String]

    private static let limit = 100

    /// Proposals for `text` with the cursor before character `cursor`; nil where there are none.
    package init?(_ text: String, cursor: Int, schema: SearchSchema, from source: some SearchCandidates) {
        let characters = Array(text.prefix(max(0, cursor)))
        guard let place = CompletionPlace(characters) else { return nil }
        range = place.start..<characters.count
        if let field = place.field {
            subject = .value(of: field)
            let known =
                field == "status"
                ? ["error", "ok", "unset"] : field == "level" ? ["trace", "debug", "info", "warn", "error", "fatal"] : []
            candidates = Self.matching(place.typed, known + source.values(of: field)).map(Self.quoted)
        } else {
            subject = .field
            let keywords = place.typed.isEmpty ? [] : ["or", "not"]
            candidates = Self.matching(place.typed, schema.fieldNames + source.fieldNames() + keywords)
        }
        if candidates.isEmpty || candidates == [String(characters[range])] { return nil }
    }

    /// Those that begin with what is typed, then those that contain it; none twice.
    private static func matching(_ typed: String, _ candidates: [String]) -> [String] {
        let wanted = typed.lowercased()
        var seen: Set<String> = []
        let unique = candidates.filter { !$0.isEmpty && seen.insert($0).inserted }
        let beginning = unique.filter { $0.lowercased().hasPrefix(wanted) }
        let within = wanted.isEmpty ? [] : unique.filter { !$0.lowercased().hasPrefix(wanted) && $0.lowercased().contains(wanted) }
        return Array((beginning + within).prefix(limit))
    }

    private static func quoted(_ value: String) -> String {
        guard value.contains(where: { $0.isWhitespace || "()\"".contains($0) }) else { return value }
        return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// The half-typed word at the end of a text, and the field it is a value of.
private struct CompletionPlace {
    var start: Int
    var typed: String
    var field: String?

    init?(_ characters: [Character]) {
        var wordStart = 0
        var isQuoted = false
        for (index, character) in characters.enumerated() {
            if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character.isWhitespace || character == "(" {
                wordStart = index + 1
            }
        }
        if wordStart < characters.count, characters[wordStart] == "!", wordStart + 1 < characters.count || !isQuoted { wordStart += 1 }
        let word = characters[wordStart...]
        if let sign = word.firstIndex(where: { "=~<>".contains($0) }) {
            let hasBang = sign > wordStart && characters[sign - 1] == "!"
            let name = String(characters[wordStart..<(hasBang ? sign - 1 : sign)])
            let valueStart = word[sign...].firstIndex { !"=~<>".contains($0) } ?? characters.count
            guard !name.isEmpty else { return nil }
            start = valueStart
            field = name
            typed = String(characters[valueStart...]).replacing("\"", with: "")
        } else {
            guard !isQuoted else { return nil }
            start = wordStart
            typed = String(word)
        }
    }
}
