import Canvas
import Insight
import Rules
import Telemetry

/// One alert unfolded: its value, the query and the series behind it, what changed, the traces and lines of that moment.
struct AlertStoryPane {
    let model: AlertsModel
    let row: AlertRow?
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect, scroll: Int) {
        guard let row else { return }
        let inside = frame.box(
            rect, title: StyledText(row.name, theme[.title]),
            trailing: StyledText(row.isAcknowledged ? "acknowledged" : row.suppression, theme[.muted]),
            style: theme[.borderFocused]
        ).inset(columns: 1)
        let (chart, below) = Self.parts(of: inside)
        AlertChart(model: model, look: look).draw(in: &frame, chart)
        let lines = lines(row, width: below.columns)
        let first = min(scroll, max(lines.count - below.rows, 0))
        for (offset, line) in lines.dropFirst(first).prefix(below.rows).enumerated() {
            frame.write(line, at: Point(below.column, below.row + offset), width: below.columns)
        }
        if lines.count > below.rows {
            ScrollBar(total: lines.count, visible: below.rows, first: first).draw(
                in: &frame, Rect(column: rect.endColumn - 1, row: below.row, columns: 1, rows: below.rows), theme: theme)
        }
    }

    private static func parts(of inside: Rect) -> (chart: Rect, below: Rect) {
        let (chart, below) = inside.cutTop(max(inside.rows * 2 / 5, 6))
        return (chart, below)
    }
    /// How far there is to scroll; how long texts are depends on no theme.
    static func lastScroll(_ model: AlertsModel, _ row: AlertRow, _ size: Size) -> Int {
        let below = parts(of: Rect(size).inset(columns: 2, rows: 1)).below
        let look = Look(theme: .monochrome, drawing: .ascii)
        return max(Self(model: model, row: row, look: look).lines(row, width: below.columns).count - below.rows, 0)
    }

    private func lines(_ row: AlertRow, width: Int) -> [StyledText] {
        var lines = AlertFacts(row: row, model: model, look: look, withChanges: false).lines.prefix(8).flatMap {
            TextBlock($0).lines(width: width, limit: 4)
        }
        guard let story = model.story else { return lines }
        func section(_ title: String, _ content: [StyledText], empty: String) {
            lines.append(StyledText())
            lines.append(StyledText(title, theme[.header]))
            lines += content.isEmpty ? [StyledText("  " + empty, theme[.faint])] : content
        }
        if case .promQL? = row.rule?.question {
            section(
                story.seriesCount > story.series.count
                    ? "Series behind it (\(story.series.count) of \(story.seriesCount))" : "Series behind it",
                story.series.map(series), empty: "the expression reads none now")
        }
        guard row.since != nil else { return lines }
        section("Just before", story.changes.map(change), empty: "nothing else changed in the two minutes before")
        let whose = story.service.map { " of \($0)" } ?? ""
        section("Traces\(whose) at that moment", story.traces.map(trace), empty: "no trace\(whose) around then")
        section("Lines\(whose) at that moment", story.logs.map(log), empty: "no line\(whose) from warn on around then")
        let others = row.annotations.labels.filter { $0.name != "summary" }
        if !others.isEmpty {
            section(
                "Annotations",
                others.flatMap { label in
                    TextBlock(StyledText("  \(label.name)  ", theme[.muted]) + StyledText(label.value, theme[.text])).lines(
                        width: width, limit: 20)
                }, empty: "")
        }
        return lines
    }

    private func series(_ series: (labels: LabelSet, value: Double)) -> StyledText {
        let text = series.value.isNaN ? "–" : series.value.brief(digits: 6)
        return StyledText("  " + String(repeating: " ", count: max(12 - text.count, 0)) + text + "  ", theme[.strong])
            + SeriesText.text(series.labels, theme)
    }
    private func change(_ change: Change) -> StyledText {
        let health: Canvas.Health = change.isBad ? .bad : .good
        return StyledText("  \(look.clock.time(change.time)) ", theme[.muted])
            + StyledText("\(Character(health.glyph(look.drawing))) ", theme[health.role]) + StyledText(change.sentence, theme[.text])
    }
    private func trace(_ trace: AlertStory.Trace) -> StyledText {
        let duration = Quantity.duration(nanoseconds: Double(trace.duration.nanoseconds))
        return StyledText("  \(look.clock.time(trace.start)) ", theme[.muted])
            + StyledText(String(repeating: " ", count: max(9 - duration.count, 0)) + duration + "  ", theme[.strong])
            + StyledText(trace.name, theme[.text])
            + (trace.errors > 0 ? StyledText("  \(trace.errors) failed", theme[.bad]) : StyledText())
            + StyledText("  " + trace.id.hexadecimal, theme[.faint])
    }
    private func log(_ log: AlertStory.Log) -> StyledText {
        StyledText("  \(look.clock.time(log.time.timestamp)) ", theme[.muted])
            + StyledText(LogLevelLook.label(log.severity).padded(6), theme[LogLevelLook.role(of: log.severity)])
            + StyledText(log.service.padded(12) + " ", theme[.muted]) + StyledText(log.message, theme[.text])
    }
}

/// A series as Prometheus writes it, its parts in their colours.
enum SeriesText {
    static func text(_ labels: LabelSet, _ theme: Theme) -> StyledText {
        var text = StyledText(labels.metricName, theme[.text])
        let rest = labels.labels.filter { $0.name != LabelSet.nameLabel }
        if rest.isEmpty { return text }
        text.append("{", theme[.faint])
        for (place, label) in rest.enumerated() {
            if place > 0 { text.append(", ", theme[.faint]) }
            text.append(label.name + "=", theme[.muted])
            text.append(label.value, theme[.text])
        }
        text.append("}", theme[.faint])
        return text
    }
}

extension String {
    /// With blanks behind it up to `width` columns.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(width - columns(of: self), 0)) }
}
