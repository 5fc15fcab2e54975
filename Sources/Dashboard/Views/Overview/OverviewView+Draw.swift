import Canvas
import Insight
import Store
import Telemetry

extension OverviewView {
    struct Areas {
        var table: Rect
        var changes: Rect
        var service: Rect
    }

    static func areas(_ size: Size, _ state: State) -> Areas {
        let all = Rect(size)
        let none = Rect(column: 0, row: 0, columns: 0, rows: 0)
        if state.isAlone { return state.inChanges ? Areas(table: none, changes: all, service: none) : Areas(table: all, changes: none, service: none) }
        if size.columns >= 150 {
            let (right, left) = all.cutRight(min(max(size.columns / 3, 50), 76))
            let (bottom, top) = right.cutBottom(right.rows * 3 / 5)
            return Areas(table: left, changes: top, service: bottom)
        }
        let (bottom, top) = all.cutBottom(max(size.rows * 2 / 5, 8))
        guard size.columns >= 110 else { return state.inChanges ? Areas(table: top, changes: bottom, service: none) : Areas(table: top, changes: none, service: bottom) }
        let (left, right) = bottom.cutLeft(bottom.columns / 2)
        return Areas(table: top, changes: left, service: right)
    }

    static func tableRows(_ size: Size, _ state: State) -> Int { max(areas(size, state).table.rows - 3, 1) }

    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        let areas = areas(size, state)
        let selected = selectedIndex(model, state)
        if !areas.table.isEmpty { drawTable(&frame, areas.table, model, state, selected, look) }
        if !areas.changes.isEmpty { drawChanges(&frame, areas.changes, model, state, look) }
        if !areas.service.isEmpty { drawService(&frame, areas.service, model.rows.indices.contains(selected) ? model.rows[selected] : nil, model, look) }
        return frame
    }

    private static func drawTable(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ selected: Int, _ look: Look) {
        let theme = look.theme
        let failing = model.rows.count { $0.health == .failing }
        let degraded = model.rows.count { $0.health == .degraded }
        var trailing = StyledText()
        if failing > 0 { trailing.append("\(failing) failing ", theme[.bad]) }
        if degraded > 0 { trailing.append("\(degraded) degraded ", theme[.warn]) }
        trailing.append("\(model.rows.count) of \(model.report.services.count)", theme[.muted])
        let inside = frame.box(
            rect, title: StyledText("Services", theme[.title]), trailing: trailing, style: theme[state.inChanges ? .border : .borderFocused])
        let visible = max(inside.rows - 1, 1)
        let table = Table(
            columns: columns(), rows: model.rows, sort: state.sort, selected: model.rows.isEmpty ? nil : selected,
            firstRow: Table<ServiceRow>.firstRow(showing: selected, from: state.firstRow, visible: visible, count: model.rows.count),
            isFocused: !state.inChanges, whenEmpty: StyledText(whyEmpty(model), theme[.muted]))
        table.draw(in: &frame, inside, theme: theme)
    }

    private static func whyEmpty(_ model: Model) -> String {
        if !model.report.services.isEmpty { return "No service fits the filter; Esc clears it." }
        if !model.context.lens.isOpen { return "Nothing of \(model.context.lens) in this window; F clears the lens." }
        if model.spanCount > 0 { return "No service was heard of in this window; - makes it longer, 0 goes to now." }
        return """
            No service has been heard of yet. Send spans to http://127.0.0.1:4318 (OTLP/HTTP), 127.0.0.1:4317 (OTLP/gRPC) or http://127.0.0.1:9411 (Zipkin), \
            or start dogwatch with --scrape URL and --logs GLOB. View 9 says what is open.
            """
    }

    private static func columns() -> [TableColumn<ServiceRow>] {
        [
            TableColumn("worst", title: "", width: .fixed(1)) { row, context in
                let health = row.health.onScreen
                return StyledText(String(Character(health.glyph(context.drawing))), context.theme[health.role])
            },
            TableColumn("service", title: "service", width: .flexible(minimum: 12, weight: 2, maximum: 26)) {
                StyledText($0.name, $1.theme.service($0.name).bold)
            },
            TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing) {
                $0.requests > 0 ? StyledText(Quantity.rate($0.rate), $1.theme[.text]) : StyledText($0.traffic == .zero ? "0/s" : "–", $1.theme[.faint])
            },
            TableColumn("rates", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 16), priority: 3) {
                Sparkline($0.series.map(\.rate)).styled(width: $1.width, drawing: $1.drawing, style: $1.theme[.sparkline])
            },
            TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing) { row, context in
                guard let share = row.errorShare else { return StyledText("–", context.theme[.faint]) }
                return StyledText(Quantity.percent(share), context.theme[row.errors == 0 ? .muted : share >= 0.1 ? .bad : .warn])
            },
            TableColumn("error-shares", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 16), priority: 5) {
                Sparkline($0.series.map { $0.errorShare ?? .nan }, maximum: 1).styled(width: $1.width, drawing: $1.drawing, style: $1.theme[.bad])
            },
            TableColumn("p50", title: "p50", width: .fixed(7), alignment: .trailing, priority: 2) { cell($0.p50, $1) },
            TableColumn("p95", title: "p95", width: .fixed(7), alignment: .trailing) { cell($0.p95, $1) },
            TableColumn("p95s", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 16), priority: 4) {
                Sparkline($0.series.map { $0.p95?.seconds ?? .nan }).styled(width: $1.width, drawing: $1.drawing, style: $1.theme[.p95])
            },
            TableColumn("p99", title: "p99", width: .fixed(7), alignment: .trailing, priority: 1) { cell($0.p99, $1) },
            TableColumn("versions", title: "versions", width: .flexible(minimum: 8, weight: 1, maximum: 14), priority: 2) { row, context in
                StyledText(row.versions.map { $0.version.isEmpty ? "–" : $0.version }.joined(separator: " "), context.theme[row.versions.count > 1 ? .info : .muted])
            },
            TableColumn("why", title: "health", width: .flexible(minimum: 16, weight: 4), priority: 6) { row, context in
                StyledText(row.health == .healthy ? row.saturation.first?.sentence ?? "" : row.reason, context.theme[row.health.onScreen.role])
            },
        ]
    }

    private static func cell(_ span: TimeSpan?, _ context: CellContext) -> StyledText {
        guard let span else { return StyledText("–", context.theme[.faint]) }
        return StyledText(Quantity.duration(nanoseconds: Double(span.nanoseconds)), context.theme[.text])
    }

    // MARK: - Changes

    private static func drawChanges(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(
            rect, title: StyledText("Changes", theme[.title]), trailing: StyledText("Enter goes there", theme[.muted]),
            style: theme[state.inChanges ? .borderFocused : .border])
        let chosen = min(state.selectedChange, max(model.changes.count - 1, 0))
        let table = Table(
            columns: [
                TableColumn<Change>("time", title: "", width: .fixed(8)) { StyledText(look.clock.time($0.time), $1.theme[.muted]) },
                TableColumn<Change>("glyph", title: "", width: .fixed(1)) { change, context in
                    let isNeutral = change.kind == .version
                    let health: Canvas.Health = change.isBad ? .bad : .good
                    let glyph = isNeutral ? context.drawing.glyphs.bullet : health.glyph(context.drawing)
                    return StyledText(String(Character(glyph)), context.theme[isNeutral ? .info : health.role])
                },
                TableColumn<Change>("what", title: "", width: .flexible(minimum: 10)) { StyledText($0.sentence, $1.theme[.text]) },
            ], rows: model.changes, selected: state.inChanges && !model.changes.isEmpty ? chosen : nil,
            firstRow: Table<Change>.firstRow(showing: chosen, from: 0, visible: max(inside.rows, 1), count: model.changes.count),
            isFocused: state.inChanges, whenEmpty: StyledText("Nothing changed in this window.", theme[.muted]), idPrefix: "change:", showsHeader: false)
        table.draw(in: &frame, inside, theme: theme)
    }

    // MARK: - The chosen service

    private static func drawService(_ frame: inout Frame, _ rect: Rect, _ row: ServiceRow?, _ model: Model, _ look: Look) {
        let theme = look.theme
        guard let row else {
            frame.box(rect, title: StyledText("No service", theme[.muted]), style: theme[.border])
            return
        }
        let health = row.health.onScreen
        let trailing = StyledText("\(String(Character(health.glyph(look.drawing)))) \(row.health.name)", theme[health.role])
        let inside = frame.box(rect, title: StyledText(row.name, theme.service(row.name).bold), trailing: trailing, style: theme[.border]).inset(columns: 1)
        var lines = facts(of: row, theme)
        if lines.count > inside.rows / 2 { lines = Array(lines.prefix(max(inside.rows / 2, 1))) }
        for (offset, line) in lines.enumerated() { frame.write(line, at: Point(inside.column, inside.row + offset), width: inside.columns) }
        let rest = inside.cutTop(lines.count).rest
        guard rest.rows >= 2 else { return }
        Table(columns: operationColumns, rows: model.operations, whenEmpty: StyledText("No spans in this window.", theme[.muted]), idPrefix: "operation:")
            .draw(in: &frame, rest, theme: theme)
    }

    private static func facts(of row: ServiceRow, _ theme: Theme) -> [StyledText] {
        var lines: [StyledText] = []
        if !row.reason.isEmpty { lines.append(StyledText(row.reason, theme[row.health.onScreen.role])) }
        if row.versions.count > 1 {
            for version in row.versions.prefix(4) {
                var line = StyledText(version.version.isEmpty ? "no version" : version.version, theme[.info])
                line.append("  \(Quantity.rate(version.rate))  \(Quantity.percent(version.errorShare)) errors", theme[.text])
                if let p95 = version.p95 { line.append("  p95 \(Quantity.duration(nanoseconds: Double(p95.nanoseconds)))", theme[.text]) }
                lines.append(line)
            }
        }
        for signal in row.saturation.prefix(4) { lines.append(StyledText(signal.sentence, theme[signal.isAlarming ? .bad : .muted])) }
        if row.errorLogs > 0 { lines.append(StyledText("\(Quantity.count(row.errorLogs)) error lines in its logs", theme[.warn])) }
        return lines
    }

    private static let operationColumns: [TableColumn<OperationReport.Operation>] = [
        TableColumn("name", title: "operation", width: .flexible(minimum: 14)) { StyledText($0.name, $1.theme[.text]) },
        TableColumn("kind", title: "kind", width: .fixed(8), priority: 3) { StyledText($0.kind.name, $1.theme[.muted]) },
        TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing) { StyledText(Quantity.rate($0.rate), $1.theme[.text]) },
        TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing, priority: 1) {
            StyledText(Quantity.percent($0.errorShare), $1.theme[$0.errors == 0 ? .muted : $0.errorShare >= 0.1 ? .bad : .warn])
        },
        TableColumn("p95", title: "p95", width: .fixed(7), alignment: .trailing, priority: 2) {
            StyledText(Quantity.duration(nanoseconds: Double($0.p95.nanoseconds)), $1.theme[.text])
        },
    ]
}

extension Insight.Health {
    /// With the glyph and colour that the canvas has for it.
    var onScreen: Canvas.Health {
        switch self {
        case .healthy: .good
        case .idle, .unknown: .unknown
        case .late, .degraded: .warn
        case .failing: .bad
        }
    }
}
