import Canvas
import Insight
import Notify
import Rules
import Telemetry

/// The selected alert below the list: its value against its threshold, and what is known of it.
struct AlertDetailPane {
    let model: AlertsModel
    let row: AlertRow?
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard let row else { return }
        let inside = frame.box(rect, title: StyledText(row.name, theme[.title]), trailing: trailing(row), style: theme[.border]).inset(
            columns: 1)
        guard inside.columns >= 90 else {
            let (text, chart) = inside.cutTop(min(inside.rows / 2, 5))
            drawFacts(&frame, text, row)
            AlertChart(model: model, look: look).draw(in: &frame, chart)
            return
        }
        let (left, right) = inside.cutLeft(inside.columns * 11 / 20)
        AlertChart(model: model, look: look).draw(in: &frame, left)
        drawFacts(&frame, right.cutLeft(2).rest, row)
    }

    private func trailing(_ row: AlertRow) -> StyledText {
        if !row.suppression.isEmpty { return StyledText(row.suppression, theme[.muted]) }
        return StyledText(row.isAcknowledged ? "acknowledged" : "", theme[.muted])
    }

    private func drawFacts(_ frame: inout Frame, _ rect: Rect, _ row: AlertRow) {
        var line = rect.row
        for text in AlertFacts(row: row, model: model, look: look).lines {
            for part in TextBlock(text).lines(width: rect.columns, limit: 3) where line < rect.endRow {
                frame.write(part, at: Point(rect.column, line), width: rect.columns)
                line += 1
            }
        }
    }
}

/// What is to be said about an alert, line by line.
struct AlertFacts {
    let row: AlertRow
    let model: AlertsModel
    let look: Look
    /// With what changed just before.
    var withChanges = true
    private var theme: Theme { look.theme }

    var lines: [StyledText] {
        var lines: [StyledText] = []
        if let summary = row.annotations["summary"] ?? row.annotations["description"], !summary.isEmpty {
            lines.append(StyledText(summary, theme[.strong]))
        }
        if row.state == .broken { lines.append(StyledText("no result: " + row.note, theme[.warn])) }
        lines.append(state)
        if let warning = row.warning { lines.append(StyledText(warning, theme[.warn])) }
        if let rule = row.rule { lines.append(StyledText(rule.question.flat, theme[.link])) }
        if !row.labels.labels.isEmpty { lines.append(StyledText(AlertRows.about(row.labels), theme[.muted])) }
        lines += told
        for change in (model.story?.changes ?? []).prefix(withChanges ? 3 : 0) {
            lines.append(
                StyledText(look.clock.time(change.time) + " ", theme[.muted])
                    + StyledText(change.sentence, theme[change.isBad ? .warn : .text]))
        }
        return lines
    }

    private var state: StyledText {
        var text = StyledText(row.state.title, theme[row.role()])
        if let since = row.since {
            text.append("  since ", theme[.muted])
            text.append(look.clock.time(since), theme[.text])
        }
        if let ended = row.ended {
            text.append(" until ", theme[.muted])
            text.append(look.clock.time(ended), theme[.text])
        }
        if let value = row.value, !value.isNaN {
            text.append("  ", theme[.muted])
            text.append(ValueText.short(value, row.unit), theme[.strong])
            text.append(" \(row.condition)", theme[.muted])
        }
        if let rule = row.rule {
            if rule.hold > .zero { text.append("  for \(rule.hold.prometheus)", theme[.muted]) }
            if rule.keepFiring > .zero { text.append("  keeps \(rule.keepFiring.prometheus)", theme[.muted]) }
            text.append("  every \(row.interval.prometheus)", theme[.muted])
        }
        return text
    }

    private var told: [StyledText] {
        guard !row.told.isEmpty else {
            guard row.state == .firing, model.context.alerting.canChange else { return [] }
            let receivers = model.context.alerting.dispatcher.receivers(for: row.labels)
            let text =
                receivers.isEmpty
                ? "nobody is told: the configuration has no notify section" : "told to \(receivers.joined(separator: ", ")) soon"
            return [StyledText(text, theme[.muted])]
        }
        return row.told.map { record in
            let isGood = record.result == .delivered
            let verb = isGood ? "told" : record.result == .failed ? "trying" : "could not tell"
            var text = StyledText("\(look.clock.time(record.time)) ", theme[.muted])
            text.append("\(verb) \(record.receiver)", theme[isGood ? .text : .warn])
            text.append(" by \(record.channel), \(record.reason.rawValue)", theme[.muted])
            if record.attempts > 1 { text.append(", \(record.attempts) attempts", theme[.warn]) }
            if !isGood { text.append(": \(record.detail)", theme[.warn]) }
            return text
        }
    }
}

/// The value of a rule through the window, with its threshold.
struct AlertChart {
    let model: AlertsModel
    let look: Look
    var story: AlertStory?

    init(model: AlertsModel, look: Look, story: AlertStory? = nil) {
        self.model = model
        self.look = look
        self.story = story ?? model.story
    }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard rect.rows >= 3, rect.columns >= 16, let story else { return }
        let theme = look.theme
        guard !story.lines.isEmpty else {
            let text = story.error ?? "No value in this window."
            frame.write(
                StyledText(text, theme[story.error == nil ? .muted : .warn]),
                in: Rect(column: rect.column, row: rect.row + rect.rows / 2, columns: rect.columns, rows: 1), .center)
            return
        }
        let series = story.lines.enumerated().map { place, line in
            LineChart.Series(
                line.values, style: theme.series(place), mark: Unicode.Scalar(UInt8(ascii: "a") + UInt8(place % 26)))
        }
        let known = story.lines.lazy.flatMap(\.values).filter(\.isFinite)
        let top = max(known.max() ?? 0, story.threshold ?? 0)
        let bottom = min(known.min() ?? 0, story.threshold ?? 0, 0)
        let unit = story.unit
        let chart = LineChart(
            series, range: bottom...(top > bottom ? top : bottom + 1),
            marks: TimeMarks.of(story.steps.start...story.steps.end, columns: rect.columns, look.clock), threshold: story.threshold,
            base: ValueText.base(unit, max(abs(top), abs(bottom))), labels: { ValueText.ticks($0, unit) })
        chart.draw(in: &frame, rect, theme: theme)
    }
}
