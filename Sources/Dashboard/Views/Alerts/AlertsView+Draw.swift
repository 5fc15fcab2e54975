import Canvas
import Insight
import Notify
import Rules
import Telemetry

extension AlertsView {
    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        let all = Rect(size)
        switch state.page {
        case .list: drawList(&frame, all, model, state, look)
        case .story:
            AlertStoryPane(model: model, row: selectedRow(model, state), look: look).draw(in: &frame, all, scroll: state.scroll)
        case .silences: SilencesPane(model: model, state: state, look: look).draw(in: &frame, all)
        case .silencing: SilencingPane(model: model, state: state, look: look).draw(in: &frame, all)
        case .backtest: BacktestPane(model: model, row: selectedRow(model, state), look: look).draw(in: &frame, all)
        }
        return frame
    }

    private static func drawList(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let detailRows = state.isAlone || model.rows.isEmpty ? 0 : max(rect.rows * 2 / 5, 9)
        let (detail, list) = rect.cutBottom(min(detailRows, rect.rows / 2))
        drawTable(&frame, list, model, state, look)
        guard !detail.isEmpty else { return }
        AlertDetailPane(model: model, row: selectedRow(model, state), look: look).draw(in: &frame, detail)
    }

    private static func drawTable(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(
            rect, title: StyledText("Alerts", theme[.title]), trailing: counts(model, theme), style: theme[.borderFocused]
        ).inset(columns: 1)
        var body = inside
        if let trouble = model.troubles.first ?? model.remoteFailures.first.map({ Diagnostic(message: $0) }) {
            let prefix = model.troubles.isEmpty ? "" : "the rules in force are those before: "
            let (top, rest) = inside.cutTop(1)
            frame.write(
                StyledText("\(look.drawing.glyphs.warn) \(prefix)\(trouble)", theme[.warn]), at: Point(top.column, top.row),
                width: top.columns)
            body = rest
        }
        let selected = selectedIndex(model, state)
        let table = Table(
            columns: AlertColumns(model, look, isWide: body.columns >= 110).all,
            rows: model.rows,
            selected: model.rows.isEmpty ? nil : selected,
            firstRow: Table<AlertRow>.firstRow(
                showing: selected, from: state.firstRow, visible: max(body.rows - 1, 1), count: model.rows.count),
            whenEmpty: StyledText(whyEmpty(model), theme[.muted]), showsHeader: !model.rows.isEmpty, scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, body, theme: theme)
    }

    private static func whyEmpty(_ model: Model) -> String {
        if model.hidden > 0 { return "No alert fits the filter; / with an emptied line clears it." }
        if !model.context.lens.isOpen { return "No alert of \(model.context.lens); F clears the lens." }
        return
            "There are no rules: --rules FILE gives some, rule_files in the configuration too, and alerts: {starter: true} turns on those of dogwatch."
    }

    private static func counts(_ model: Model, _ theme: Theme) -> StyledText {
        var text = StyledText()
        func add(_ state: AlertRow.State, _ role: Role) {
            guard let count = model.counts[state], count > 0 else { return }
            if !text.isEmpty { text.append(" · ", theme[.faint]) }
            text.append("\(count) \(state.title)", theme[role])
        }
        add(.firing, .bad)
        add(.pending, .warn)
        add(.silenced, .muted)
        add(.broken, .bad)
        add(.resolved, .muted)
        add(.quiet, .good)
        if model.hidden > 0 { text.append("  \(model.hidden) filtered out", theme[.muted]) }
        return text
    }
}

/// The columns of the list.
struct AlertColumns {
    private let context: ViewContext
    private let look: Look
    private let isWide: Bool
    /// Where nobody was told there is no column for it.
    private let hasTold: Bool
    /// No more than the names need.
    private let nameWidth: Int

    init(_ model: AlertsModel, _ look: Look, isWide: Bool) {
        hasTold = model.hasTold
        nameWidth = min(max(model.longestName, 14), 32)
        context = model.context
        self.look = look
        self.isWide = isWide
    }

    var all: [TableColumn<AlertRow>] { shown + (hasTold ? [told] : []) }

    private var shown: [TableColumn<AlertRow>] {
        [
            TableColumn("health", title: "", width: .fixed(1)) { row, cell in
                StyledText(String(Character(glyph(row, cell.drawing))), cell.theme[row.role()])
            },
            TableColumn("state", title: "", width: .fixed(8), priority: 4) { row, cell in
                let isOver = row.state == .quiet || row.state == .resolved || row.state == .silenced
                let text = row.state == .firing ? (row.severity == .none ? "firing" : row.severity.name) : row.state.title
                return StyledText(text, cell.theme[isOver ? .muted : row.role()])
            },
            TableColumn("name", title: "alert", width: .flexible(minimum: 14, weight: 4, maximum: nameWidth)) { row, cell in
                let role: Role = row.isAcknowledged ? .muted : row.state <= .pending ? .strong : row.state == .quiet ? .muted : .text
                return StyledText(row.name, cell.theme[role]) + (row.isAcknowledged ? StyledText(" ack", cell.theme[.faint]) : StyledText())
            },
            TableColumn("about", title: "of", width: .flexible(minimum: 12, weight: 4), priority: 2) { row, cell in
                row.state == .broken ? StyledText(row.about, cell.theme[.warn]) : Self.about(row, cell.theme, width: cell.width)
            },
            TableColumn("value", title: "value", width: .fixed(8), alignment: .trailing, priority: 1) { row, cell in
                guard let value = row.value, !value.isNaN else { return StyledText("", cell.theme[.faint]) }
                return StyledText(ValueText.short(value, row.unit), cell.theme[row.state <= .pending ? .strong : .muted])
            },
            TableColumn("condition", title: "against", width: .fixed(9), priority: 5) { StyledText($0.condition, $1.theme[.muted]) },
            TableColumn("since", title: "for", width: .fixed(7), alignment: .trailing, priority: 1) { row, cell in
                StyledText(age(row), cell.theme[row.state == .firing ? .text : .muted])
            },
            TableColumn("track", title: trackTitle, width: .flexible(minimum: isWide ? 24 : 14, weight: 2, maximum: 60), priority: 3) {
                AlertTrack.text($0, width: $1.width, $1.drawing, $1.theme)
            },
        ]
    }
    private var told: TableColumn<AlertRow> {
        TableColumn("told", title: "told", width: .flexible(minimum: 8, weight: 1, maximum: 24), priority: 6) { row, cell in
            Self.told(row, cell)
        }
    }

    private var trackTitle: String { "last " + context.window.prometheus }

    private func glyph(_ row: AlertRow, _ drawing: Drawing) -> Unicode.Scalar {
        let glyphs = drawing.glyphs
        switch row.state {
        case .firing:
            return row.severity.glyph(drawing)
        case .pending: return glyphs.unknown
        case .silenced: return glyphs.pause
        case .broken: return glyphs.bad
        case .resolved: return glyphs.separator
        case .objective: return row.note.isEmpty ? glyphs.good : glyphs.warn
        case .quiet: return glyphs.good
        }
    }

    private func age(_ row: AlertRow) -> String {
        guard let since = row.since else { return "" }
        let end = row.ended ?? context.now
        return AlertAge.text(max(end - since, .zero))
    }

    /// Names of labels recede behind their values, and go where there is no room for them.
    private static func about(_ row: AlertRow, _ theme: Theme, width: Int) -> StyledText {
        guard row.state != .quiet, row.state != .objective, !row.labels.labels.isEmpty else {
            return StyledText(row.about, theme[row.state == .objective ? .text : .faint])
        }
        let hasNames = width >= 36
        let style = theme[row.state == .resolved || row.state == .silenced ? .muted : .text]
        var text = StyledText(row.service ?? "", style)
        for label in row.subject {
            if !text.isEmpty { text.append(hasNames ? " " : "  ", theme[.faint]) }
            if hasNames { text.append(label.name + "=", theme[.faint]) }
            text.append(label.value, style)
        }
        return text
    }

    private static func told(_ row: AlertRow, _ cell: CellContext) -> StyledText {
        guard !row.told.isEmpty else { return StyledText() }
        let isGood = row.told.allSatisfy { $0.result == .delivered }
        let names = Set(row.told.map(\.receiver)).sorted().joined(separator: " ")
        return StyledText(names, cell.theme[isGood ? .muted : .warn])
            + (isGood ? StyledText() : StyledText(" " + String(Character(cell.drawing.glyphs.bad)), cell.theme[.bad]))
    }
}

/// For how long, in whole seconds: nobody wants tenths of them here.
enum AlertAge {
    static func text(_ span: TimeSpan) -> String {
        let seconds = (span.nanoseconds + 500_000_000) / 1_000_000_000
        return seconds < 60 ? "\(seconds)s" : Quantity.roundDuration(nanoseconds: Double(seconds) * 1e9)
    }
}

/// What an alert did within the window, as a strip.
enum AlertTrack {
    static func text(_ row: AlertRow, width: Int, _ drawing: Drawing, _ theme: Theme) -> StyledText {
        guard width > 0 else { return StyledText() }
        var cells = [Int](repeating: 0, count: width)
        for stretch in row.stretches {
            let from = min(Int(stretch.from * Double(width)), width - 1)
            let to = min(max(Int((stretch.to * Double(width)).rounded(.up)), from + 1), width)
            for cell in from..<to { cells[cell] = max(cells[cell], stretch.isFiring ? 2 : 1) }
        }
        let isAscii = drawing == .ascii
        let parts: [(String, Style)] = [
            (isAscii ? "." : "·", theme[.faint]), (isAscii ? "-" : "╌", theme[.warn]), (isAscii ? "#" : "━", theme[role(row)]),
        ]
        var text = StyledText()
        var start = 0
        for end in 1...width where end == width || cells[end] != cells[start] {
            text.append(String(repeating: parts[cells[start]].0, count: end - start), parts[cells[start]].1)
            start = end
        }
        return text
    }
    private static func role(_ row: AlertRow) -> Role {
        if row.state == .silenced { return .muted }
        return row.severity >= .error ? .bad : row.severity == .info ? .info : .warn
    }
}
