extension Frame {
    /// The frame as lines of text, each ended by a line feed; with `keepsTrailingSpaces`, every line is as wide as the frame.
    package func text(keepsTrailingSpaces: Bool = false) -> String {
        var text = ""
        text.reserveCapacity(cells.count + size.rows)
        for row in 0..<size.rows {
            let cells = self.row(row)
            let shown =
                keepsTrailingSpaces ? cells : cells[..<((cells.lastIndex { !$0.isBlank || $0.marks != 0 } ?? cells.startIndex - 1) + 1)]
            for cell in shown where cell.width != 0 { cell.append(to: &text.unicodeScalars) }
            text.unicodeScalars.append("\n")
        }
        return text
    }

    /// The same picture with ASCII alone: what has no ASCII becomes `?`, keeping its columns.
    package func asciiOnly() -> Frame {
        var frame = self
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                let cell = frame[Point(column, row)]
                guard cell.scalar.value > 0x7e || cell.marks != 0 else { continue }
                frame.replace(Cell(cell.scalar.value > 0x7e ? "?" : cell.scalar, cell.style), at: Point(column, row))
                if cell.width == 2 { frame.replace(.blank(cell.style), at: Point(column + 1, row)) }
            }
        }
        return frame
    }
}

extension Cell {
    func append(to scalars: inout String.UnicodeScalarView) {
        scalars.append(scalar)
        if let firstMark { scalars.append(firstMark) }
        if let secondMark { scalars.append(secondMark) }
    }
}
