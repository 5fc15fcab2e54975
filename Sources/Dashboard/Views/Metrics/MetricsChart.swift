import Canvas
import Insight
import Telemetry

/// Lines over time with a crosshair, and below them a legend with the values under it.
struct MetricsChart {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    let lines: MetricsLines
    private var theme: Theme { look.theme }

    /// More lines than that on one chart are noise.
    private static let lineLimit = 60

    init(_ model: MetricsModel, _ state: MetricsState, _ look: Look) {
        self.model = model
        self.state = state
        self.look = look
        lines = MetricsLines(model, state)
    }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard !lines.lines.isEmpty else {
            return MetricsChart.drawNoData(&frame, rect, model, look)
        }
        let wanted = min(lines.lines.count + 1, max(rect.rows / 3, 4))
        let (below, plot) = rect.cutBottom(state.isAlone && state.pane == .queries ? 0 : wanted)
        drawPlot(&frame, plot.inset(columns: 1))
        if !below.isEmpty {
            MetricsLegend(model: model, state: state, look: look, lines: lines).draw(
                in: &frame, below.inset(columns: 1), bar: rect.endColumn)
        }
    }

    static func drawNoData(_ frame: inout Frame, _ rect: Rect, _ model: MetricsModel, _ look: Look) {
        let hasError = model.answers.values.contains { $0.error != nil }
        let length = Quantity.roundDuration(nanoseconds: Double(model.context.window.nanoseconds))
        let text = hasError ? "The error above has to go first." : "No data in the last \(length); - makes the window longer."
        frame.write(
            StyledText(text, look.theme[.muted]),
            in: Rect(column: rect.column, row: rect.row + rect.rows / 2, columns: rect.columns, rows: 1), .center)
    }

    private func drawPlot(_ frame: inout Frame, _ rect: Rect) {
        let chosen = state.pane == .series ? lines.index(of: state.line) ?? 0 : nil
        var shown = lines.lines.enumerated().filter { state.solo == nil || $0.element.id == state.solo }.prefix(Self.lineLimit).map { $0 }
        // The chosen one lies over the others.
        if let chosen, let place = shown.firstIndex(where: { $0.offset == chosen }) { shown.append(shown.remove(at: place)) }
        let series = shown.map { offset, line in
            let style = Self.style(line, theme)
            return LineChart.Series(
                line.line.values, style: chosen == nil || chosen == offset || shown.count == 1 ? style : style.adding(.dim),
                mark: Self.mark(line))
        }
        let unit = shown.first?.element.unit ?? .plain
        let chart = LineChart(
            series, range: Self.range(shown.map(\.element.line)), marks: Self.marks(model.steps, rect.columns, look),
            cursor: state.cursor.flatMap { model.steps.index(of: $0) }.map { Double($0) / Double(max(model.steps.count - 1, 1)) },
            base: ValueText.base(unit, Self.greatest(shown.map(\.element.line))),
            labels: { ValueText.ticks($0, unit) })
        let plot = chart.draw(in: &frame, rect, theme: theme)
        Self.addMoments(&frame, plot, model.steps)
    }

    static func addMoments(_ frame: inout Frame, _ plot: Rect, _ steps: PanelSteps) {
        guard plot.columns > 1 else { return }
        for column in 0..<plot.columns {
            let index = column * (steps.count - 1) / (plot.columns - 1)
            frame.addHitArea(Rect(column: plot.column + column, row: plot.row, columns: 1, rows: plot.rows), "moment:\(index)")
        }
    }

    static func style(_ line: MetricsLines.Line, _ theme: Theme) -> Style { theme.series(line.ordinal) }
    static func mark(_ line: MetricsLines.Line) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(ascii: "a") + UInt8(line.ordinal % 26))
    }

    private static func greatest(_ lines: [PanelLine]) -> Double {
        lines.lazy.flatMap(\.values).filter(\.isFinite).map(abs).max() ?? 0
    }

    /// From zero, unless what happens would then be a flat line at the top.
    static func range(_ lines: [PanelLine]) -> ClosedRange<Double>? {
        let known = lines.lazy.flatMap(\.values).filter(\.isFinite)
        guard let low = known.min(), let high = known.max(), low > 0, high - low < high * 0.35 else { return nil }
        let pad = high > low ? 0 : high * 0.05
        return max(low - pad, 0)...high + pad
    }

    static func marks(_ steps: PanelSteps, _ columns: Int, _ look: Look) -> [AxisMark] {
        TimeMarks.of(steps.start...steps.end, columns: columns, look.clock)
    }
}

/// The series by name, with their values at the crosshair and over the window.
struct MetricsLegend {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    let lines: MetricsLines

    func draw(in frame: inout Frame, _ rect: Rect, bar: Int) {
        let selected = lines.index(of: state.line) ?? 0
        let table = Table(
            columns: columns, rows: lines.lines, selected: state.pane == .series ? selected : nil,
            firstRow: Table<MetricsLines.Line>.firstRow(
                showing: selected, from: 0, visible: max(rect.rows - 1, 1), count: lines.lines.count),
            isFocused: state.pane == .series, idPrefix: "line:", scrollBarColumn: bar)
        table.draw(in: &frame, rect, theme: look.theme)
    }

    private var columns: [TableColumn<MetricsLines.Line>] {
        let isAscii = look.drawing == .ascii
        let isHeatmap = state.picture == .heatmap
        let mark = TableColumn<MetricsLines.Line>("mark", title: "", width: .fixed(1)) { line, context in
            let style = isHeatmap ? MetricsHeatmap.style(line.ordinal, context.theme) : MetricsChart.style(line, context.theme)
            return StyledText(isAscii ? String(isHeatmap ? line.id.letter : Character(MetricsChart.mark(line))) : "■", style)
        }
        let letter = TableColumn<MetricsLines.Line>("letter", title: "", width: .fixed(1)) {
            StyledText(String($0.id.letter), $1.theme[.key])
        }
        let title = lines.lines.count == 1 ? "1 series" : "\(Quantity.count(lines.lines.count)) series"
        let name = TableColumn<MetricsLines.Line>("name", title: title, width: .flexible(minimum: 16)) {
            [lines, solo = state.solo] line, context in
            let text = lines.title(of: line, context.theme)
            return solo == nil || solo == line.id ? text : StyledText(text.plain, context.theme[.faint])
        }
        let time = state.cursor.map { look.clock.time($0) } ?? "now"
        let value = figure("value", time, 0, .strong) { $0.value }
        return [mark] + (lines.hasSeveral || isHeatmap ? [letter] : []) + [
            name, value, figure("min", "min", 3, .muted) { $0.line.least ?? .nan },
            figure("mean", "mean", 2, .text) { $0.line.mean ?? .nan },
            figure("max", "max", 1, .text) { $0.line.greatest ?? .nan },
        ]
    }

    private func figure(
        _ id: String, _ title: String, _ priority: Int, _ role: Role, _ value: @escaping @Sendable (MetricsLines.Line) -> Double
    ) -> TableColumn<MetricsLines.Line> {
        TableColumn(id, title: title, width: .fixed(10), alignment: .trailing, priority: priority) { line, context in
            let value = value(line)
            return value.isNaN ? StyledText("–", context.theme[.faint]) : StyledText(ValueText.short(value, line.unit), context.theme[role])
        }
    }
}
