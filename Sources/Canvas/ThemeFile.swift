/// What is wrong in a theme file, and where; line and column count from 1.
package struct ThemeFault: Error, Hashable, Sendable {
    package var line: Int
    package var column: Int
    package var message: String
}

/// A theme as text: lines of `role = #rrggbb on default bold`, `#` at the start of a line for a comment.
///
/// Lists (`series`, `services`, `heat`) are colours in a row; `assumes = foreground on background` says what the terminal's own
/// colours are taken to be. A role that is not given looks like `text`.
package enum ThemeFile {
    /// Longer files are no themes.
    static let sizeLimit = 64 << 10
    private static let lists = ["series", "services", "heat"]
    private static let keys = Role.allCases.map(\.rawValue) + lists + ["name", "assumes"]

    /// The theme and everything that is wrong with it; nil when something is.
    package static func parse(_ text: String) -> (theme: Theme?, faults: [ThemeFault]) {
        var reading = Reading()
        guard text.utf8.count <= sizeLimit else {
            return (nil, [ThemeFault(line: 1, column: 1, message: "larger than \(sizeLimit) bytes; is this a theme?")])
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            reading.take(line.last == "\r" ? line.dropLast() : line, number: index + 1)
        }
        reading.finish()
        return (reading.faults.isEmpty ? reading.theme : nil, reading.faults)
    }

    /// One word of a line and the column where it starts.
    fileprivate struct Word {
        var text: String
        var column: Int
    }

    private struct Reading {
        var faults: [ThemeFault] = []
        private var name = ""
        private var assumed = Style(.hex(0xd0d0d0), on: .hex(0x101010))
        private var styles: [Role: Style] = [:]
        private var colors: [String: [Color]] = [:]
        private var seen: [String: Int] = [:]
        private var line = 0

        mutating func take(_ text: Substring, number: Int) {
            line = number
            let words = split(text)
            guard let key = words.first, !key.text.hasPrefix("#") else { return }
            guard words.count > 1, words[1].text == "=" else {
                return fail(words.dropFirst().first ?? key, "expected \"=\" after \"\(key.text)\"")
            }
            let value = Array(words.dropFirst(2))
            guard let first = value.first else { return fail(words[1], "\"\(key.text)\" has no value") }
            guard keys.contains(key.text) else { return fail(key, "unknown role \"\(key.text)\"" + proposal(key.text, keys)) }
            if let before = seen[key.text] { return fail(key, "\"\(key.text)\" stands in line \(before) already") }
            seen[key.text] = number
            switch key.text {
            case "name": name = first.text
            case "assumes": assumed = style(value)
            case "series", "services", "heat": colors[key.text] = value.compactMap { color($0) }
            default: if let role = Role(rawValue: key.text) { styles[role] = style(value) }
            }
        }

        mutating func finish() {
            line += 1
            if name.isEmpty { faults.append(ThemeFault(line: line, column: 1, message: "no \"name = …\" in the file")) }
            for list in lists where colors[list]?.isEmpty ?? true {
                faults.append(ThemeFault(line: line, column: 1, message: "no \"\(list) = …\" in the file"))
            }
        }

        var theme: Theme {
            let text = styles[.text] ?? .plain
            return Theme(
                name: name, assumedForeground: assumed.foreground, assumedBackground: assumed.background,
                styles: Role.allCases.map { styles[$0] ?? ($0 == .screen ? .plain : text) },
                series: (colors["series"] ?? []).map { Style($0) }, services: (colors["services"] ?? []).map { Style($0) },
                heatColors: ramp(through: colors["heat"] ?? [], steps: Theme.heatSteps))
        }

        private mutating func style(_ words: [Word]) -> Style {
            var style = Style.plain
            var isBackground = false
            for (index, word) in words.enumerated() {
                if let attribute = attributeNames[word.text] {
                    style.attributes.insert(attribute)
                } else if word.text == "on" {
                    if isBackground || index + 1 == words.count { fail(word, "\"on\" wants one background colour after it") }
                    isBackground = true
                } else if let color = color(word) {
                    if isBackground { style.background = color } else { style.foreground = color }
                }
            }
            return style
        }

        private mutating func color(_ word: Word) -> Color? {
            if let named = colorNames[word.text] { return named }
            guard word.text.hasPrefix("#") else {
                fail(
                    word,
                    "unknown colour or attribute \"\(word.text)\""
                        + proposal(word.text, Array(colorNames.keys) + Array(attributeNames.keys) + ["on"]))
                return nil
            }
            let digits = word.text.dropFirst()
            guard digits.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
                fail(word, "\"\(word.text)\" is no colour; write it as #rrggbb")
                return nil
            }
            return .hex(value)
        }

        private mutating func fail(_ word: Word, _ message: String) {
            faults.append(ThemeFault(line: line, column: word.column, message: message))
        }

        private func split(_ text: Substring) -> [Word] {
            var words: [Word] = []
            var current = Word(text: "", column: 0)
            for (index, character) in text.enumerated() {
                let isSpace = character == " " || character == "\t"
                if (isSpace || character == "=") && !current.text.isEmpty {
                    words.append(current)
                    current.text = ""
                }
                if character == "=" { words.append(Word(text: "=", column: index + 1)) }
                guard !isSpace, character != "=" else { continue }
                if current.text.isEmpty { current.column = index + 1 }
                current.text.append(character)
            }
            return current.text.isEmpty ? words : words + [current]
        }
    }

    static let attributeNames: [String: TextAttributes] = [
        "bold": .bold, "dim": .dim, "italic": .italic, "underline": .underline, "reverse": .reverse,
    ]
    static let colorNames: [String: Color] = {
        var names: [String: Color] = ["default": .standard]
        for (index, name) in ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].enumerated() {
            names[name] = .ansi(UInt8(index))
            names["bright-" + name] = .ansi(UInt8(index + 8))
        }
        return names
    }()

    private static func proposal(_ word: String, _ candidates: [String]) -> String {
        let wanted = Array(word)
        let near = candidates.map { (word: $0, distance: distance(wanted, Array($0))) }.min {
            ($0.distance, $0.word) < ($1.distance, $1.word)
        }
        guard let near, near.distance <= max(1, wanted.count / 3) else { return "" }
        return "; did you mean \"\(near.word)\"?"
    }

    /// Edits: insert, delete, replace, swap neighbours.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        guard a.count <= 64 else { return .max }
        var older: [Int] = []
        var previous = Array(0...b.count)
        for (row, left) in a.enumerated() {
            var next = [row + 1]
            for (column, right) in b.enumerated() {
                var edits = min(previous[column + 1] + 1, next[column] + 1, previous[column] + (left == right ? 0 : 1))
                if row > 0, column > 0, left == b[column - 1], a[row - 1] == right { edits = min(edits, older[column - 1] + 1) }
                next.append(edits)
            }
            older = previous
            previous = next
        }
        return previous[b.count]
    }
}
