/// A region that answers the mouse; the last one drawn at a place is the one that is hit.
package struct HitArea: Hashable, Sendable {
    package var rect: Rect
    /// What the drawer calls it, such as `row:12` or `tab:3`.
    package var id: String
    package init(_ rect: Rect, _ id: String) {
        self.rect = rect
        self.id = id
    }
}

/// One whole picture of the screen, or of a part of it, as a value.
///
/// All drawing is clipped: nothing outside it is an error.
package struct Frame: Hashable, Sendable {
    package let size: Size
    /// Which characters lines, bars and the ellipsis are made of.
    package let drawing: Drawing
    /// Row by row; `size.columns * size.rows` of them.
    package private(set) var cells: [Cell]
    package private(set) var hitAreas: [HitArea] = []
    /// Where a text cursor blinks, if anywhere.
    package var cursor: Point?

    package init(_ size: Size, style: Style = .plain, drawing: Drawing = .braille) {
        self.size = size
        self.drawing = drawing
        cells = [Cell](repeating: .blank(style), count: size.columns * size.rows)
    }

    package var bounds: Rect { Rect(size) }
    package var glyphs: GlyphSet { drawing.glyphs }

    /// The cell there; a blank one outside.
    package subscript(_ point: Point) -> Cell {
        guard bounds.contains(point) else { return .blank }
        return cells[point.row * size.columns + point.column]
    }

    package func row(_ row: Int) -> ArraySlice<Cell> {
        guard row >= 0, row < size.rows else { return [] }
        return cells[row * size.columns..<(row + 1) * size.columns]
    }

    /// Rows with equal hashes look the same.
    package func rowHash(_ row: Int) -> UInt64 {
        guard row >= 0, row < size.rows else { return 0 }
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
        for index in row * size.columns..<(row + 1) * size.columns { hash = (hash << 7 | hash >> 57) &+ cells[index].fingerprint }
        return hash
    }

    package mutating func addHitArea(_ rect: Rect, _ id: String) { hitAreas.append(HitArea(rect.intersection(bounds), id)) }
    /// The topmost region there.
    package func hitArea(at point: Point) -> HitArea? { hitAreas.last { $0.rect.contains(point) } }

    // MARK: - Cells

    /// Puts one glyph down and returns its width; a wide one that doesn't fit before `limit` is a blank.
    @discardableResult
    mutating func put(_ glyph: Glyph, column: Int, row: Int, style: Style, limit: Int) -> Int {
        let end = min(limit, size.columns)
        guard row >= 0, row < size.rows, column < end else { return Int(glyph.width) }
        guard column >= 0 else {
            // The right half of a wide one may stick into the frame.
            if column == -1, glyph.width == 2 { set(.blank, 0, row, style) }
            return Int(glyph.width)
        }
        if glyph.width == 2, column + 1 >= end {
            set(.blank, column, row, style)
            return 1
        }
        set(glyph, column, row, style)
        if glyph.width == 2 { set(.trailing, column + 1, row, style) }
        return Int(glyph.width)
    }

    /// `column` and `row` lie inside. A wide character of which a half is covered loses the other half too.
    private mutating func set(_ glyph: Glyph, _ column: Int, _ row: Int, _ style: Style) {
        let index = row * size.columns + column
        let old = cells[index]
        if old.width != 1 { mend(around: index, column, glyph) }
        var style = style
        if style.background == .standard { style.background = old.style.background }
        cells[index] = Cell(glyph, style)
    }

    private mutating func mend(around index: Int, _ column: Int, _ glyph: Glyph) {
        let old = cells[index]
        if old.width == 0, column > 0, glyph.width != 0 || cells[index - 1].width != 2 { cells[index - 1] = .blank(cells[index - 1].style) }
        if old.width == 2, column + 1 < size.columns { cells[index + 1] = .blank(cells[index + 1].style) }
    }

    /// Puts `scalar` there; a standard background keeps what is there.
    package mutating func put(_ scalar: Unicode.Scalar, at point: Point, style: Style = .plain) {
        put(Glyph(scalar), column: point.column, row: point.row, style: style, limit: size.columns)
    }

    /// Puts `cell` down as it is; the caller sees to wide neighbours.
    mutating func replace(_ cell: Cell, at point: Point) {
        guard bounds.contains(point) else { return }
        cells[point.row * size.columns + point.column] = cell
    }

    /// Covers `rect` with `scalar`, background included.
    package mutating func fill(_ rect: Rect, _ scalar: Unicode.Scalar = " ", style: Style = .plain) {
        let inside = rect.intersection(bounds)
        guard !inside.isEmpty else { return }
        let glyph = Glyph(scalar)
        let cell = Cell(glyph.width == 1 ? glyph : .blank, style)
        for row in inside.row..<inside.endRow {
            set(.blank, inside.column, row, style)
            set(.blank, inside.endColumn - 1, row, style)
            for index in row * size.columns + inside.column..<row * size.columns + inside.endColumn { cells[index] = cell }
        }
    }

    /// Changes how the cells of `rect` look, and not what they show.
    package mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let inside = rect.intersection(bounds)
        for row in inside.row..<inside.endRow {
            for index in row * size.columns + inside.column..<row * size.columns + inside.endColumn {
                cells[index].style = change(cells[index].style)
            }
        }
    }

    /// Lays `style` over the cells of `rect`: its colours where it has any, its attributes added. For selections.
    package mutating func overlay(_ rect: Rect, _ style: Style) { restyle(rect) { $0.overlaid(by: style) } }

    /// Marks `rect` as selected. What has a background of its own, such as a badge, keeps it, so that it can be read.
    package mutating func select(_ rect: Rect, theme: Theme, isFocused: Bool = true) {
        let ground = theme[.screen].background
        let selection = theme[isFocused ? .selection : .selectionUnfocused]
        restyle(rect) { $0.background == .standard || $0.background == ground ? $0.overlaid(by: selection) : $0 }
    }

    /// Copies `other` with its hit areas here, its top left at `origin`; what sticks out is cut.
    package mutating func draw(_ other: Frame, at origin: Point = .zero) {
        let inside = Rect(at: origin, other.size).intersection(bounds)
        for row in inside.row..<inside.endRow {
            let source = (row - origin.row) * other.size.columns - origin.column
            for column in [inside.column, inside.endColumn - 1] where !inside.isEmpty { set(.blank, column, row, .plain) }
            for column in inside.column..<inside.endColumn {
                var cell = other.cells[source + column]
                let isCut = cell.width == 0 && column == inside.column || cell.width == 2 && column == inside.endColumn - 1
                if isCut { cell = .blank(cell.style) }
                if cell.style.background == .standard { cell.style.background = cells[row * size.columns + column].style.background }
                cells[row * size.columns + column] = cell
            }
        }
        for area in other.hitAreas {
            let moved = Rect(
                column: area.rect.column + origin.column, row: area.rect.row + origin.row, columns: area.rect.columns, rows: area.rect.rows)
            addHitArea(moved, area.id)
        }
        if let cursor = other.cursor { self.cursor = Point(cursor.column + origin.column, cursor.row + origin.row) }
    }
}
