/// A column of a table as one value: its title, its width, its cells and how it is sorted.
package struct TableColumn<Row>: Sendable where Row: Sendable {
    package enum Width: Hashable, Sendable {
        case fixed(Int)
        /// At least `minimum`; what is left over goes to such columns by `weight`.
        case flexible(minimum: Int, weight: Int = 1, maximum: Int = .max)
    }

    /// Names it in hit areas (`header:<id>`) and sort orders.
    package let id: String
    package let title: String
    package let width: Width
    package let alignment: Alignment
    /// 0 is always shown; where there is no room, the column with the highest number goes first, of equals the last.
    package let priority: Int
    package let truncation: Truncation
    package let cell: @Sendable (Row, CellContext) -> StyledText

    package init(
        _ id: String, title: String, width: Width, alignment: Alignment = .leading, priority: Int = 0, truncation: Truncation = .tail,
        cell: @escaping @Sendable (Row, CellContext) -> StyledText
    ) {
        self.id = id
        self.title = title
        self.width = width
        self.alignment = alignment
        self.priority = priority
        self.truncation = truncation
        self.cell = cell
    }

    var minimumWidth: Int {
        switch width {
        case .fixed(let columns): max(columns, 0)
        case .flexible(let minimum, _, _): max(minimum, 1)
        }
    }
}

/// What a cell needs to know to draw itself.
package struct CellContext: Sendable {
    package let theme: Theme
    package let drawing: Drawing
    /// The columns it has.
    package let width: Int
}

package struct TableSort: Hashable, Sendable {
    package var column: String
    package var isDescending: Bool
    package init(column: String, isDescending: Bool) {
        self.column = column
        self.isDescending = isDescending
    }
}

/// Rows under headers, of which those from `firstRow` are shown.
///
/// Columns drop out by priority where there is no room. Hit areas: `header:<column id>` and `row:<index>`, with `idPrefix` before them.
package struct Table<Row: Sendable>: Sendable {
    package var columns: [TableColumn<Row>]
    package var rows: [Row]
    package var sort: TableSort?
    package var selected: Int?
    package var firstRow: Int
    package var isFocused: Bool
    /// Shown in place of rows when there are none: why, and what would fill it.
    package var whenEmpty: StyledText
    package var idPrefix: String
    package var showsHeader: Bool
    /// Where the scroll bar stands, such as on the border around the table; nil takes the last column from the rows.
    package var scrollBarColumn: Int?

    package init(
        columns: [TableColumn<Row>], rows: [Row], sort: TableSort? = nil, selected: Int? = nil, firstRow: Int = 0, isFocused: Bool = true,
        whenEmpty: StyledText = StyledText(), idPrefix: String = "", showsHeader: Bool = true, scrollBarColumn: Int? = nil
    ) {
        self.columns = columns
        self.rows = rows
        self.sort = sort
        self.selected = selected
        self.firstRow = firstRow
        self.isFocused = isFocused
        self.whenEmpty = whenEmpty
        self.idPrefix = idPrefix
        self.showsHeader = showsHeader
        self.scrollBarColumn = scrollBarColumn
    }

    /// The first row to show so that `selected` is seen, moving no further than needed.
    package static func firstRow(showing selected: Int?, from current: Int, visible: Int, count: Int) -> Int {
        let last = max(count - max(visible, 1), 0)
        guard let selected else { return min(max(current, 0), last) }
        let lowest = max(selected - max(visible, 1) + 1, 0)
        return min(max(min(max(current, lowest), selected), 0), last)
    }

    /// Draws into `rect`, the last column of which is the scroll bar where not all rows fit; returns how many rows are seen.
    @discardableResult
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) -> Int {
        let (header, body) = rect.cutTop(showsHeader ? 1 : 0)
        let overflows = rows.count > body.rows && body.rows > 0
        let width = rect.columns - (overflows && scrollBarColumn == nil ? 1 : 0)
        let layout = layout(width: width)
        if showsHeader { drawHeader(&frame, header, layout, theme) }
        guard !rows.isEmpty else {
            TextBlock(whenEmpty).draw(in: &frame, body.inset(columns: 1), theme: theme)
            return 0
        }
        let first = min(max(firstRow, 0), max(rows.count - body.rows, 0))
        let last = min(first + body.rows, rows.count)
        for index in first..<last {
            let line = Rect(column: rect.column, row: body.row + index - first, columns: width, rows: 1)
            drawRow(&frame, rows[index], line, layout, theme)
            if index == selected { frame.select(line, theme: theme, isFocused: isFocused) }
            frame.addHitArea(line, "\(idPrefix)row:\(index)")
        }
        if overflows {
            let bar = Rect(column: scrollBarColumn ?? rect.endColumn - 1, row: body.row, columns: 1, rows: body.rows)
            ScrollBar(total: rows.count, visible: body.rows, first: first).draw(in: &frame, bar, theme: theme)
        }
        return last - first
    }

    private typealias Placed = (column: TableColumn<Row>, offset: Int, width: Int)

    private func layout(width: Int) -> [Placed] {
        var shown = Array(columns.indices)
        while shown.count > 1, shown.reduce(shown.count - 1, { $0 + columns[$1].minimumWidth }) > width {
            guard let victim = shown.max(by: { (columns[$0].priority, $0) < (columns[$1].priority, $1) }), columns[victim].priority > 0
            else { break }
            shown.removeAll { $0 == victim }
        }
        var widths = shown.map { columns[$0].minimumWidth }
        share(width - widths.reduce(shown.count - 1, +), among: shown, &widths)
        var offset = 0
        return zip(shown, widths).map { index, width in
            defer { offset += width + 1 }
            return (columns[index], offset, width)
        }
    }

    /// Gives `spare` columns to the flexible ones by weight, up to their maxima.
    private func share(_ spare: Int, among shown: [Int], _ widths: inout [Int]) {
        var spare = spare
        while spare > 0 {
            let growing = shown.indices.filter {
                if case .flexible(_, _, let maximum) = columns[shown[$0]].width { widths[$0] < maximum } else { false }
            }
            let weights = growing.map { if case .flexible(_, let weight, _) = columns[shown[$0]].width { max(weight, 1) } else { 0 } }
            let total = weights.reduce(0, +)
            guard total > 0 else { return }
            let pot = spare
            for (place, weight) in zip(growing, weights) where spare > 0 {
                guard case .flexible(_, _, let maximum) = columns[shown[place]].width else { continue }
                let more = min(max(pot * weight / total, 1), maximum - widths[place], spare)
                widths[place] += more
                spare -= more
            }
        }
    }

    private func drawHeader(_ frame: inout Frame, _ rect: Rect, _ layout: [Placed], _ theme: Theme) {
        for (column, offset, width) in layout {
            let isSorted = sort?.column == column.id
            let marker = isSorted ? String(Character(sort?.isDescending == true ? frame.glyphs.descending : frame.glyphs.ascending)) : ""
            let title = column.alignment == .trailing ? marker + column.title : column.title + marker
            let place = Rect(column: rect.column + offset, row: rect.row, columns: min(width, rect.columns - offset), rows: 1)
            frame.write(StyledText(title, theme[isSorted ? .headerSorted : .header]), in: place, column.alignment)
            frame.addHitArea(place, "\(idPrefix)header:\(column.id)")
        }
    }

    private func drawRow(_ frame: inout Frame, _ row: Row, _ rect: Rect, _ layout: [Placed], _ theme: Theme) {
        for (column, offset, width) in layout {
            let room = min(width, rect.columns - offset)
            guard room > 0 else { continue }
            let text = column.cell(row, CellContext(theme: theme, drawing: frame.drawing, width: room))
            frame.write(
                text, in: Rect(column: rect.column + offset, row: rect.row, columns: room, rows: 1), column.alignment,
                truncation: column.truncation)
        }
    }
}
