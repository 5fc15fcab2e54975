/// The names of things in a row, one of which is chosen; hit areas `tab:<index>`.
package struct Tabs: Hashable, Sendable {
    package var titles: [String]
    package var active: Int
    package init(_ titles: [String], active: Int) {
        self.titles = titles
        self.active = active
    }

    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) {
        var column = rect.column
        // Where they don't fit, those that are not chosen shrink to their first character, which is the key.
        let whole = titles.reduce(0) { $0 + columns(of: $1) + 2 }
        for (index, title) in titles.enumerated() {
            let isActive = index == active
            let shown = isActive || whole <= rect.columns ? title : String(title.prefix(1))
            let room = min(columns(of: shown) + 2, rect.endColumn - column)
            guard room > 2 else { return }
            frame.write(" \(shown) ", at: Point(column, rect.row), style: theme[isActive ? .tabActive : .tab], width: room)
            frame.addHitArea(Rect(column: column, row: rect.row, columns: room, rows: 1), "tab:\(index)")
            column += room
        }
    }
}

/// The keys that matter here; the last ones give way where there is no room.
package struct KeyHints: Hashable, Sendable {
    package struct Hint: Hashable, Sendable {
        package var key: String
        package var does: String
        package init(_ key: String, _ does: String) {
            self.key = key
            self.does = does
        }
    }
    package var hints: [Hint]
    package init(_ hints: [Hint]) { self.hints = hints }

    /// Hit areas are `key:<key>`.
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) {
        var column = rect.column
        for hint in hints {
            let width = columns(of: hint.key) + 1 + columns(of: hint.does)
            guard column + width <= rect.endColumn else { continue }
            let text = StyledText([.init(hint.key, theme[.key]), .init(" " + hint.does, theme[.keyHint])])
            frame.write(text, at: Point(column, rect.row))
            frame.addHitArea(Rect(column: column, row: rect.row, columns: width, rows: 1), "key:\(hint.key)")
            column += width + 2
        }
    }
}

/// A box over everything else, in the middle of the frame.
package struct Popup: Hashable, Sendable {
    package var title: StyledText
    package var trailing: StyledText
    /// What is inside should have.
    package var size: Size
    package init(title: StyledText, trailing: StyledText = StyledText(), size: Size) {
        self.title = title
        self.trailing = trailing
        self.size = size
    }

    /// Clears its place and returns the rectangle inside, with a blank column at either side.
    @discardableResult
    package func draw(in frame: inout Frame, theme: Theme) -> Rect {
        let columns = min(size.columns + 4, frame.size.columns)
        let rows = min(size.rows + 2, frame.size.rows)
        let place = Rect(
            column: (frame.size.columns - columns) / 2, row: max((frame.size.rows - rows) / 2, 0), columns: columns, rows: rows)
        frame.fill(place, style: theme[.popup])
        frame.addHitArea(place, "popup")
        return frame.box(place, title: title, trailing: trailing, style: theme[.borderFocused]).inset(columns: 1)
    }
}

/// Horizontal bars under one scale, each with its label and value: a histogram on its side.
package struct HistogramBars: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package var label: String
        package var amount: Double
        package var value: String
        package var style: Style
        /// The same amount before, marked on the bar.
        package var before: Double?
        package init(_ label: String, _ amount: Double, value: String, style: Style, before: Double? = nil) {
            self.label = label
            self.amount = amount
            self.value = value
            self.style = style
            self.before = before
        }
    }
    package var lines: [Line]
    package init(_ lines: [Line]) { self.lines = lines }

    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) {
        let labels = min(lines.map { columns(of: $0.label) }.max() ?? 0, rect.columns / 3)
        let values = min(lines.map { columns(of: $0.value) }.max() ?? 0, rect.columns / 3)
        let width = rect.columns - labels - values - 2
        let top = lines.flatMap { [$0.amount, $0.before ?? 0] }.filter(\.isFinite).max() ?? 0
        guard width > 0 else { return }
        for (offset, line) in lines.prefix(rect.rows).enumerated() {
            let row = rect.row + offset
            frame.write(StyledText(line.label, theme[.muted]), in: Rect(column: rect.column, row: row, columns: labels, rows: 1), .trailing)
            let bar = Bar(top > 0 ? line.amount / top : 0, look: .block)
            frame.write(
                bar.styled(width: width, drawing: frame.drawing, style: line.style, track: theme[.gaugeTrack]),
                at: Point(rect.column + labels + 1, row), width: width)
            if let before = line.before, before > 0, top > 0, before.isFinite {
                let place = min(Int(before / top * Double(width)), width - 1)
                frame.put(frame.glyphs.vertical, at: Point(rect.column + labels + 1 + place, row), style: theme[.cursorLine])
            }
            frame.write(
                StyledText(line.value, theme[.text]), in: Rect(column: rect.endColumn - values, row: row, columns: values, rows: 1),
                .trailing)
        }
    }
}
