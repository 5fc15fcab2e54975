/// A share as a bar.
package struct Bar: Hashable, Sendable {
    package enum Look: Hashable, Sendable {
        /// A heavy line in halves of a column: rows under each other stay apart.
        case line
        /// Full height, in eighths of a column.
        case block
    }
    package var share: Double
    package var look: Look
    package init(_ share: Double, look: Look = .line) {
        self.share = share
        self.look = look
    }

    /// `width` columns: what is full, then the track. What is above zero shows at least a little.
    package func styled(width: Int, drawing: Drawing, style: Style, track: Style) -> StyledText {
        let width = min(max(width, 0), Size.limit)
        let parts = drawing == .ascii ? Self.asciiParts : look == .line ? Self.lineParts : Self.blockParts
        let steps = shownSteps(width * parts.count)
        var full = String(repeating: parts[parts.count - 1], count: steps / parts.count)
        if steps % parts.count > 0 { full.append(parts[steps % parts.count - 1]) }
        let rest: Character = drawing == .ascii ? "." : look == .line ? "─" : " "
        return StyledText([.init(full, style), .init(String(repeating: rest, count: max(width - full.count, 0)), track)])
    }

    private func shownSteps(_ all: Int) -> Int {
        guard share.isFinite else { return share > 0 ? all : 0 }
        let steps = Int((min(max(share, 0), 1) * Double(all)).rounded())
        return share > 0 ? max(steps, min(1, all)) : steps
    }

    private static let asciiParts: [Character] = ["#"]
    private static let lineParts: [Character] = ["╸", "━"]
    private static let blockParts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
}

/// Amounts that make up one bar, side by side: log levels, status classes.
package struct StackedBar: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package var amount: Double
        package var style: Style
        /// What it is drawn with where there are no colours.
        package var mark: Character
        package init(_ amount: Double, _ style: Style, mark: Character) {
            self.amount = amount
            self.style = style
            self.mark = mark
        }
    }
    package var parts: [Part]
    package init(_ parts: [Part]) { self.parts = parts }

    /// Every amount above zero has at least one column where there are enough.
    package func styled(width: Int, total: Double? = nil, drawing: Drawing) -> StyledText {
        let shown = parts.filter { $0.amount > 0 && $0.amount.isFinite }
        let whole = max(total ?? 0, shown.reduce(0) { $0 + $1.amount })
        guard whole > 0, width > 0 else { return StyledText() }
        var text = StyledText()
        var left = width
        for (index, part) in shown.enumerated() where left > 0 {
            let wanted = max(Int((part.amount / whole * Double(width)).rounded()), 1)
            let columns = min(wanted, max(left - (shown.count - 1 - index), 1))
            text.append(String(repeating: drawing == .ascii ? part.mark : "█", count: columns), part.style)
            left -= columns
        }
        return text
    }
}

/// Stacked columns over time, the oldest at the left: log lines by level.
package struct StackedColumns: Hashable, Sendable {
    /// From the bottom up; every inner array is as long as `styles`.
    package var columns: [[Double]]
    package var styles: [Style]
    package var maximum: Double?
    package init(_ columns: [[Double]], styles: [Style], maximum: Double? = nil) {
        self.columns = columns
        self.styles = styles
        self.maximum = maximum
    }

    package func draw(in frame: inout Frame, _ rect: Rect) {
        let top = maximum ?? columns.map { $0.reduce(0, +) }.max() ?? 0
        guard top > 0, !rect.isEmpty, !styles.isEmpty else { return }
        for (index, amounts) in columns.suffix(rect.columns).enumerated() {
            let column = rect.column + max(rect.columns - columns.count, 0) + index
            drawColumn(&frame, column, rect, amounts.prefix(styles.count).map { $0 / top * Double(rect.rows) })
        }
    }

    /// `heights` in rows. A cell shows the part that fills most of it; the top one is cut by eighths. Rare parts still show: the last
    /// styles are the worst, and a part above zero owns at least the topmost cell.
    private func drawColumn(_ frame: inout Frame, _ column: Int, _ rect: Rect, _ heights: [Double]) {
        let total = heights.reduce(0, +)
        guard total > 0 else { return }
        let ascii = frame.drawing == .ascii
        let eighths = max(Int((total * 8).rounded()), 1)
        let worst = heights.lastIndex { $0 > 0 } ?? 0
        for row in 0..<min((eighths + 7) / 8, rect.rows) {
            let isTop = (row + 1) * 8 >= eighths
            let part = isTop ? worst : owner(of: Double(row) + 0.5, heights)
            let filled = min(eighths - row * 8, 8)
            let glyph = (ascii ? Sparkline.asciiEighths : Sparkline.eighths)[filled]
            frame.put(glyph, at: Point(column, rect.endRow - 1 - row), style: styles[part])
        }
    }

    private func owner(of height: Double, _ heights: [Double]) -> Int {
        var sum = 0.0
        for (index, part) in heights.enumerated() {
            sum += part
            if height < sum { return index }
        }
        return heights.count - 1
    }
}
