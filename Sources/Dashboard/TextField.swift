import Canvas

/// One line being typed, with its cursor.
package struct TextField: Hashable, Sendable {
    /// Longer input is cut: nobody types as much, but somebody pastes it.
    package static let limit = 4_000
    package private(set) var characters: [Character] = []
    /// In characters, from 0 to `characters.count`.
    package private(set) var cursor = 0

    package init(_ text: String = "") {
        characters = Array(text.prefix(Self.limit))
        cursor = characters.count
    }
    package var text: String { String(characters) }
    /// Without the spaces at its end.
    var trimmed: String { String(characters[..<((characters.lastIndex { $0 != " " } ?? -1) + 1)]) }
    package var isEmpty: Bool { characters.isEmpty }

    /// True if `key` was an editing key, so that nothing else should act on it.
    package mutating func press(_ key: Key) -> Bool {
        switch (key.code, key.modifiers) {
        case (.character(let character), []), (.character(let character), .shift): insert(String(character))
        case (.backspace, []): deleteBackwards(1)
        case (.delete, []): delete(cursor..<min(cursor + 1, characters.count))
        case (.left, []), (.character("b"), .control): cursor = max(cursor - 1, 0)
        case (.right, []), (.character("f"), .control): cursor = min(cursor + 1, characters.count)
        case (.home, []), (.character("a"), .control): cursor = 0
        case (.end, []), (.character("e"), .control): cursor = characters.count
        case (.character("w"), .control): deleteBackwards(wordLength)
        case (.character("u"), .control): delete(0..<cursor)
        case (.character("k"), .control): delete(cursor..<characters.count)
        default: return false
        }
        return true
    }

    /// Line ends and tabs become spaces.
    package mutating func insert(_ text: String) {
        let new = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }.prefix(max(Self.limit - characters.count, 0))
        characters.insert(contentsOf: new, at: cursor)
        cursor += new.count
    }

    package mutating func replace(_ range: Range<Int>, with text: String) {
        let inside = range.clamped(to: 0..<characters.count)
        characters.replaceSubrange(inside, with: Array(text))
        cursor = min(inside.lowerBound + text.count, characters.count)
    }

    private var wordLength: Int {
        let before = characters[..<cursor].reversed()
        let spaces = before.prefix { $0 == " " }.count
        return spaces + before.dropFirst(spaces).prefix { $0 != " " }.count
    }
    private mutating func deleteBackwards(_ count: Int) { delete(max(cursor - count, 0)..<cursor) }
    private mutating func delete(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }
}
