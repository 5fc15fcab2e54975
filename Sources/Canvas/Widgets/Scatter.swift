/// Points over time on a logarithmic scale, those that failed told apart by shape and colour.
package struct Scatter: Sendable {
    package struct Dot: Hashable, Sendable {
        /// From 0 to 1 over the time shown.
        package var share: Double
        package var value: Double
        package var hasFailed: Bool
        package init(share: Double, value: Double, hasFailed: Bool) {
            self.share = share
            self.value = value
            self.hasFailed = hasFailed
        }
    }
    package var dots: [Dot]
    package var range: ClosedRange<Double>
    package var marks: [AxisMark]
    /// The chosen one.
    package var selected: Int?
    package var label: @Sendable (Double) -> String

    package init(
        _ dots: [Dot], range: ClosedRange<Double>, marks: [AxisMark] = [], selected: Int? = nil,
        label: @escaping @Sendable (Double) -> String
    ) {
        self.dots = dots
        self.range = range
        self.marks = marks
        self.selected = selected
        self.label = label
    }

    /// The one hit area is `scatter`; returns the plot.
    @discardableResult
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) -> Rect {
        let plot = Heatmap.plot(in: rect)
        guard !plot.isEmpty else { return plot }
        for tick in Ticks.logarithmic(range, count: max(plot.rows / 2, 1)) {
            let row = plot.row + Int((1 - height(tick)) * Double(plot.rows - 1) + 0.5)
            frame.horizontalLine(
                at: Point(plot.column, row), columns: plot.columns, style: theme[.gridLine], frame.drawing == .ascii ? "." : "┈")
            frame.write(
                StyledText(label(tick), theme[.axis]),
                in: Rect(column: rect.column, row: row, columns: plot.column - rect.column - 1, rows: 1), .trailing)
        }
        drawDots(&frame, plot, theme)
        let below = Rect(column: plot.column, row: plot.endRow, columns: plot.columns, rows: rect.endRow - plot.endRow)
        if below.rows > 0 { AxisMark.draw(marks, in: &frame, below, style: theme[.axis]) }
        frame.addHitArea(plot, "scatter")
        return plot
    }

    private func drawDots(_ frame: inout Frame, _ plot: Rect, _ theme: Theme) {
        var canvas = DotCanvas(plot.size, drawing: frame.drawing)
        for dot in dots where !dot.hasFailed && dot.share >= 0 && dot.share <= 1 {
            let x = Int(dot.share * Double(canvas.dotsAcross - 1))
            canvas.set(x, Int((1 - height(dot.value)) * Double(canvas.dotsDown - 1) + 0.5), theme[.sparkline], mark: "*")
        }
        canvas.draw(in: &frame, at: plot.origin)
        for dot in dots where dot.hasFailed && dot.share >= 0 && dot.share <= 1 {
            frame.put(frame.glyphs.bad, at: place(dot, plot), style: theme[.bad])
        }
        if let selected, dots.indices.contains(selected) {
            frame.put(frame.drawing == .ascii ? "O" : "◉", at: place(dots[selected], plot), style: theme[.cursorLine].bold)
        }
    }

    private func place(_ dot: Dot, _ plot: Rect) -> Point {
        let share = min(max(dot.share, 0), 1)
        return Point(
            plot.column + Int(share * Double(plot.columns - 1)), plot.row + Int((1 - height(dot.value)) * Double(plot.rows - 1) + 0.5))
    }

    /// From 0 at the bottom to 1.
    private func height(_ value: Double) -> Double {
        let share = logarithm(value / range.lowerBound) / logarithm(range.upperBound / range.lowerBound)
        return share.isNaN ? 0 : min(max(share, 0), 1)
    }
}
