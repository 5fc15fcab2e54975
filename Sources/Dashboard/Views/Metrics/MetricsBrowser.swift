import Canvas
import Insight
import Telemetry

extension MetricsView {
    static func browserAreas(_ size: Size, _ state: State) -> (list: Rect, detail: Rect) {
        let all = Rect(size)
        let none = Rect(column: 0, row: 0, columns: 0, rows: 0)
        if state.isAlone { return state.inSeries ? (none, all) : (all, none) }
        if size.columns >= 110 {
            let (left, right) = all.cutLeft(min(size.columns * 9 / 20, 78))
            return (left, right)
        }
        let (top, bottom) = all.cutTop(size.rows * 9 / 20)
        return (top, bottom)
    }

    static func drawBrowser(_ frame: inout Frame, _ model: Model, _ state: State, _ look: Look) {
        if model.metricCount == 0 { return drawEmpty(&frame, look) }
        let areas = browserAreas(frame.size, state)
        if !areas.list.isEmpty { drawList(&frame, areas.list, model, state, look) }
        if !areas.detail.isEmpty { MetricDetailPane(model: model, state: state, look: look).draw(in: &frame, areas.detail) }
    }

    private static func drawEmpty(_ frame: inout Frame, _ look: Look) {
        let rect = frame.box(
            Rect(frame.size), title: StyledText("Metrics", look.theme[.title]), style: look.theme[.borderFocused])
        let lines = [
            StyledText("No metric has come yet.", look.theme[.strong]), StyledText(),
            StyledText("Scrape a target: dogwatch --scrape http://127.0.0.1:9090/metrics", look.theme[.muted]),
        ]
        for (index, line) in lines.enumerated() {
            let row = rect.row + max((rect.rows - lines.count) / 2, 0) + index
            frame.write(line, in: Rect(column: rect.column, row: row, columns: rect.columns, rows: 1), .center)
        }
    }

    private static func drawList(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let all = model.metricCount
        let count = model.entries.count
        let trailing =
            (count < all ? "\(Quantity.count(count)) of \(Quantity.count(all))" : all == 1 ? "1 metric" : "\(Quantity.count(all)) metrics")
            + (count < all ? "" : " in \(Quantity.count(model.seriesCount)) series")
        let inside = frame.box(
            rect, title: StyledText("Metrics", theme[.title]), trailing: StyledText(trailing, theme[.muted]),
            style: theme[state.inSeries ? .border : .borderFocused]
        ).inset(columns: 1)
        let selected = index(of: state.metric, model)
        let table = Table(
            columns: columns, rows: model.entries, selected: model.entries.isEmpty ? nil : selected,
            firstRow: Table<MetricEntry>.firstRow(
                showing: selected, from: state.firstRow, visible: max(inside.rows - 1, 1), count: model.entries.count),
            isFocused: !state.inSeries, whenEmpty: StyledText("No metric fits the filter; Esc clears it.", theme[.muted]),
            idPrefix: "metric:",
            showsHeader: !model.entries.isEmpty, scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, inside, theme: theme)
    }

    private static let columns: [TableColumn<MetricEntry>] = [
        TableColumn("name", title: "name", width: .flexible(minimum: 24), truncation: .middle) { StyledText($0.name, $1.theme[.text]) },
        TableColumn("type", title: "type", width: .fixed(11)) { StyledText(shortTitle($0.form), $1.theme[.muted]) },
        TableColumn("unit", title: "unit", width: .fixed(7), priority: 2) { StyledText($0.unit, $1.theme[.muted]) },
    ]

    private static func shortTitle(_ form: MetricEntry.Form) -> String {
        switch form {
        case .nativeHistogram: "native hist"
        case .gaugeHistogram: "gauge hist"
        default: form.title
        }
    }
}

/// One metric laid open: what it says of itself, what would be asked of it, its labels and its newest values.
struct MetricDetailPane {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard let detail = model.detail else {
            frame.box(rect, title: StyledText("No metric", theme[.muted]), style: theme[.border])
            return
        }
        var kind = detail.entry.form.title
        if !detail.entry.unit.isEmpty { kind += " in " + detail.entry.unit }
        let inside = frame.box(
            rect, title: StyledText(detail.entry.name, theme[.title]), trailing: StyledText(kind, theme[.muted]),
            style: theme[state.inSeries ? .borderFocused : .border]
        ).inset(columns: 1)
        var row = inside.row
        let lines = facts(detail, width: inside.columns)
        for line in lines.prefix(max(inside.rows - 4, 1)) {
            frame.write(line, at: Point(inside.column, row), width: inside.columns)
            row += 1
        }
        var rest = Rect(column: inside.column, row: row, columns: inside.columns, rows: inside.endRow - row)
        if let preview, rest.rows >= 14 {
            let (top, below) = rest.cutTop(max(rest.rows * 3 / 5, rest.rows - detail.readings.count - 3))
            MetricsView.drawPicture(&frame, top.cutBottom(1).rest.inset(columns: -1), model, preview, look)
            rest = below
        }
        drawSeries(&frame, rest, detail, rect)
    }

    /// The answer to what would be asked; nil where that was not worked out.
    private var preview: MetricsState? {
        guard let question = model.detail?.question, question.picture != .labels,
            question.expressions.contains(where: { model.answers[$0] != nil })
        else { return nil }
        var preview = MetricsState()
        preview.ask(question.expressions, .init(question.picture))
        return preview
    }

    private func facts(_ detail: MetricDetail, width: Int) -> [StyledText] {
        var lines: [StyledText] = []
        if !detail.entry.metadata.help.isEmpty {
            lines += TextBlock(StyledText(detail.entry.metadata.help, theme[.text])).lines(width: width, limit: 3)
        }
        for (index, expression) in detail.question.expressions.prefix(4).enumerated() {
            let letter = String(Character(Unicode.Scalar(UInt8(65 + index))))
            lines.append(StyledText(letter + "  ", theme[.key]) + StyledText(expression, theme[.strong]))
        }
        let widest = min(detail.labels.map { columns(of: $0.name) }.max() ?? 0, width / 3)
        for label in detail.labels.prefix(8) {
            let name = label.name + String(repeating: " ", count: max(widest - columns(of: label.name), 0))
            var line = StyledText(name + "  ", theme[.info])
            line.append(leading(Quantity.count(label.count), 5) + "  ", theme[.text])
            line.append(label.examples.joined(separator: ", ") + (label.count > label.examples.count ? ", …" : ""), theme[.muted])
            lines.append(line)
        }
        if detail.labels.count > 8 { lines.append(StyledText("\(detail.labels.count - 8) more labels", theme[.muted])) }
        lines.append(StyledText())
        return lines
    }

    private func leading(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) + text }

    // MARK: - Newest values

    private func drawSeries(_ frame: inout Frame, _ rect: Rect, _ detail: MetricDetail, _ box: Rect) {
        let names = TellingLabels.of(detail.readings.map(\.labels))
        let selected = detail.readings.firstIndex { $0.labels == state.selectedSeries } ?? 0
        let table = Table(
            columns: seriesColumns(detail, names), rows: detail.readings,
            selected: state.inSeries && !detail.readings.isEmpty ? selected : nil,
            firstRow: Table<MetricDetail.Reading>.firstRow(
                showing: selected, from: 0, visible: max(rect.rows - 1, 1), count: detail.readings.count),
            isFocused: state.inSeries, whenEmpty: StyledText("No value in the last five minutes.", theme[.muted]), idPrefix: "series:",
            showsHeader: !detail.readings.isEmpty, scrollBarColumn: box.endColumn - 1)
        table.draw(in: &frame, rect, theme: theme)
    }

    private func seriesColumns(_ detail: MetricDetail, _ names: [String]) -> [TableColumn<MetricDetail.Reading>] {
        let unit = detail.entry.valueUnit
        let count = Quantity.count(detail.facts.seriesCount)
        let title = detail.isWhole ? "\(count) series" : "\(Quantity.count(detail.readings.count)) of \(count) series"
        return [
            TableColumn("labels", title: title, width: .flexible(minimum: 20), truncation: .tail) { reading, context in
                Self.labels(reading.labels, names, context.theme)
            },
            TableColumn(
                "value", title: detail.entry.form == .nativeHistogram ? "observed" : "value", width: .fixed(12), alignment: .trailing
            ) {
                StyledText(ValueText.exact($0.sample.value, unit), $1.theme[.strong])
            },
            TableColumn("time", title: "at", width: .fixed(8), alignment: .trailing, priority: 2) { [look] in
                StyledText(look.clock.time($0.sample.time), $1.theme[.muted])
            },
        ]
    }

    /// Those that tell the series apart; where there is one series only, its whole name.
    private static func labels(_ set: LabelSet, _ names: [String], _ theme: Theme) -> StyledText {
        let shown = names.isEmpty ? set.labels.filter { $0.name != LabelSet.nameLabel } : names.map { Label($0, set[$0] ?? "") }
        guard !shown.isEmpty else { return StyledText(set.metricName, theme[.text]) }
        return shown.reduce(into: StyledText()) { text, label in
            text.append((text.isEmpty ? "" : "  ") + label.name + "=", theme[.muted])
            text.append(label.value.isEmpty ? "\"\"" : label.value, theme[.text])
        }
    }
}
