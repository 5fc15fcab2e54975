/// Which part of a list is seen.
package struct ScrollBar: Hashable, Sendable {
    package var total: Int
    package var visible: Int
    package var first: Int
    package init(total: Int, visible: Int, first: Int) {
        self.total = total
        self.visible = visible
        self.first = first
    }

    /// Draws down `rect`'s first column; nothing where all is seen.
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) {
        guard total > visible, visible > 0, rect.rows > 0 else { return }
        let length = max(Int(Double(rect.rows) * Double(visible) / Double(total)), 1)
        let way = rect.rows - length
        let share = Double(max(first, 0)) / Double(total - visible)
        let start =
            first <= 0
            ? 0 : first >= total - visible ? way : min(max(Int((share * Double(way)).rounded()), way > 1 ? 1 : 0), max(way - 1, 0))
        frame.verticalLine(at: rect.origin, rows: rect.rows, style: theme[.scrollBar], frame.glyphs.scrollTrack)
        frame.verticalLine(at: Point(rect.column, rect.row + start), rows: length, style: theme[.scrollThumb], frame.glyphs.scrollThumb)
    }
}
