import Canvas
import Insight
import Telemetry

/// Beside the map: what the selected service does, who calls it, and what it calls.
struct MapPane {
    let model: MapModel
    let node: ServiceMap.Node
    let state: MapView.State
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let border = theme[state.isInPane ? .borderFocused : .border]
        let kind = StyledText(kindText, theme[.muted])
        let inside = frame.box(rect, title: StyledText(node.name, theme[.title]), trailing: kind, style: border).inset(columns: 1)
        var rest = inside
        if rect.columns > 70 {
            // Wide and low: facts at the left, operations at the right.
            let (left, right) = inside.cutLeft(34)
            drawFacts(&frame, left)
            rest = right.cutLeft(1).rest
        } else {
            let used = drawFacts(&frame, inside)
            rest = inside.cutTop(used + 1).rest
        }
        drawOperations(&frame, rest)
    }

    private var kindText: String {
        switch node.kind {
        case .service: node.versions.count == 1 ? node.versions[0] : ""
        case .database: node.system == node.name ? "database" : "database · " + node.system
        case .queue: "queue · " + node.system
        case .peer: "sends no spans"
        case .host: "host, sends no spans"
        }
    }

    /// Returns the rows it took.
    @discardableResult
    private func drawFacts(_ frame: inout Frame, _ rect: Rect) -> Int {
        var lines = [requestsLine, latencyLine]
        if node.versions.count > 1 { lines.append(fact("versions", StyledText(node.versions.joined(separator: ", "), theme[.info]))) }
        if node.entryRate > 0 { lines.append(fact("from outside", StyledText(Quantity.rate(node.entryRate), theme[.text]))) }
        let callers = model.map.edges(into: node.id).map { ($0.from, $0) }
        let callees = model.map.edges(outOf: node.id).map { ($0.to, $0) }
        lines += rect.rows > 12 ? calls("callers", callers) + calls("calls", callees) : names("callers", callers) + names("calls", callees)
        let shown = min(lines.count, max(rect.rows / (rect.rows > 12 ? 2 : 1), 1))
        for (index, line) in lines.prefix(shown).enumerated() {
            frame.write(line, at: Point(rect.column, rect.row + index), width: rect.columns)
        }
        if lines.count > shown, shown > 0 {
            let more = "\(Character(look.drawing.glyphs.ellipsis)) \(lines.count - shown + 1) more"
            let place = Rect(column: rect.column, row: rect.row + shown - 1, columns: rect.columns, rows: 1)
            frame.fill(place)
            frame.write(more, at: place.origin, style: theme[.muted], width: rect.columns)
        }
        return shown
    }

    private func fact(_ name: String, _ value: StyledText) -> StyledText { StyledText(name + " ", theme[.muted]) + value }

    private var requestsLine: StyledText {
        var text = fact(node.sendsSpans ? "requests" : "calls", StyledText(Quantity.rate(node.rate), theme[.strong]))
        if let share = node.errorShare {
            text.append("  failed ", theme[.muted])
            text.append(
                Quantity.percent(share) + (node.errors > 0 ? " (\(Quantity.count(node.errors)))" : ""),
                theme[MapHealth.role(share) ?? .text])
        }
        return text
    }

    private var latencyLine: StyledText {
        var text = StyledText()
        for (name, q) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            text.append((text.isEmpty ? "" : "  ") + name + " ", theme[.muted])
            text.append(node.latency.quantile(q).map { Quantity.duration(nanoseconds: Double($0.nanoseconds)) } ?? "–", theme[.text])
        }
        return text
    }

    /// All in one line, those that fail in colour.
    private func names(_ title: String, _ edges: [(String, ServiceMap.Edge)]) -> [StyledText] {
        guard !edges.isEmpty else { return [] }
        var line = StyledText(title, theme[.muted])
        for (id, edge) in edges.sorted(by: { ($1.1.errorShare, $1.1.rate) < ($0.1.errorShare, $0.1.rate) }) {
            let role = MapHealth.role(edge.errorShare)
            let mark = role.map { "\(Character($0 == .bad ? look.drawing.glyphs.bad : look.drawing.glyphs.warn))" } ?? ""
            line.append(" " + mark + (model.map[node: id]?.name ?? id), theme[role ?? .text])
        }
        return [line]
    }

    private func calls(_ title: String, _ edges: [(String, ServiceMap.Edge)]) -> [StyledText] {
        guard !edges.isEmpty else { return [] }
        return [StyledText(title, theme[.header])]
            + edges.sorted { $0.1.rate > $1.1.rate }.map { id, edge in
                var line = StyledText("  " + (model.map[node: id]?.name ?? id), theme[.strong])
                line.append("  " + Quantity.rate(edge.rate), theme[.text])
                if let role = MapHealth.role(edge.errorShare) {
                    line.append(
                        "  \(Character(role == .bad ? look.drawing.glyphs.bad : look.drawing.glyphs.warn)) "
                            + Quantity.percent(edge.errorShare), theme[role])
                }
                if edge.isAsynchronous { line.append("  message", theme[.muted]) }
                return line
            }
    }

    private func drawOperations(_ frame: inout Frame, _ rect: Rect) {
        guard rect.rows > 1 else { return }
        let operations = model.operationsOf == node.id ? model.operations : []
        let selected = state.isInPane ? operations.firstIndex { $0.name == state.operation } ?? 0 : nil
        let table = Table(
            columns: columns, rows: operations, selected: operations.isEmpty ? nil : selected,
            firstRow: Table<OperationReport.Operation>.firstRow(
                showing: selected, from: 0, visible: rect.rows - 1, count: operations.count),
            isFocused: state.isInPane, whenEmpty: StyledText(whenEmpty, theme[.muted]), idPrefix: "operation:")
        table.draw(in: &frame, rect, theme: theme)
    }

    private var whenEmpty: String {
        node.sendsSpans
            ? model.operationsOf == node.id ? "No operation fits the lens." : "Counting its operations…"
            : "It sends no spans of its own; what is known of it comes from its callers."
    }

    private var columns: [TableColumn<OperationReport.Operation>] {
        [
            TableColumn("operation", title: "operation", width: .flexible(minimum: 12), truncation: .middle) { operation, context in
                StyledText(operation.name, context.theme[.text])
            },
            TableColumn("rate", title: "rate", width: .fixed(6), alignment: .trailing) {
                StyledText(Quantity.rate($0.rate), $1.theme[.text])
            },
            TableColumn("failed", title: "failed", width: .fixed(6), alignment: .trailing, priority: 1) {
                StyledText(Quantity.percent($0.errorShare), $1.theme[MapHealth.role($0.errorShare) ?? ($0.errors > 0 ? .text : .faint)])
            },
            TableColumn("p95", title: "p95", width: .fixed(7), alignment: .trailing) {
                StyledText(Quantity.duration(nanoseconds: Double($0.p95.nanoseconds)), $1.theme[$0.p95 > MapHealth.slow ? .warn : .text])
            },
        ]
    }
}
