import Canvas
import Insight
import Telemetry

/// A row a series, its value over time in colours: what was up, and when not.
struct MetricsStatuses {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    private let lines: [MetricsLines.Line]
    private let names: MetricsLines
    private var theme: Theme { look.theme }

    init(_ model: MetricsModel, _ state: MetricsState, _ look: Look) {
        self.model = model
        self.state = state
        self.look = look
        names = MetricsLines(model, state)
        // What is down stands first.
        lines = names.lines.map { ($0, Self.share($0.line) ?? 1) }
            .sorted { (Self.rank($0.0), $0.1, $0.0.ordinal) < (Self.rank($1.0), $1.1, $1.0.ordinal) }.map(\.0)
    }
    /// The part of its moments at which it was up; nil where its values are more than 0 and 1.
    private static func share(_ line: PanelLine) -> Double? {
        let known = line.values.filter { !$0.isNaN }
        guard !known.isEmpty, known.allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
        return known.reduce(0, +) / Double(known.count)
    }
    private static func rank(_ line: MetricsLines.Line) -> Int { line.value.isNaN ? 1 : line.value == 0 ? 0 : 2 }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard !lines.isEmpty else { return MetricsChart.drawNoData(&frame, rect, model, look) }
        let body = rect.inset(columns: 1).cutBottom(1).rest
        let widest = lines.prefix(body.rows * 4).map { names.title(of: $0, theme).columns }.max() ?? 0
        let (labels, rest) = body.cutLeft(min(widest + 2, body.columns / 2))
        let (values, plot) = rest.cutRight(17)
        let selected = names.index(of: state.line).flatMap { index in lines.firstIndex { $0.id == names.lines[index].id } } ?? 0
        let first = Table<MetricsLines.Line>.firstRow(showing: selected, from: 0, visible: body.rows, count: lines.count)
        for (offset, line) in lines.dropFirst(first).prefix(body.rows).enumerated() {
            let row = body.row + offset
            frame.write(names.title(of: line, theme), at: Point(labels.column, row), width: labels.columns - 1)
            drawTimeline(&frame, line, Rect(column: plot.column, row: row, columns: plot.columns, rows: 1))
            if let share = Self.share(line.line), values.columns >= 17 {
                let style = theme[share < 1 ? .warn : .muted]
                frame.write(
                    StyledText(Quantity.percent(share), style), in: Rect(column: values.column, row: row, columns: 9, rows: 1), .trailing)
            }
            frame.write(valueText(line), in: Rect(column: values.column, row: row, columns: values.columns, rows: 1), .trailing)
            let whole = Rect(column: body.column, row: row, columns: labels.columns, rows: 1)
            if state.pane == .series, first + offset == selected { frame.select(whole, theme: theme) }
            if let index = names.index(of: line.id) { frame.addHitArea(whole, "line:row:\(index)") }
        }
        if lines.count > body.rows {
            ScrollBar(total: lines.count, visible: body.rows, first: first).draw(
                in: &frame, Rect(column: rect.endColumn, row: body.row, columns: 1, rows: body.rows), theme: theme)
        }
        drawAxis(&frame, Rect(column: plot.column, row: body.row + min(lines.count, body.rows), columns: plot.columns, rows: 1))
        let moments = Rect(column: plot.column, row: body.row, columns: plot.columns, rows: min(lines.count, body.rows))
        MetricsChart.addMoments(&frame, moments, model.steps)
        drawCursor(&frame, moments)
    }

    /// 0 of 0 and 1 is what is wrong; other values are only told apart.
    private func drawTimeline(_ frame: inout Frame, _ line: MetricsLines.Line, _ rect: Rect) {
        let count = line.line.values.count
        for column in 0..<rect.columns {
            let first = column * count / max(rect.columns, 1)
            let members = line.line.values[min(first, count)..<min(max((column + 1) * count / max(rect.columns, 1), first + 1), count)]
            let place = Point(rect.column + column, rect.row)
            // The worst of what shares a cell: a short outage must be seen.
            guard let value = members.lazy.filter({ !$0.isNaN }).min() else {
                frame.put(frame.glyphs.gap, at: place, style: theme[.faint])
                continue
            }
            let isAscii = look.drawing == .ascii
            switch value {
            case 0: frame.put(isAscii ? "x" : "▄", at: place, style: theme[.bad])
            case 1: frame.put(isAscii ? "=" : "▄", at: place, style: theme[.good])
            default: frame.put(isAscii ? "#" : "▄", at: place, style: theme.series(Int(value.bitPattern % 7)))
            }
            if value == 0, look.theme == .monochrome, !isAscii { frame.put("x", at: place, style: theme[.bad]) }
        }
    }

    private func valueText(_ line: MetricsLines.Line) -> StyledText {
        if line.value.isNaN { return StyledText("gone", theme[.unknown]) }
        if line.value == 0 { return StyledText("\(Character(look.drawing.glyphs.bad)) down", theme[.bad]) }
        if line.value == 1 { return StyledText("\(Character(look.drawing.glyphs.good)) up", theme[.good]) }
        return StyledText(ValueText.short(line.value, line.unit), theme[.strong])
    }

    private func drawAxis(_ frame: inout Frame, _ rect: Rect) {
        AxisMark.draw(MetricsChart.marks(model.steps, rect.columns, look), in: &frame, rect, style: theme[.axis])
    }

    private func drawCursor(_ frame: inout Frame, _ rect: Rect) {
        guard let index = state.cursor.flatMap({ model.steps.index(of: $0) }), rect.columns > 1 else { return }
        let column = rect.column + index * (rect.columns - 1) / max(model.steps.count - 1, 1)
        for row in rect.row..<rect.endRow { frame.overlay(Rect(column: column, row: row, columns: 1, rows: 1), theme[.selection]) }
    }
}
