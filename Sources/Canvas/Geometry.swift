/// A place on the screen, counted from the top left, from zero.
package struct Point: Hashable, Sendable {
    package var column: Int
    package var row: Int
    package init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
    /// `Point(3, 1)`: column, then row.
    package init(_ column: Int, _ row: Int) { self.init(column: column, row: row) }
    package static let zero = Point(0, 0)
}

/// Columns by rows, never negative, each at most `Size.limit`.
package struct Size: Hashable, Sendable, CustomStringConvertible {
    /// No terminal is larger; what claims to be is cut.
    package static let limit = 1_000
    package let columns: Int
    package let rows: Int
    package init(columns: Int, rows: Int) {
        self.columns = min(max(columns, 0), Self.limit)
        self.rows = min(max(rows, 0), Self.limit)
    }
    package var description: String { "\(columns)x\(rows)" }
}

/// A rectangle of cells; may lie partly or wholly outside a frame, which then draws only what is inside.
package struct Rect: Hashable, Sendable {
    package var column: Int
    package var row: Int
    package var columns: Int
    package var rows: Int

    /// Negative sizes become zero.
    package init(column: Int, row: Int, columns: Int, rows: Int) {
        self.column = column
        self.row = row
        self.columns = max(columns, 0)
        self.rows = max(rows, 0)
    }
    package init(at origin: Point = .zero, _ size: Size) {
        self.init(column: origin.column, row: origin.row, columns: size.columns, rows: size.rows)
    }

    package var origin: Point { Point(column, row) }
    package var size: Size { Size(columns: columns, rows: rows) }
    /// The column after the last one.
    package var endColumn: Int { column + columns }
    /// The row after the last one.
    package var endRow: Int { row + rows }
    package var isEmpty: Bool { columns == 0 || rows == 0 }

    package func contains(_ point: Point) -> Bool {
        point.column >= column && point.column < endColumn && point.row >= row && point.row < endRow
    }

    package func inset(columns: Int = 0, rows: Int = 0) -> Rect {
        Rect(column: column + columns, row: row + rows, columns: self.columns - 2 * columns, rows: self.rows - 2 * rows)
    }

    package func intersection(_ other: Rect) -> Rect {
        let left = max(column, other.column)
        let top = max(row, other.row)
        return Rect(
            column: left, row: top, columns: min(endColumn, other.endColumn) - left, rows: min(endRow, other.endRow) - top)
    }

    /// The first `count` rows, and what is left below them.
    package func cutTop(_ count: Int) -> (top: Rect, rest: Rect) {
        let taken = min(max(count, 0), rows)
        return (
            Rect(column: column, row: row, columns: columns, rows: taken),
            Rect(column: column, row: row + taken, columns: columns, rows: rows - taken)
        )
    }
    /// The last `count` rows, and what is left above them.
    package func cutBottom(_ count: Int) -> (bottom: Rect, rest: Rect) {
        let (rest, bottom) = cutTop(rows - min(max(count, 0), rows))
        return (bottom, rest)
    }
    /// The first `count` columns, and what is left beside them.
    package func cutLeft(_ count: Int) -> (left: Rect, rest: Rect) {
        let taken = min(max(count, 0), columns)
        return (
            Rect(column: column, row: row, columns: taken, rows: rows),
            Rect(column: column + taken, row: row, columns: columns - taken, rows: rows)
        )
    }
    /// The last `count` columns, and what is left beside them.
    package func cutRight(_ count: Int) -> (right: Rect, rest: Rect) {
        let (rest, right) = cutLeft(columns - min(max(count, 0), columns))
        return (right, rest)
    }
}
