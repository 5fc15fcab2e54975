import Canvas
import Insight
import Telemetry

extension MetricsView {
    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        if let place = state.cost, model.cardinality.series > 0 {
            MetricsCost(cardinality: model.cardinality, place: place, look: look).draw(in: &frame)
            return frame
        }
        switch state.page {
        case .browse: drawBrowser(&frame, model, state, look)
        case .query: drawQuery(&frame, model, state, look)
        }
        if let chosen = state.inHistory { drawHistory(&frame, chosen, state, look) }
        return frame
    }

    private static func drawQuery(_ frame: inout Frame, _ model: Model, _ state: State, _ look: Look) {
        let queries = MetricsQueries(model: model, state: state, look: look)
        let (top, rest) = Rect(frame.size).cutTop(state.isAlone ? 0 : min(queries.rows, max(frame.size.rows / 2, 3)))
        if !top.isEmpty { queries.draw(in: &frame, top) }
        let (title, trailing) = titles(model, state, look)
        let inside = frame.box(
            rest, title: title, trailing: trailing, style: look.theme[state.pane == .series ? .borderFocused : .border])
        if state.shown.isEmpty { return drawNothing(&frame, inside, look) }
        drawPicture(&frame, inside, model, state, look)
    }

    static func drawPicture(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        switch state.picture {
        case .lines: MetricsChart(model, state, look).draw(in: &frame, rect)
        case .heatmap: MetricsHeatmap(model: model, state: state, look: look).draw(in: &frame, rect)
        case .statuses: MetricsStatuses(model, state, look).draw(in: &frame, rect)
        case .table, .labels: MetricsTable(model, state).draw(in: &frame, rect, look)
        }
    }

    private static func titles(_ model: Model, _ state: State, _ look: Look) -> (StyledText, StyledText) {
        let theme = look.theme
        var title = StyledText(
            state.picture == .lines ? "Chart" : state.picture.rawValue.prefix(1).uppercased() + state.picture.rawValue.dropFirst(),
            theme[.title])
        if state.solo != nil { title.append("  one series alone", theme[.filter]) }
        var trailing = StyledText()
        if let cursor = state.cursor { trailing.append(look.clock.time(cursor) + "  ", theme[.strong]) }
        if state.picture != .table, state.picture != .labels {
            trailing.append("step " + model.steps.step.prometheus, theme[.muted])
        }
        return (title, trailing)
    }

    private static func drawNothing(_ frame: inout Frame, _ rect: Rect, _ look: Look) {
        let line =
            StyledText("Nothing is asked: ", look.theme[.muted]) + StyledText("/", look.theme[.key])
            + StyledText(" types PromQL, ", look.theme[.muted])
            + StyledText("b", look.theme[.key]) + StyledText(" browses all metrics", look.theme[.muted])
        frame.write(line, in: Rect(column: rect.column, row: rect.row + rect.rows / 2, columns: rect.columns, rows: 1), .center)
    }

    private static func drawHistory(_ frame: inout Frame, _ chosen: Int, _ state: State, _ look: Look) {
        let theme = look.theme
        let texts = Array(state.history.texts.reversed())
        let widest = texts.map { columns(of: $0) }.max() ?? 0
        let size = Size(
            columns: min(max(widest + 1, 40), frame.size.columns - 8), rows: min(max(texts.count, 1), max(frame.size.rows - 6, 3)))
        let inside = Popup(
            title: StyledText("Asked before", theme[.title]), trailing: StyledText("Enter asks again", theme[.muted]), size: size
        ).draw(in: &frame, theme: theme)
        Table(
            columns: [TableColumn("text", title: "", width: .flexible(minimum: 12)) { StyledText($0, $1.theme[.text]) }], rows: texts,
            selected: chosen,
            firstRow: Table<String>.firstRow(showing: chosen, from: 0, visible: inside.rows, count: texts.count), idPrefix: "history:",
            showsHeader: false
        ).draw(in: &frame, inside, theme: theme)
    }
}
