/// Lines over time under one scale.
package struct LineChart: Sendable {
    package struct Series: Hashable, Sendable {
        /// Evenly spread over the time shown; NaN is a gap.
        package var values: [Double]
        package var style: Style
        /// What ASCII draws it with.
        package var mark: Unicode.Scalar
        package init(_ values: [Double], style: Style, mark: Unicode.Scalar = "*") {
            self.values = values
            self.style = style
            self.mark = mark
        }
    }
    package var series: [Series]
    /// From zero to the largest value where nil.
    package var range: ClosedRange<Double>?
    package var marks: [AxisMark]
    /// Where the time cursor stands, from 0 to 1.
    package var cursor: Double?
    /// A line to stay below, or above.
    package var threshold: Double?
    /// What is round on the scale; its ends are.
    package var base: Ticks.Base
    /// Writes the values at the left, seen together so that no two read the same.
    package var labels: @Sendable ([Double]) -> [String]

    package init(
        _ series: [Series], range: ClosedRange<Double>? = nil, marks: [AxisMark] = [], cursor: Double? = nil, threshold: Double? = nil,
        base: Ticks.Base = .decimal(per: 1), labels: @escaping @Sendable ([Double]) -> [String]
    ) {
        self.series = series
        self.range = range
        self.marks = marks
        self.cursor = cursor
        self.threshold = threshold
        self.base = base
        self.labels = labels
    }

    /// Draws with labels at the left and marks below; returns the plot's rectangle.
    @discardableResult
    package func draw(in frame: inout Frame, _ rect: Rect, theme: Theme) -> Rect {
        let (bottom, upper) = rect.cutBottom(marks.isEmpty || rect.rows < 4 ? 0 : 1)
        let count = max(upper.rows / 3, 2)
        let (range, ticks) = Ticks.rounded(shownRange, count: count, base)
        let labels = labels(ticks)
        let width = min(labels.map { columns(of: $0) }.max() ?? 0, rect.columns / 3)
        let plot = upper.cutLeft(width + 1).rest
        guard !plot.isEmpty else { return plot }
        for (tick, text) in zip(ticks, labels) {
            let row = plot.row + Int((1 - share(tick, range)) * Double(plot.rows - 1) + 0.5)
            frame.horizontalLine(
                at: Point(plot.column, row), columns: plot.columns, style: theme[.gridLine], frame.drawing == .ascii ? "." : "┈")
            frame.write(StyledText(text, theme[.axis]), in: Rect(column: rect.column, row: row, columns: width, rows: 1), .trailing)
        }
        if let cursor, cursor >= 0, cursor <= 1 {
            let column = plot.column + Int(cursor * Double(plot.columns - 1))
            frame.verticalLine(at: Point(column, plot.row), rows: plot.rows, style: theme[.cursorLine])
        }
        drawLines(&frame, plot, range, theme)
        AxisMark.draw(marks, in: &frame, bottom.cutLeft(width + 1).rest, style: theme[.axis])
        return plot
    }

    private var shownRange: ClosedRange<Double> {
        if let range { return range }
        let known = series.lazy.flatMap(\.values).filter(\.isFinite)
        let low = min(known.min() ?? 0, 0)
        let top = max(known.max() ?? 0, threshold ?? 0)
        return low...(top > low ? top : low + 1)
    }

    private func share(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        // Halves, so that a range from one end of the numbers to the other has a length.
        let share = (value / 2 - range.lowerBound / 2) / (range.upperBound / 2 - range.lowerBound / 2)
        return share.isNaN ? 0 : min(max(share, 0), 1)
    }

    private func drawLines(_ frame: inout Frame, _ plot: Rect, _ range: ClosedRange<Double>, _ theme: Theme) {
        var dots = DotCanvas(plot.size, drawing: frame.drawing)
        func y(_ value: Double) -> Int { Int((1 - share(value, range)) * Double(dots.dotsDown - 1) + 0.5) }
        if let threshold, range.contains(threshold) {
            for x in 0..<dots.dotsAcross where x % 4 < 2 { dots.set(x, y(threshold), theme[.bad], mark: "-") }
        }
        for line in series {
            let values = resampled(line.values, to: dots.dotsAcross)
            var before: (x: Int, y: Int)?
            for (index, value) in values.enumerated() {
                guard value.isFinite else {
                    before = nil
                    continue
                }
                let x = values.count > 1 ? index * (dots.dotsAcross - 1) / (values.count - 1) : dots.dotsAcross - 1
                let point = (x: x, y: y(value))
                dots.line(from: before ?? point, to: point, line.style, mark: line.mark)
                before = point
            }
        }
        dots.draw(in: &frame, at: plot.origin)
    }
}
