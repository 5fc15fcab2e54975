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

    /// The table takes the rows it needs, the panes below what is left.
    static func areas(_ size: Size, _ state: State, services: Int) -> Areas {
        let all = Rect(size)
        let none = Rect(column: 0, row: 0, columns: 0, rows: 0)
        if state.isAlone {
            return state.inChanges ? Areas(table: none, changes: all, service: none) : Areas(table: all, changes: none, service: none)
        }
        if services == 0, !state.inChanges { return Areas(table: all, changes: none, service: none) }
        let most = max(size.rows - max(size.rows * 2 / 5, 8), 0)
        let (top, bottom) = all.cutTop(min(max(services + 3, 6), most))
        guard size.columns >= 100 else {
            return state.inChanges ? Areas(table: top, changes: bottom, service: none) : Areas(table: top, changes: none, service: bottom)
        }
        let (left, right) = bottom.cutLeft(min(bottom.columns * 9 / 20, 80))
        return Areas(table: top, changes: left, service: right)
    }

    static func tableRows(_ size: Size, _ state: State, services: Int) -> Int {
        max(areas(size, state, services: services).table.rows - 3, 1)
    }

    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        if model.isUntouched {
            Welcome(title: "Services", sentence: "No service has been heard of yet.", receivers: model.receivers, look: look).draw(
                in: &frame)
            return frame
        }
        let areas = areas(size, state, services: model.rows.count)
        let selected = selectedIndex(model, state)
        if !areas.table.isEmpty { drawTable(&frame, areas.table, model, state, selected, look) }
        if !areas.changes.isEmpty {
            let (alerts, changes) = areas.changes.cutTop(model.alerts.height(within: areas.changes.rows))
            if !alerts.isEmpty { model.alerts.draw(in: &frame, alerts, look) }
            drawChanges(&frame, changes, model, state, look)
        }
        if areas.service.isEmpty { return frame }
        if model.rows.indices.contains(selected) {
            ServicePane(row: model.rows[selected], operations: model.operations, look: look).draw(in: &frame, areas.service)
        } else {
            frame.box(areas.service, title: StyledText("No service", look.theme[.muted]), style: look.theme[.border])
        }
        return frame
    }

    private static func drawTable(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ selected: Int, _ look: Look) {
        let theme = look.theme
        let failing = model.rows.count { $0.health == .failing }
        let degraded = model.rows.count { $0.health == .degraded }
        var trailing = StyledText()
        if failing > 0 { trailing.append("\(failing) failing  ", theme[.bad]) }
        if degraded > 0 { trailing.append("\(degraded) degraded  ", theme[.warn]) }
        let all = model.report.services.count
        trailing.append(
            model.rows.count < all ? "\(model.rows.count) of \(all) services" : all == 1 ? "1 service" : "\(all) services", theme[.muted])
        let inside = frame.box(
            rect, title: StyledText("Services", theme[.title]), trailing: trailing, style: theme[state.inChanges ? .border : .borderFocused]
        ).inset(columns: 1)
        let visible = max(inside.rows - 1, 1)
        let table = Table(
            columns: columns(model.rows, model.alerts), rows: model.rows, sort: state.sort, selected: model.rows.isEmpty ? nil : selected,
            firstRow: Table<ServiceRow>.firstRow(showing: selected, from: state.firstRow, visible: visible, count: model.rows.count),
            isFocused: !state.inChanges, whenEmpty: StyledText(whyEmpty(model), theme[.muted]), showsHeader: !model.rows.isEmpty,
            scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, inside, theme: theme)
    }

    private static func whyEmpty(_ model: Model) -> String {
        if !model.report.services.isEmpty { return "No service fits the filter; Esc clears it." }
        if !model.context.lens.isOpen { return "Nothing of \(model.context.lens) in this window; F clears the lens." }
        return "No service was heard of in this window; - makes it longer, 0 goes to now."
    }

    // MARK: - Changes

    private static func drawChanges(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(
            rect, title: StyledText("Changes", theme[.title]),
            trailing: StyledText(state.inChanges ? "Enter goes there" : "", theme[.muted]),
            style: theme[state.inChanges ? .borderFocused : .border]
        ).inset(columns: 1)
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
            isFocused: state.inChanges, whenEmpty: StyledText("Nothing changed in this window.", theme[.muted]), idPrefix: "change:",
            showsHeader: false, scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, inside, theme: theme)
    }
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
