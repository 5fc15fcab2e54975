import Canvas
import Insight
import Store
import Telemetry

extension TracesView {
    /// Marks the trace at hand; where another one is marked, the two stand side by side.
    static func mark(_ state: inout State, _ model: Model) -> [Effect] {
        if case .beside = state.pane {
            state.pane = .span
            return [.prepare]
        }
        let chosen =
            state.opened
            ?? model.list.flatMap { list in
                let index = selectedIndex(list, state)
                return list.rows.indices.contains(index) ? list.rows[index].summary.traceID : nil
            }
        guard let chosen else { return [.say("there is no trace to mark")] }
        guard let marked = state.marked, marked != chosen else {
            state.marked = chosen
            return [.say("marked \(chosen.hexadecimal.prefix(16)); d on another trace shows the two side by side")]
        }
        if state.opened == nil { return [.go(.trace(chosen, span: nil)), .say("d shows the marked trace beside it")] }
        state.pane = .beside(marked)
        return [.prepare]
    }

    static func drawBeside(
        _ frame: inout Frame, _ rect: Rect, _ other: TraceModel?, _ id: TraceID, _ state: State, scale: TimeSpan, _ look: Look
    ) {
        guard let other else {
            let inside = frame.box(
                rect, title: StyledText("Trace \(id.hexadecimal.prefix(16))", look.theme[.title]), style: look.theme[.border])
            TextBlock(StyledText("The marked trace is not in the store any more.", look.theme[.muted]))
                .draw(in: &frame, inside.inset(columns: 1), theme: look.theme)
            return
        }
        drawWaterfall(&frame, rect, other, state, scale: scale, isMain: false, look)
    }

    /// All spans of a name in one row: what took the time, and how often.
    static func drawStatistics(_ frame: inout Frame, _ rect: Rect, _ trace: TraceModel, _ state: State, _ look: Look) {
        let theme = look.theme
        let rows = trace.statistics?.rows ?? []
        let title = StyledText("Operations", theme[.title])
        let inside = frame.box(
            rect, title: title, trailing: StyledText("v shows the span", theme[.muted]),
            style: theme[state.inDetail ? .borderFocused : .border]
        ).inset(columns: 1)
        Table(
            columns: statisticsColumns(trace), rows: rows, firstRow: min(state.firstDetail, max(rows.count - inside.rows + 1, 0)),
            isFocused: state.inDetail, idPrefix: "operation:"
        ).draw(in: &frame, inside, theme: theme)
    }

    private static func statisticsColumns(_ trace: TraceModel) -> [TableColumn<SpanStatistics.Row>] {
        let strings = trace.strings
        let whole = max(Double(trace.path.total.nanoseconds), 1)
        @Sendable func time(_ span: TimeSpan) -> String { Quantity.duration(nanoseconds: Double(span.nanoseconds)) }
        return [
            TableColumn("name", title: "operation", width: .flexible(minimum: 16, weight: 3)) { row, context in
                let service = strings[row.service]
                return StyledText(service + " ", context.theme.service(service).bold) + StyledText(strings[row.name], context.theme[.text])
            },
            TableColumn("count", title: "spans", width: .fixed(6), alignment: .trailing) {
                StyledText(Quantity.compact(Double($0.count)), $1.theme[.text])
            },
            TableColumn("errors", title: "failed", width: .fixed(6), alignment: .trailing, priority: 3) {
                StyledText(Quantity.compact(Double($0.errors)), $1.theme[$0.errors > 0 ? .bad : .faint])
            },
            TableColumn("average", title: "average", width: .fixed(8), alignment: .trailing, priority: 2) {
                StyledText(time($0.average), $1.theme[.text])
            },
            TableColumn("least", title: "least", width: .fixed(8), alignment: .trailing, priority: 5) {
                StyledText(time($0.least), $1.theme[.muted])
            },
            TableColumn("greatest", title: "most", width: .fixed(8), alignment: .trailing, priority: 4) {
                StyledText(time($0.greatest), $1.theme[.muted])
            },
            TableColumn("total", title: "total", width: .fixed(8), alignment: .trailing, priority: 1) {
                StyledText(time($0.total), $1.theme[.text])
            },
            TableColumn("self", title: "self", width: .fixed(8), alignment: .trailing) {
                StyledText(time($0.selfTotal), $1.theme[.strong])
            },
            TableColumn("path", title: "path", width: .fixed(6), alignment: .trailing, priority: 1) { row, context in
                let share = Double(row.pathTotal.nanoseconds) / whole
                return StyledText(Quantity.percent(share), context.theme[share >= 0.1 ? .criticalPath : .muted])
            },
        ]
    }
}
