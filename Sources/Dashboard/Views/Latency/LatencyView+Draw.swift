import Canvas
import Insight
import Telemetry

extension LatencyView {
    package static func draw(_ model: LatencyModel, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        var body = Rect(size)
        let isGrouped = !state.grouping.isEmpty && !state.isAlone
        if isGrouped {
            let wanted = min(model.groups.groups.count + 4, size.rows / (size.columns >= 110 ? 3 : 2))
            let (below, rest) = body.cutBottom(wanted)
            LatencyGroupsPane(model: model, state: state, look: look).draw(in: &frame, below)
            body = rest
        }
        if state.isAlone || model.grid.isEmpty {
            drawMap(&frame, body, model, state, look)
        } else if size.columns >= 110 {
            let (side, main) = body.cutRight(min(max(size.columns / 3, 42), 56))
            drawMap(&frame, main, model, state, look)
            LatencyPane(model: model, state: state, look: look).drawBeside(&frame, side)
        } else if isGrouped {
            drawMap(&frame, body, model, state, look)
        } else {
            let (below, main) = body.cutBottom(min(max(size.rows / 3, 7), 10))
            drawMap(&frame, main, model, state, look)
            LatencyPane(model: model, state: state, look: look).drawBelow(&frame, below)
        }
        if let picked = state.pickedLabel { LatencyGroupsPane(model: model, state: state, look: look).drawLabels(in: &frame, picked) }
        if let picked = state.picked { drawSources(&frame, picked, model, state, look) }
        return frame
    }

    private static func drawMap(_ frame: inout Frame, _ rect: Rect, _ model: LatencyModel, _ state: State, _ look: Look) {
        let theme = look.theme
        var title = StyledText(state.source.title, theme[.title])
        for label in state.group ?? [] { title.append("  \(label.name)=\(label.value)", theme[.filter]) }
        if model.isNative, case .histogram = state.source { title.append("  native", theme[.muted]) }
        if case .spans(let basis) = model.grid.origin, !model.grid.isEmpty {
            title.append("  " + Self.basisText(basis, model.lens), theme[.muted])
        }
        let inside = frame.box(
            rect, title: title, trailing: model.grid.isEmpty ? StyledText() : legend(look),
            style: theme[state.inGroups ? .border : .borderFocused])
        if model.grid.isEmpty {
            drawEmpty(&frame, inside, model, state, look)
        } else {
            LatencyPlot(model, state, look, in: inside).draw(in: &frame)
        }
    }

    private static func basisText(_ basis: RequestBasis, _ lens: Lens) -> String {
        switch basis {
        case .rootSpans: lens.isOpen ? "whole traces, by their roots" : "work it began itself"
        case .entrySpans: "calls that came in"
        case .allSpans, .none: lens.operation == nil ? "all its spans" : "spans of that name"
        }
    }

    private static func legend(_ look: Look) -> StyledText {
        let theme = look.theme
        var text = StyledText("few ", theme[.muted])
        if LatencyPlot.usesShades(look) {
            let ramp = look.drawing == .ascii ? LatencyPlot.asciiShades : LatencyPlot.blockShades
            text.append(String(String.UnicodeScalarView(ramp)), theme[.text])
        } else {
            for step in stride(from: 1, to: Theme.heatSteps, by: 2) { text.append(" ", Style(on: theme.heat(step))) }
        }
        text.append(" many ", theme[.muted])
        for (name, role) in [("p50", Role.p50), ("p95", .p95), ("p99", .p99)] {
            text.append(" \(Character(LatencyPlot.mark(role, look.drawing)))", theme[role].bold)
            text.append(name, theme[.muted])
        }
        return text
    }

    // MARK: - Nothing to show

    private static func drawEmpty(_ frame: inout Frame, _ rect: Rect, _ model: LatencyModel, _ state: State, _ look: Look) {
        let (why, remedy) = emptiness(model, state)
        let width = min(66, rect.columns - 4)
        let lines =
            TextBlock(StyledText(why, look.theme[.strong])).lines(width: width - 1) + [StyledText()]
            + TextBlock(StyledText(remedy, look.theme[.muted])).lines(width: width - 1)
        let top = rect.row + max((rect.rows - lines.count) / 2, 0)
        for (index, line) in lines.enumerated() {
            frame.write(
                line, in: Rect(column: rect.column + (rect.columns - width) / 2, row: top + index, columns: width, rows: 1), .center)
        }
    }

    private static func emptiness(_ model: LatencyModel, _ state: State) -> (why: String, remedy: String) {
        let length = Quantity.roundDuration(nanoseconds: Double(model.window.nanoseconds))
        let histograms = model.families.isEmpty ? "" : " Or s: there are \(model.families.count) histograms."
        switch state.source {
        case .failedSpans: return ("No failed span in the last \(length).", "s chooses what is measured.")
        case .histogram(let family):
            return (
                "\(family) counted nothing in the last \(length).",
                state.group == nil
                    ? "Its target may be gone (view 9), or nobody called. - makes the window longer."
                    : "v takes the next group, b other labels."
            )
        case .spans:
            if model.spanCount == 0 {
                return (
                    "No spans yet, so there are no latencies.",
                    "Send traces by OTLP to 127.0.0.1:4318 (HTTP) or :4317 (gRPC), or as Zipkin to :9411." + histograms
                )
            }
            let lens = model.lens.isOpen ? "" : " fits \(model.lens)"
            return (
                "No span in the last \(length)\(lens).",
                (model.lens.isOpen ? "- makes the window longer." : "F opens the lens, - makes the window longer.") + histograms
            )
        }
    }

    // MARK: - What is measured

    private static func drawSources(_ frame: inout Frame, _ picked: LatencySource, _ model: LatencyModel, _ state: State, _ look: Look) {
        let theme = look.theme
        let sources = model.sources(state.search)
        let selected = sources.firstIndex(of: picked) ?? 0
        let widest = sources.map { Canvas.columns(of: $0.title) }.max() ?? 0
        let size = Size(columns: min(max(widest + 14, 40), frame.size.columns - 8), rows: min(sources.count, max(frame.size.rows - 6, 3)))
        let hint = StyledText("Enter takes it, / filters", theme[.muted])
        let inside = Popup(title: StyledText("Latency of", theme[.title]), trailing: hint, size: size).draw(in: &frame, theme: theme)
        let table = Table(
            columns: [
                TableColumn("name", title: "", width: .flexible(minimum: 12), truncation: .middle) {
                    StyledText($0.title, $1.theme[.text])
                },
                TableColumn("kind", title: "", width: .fixed(9), alignment: .trailing) { source, context in
                    if case .histogram = source {
                        StyledText("histogram", context.theme[.muted])
                    } else {
                        StyledText("traces", context.theme[.muted])
                    }
                },
            ], rows: sources, selected: selected,
            firstRow: Table<LatencySource>.firstRow(showing: selected, from: 0, visible: inside.rows, count: sources.count),
            idPrefix: "source:",
            showsHeader: false)
        table.draw(in: &frame, inside, theme: theme)
    }
}
