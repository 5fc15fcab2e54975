import CNcurses
import Canvas
import Glibc

/// Hands frames to ncurses, which sends the difference to the terminal.
struct Painter {
    private let window: UnsafeMutablePointer<WINDOW>
    private let depth: ColorDepth
    private let isUTF8: Bool
    private var pairs: ColorPairs
    /// The rows as they were painted last.
    private var hashes: [UInt64] = []
    private var looks: [Style: Look] = [:]
    private var cells: [cchar_t] = []
    private var isCursorShown = false

    /// A style as ncurses takes it.
    private struct Look {
        var attributes: UInt32
        var pair: Int32
    }

    /// Themes have some hundred styles; heat maps and the like a few thousand more.
    private static let lookLimit = 20_000

    init(window: UnsafeMutablePointer<WINDOW>, depth: ColorDepth, isUTF8: Bool, pairs: ColorPairs) {
        self.window = window
        self.depth = depth
        self.isUTF8 = isUTF8
        self.pairs = pairs
    }

    /// The next frame is painted whole.
    mutating func forget() { hashes.removeAll(keepingCapacity: true) }

    mutating func paint(_ frame: Frame) {
        if pairs.isExhausted || looks.count > Self.lookLimit {
            looks.removeAll(keepingCapacity: true)
            if depth != .monochrome { pairs.forget() }
            forget()
        }
        let shown = isUTF8 ? frame : frame.asciiOnly()
        let rows = min(shown.size.rows, Int(getmaxy(window)))
        let columns = min(shown.size.columns, Int(getmaxx(window)))
        if hashes.count != rows {
            werase(window)
            hashes = [UInt64](repeating: 0, count: rows)
        }
        for row in 0..<rows {
            // Zero marks a row never painted.
            let hash = shown.rowHash(row) | 1
            guard hash != hashes[row] else { continue }
            hashes[row] = hash
            let count = fill(shown, row, columns)
            mvwadd_wchnstr(window, Int32(row), 0, cells, Int32(count))
        }
        placeCursor(shown.cursor, columns, rows)
        wnoutrefresh(window)
        doupdate()
    }

    /// The row as ncurses takes it: a wide character once, and nothing for its right half.
    private mutating func fill(_ frame: Frame, _ row: Int, _ columns: Int) -> Int {
        if cells.count < columns + 1 { cells = [cchar_t](repeating: cchar_t(), count: columns + 1) }
        var count = 0
        var style = Style.plain
        var look = look(of: style)
        for cell in frame.row(row).prefix(columns) where cell.width != 0 {
            if cell.style != style {
                style = cell.style
                look = self.look(of: style)
            }
            let base = shownScalar(cell)
            dw_cell(
                &cells[count], base, base == 0xfffd ? 0 : cell.firstMark?.value ?? 0, base == 0xfffd ? 0 : cell.secondMark?.value ?? 0,
                look.attributes, look.pair)
            count += 1
            // What this machine measures otherwise than we do stands for itself in as many columns as we gave it.
            if cell.width == 2, base == 0xfffd {
                dw_cell(&cells[count], 0x20, 0, 0, look.attributes, look.pair)
                count += 1
            }
        }
        return count
    }

    private func shownScalar(_ cell: Cell) -> UInt32 {
        let value = cell.scalar.value
        if value < 0x7f { return value }
        return dw_width(value) == Int32(cell.width) ? value : 0xfffd
    }

    private mutating func look(of style: Style) -> Look {
        if let known = looks[style] { return known }
        let mapped = depth.style(style)
        var attributes: UInt32 = 0
        if mapped.attributes.contains(.bold) { attributes |= dw_attr_bold() }
        if mapped.attributes.contains(.dim) { attributes |= dw_attr_dim() }
        if mapped.attributes.contains(.italic) { attributes |= dw_attr_italic() }
        if mapped.attributes.contains(.underline) { attributes |= dw_attr_underline() }
        if mapped.attributes.contains(.reverse) { attributes |= dw_attr_reverse() }
        let look = Look(attributes: attributes, pair: depth == .monochrome ? 0 : pairs.number(mapped.foreground, mapped.background))
        looks[style] = look
        return look
    }

    private mutating func placeCursor(_ cursor: Point?, _ columns: Int, _ rows: Int) {
        let isShown = cursor.map { $0.column >= 0 && $0.column < columns && $0.row >= 0 && $0.row < rows } ?? false
        if isShown != isCursorShown {
            curs_set(isShown ? 1 : 0)
            isCursorShown = isShown
        }
        leaveok(window, !isShown)
        if isShown, let cursor { wmove(window, Int32(cursor.row), Int32(cursor.column)) }
    }
}
