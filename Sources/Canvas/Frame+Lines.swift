extension Frame {
    package mutating func horizontalLine(at point: Point, columns: Int, style: Style = .plain, _ scalar: Unicode.Scalar? = nil) {
        let glyph = Glyph(scalar ?? glyphs.horizontal)
        for offset in 0..<max(min(columns, Size.limit), 0) {
            put(glyph, column: point.column + offset, row: point.row, style: style, limit: size.columns)
        }
    }

    package mutating func verticalLine(at point: Point, rows: Int, style: Style = .plain, _ scalar: Unicode.Scalar? = nil) {
        let glyph = Glyph(scalar ?? glyphs.vertical)
        for offset in 0..<max(min(rows, Size.limit), 0) {
            put(glyph, column: point.column, row: point.row + offset, style: style, limit: size.columns)
        }
    }

    /// A border just inside `rect`, with a title at its left and one at its right that gives way first; returns what is inside.
    @discardableResult
    package mutating func box(_ rect: Rect, title: StyledText = StyledText(), trailing: StyledText = StyledText(), style: Style = .plain)
        -> Rect
    {
        guard rect.columns >= 2, rect.rows >= 2 else { return rect.inset(columns: 1, rows: 1) }
        let (right, bottom) = (rect.endColumn - 1, rect.endRow - 1)
        for row in [rect.row, bottom] { horizontalLine(at: Point(rect.column, row), columns: rect.columns, style: style) }
        for column in [rect.column, right] { verticalLine(at: Point(column, rect.row), rows: rect.rows, style: style) }
        put(glyphs.topLeft, at: rect.origin, style: style)
        put(glyphs.topRight, at: Point(right, rect.row), style: style)
        put(glyphs.bottomLeft, at: Point(rect.column, bottom), style: style)
        put(glyphs.bottomRight, at: Point(right, bottom), style: style)
        writeTitles(rect, title, trailing)
        return rect.inset(columns: 1, rows: 1)
    }

    private mutating func writeTitles(_ rect: Rect, _ title: StyledText, _ trailing: StyledText) {
        let room = rect.columns - 4
        guard room >= 3 else { return }
        var used = 0
        if !title.isEmpty {
            let columns = min(title.columns, room - 2)
            used = columns + 2
            fill(Rect(column: rect.column + 2, row: rect.row, columns: used, rows: 1), style: Style(on: self[rect.origin].style.background))
            write(title, at: Point(rect.column + 3, rect.row), width: columns)
        }
        let width = trailing.columns
        guard width > 0, used + width + 3 <= room else { return }
        let start = rect.endColumn - 4 - width
        fill(Rect(column: start, row: rect.row, columns: width + 2, rows: 1), style: Style(on: self[rect.origin].style.background))
        write(trailing, at: Point(start + 1, rect.row), width: width)
    }
}
