/// A small picture of values over time; NaN is a gap, which looks different from zero.
package struct Sparkline: Hashable, Sendable {
    package var values: [Double]
    /// What fills the height; the largest value where nil.
    package var maximum: Double?

    package init(_ values: [Double], maximum: Double? = nil) {
        self.values = values
        self.maximum = maximum
    }

    /// `width` characters, the newest value at the right; a gap is a blank, zero a low line.
    package func text(width: Int, drawing: Drawing) -> String {
        guard width > 0 else { return "" }
        let steps = drawing == .ascii ? Self.asciiSteps : Self.blockSteps
        let points = resampled(values, to: min(width, Size.limit))
        let top = top
        var text = ""
        for _ in points.count..<max(width, points.count) { text.append(" ") }
        for value in points {
            guard value.isFinite else {
                text.append(value.isNaN ? " " : steps[steps.count - 1])
                continue
            }
            let level = value <= 0 || top <= 0 ? 0 : min(Int(min(value / top, 1) * Double(steps.count - 1)) + 1, steps.count - 1)
            text.append(steps[level])
        }
        return text
    }

    package func styled(width: Int, drawing: Drawing, style: Style) -> StyledText {
        StyledText(text(width: width, drawing: drawing), style)
    }

    /// Draws over all rows of `rect`, each row eight levels high, or four with two dots side by side in braille.
    package func draw(in frame: inout Frame, _ rect: Rect, style: Style) {
        guard rect.rows > 1 else {
            frame.write(text(width: rect.columns, drawing: frame.drawing), at: rect.origin, style: style, width: rect.columns)
            return
        }
        let points = resampled(values, to: rect.columns)
        for (index, value) in points.enumerated() where !value.isNaN {
            let share = top > 0 ? min(max(value / top, 0), 1) : 0
            let column = rect.endColumn - points.count + index
            drawColumn(&frame, column, rect, eighths: max(Int((share * Double(rect.rows) * 8).rounded()), value > 0 ? 1 : 0), style)
        }
    }

    private func drawColumn(_ frame: inout Frame, _ column: Int, _ rect: Rect, eighths: Int, _ style: Style) {
        let steps = frame.drawing == .ascii ? Self.asciiEighths : Self.eighths
        if eighths == 0 { frame.put(frame.drawing == .ascii ? "_" : "▁", at: Point(column, rect.endRow - 1), style: style.adding(.dim)) }
        for row in 0..<rect.rows {
            let filled = min(max(eighths - row * 8, 0), 8)
            if filled > 0 { frame.put(steps[filled], at: Point(column, rect.endRow - 1 - row), style: style) }
        }
    }

    private var top: Double { maximum ?? values.lazy.filter(\.isFinite).max() ?? 0 }

    /// Without the full block, so that rows under each other stay apart.
    private static let blockSteps: [Character] = ["⎽", "▁", "▂", "▃", "▄", "▅", "▆", "▇"]
    private static let asciiSteps: [Character] = ["_", ".", ":", "-", "=", "+", "*", "#"]
    static let eighths: [Unicode.Scalar] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    static let asciiEighths: [Unicode.Scalar] = [" ", ".", ".", ":", ":", "+", "+", "#", "#"]
}

/// `values` in `count` buckets by their largest, so that peaks stay; fewer values stay as they are. A bucket of gaps is a gap.
func resampled(_ values: [Double], to count: Int) -> [Double] {
    guard count > 0 else { return [] }
    guard values.count > count else { return values }
    return (0..<count).map { index in
        let bucket = values[index * values.count / count..<(index + 1) * values.count / count]
        return bucket.lazy.filter { !$0.isNaN }.max() ?? .nan
    }
}
