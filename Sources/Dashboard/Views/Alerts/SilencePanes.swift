import Canvas
import Notify
import Rules
import Telemetry

/// The silences there are.
struct SilencesPane {
    let model: AlertsModel
    let state: AlertsState
    let look: Look

    func draw(in frame: inout Frame, _ rect: Rect) {
        let theme = look.theme
        let inside = frame.box(
            rect, title: StyledText("Silences", theme[.title]), trailing: StyledText("x ends one  Esc back", theme[.muted]),
            style: theme[.borderFocused]
        ).inset(columns: 1)
        let selected = model.silences.firstIndex { $0.id == state.selectedSilence } ?? 0
        let (clock, now) = (look.clock, model.context.now)
        let table = Table(
            columns: [
                TableColumn<AlertsModel.SilenceRow>("state", title: "", width: .fixed(8)) {
                    StyledText($0.state, $1.theme[$0.state == "active" ? .warn : .muted])
                },
                TableColumn("matchers", title: "matchers", width: .flexible(minimum: 20, weight: 4)) {
                    StyledText($0.matchers, $1.theme[$0.state == "expired" ? .muted : .strong])
                },
                TableColumn("ends", title: "ends", width: .fixed(8), priority: 1) { StyledText(clock.time($0.endsAt), $1.theme[.text]) },
                TableColumn("left", title: "left", width: .fixed(8), alignment: .trailing, priority: 2) { row, cell in
                    let left = row.endsAt - now
                    return StyledText(left > .zero ? AlertAge.text(left) : "over", cell.theme[.muted])
                },
                TableColumn("count", title: "holds", width: .fixed(6), alignment: .trailing, priority: 2) {
                    StyledText($0.url.isEmpty ? "\($0.count)" : "", $1.theme[$0.count > 0 ? .text : .faint])
                },
                TableColumn("by", title: "by", width: .flexible(minimum: 8, weight: 1, maximum: 20), priority: 3) {
                    StyledText($0.by, $1.theme[.muted])
                },
                TableColumn("comment", title: "why", width: .flexible(minimum: 12, weight: 2), priority: 4) {
                    StyledText($0.url.isEmpty ? $0.comment : "\($0.comment) (\($0.url))", $1.theme[.text])
                },
            ], rows: model.silences, selected: model.silences.isEmpty ? nil : selected,
            whenEmpty: StyledText("There is no silence; s on an alert makes one.", theme[.muted]), showsHeader: !model.silences.isEmpty,
            scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, inside, theme: theme)
    }
}

/// A silence being made, with what it would hold back.
struct SilencingPane {
    let model: AlertsModel
    let state: AlertsState
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let inside = frame.box(
            rect, title: StyledText("New silence", theme[.title]),
            trailing: StyledText("Enter makes it  s edits  Esc drops it", theme[.muted]),
            style: theme[.borderFocused]
        ).inset(columns: 1)
        let silence = SilenceText(state.silence)
        var lines: [StyledText] = [
            StyledText("matchers  ", theme[.muted]) + StyledText(silence.matchers, theme[.strong]),
            StyledText("until     ", theme[.muted])
                + StyledText(look.clock.time(model.context.now + silence.length) + "  (\(silence.length.prometheus))", theme[.text]),
            StyledText("why       ", theme[.muted]) + StyledText(silence.comment.isEmpty ? "–" : silence.comment, theme[.text]),
            StyledText(),
        ]
        guard let preview = model.preview else { return }
        if let error = preview.error { lines.append(StyledText(error, theme[.warn])) } else { lines += Self.lines(preview, look) }
        for (offset, line) in lines.prefix(inside.rows).enumerated() {
            frame.write(line, at: Point(inside.column, inside.row + offset), width: inside.columns)
        }
    }

    private static func lines(_ preview: AlertsModel.SilencePreview, _ look: Look) -> [StyledText] {
        let theme = look.theme
        var lines = [
            StyledText("It holds back now ", theme[.muted])
                + StyledText("\(preview.firing.count) of \(preview.firingCount)", theme[.strong])
                + StyledText(" that fire", theme[.muted])
        ]
        lines += preview.firing.prefix(10).map {
            StyledText("  \($0["alertname"] ?? "") ", theme[.text]) + StyledText(AlertRows.about($0), theme[.muted])
        }
        let since = preview.since.map { " since \(look.clock.time($0))" } ?? ""
        lines += [
            StyledText(),
            StyledText("It would have held back ", theme[.muted])
                + StyledText("\(preview.past.count) of \(preview.pastCount)", theme[.strong])
                + StyledText(" that fired\(since) and are over", theme[.muted]),
        ]
        lines += preview.past.prefix(100).map { entry in
            let fired = entry.firedAt ?? entry.activeAt
            let lasted = entry.endedAt.map { AlertAge.text($0 - fired) } ?? ""
            return StyledText("  \(look.clock.time(fired)) ", theme[.muted]) + StyledText(lasted.padded(8), theme[.text])
                + StyledText("\(entry.name) ", theme[.text]) + StyledText(AlertRows.about(entry.labels), theme[.muted])
        }
        return lines
    }
}
