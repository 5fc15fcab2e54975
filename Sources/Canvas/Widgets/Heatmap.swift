/// How often what happened when: time across, latency up on a logarithmic scale, colour for how many.
package struct Heatmap: Sendable {
    package struct Line: Hashable, Sendable {
        /// One for every column of `counts`, in the unit of the scale; NaN is a gap.
        package var values: [Double]
        package var style: Style
        /// What stands at its end, such as `p99`.
        package var name: String
        package init(_ values: [Double], style: Style, name: String) {
            self.values = values
            self.style = style
            self.name = name
        }
    }
    /// `counts[column][row]`, the rows from the lowest up, spread evenly over the logarithm of `range`. Zero is nothing, NaN no data.
    package var counts: [[Double]]
    package var range: ClosedRange<Double>
    package var lines: [Line]
    package var marks: [AxisMark]
    /// The chosen cell as column and row of `counts`.
    package var cursor: Point?
    package var label: @Sendable (Double) -> String

    package init(
        counts: [[Double]], range: ClosedRange<Double>, lines: [Line] = [], marks: [AxisMark] = [], cursor: Point? = nil,
        label: @escaping @Sendable (Double) -> String
    ) {
        self.counts = counts
        self.range = range
        self.lines = lines
        self.marks = marks
        self.cursor = cursor
        self.label = label
    }

    /// The columns that labels take at the left of the plot.
    package static let labelWidth = 8

    /// The plot inside `rect`: make `counts` of this size, and each count has one cell.
    package static func plot(in rect: Rect) -> Rect {
        rect.cutBottom(rect.rows < 4 ? 0 : 1).rest.cutLeft(min(labelWidth, rect.columns / 3)).rest
    }

    /// Draws with labels; returns the plot. The one hit area is `heatmap`.
    @discardableResult
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) -> Rect {
        let plot = Self.plot(in: rect)
        guard !plot.isEmpty, !counts.isEmpty else { return plot }
        drawCells(&frame, plot, theme)
        for line in lines { draw(line, &frame, plot) }
        drawCursor(&frame, plot, theme)
        for tick in Ticks.logarithmic(range, count: max(plot.rows / 2, 1)) {
            let place = Rect(column: rect.column, row: row(of: tick, plot), columns: plot.column - rect.column - 1, rows: 1)
            frame.write(StyledText(label(tick), theme[.axis]), in: place, .trailing)
        }
        let below = Rect(column: plot.column, row: plot.endRow, columns: plot.columns, rows: rect.endRow - plot.endRow)
        if below.rows > 0 { AxisMark.draw(marks, in: &frame, below, style: theme[.axis]) }
        frame.addHitArea(plot, "heatmap")
        return plot
    }

    private func drawCells(_ frame: inout Frame, _ plot: Rect, _ theme: Theme) {
        let top = counts.lazy.flatMap { $0 }.filter(\.isFinite).max() ?? 0
        for column in 0..<plot.columns {
            let cells = counts[min(column * counts.count / plot.columns, counts.count - 1)]
            guard !cells.isEmpty else { continue }
            for row in 0..<plot.rows {
                let count = cells[min(row * cells.count / plot.rows, cells.count - 1)]
                let place = Point(plot.column + column, plot.endRow - 1 - row)
                if count.isNaN {
                    if row == 0 { frame.put(frame.glyphs.gap, at: place, style: theme[.faint]) }
                } else if count > 0 {
                    // Square root: one slow request beside a thousand fast ones must be seen.
                    let step = Theme.heatStep((count / top).squareRoot())
                    let ramp = frame.drawing == .ascii ? Self.asciiShades : Self.blockShades
                    frame.put(ramp[step * ramp.count / Theme.heatSteps], at: place, style: style(step, frame.drawing, theme))
                }
            }
        }
    }

    /// A shade of the colour on the same colour: a full cell to look at, and a shade still where colours are lost.
    private func style(_ step: Int, _ drawing: Drawing, _ theme: Theme) -> Style {
        if theme.name == Theme.monochrome.name { return .plain }
        return drawing == .ascii ? Style(theme.heat(max(step, 4))) : Style(theme.heat(step), on: theme.heat(step))
    }

    private func row(of value: Double, _ plot: Rect) -> Int {
        let share = logarithm(value / range.lowerBound) / max(logarithm(range.upperBound / range.lowerBound), .leastNonzeroMagnitude)
        guard share.isFinite else { return value > range.lowerBound ? plot.row : plot.endRow - 1 }
        return plot.endRow - 1 - min(max(Int(share * Double(plot.rows)), 0), plot.rows - 1)
    }

    private func draw(_ line: Line, _ frame: inout Frame, _ plot: Rect) {
        let values = line.values
        guard !values.isEmpty else { return }
        var last: Point?
        for column in 0..<plot.columns {
            let value = values[min(column * values.count / plot.columns, values.count - 1)]
            guard value > 0, !value.isNaN else { continue }
            let place = Point(plot.column + column, row(of: value, plot))
            frame.put(frame.drawing == .ascii ? "-" : "━", at: place, style: readable(line.style, on: frame[place].style.background))
            last = place
        }
        guard let last, plot.columns > 12 else { return }
        let start = min(last.column, plot.endColumn - 1) - columns(of: line.name) + 1
        for (offset, scalar) in line.name.unicodeScalars.enumerated() {
            let place = Point(start + offset, last.row)
            frame.put(scalar, at: place, style: readable(line.style.bold, on: frame[place].style.background))
        }
    }

    /// On the hottest cells a bright line would vanish: there it is dark.
    private func readable(_ style: Style, on background: Color) -> Style {
        guard let ratio = contrast(style.foreground, background), ratio < 1.8 else { return style }
        return Style(
            (Channels(background)?.luminance ?? 0) > 0.25 ? .hex(0x101010) : .hex(0xffffff), on: style.background, style.attributes)
    }

    private func drawCursor(_ frame: inout Frame, _ plot: Rect, _ theme: Theme) {
        guard let cursor, let first = counts.first, !first.isEmpty, cursor.column >= 0, cursor.column < counts.count else { return }
        let column = plot.column + (cursor.column * plot.columns + plot.columns / 2) / counts.count
        let row = plot.endRow - 1 - min(max((cursor.row * plot.rows + plot.rows / 2) / first.count, 0), plot.rows - 1)
        for offset in 0..<plot.rows where plot.row + offset != row {
            let place = Point(column, plot.row + offset)
            if frame[place].isBlank {
                frame.put(frame.glyphs.vertical, at: place, style: readable(theme[.cursorLine], on: frame[place].style.background))
            }
        }
        frame.put(frame.drawing == .ascii ? "O" : "◉", at: Point(column, row), style: theme[.cursorLine].adding(.bold).adding(.reverse))
    }

    private static let asciiShades: [Unicode.Scalar] = [".", ":", "-", "=", "+", "*", "#", "%", "@"]
    private static let blockShades: [Unicode.Scalar] = ["·", "░", "▒", "▓", "█"]
}

/// The natural logarithm, to about twelve digits, without a mathematics library.
package func logarithm(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value == 0 ? -.infinity : value > 0 ? .infinity : .nan }
    let ratio = (value.significand - 1) / (value.significand + 1)
    var term = ratio
    var sum = 0.0
    for power in 0..<24 {
        sum += term / Double(2 * power + 1)
        term *= ratio * ratio
    }
    return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
}
