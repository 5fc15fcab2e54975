import Canvas
import Insight
import Store
import Telemetry

extension TracesView {
    static func selectedIndex(_ list: TraceListModel, _ state: State) -> Int {
        list.rows.firstIndex { $0.summary.traceID == state.selected } ?? 0
    }

    /// How many rows of the list are seen: what `drawList` leaves for them.
    static func listRows(_ size: Size) -> Int { max(size.rows - scatterRows(size) - 3, 1) }
    static func scatterRows(_ size: Size) -> Int { size.rows < 16 ? 0 : min(max(size.rows / 3, 7), 14) }

    static func actInList(_ action: Action, _ state: inout State, _ list: TraceListModel, _ size: Size) -> [Effect]? {
        let current = selectedIndex(list, state)
        let page = max(listRows(size) - 1, 1)
        func select(_ index: Int) -> [Effect] {
            guard !list.rows.isEmpty else { return [] }
            let chosen = min(max(index, 0), list.rows.count - 1)
            state.selected = list.rows[chosen].summary.traceID
            state.firstRow = Table<TraceListRow>.firstRow(showing: chosen, from: state.firstRow, visible: page + 1, count: list.rows.count)
            return []
        }
        let chosen = list.rows.indices.contains(current) ? list.rows[current] : nil
        switch action {
        case .up: return select(current - 1)
        case .down: return select(current + 1)
        case .pageUp: return select(current - page)
        case .pageDown: return select(current + page)
        case .home: return select(0)
        case .end: return select(list.rows.count - 1)
        case .enter: return chosen.map { open($0.summary.traceID, &state) } ?? []
        case .nextError: return select(list.rows[min(current + 1, list.rows.count)...].firstIndex { $0.summary.errorCount > 0 } ?? current)
        case .previousError: return select(list.rows[..<current].lastIndex { $0.summary.errorCount > 0 } ?? current)
        case .own("order"), .nextColumn: return reorder(1, &state)
        case .previousColumn: return reorder(-1, &state)
        case .logs: return chosen.map { [.go(.logs(search: "trace=\($0.summary.traceID.hexadecimal)", at: $0.summary.start))] } ?? []
        case .lens: return chosen.map { [.lens(Lens(service: $0.service))] } ?? []
        case .copy: return chosen.map { [.copy($0.summary.traceID.hexadecimal)] } ?? []
        case .copyJSON: return chosen.map { [.copy(ExportTable(columns: TraceListModel.exportColumns, rows: [$0.exportRow]).json)] } ?? []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .back where state.listSearch != state.arrivedSearch:
            state.listSearch = state.arrivedSearch
            return [.prepare]
        case .back where state.isAlone:
            state.isAlone = false
            return []
        case .own("close") where !state.listSearch.isEmpty:
            state.listSearch = ""
            state.arrivedSearch = ""
            return [.prepare]
        default: return nil
        }
    }

    private static func reorder(_ step: Int, _ state: inout State) -> [Effect] {
        let orders = Order.allCases
        let place = (orders.firstIndex(of: state.order) ?? 0) + step + orders.count
        state.order = orders[place % orders.count]
        state.firstRow = 0
        state.selected = nil
        return [.prepare, .say("\(state.order.rawValue) first")]
    }

    // MARK: - Drawing

    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        if let trace = model.trace {
            drawTrace(&frame, trace, beside: model.beside, state, look)
        } else if let opened = state.opened {
            drawMissing(&frame, opened, model, look)
        } else if let list = model.list {
            drawList(&frame, list, model, state, look)
        }
        return frame
    }

    private static func drawMissing(_ frame: inout Frame, _ id: TraceID, _ model: Model, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(frame.bounds, title: StyledText("Trace \(id.hexadecimal)", theme[.title]), style: theme[.borderFocused])
        let text =
            model.spanCount == 0
            ? "No spans have been received, so there is no trace to show. View 9 says which receivers are open."
            : "No span of this trace is in the store: its service sends no spans, it was not sampled, or it has been evicted. Esc goes back."
        TextBlock(StyledText(text, theme[.muted])).draw(in: &frame, inside.inset(columns: 2, rows: 1), theme: theme)
    }

    private static func drawList(_ frame: inout Frame, _ list: TraceListModel, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        if model.spanCount == 0 {
            Welcome(title: "Traces", sentence: "No spans have been received yet.", needs: [.spans], receivers: model.receivers, look: look)
                .draw(in: &frame)
            return
        }
        let selected = selectedIndex(list, state)
        let (top, rest) = frame.bounds.cutTop(state.isAlone || list.rows.isEmpty ? 0 : scatterRows(frame.size))
        if top.rows > 0 { drawScatter(&frame, top, list, selected, look) }
        var trailing = StyledText(list.total == 1 ? "1 trace" : "\(Quantity.count(list.total)) traces", theme[.muted])
        if list.isCut { trailing.append(", \(state.order.rawValue) \(Quantity.count(list.rows.count)) shown", theme[.warn]) }
        let title = StyledText("Traces", theme[.title]) + StyledText("  \(state.order.rawValue) first", theme[.muted])
        let inside = frame.box(rest, title: title, trailing: trailing, style: theme[.borderFocused])
            .inset(columns: 1)
        let visible = max(inside.rows - 1, 1)
        let table = Table(
            columns: columns(look.clock, list.durationRange ?? 1...10), rows: list.rows,
            sort: TableSort(column: TraceListModel.column(of: state.order), isDescending: true),
            selected: list.rows.isEmpty ? nil : selected,
            firstRow: Table<TraceListRow>.firstRow(showing: selected, from: state.firstRow, visible: visible, count: list.rows.count),
            whenEmpty: StyledText(list.whyEmpty(model), theme[.muted]), showsHeader: !list.rows.isEmpty, scrollBarColumn: rest.endColumn - 1
        )
        table.draw(in: &frame, inside, theme: theme)
    }

    private static func drawScatter(_ frame: inout Frame, _ rect: Rect, _ list: TraceListModel, _ selected: Int, _ look: Look) {
        let theme = look.theme
        var trailing = StyledText()
        if list.failed > 0 { trailing.append("\(String(Character(frame.glyphs.bad))) \(Quantity.count(list.failed)) failed", theme[.bad]) }
        let inside = frame.box(rect, title: StyledText("Duration", theme[.title]), trailing: trailing, style: theme[.border]).inset(
            columns: 1)
        guard let range = list.durationRange else { return }
        let start = list.range.lowerBound
        let length = max(Double((list.range.upperBound - start).nanoseconds), 1)
        let dots = list.points.map { point in
            Scatter.Dot(
                share: Double((point.start - start).nanoseconds) / length, value: max(Double(point.duration.nanoseconds), range.lowerBound),
                hasFailed: point.isFailed)
        }
        let chosen = list.rows.indices.contains(selected) ? list.rows[selected].summary.traceID : nil
        let marks = (0...4).map { part -> AxisMark in
            let moment = (start + TimeSpan(nanoseconds: Int64(length * Double(part) / 4))).timestamp
            return AxisMark(Double(part) / 4, look.clock.time(moment))
        }
        Scatter(dots, range: range, marks: marks, selected: list.points.firstIndex { $0.traceID == chosen }) {
            Quantity.duration(nanoseconds: $0)
        }
        .draw(in: &frame, inside, theme: theme)
    }

    private static func columns(_ clock: ClockText, _ durations: ClosedRange<Double>) -> [TableColumn<TraceListRow>] {
        [
            TableColumn("error", title: "", width: .fixed(1)) { row, context in
                row.summary.errorCount > 0
                    ? StyledText(String(Character(context.drawing.glyphs.bad)), context.theme[.bad])
                    : StyledText()
            },
            TableColumn("time", title: "start", width: .fixed(12)) {
                StyledText(clock.timeWithMilliseconds($0.summary.start.timestamp), $1.theme[.muted])
            },
            TableColumn("name", title: "root", width: .flexible(minimum: 20, weight: 3)) { row, context in
                StyledText(row.service + " ", context.theme.service(row.service).bold) + StyledText(row.name, context.theme[.text])
                    + StyledText(row.summary.hasRoot ? "" : "  (root missing)", context.theme[.warn])
            },
            TableColumn("bar", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 30), priority: 2) { row, context in
                Bar(logarithmicShare(of: Double(row.summary.duration.nanoseconds), in: durations))
                    .styled(
                        width: context.width, drawing: context.drawing, style: context.theme[row.summary.errorCount > 0 ? .bad : .gauge],
                        track: context.theme[.gaugeTrack])
            },
            TableColumn("duration", title: "duration", width: .fixed(9), alignment: .trailing) {
                StyledText(Quantity.duration(nanoseconds: Double($0.summary.duration.nanoseconds)), $1.theme[.text])
            },
            TableColumn("spans", title: "spans", width: .fixed(6), alignment: .trailing, priority: 1) {
                StyledText(Quantity.count(Int($0.summary.spanCount)), $1.theme[.muted])
            },
            TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing, priority: 2) {
                $0.summary.errorCount > 0
                    ? StyledText(Quantity.count(Int($0.summary.errorCount)), $1.theme[.bad]) : StyledText("0", $1.theme[.faint])
            },
            TableColumn("services", title: "services", width: .fixed(8), alignment: .trailing, priority: 3) {
                StyledText(Quantity.count(Int($0.summary.serviceCount)), $1.theme[.muted])
            },
            TableColumn("id", title: "trace", width: .fixed(16), priority: 4, truncation: .clip) {
                StyledText(String($0.summary.traceID.hexadecimal.prefix(16)), $1.theme[.axis])
            },
        ]
    }

    /// As high as the dot of the trace above: a short one stays visible beside one a thousand times as long.
    private static func logarithmicShare(of duration: Double, in range: ClosedRange<Double>) -> Double {
        guard duration > range.lowerBound, range.upperBound > range.lowerBound else { return 0.02 }
        return max(logarithm(duration / range.lowerBound) / logarithm(range.upperBound / range.lowerBound), 0.02)
    }
}
