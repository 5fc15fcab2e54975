import Canvas
import Insight
import Store
import Telemetry

extension TracesView {
    /// How the screen is shared: the waterfall, and the pane of the selected span beside or below it.
    static func areas(_ size: Size, _ state: State, spans: Int) -> (waterfall: Rect, detail: Rect) {
        let all = Rect(size)
        if state.isAlone {
            return state.inDetail
                ? (Rect(column: 0, row: 0, columns: 0, rows: 0), all) : (all, Rect(column: 0, row: 0, columns: 0, rows: 0))
        }
        if size.columns >= 130 {
            let width = state.pane == .span ? min(max(size.columns / 3, 44), 70) : size.columns / 2
            let (detail, waterfall) = all.cutRight(width)
            return (waterfall, detail)
        }
        if case .beside = state.pane {
            let (waterfall, detail) = all.cutTop(size.rows / 2)
            return (waterfall, detail)
        }
        // A short trace leaves its rows to the pane of the span.
        let most = size.rows - max(size.rows * 2 / 5, 7)
        let (waterfall, detail) = all.cutTop(min(max(spans + 4, 8), most))
        return (waterfall, detail)
    }

    /// The rows of spans that are seen: less the border, the axis and the line of facts.
    static func spanRows(_ size: Size, _ state: State, spans: Int) -> Int { max(areas(size, state, spans: spans).waterfall.rows - 4, 1) }

    static func actInTrace(_ action: Action, _ state: inout State, _ trace: TraceModel, _ size: Size) -> [Effect]? {
        switch action {
        case .nextPane, .previousPane:
            state.inDetail.toggle()
            return []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .back: return leave(&state)
        case .own("close"):
            state.opened = nil
            return [.prepare]
        case .own("clocks"):
            state.mendsClocks.toggle()
            return [.prepare, .say(state.mendsClocks ? "clock skew is mended" : "times are shown as they were sent")]
        case .own("statistics"):
            state.pane = state.pane == .statistics ? .span : .statistics
            state.firstDetail = 0
            return [.prepare]
        case .own("link"): return followLink(trace)
        case .logs:
            var search = "trace=\(trace.id.hexadecimal)"
            if state.inDetail || trace.detail?.logs.isEmpty == false, let span = trace.detail?.header.spanID {
                search += " span=\(span.hexadecimal)"
            }
            return [.go(.logs(search: search, at: trace.detail?.header.start))]
        case .traces:
            return trace.detail.map {
                [.go(.traces(search: "service=\(searchValue(trace.strings[$0.header.service])) name=\(searchValue($0.span.name))"))]
            } ?? []
        case .lens: return trace.detail.map { [.lens(Lens(service: trace.strings[$0.header.service]))] } ?? []
        case .copy: return [.copy(state.inDetail ? trace.detail?.text ?? "" : trace.id.hexadecimal)]
        case .copyJSON: return [.copy(trace.exportTable.json)]
        default: break
        }
        if state.inDetail, let effects = scrollDetail(action, &state, trace, size) { return effects }
        return moveInTrace(action, &state, trace, size)
    }

    private static func leave(_ state: inout State) -> [Effect]? {
        if state.inDetail {
            state.inDetail = false
            return []
        }
        if state.isAlone {
            state.isAlone = false
            return []
        }
        if state.pane != .span {
            state.pane = .span
            return [.prepare]
        }
        if !state.spanSearch.isEmpty {
            state.spanSearch = ""
            return []
        }
        // Where the trace was opened from this list, the shell's way back leads to it.
        return nil
    }

    private static func followLink(_ trace: TraceModel) -> [Effect] {
        guard let link = trace.detail?.span.links.first else { return [.say("this span has no links")] }
        return [.go(.trace(link.traceID, span: link.spanID))]
    }

    private static func scrollDetail(_ action: Action, _ state: inout State, _ trace: TraceModel, _ size: Size) -> [Effect]? {
        let page = max(areas(size, state, spans: trace.tree.spans.count).detail.rows - 3, 1)
        switch action {
        case .up: state.firstDetail = max(state.firstDetail - 1, 0)
        case .down: state.firstDetail += 1
        case .pageUp: state.firstDetail = max(state.firstDetail - page, 0)
        case .pageDown: state.firstDetail += page
        case .home: state.firstDetail = 0
        default: return nil
        }
        return []
    }

    private static func moveInTrace(_ action: Action, _ state: inout State, _ trace: TraceModel, _ size: Size) -> [Effect]? {
        let rows = trace.rows
        guard !rows.isEmpty else { return nil }
        let current = rowIndex(rows, trace, state)
        let page = spanRows(size, state, spans: trace.tree.spans.count)
        func select(_ index: Int) -> [Effect] {
            let chosen = min(max(index, 0), rows.count - 1)
            state.span = trace.tree.spans[rows[chosen].span].ref
            state.wantedSpan = nil
            state.firstDetail = 0
            state.firstSpan = Table<TraceRow>.firstRow(showing: chosen, from: state.firstSpan, visible: page, count: rows.count)
            return [.prepare]
        }
        let row = rows[current]
        let ref = trace.tree.spans[row.span].ref
        switch action {
        case .up: return select(current - 1)
        case .down: return select(current + 1)
        case .pageUp: return select(current - page)
        case .pageDown: return select(current + page)
        case .home: return select(0)
        case .end: return select(rows.count - 1)
        case .left:
            if row.hasChildren, !row.isFolded {
                state.folded.insert(ref)
                return [.prepare]
            }
            return trace.tree.parent(of: row.span).flatMap { parent in rows.firstIndex { $0.span == parent } }.map { select($0) } ?? []
        case .right:
            guard row.isFolded else { return select(current + 1) }
            state.folded.remove(ref)
            return [.prepare]
        case .enter:
            guard row.hasChildren else {
                state.inDetail = true
                return []
            }
            toggleFold(ref, &state)
            return [.prepare]
        case .own("fold-all"):
            let tree = trace.tree
            state.folded = Set(tree.spans.indices.filter { tree.hasChildren($0) && tree.depth(of: $0) > 0 }.map { tree.spans[$0].ref })
            return [.prepare]
        case .own("unfold-all"):
            state.folded = []
            return [.prepare]
        case .nextError, .previousError:
            return jump(from: row.span, action == .nextError, &state, trace, page) { trace.tree.spans[$0].status == .error }
                ?? [.say(action == .nextError ? "no later span failed" : "no earlier span failed")]
        case .nextHit, .previousHit:
            guard !state.spanSearch.isEmpty else { return [.say("/ searches the spans of this trace")] }
            return jump(from: row.span, action == .nextHit, &state, trace, page) { trace.hits.contains(trace.tree.spans[$0].ref) }
                ?? [.say("no further span matches")]
        default: return nil
        }
    }

    /// To the next span in that direction that fits; the folds above it open. Nil where there is none.
    private static func jump(
        from span: Int, _ isForward: Bool, _ state: inout State, _ trace: TraceModel, _ page: Int, _ fits: (Int) -> Bool
    ) -> [Effect]? {
        let tree = trace.tree
        let place = tree.position(of: span)
        guard let found = isForward ? tree.order[(place + 1)...].first(where: fits) : tree.order[..<place].last(where: fits) else {
            return nil
        }
        var above = tree.parent(of: found)
        while let ancestor = above {
            state.folded.remove(tree.spans[ancestor].ref)
            above = tree.parent(of: ancestor)
        }
        state.span = tree.spans[found].ref
        state.wantedSpan = nil
        state.firstDetail = 0
        return [.prepare]
    }

    /// The row of the selected span; where a fold hides it, that of the fold.
    static func rowIndex(_ rows: [TraceRow], _ trace: TraceModel, _ state: State) -> Int {
        guard let ref = state.span ?? trace.detail?.header.ref, let span = trace.tree.index(of: ref) else { return 0 }
        let place = trace.tree.position(of: span)
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if trace.tree.position(of: rows[middle].span) <= place { low = middle + 1 } else { high = middle }
        }
        return max(low - 1, 0)
    }

    // MARK: - Drawing

    static func drawTrace(_ frame: inout Frame, _ trace: TraceModel, beside: TraceModel?, _ state: State, _ look: Look) {
        let (waterfall, pane) = areas(frame.size, state, spans: trace.tree.spans.count)
        // Two traces are drawn on one scale, or the longer one would look like the shorter.
        let scale = max(trace.duration, beside?.duration ?? .zero)
        if !waterfall.isEmpty { drawWaterfall(&frame, waterfall, trace, state, scale: scale, look) }
        guard !pane.isEmpty else { return }
        switch state.pane {
        case .span: drawDetail(&frame, pane, trace, state, look)
        case .statistics: drawStatistics(&frame, pane, trace, state, look)
        case .beside(let id): drawBeside(&frame, pane, beside, id, state, scale: scale, look)
        }
    }

    static func drawWaterfall(
        _ frame: inout Frame, _ rect: Rect, _ trace: TraceModel, _ state: State, scale: TimeSpan, isMain: Bool = true, _ look: Look
    ) {
        let theme = look.theme
        let tree = trace.tree
        let root = tree.roots.first ?? 0
        var title = StyledText(trace.service(of: root) + " ", theme.service(trace.service(of: root)).bold)
        title.append(trace.name(of: root), theme[.title])
        let inside = frame.box(
            rect, title: title, trailing: StyledText(String(trace.id.hexadecimal.prefix(16)), theme[.muted]),
            style: theme[state.inDetail || !isMain ? .border : .borderFocused]
        ).inset(columns: 1)
        drawFacts(&frame, inside.cutTop(1).top, trace, state, look)
        let rows = trace.rows
        let body = inside.cutTop(1).rest
        let current = isMain ? rowIndex(rows, trace, state) : 0
        let first = Table<TraceRow>.firstRow(
            showing: isMain ? current : nil, from: state.firstSpan, visible: max(body.rows - 1, 1), count: rows.count)
        let selected = isMain && rows.indices.contains(current) ? tree.spans[rows[current].span].ref : nil
        Waterfall(model: trace, selected: selected, scale: scale, look: look)
            .draw(in: &frame, body, firstRow: first)
    }

    /// What the whole trace is like, and what its reader should know of it.
    private static func drawFacts(_ frame: inout Frame, _ rect: Rect, _ trace: TraceModel, _ state: State, _ look: Look) {
        let theme = look.theme
        let tree = trace.tree
        var text = StyledText(look.clock.timeWithMilliseconds(trace.start.timestamp), theme[.muted])
        text.append("  \(Quantity.duration(nanoseconds: Double(trace.duration.nanoseconds)))", theme[.strong])
        text.append(tree.spans.count == 1 ? "  1 span" : "  \(Quantity.count(tree.spans.count)) spans", theme[.text])
        if trace.errorCount > 0 { text.append("  \(Quantity.count(trace.errorCount)) failed", theme[.bad]) }
        if tree.roots.count > 1 { text.append("  \(tree.roots.count) roots", theme[.warn]) }
        if trace.isMended {
            text.append("  clocks mended", theme[.warn])
        } else if trace.skew.isNeeded {
            text.append("  clock skew", theme[.warn])
        }
        let room = rect.columns - text.columns
        let waits = trace.waits.prefix(room >= 56 ? 3 : 1)
        if !waits.isEmpty, room >= 30 {
            text.append("  critical path:", theme[.muted])
            for (service, share) in waits {
                text.append(" \(trace.strings[service])", theme.service(trace.strings[service]))
                text.append(" \(Quantity.percent(share))", theme[.text])
            }
        }
        frame.write(text, at: rect.origin, width: rect.columns)
    }

    private static func drawDetail(_ frame: inout Frame, _ rect: Rect, _ trace: TraceModel, _ state: State, _ look: Look) {
        let theme = look.theme
        let title = StyledText(trace.detail.map { $0.span.name } ?? "Span", theme[.title])
        let inside = frame.box(rect, title: title, style: theme[state.inDetail ? .borderFocused : .border]).inset(columns: 1)
        guard let detail = trace.detail else { return }
        let lines = detail.lines(trace, width: inside.columns, look)
        let first = min(state.firstDetail, max(lines.count - inside.rows, 0))
        for (offset, line) in lines.dropFirst(first).prefix(inside.rows).enumerated() {
            frame.write(line, at: Point(inside.column, inside.row + offset), width: inside.columns)
        }
        if lines.count > inside.rows {
            ScrollBar(total: lines.count, visible: inside.rows, first: first)
                .draw(in: &frame, Rect(column: rect.endColumn - 1, row: inside.row, columns: 1, rows: inside.rows), theme: theme)
        }
    }

}
