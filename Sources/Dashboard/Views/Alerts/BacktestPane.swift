import Canvas
import Insight
import Rules
import Telemetry

/// A rule run over all the data there is: when it would have fired.
struct BacktestPane {
    let model: AlertsModel
    let row: AlertRow?
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let inside = frame.box(
            rect, title: StyledText("Backtest \(row?.name ?? "")", theme[.title]),
            trailing: StyledText("Enter edits the rule  Esc back", theme[.muted]),
            style: theme[.borderFocused]
        ).inset(columns: 1)
        guard let backtest = model.backtest else { return }
        var place = inside
        for line in TextBlock(StyledText(backtest.text, theme[.link])).lines(width: inside.columns, limit: 4) {
            frame.write(line, at: Point(place.column, place.row), width: place.columns)
            place = place.cutTop(1).rest
        }
        if let error = backtest.error {
            frame.write(StyledText(error, theme[.warn]), at: Point(place.column, place.row), width: place.columns)
            return
        }
        guard let result = backtest.result else { return }
        for line in summary(result, backtest.former) {
            frame.write(line, at: Point(place.column, place.row), width: place.columns)
            place = place.cutTop(1).rest
        }
        let (chart, below) = place.cutTop(max(place.rows * 2 / 5, 5))
        AlertChart(model: model, look: look, story: backtest.story).draw(in: &frame, chart)
        drawEntries(&frame, below, result, bar: rect.endColumn - 1)
    }

    private func summary(_ result: Backtest, _ former: Backtest?) -> [StyledText] {
        if let error = result.error { return [StyledText("no result: " + error, theme[.warn])] }
        let span = "\(look.clock.time(result.from)) to \(look.clock.time(result.through)), every \(result.step.prometheus)"
        var text = StyledText("would have fired ", theme[.muted]) + StyledText(times(result), theme[.strong])
        text.append("  over \(span)", theme[.muted])
        guard let former else { return [text, StyledText()] }
        return [text, StyledText("the rule in force: \(times(former))", theme[.muted]), StyledText()]
    }
    private func times(_ backtest: Backtest) -> String {
        guard !backtest.fired.isEmpty else { return "never" }
        let count = backtest.fired.count
        return (count == 1 ? "once" : "\(count) times") + ", " + AlertAge.text(backtest.firingTime) + " in all"
    }

    private func drawEntries(_ frame: inout Frame, _ rect: Rect, _ result: Backtest, bar: Int) {
        let (clock, span) = (look.clock, max((result.through - result.from).seconds, 0.001))
        @Sendable func share(_ time: Timestamp) -> Double { min(max((time - result.from).seconds / span, 0), 1) }
        let table = Table(
            columns: [
                TableColumn<AlertHistory.Entry>("fired", title: "fired", width: .fixed(8)) {
                    StyledText(clock.time($0.firedAt ?? $0.activeAt), $1.theme[.text])
                },
                TableColumn("lasted", title: "for", width: .fixed(8), alignment: .trailing) { entry, cell in
                    let lasted = (entry.endedAt ?? result.through) - (entry.firedAt ?? entry.activeAt)
                    return StyledText(
                        AlertAge.text(lasted) + (entry.endedAt == nil ? "+" : ""), cell.theme[.strong])
                },
                TableColumn("value", title: "value", width: .fixed(9), alignment: .trailing, priority: 2) {
                    [unit = row?.unit ?? .plain] entry, cell in
                    StyledText(ValueText.short(entry.value, unit), cell.theme[.text])
                },
                TableColumn("of", title: "of", width: .flexible(minimum: 14, weight: 3), priority: 1) {
                    StyledText(AlertRows.about($0.labels), $1.theme[.muted])
                },
                TableColumn("track", title: "all the data", width: .flexible(minimum: 20, weight: 2), priority: 1) { entry, cell in
                    var shown = AlertRow(
                        id: .alert(entry.labels), state: .firing, severity: AlertSeverity(entry.severity), name: entry.name, about: "",
                        labels: entry.labels)
                    let fired = entry.firedAt ?? entry.activeAt
                    shown.stretches = [
                        .init(from: share(entry.activeAt), to: share(fired), isFiring: false),
                        .init(from: share(fired), to: share(entry.endedAt ?? result.through), isFiring: true),
                    ].filter { $0.isFiring || $0.to > $0.from }
                    return AlertTrack.text(shown, width: cell.width, cell.drawing, cell.theme)
                },
            ], rows: result.fired, whenEmpty: StyledText("It would not have fired.", theme[.muted]), showsHeader: !result.fired.isEmpty,
            scrollBarColumn: bar)
        table.draw(in: &frame, rect, theme: theme)
    }
}
