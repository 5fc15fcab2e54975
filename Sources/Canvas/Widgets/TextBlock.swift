/// Text broken into lines at blanks, or within a word that is wider than a line.
package struct TextBlock: Hashable, Sendable {
    package var text: StyledText
    package var alignment: Alignment
    package init(_ text: StyledText, alignment: Alignment = .leading) {
        self.text = text
        self.alignment = alignment
    }

    /// The lines at `width` columns, at most `limit`; line feeds break too.
    package func lines(width: Int, limit: Int = 1_000) -> [StyledText] {
        guard width > 0 else { return [] }
        var wrapping = Wrapping(width: width, limit: limit)
        for run in text.runs {
            var word = ""
            for character in run.text {
                if character == "\n" || character == "\r\n" {
                    wrapping.add(word, run.style)
                    word = ""
                    wrapping.breakLine()
                } else {
                    word.append(character)
                    if character == " " {
                        wrapping.add(word, run.style)
                        word = ""
                    }
                }
            }
            wrapping.add(word, run.style)
        }
        wrapping.breakLine()
        return wrapping.lines
    }

    /// Draws from `firstLine`; returns how many lines there are in all.
    @discardableResult
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme, firstLine: Int = 0) -> Int {
        let lines = lines(width: rect.columns)
        for (offset, line) in lines.dropFirst(max(firstLine, 0)).prefix(rect.rows).enumerated() {
            let place = Rect(column: rect.column, row: rect.row + offset, columns: rect.columns, rows: 1)
            frame.write(line, in: place, alignment)
        }
        return lines.count
    }

    private struct Wrapping {
        let width: Int
        let limit: Int
        var lines: [StyledText] = []
        private var line = StyledText()
        private var used = 0

        init(width: Int, limit: Int) {
            self.width = width
            self.limit = limit
        }

        /// A word with the blank after it, which is left out at the edge.
        mutating func add(_ word: String, _ style: Style) {
            guard !word.isEmpty, lines.count < limit else { return }
            let text = word.last == " " ? String(word.dropLast()) : word
            let solid = columns(of: text)
            if used + solid > width, used > 0 { breakLine() }
            if solid > width { return addLong(word, style) }
            used += columns(of: word)
            line.append(used > width ? text : word, style)
        }

        private mutating func addLong(_ word: String, _ style: Style) {
            for character in word {
                let piece = String(character)
                if used + columns(of: piece) > width { breakLine() }
                line.append(piece, style)
                used += columns(of: piece)
            }
        }

        mutating func breakLine() {
            if lines.count < limit { lines.append(line) }
            line = StyledText()
            used = 0
        }
    }
}
