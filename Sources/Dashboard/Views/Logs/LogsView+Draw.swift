import Canvas
import Insight
import Store
import Telemetry

extension LogsView {
    struct Areas {
        var histogram: Rect
        var lines: Rect
        var detail: Rect
    }

    static func areas(_ size: Size, _ state: State) -> Areas {
        let all = Rect(size)
        let none = Rect(column: 0, row: 0, columns: 0, rows: 0)
        if state.isAlone {
            return state.inDetail ? Areas(histogram: none, lines: none, detail: all) : Areas(histogram: none, lines: all, detail: none)
        }
        let (top, rest) = all.cutTop(size.rows < 18 ? 0 : min(max(size.rows / 5, 6), 10))
        guard state.showsDetail, !state.showsPatterns else { return Areas(histogram: top, lines: rest, detail: none) }
        if size.columns >= 130 {
            let (right, left) = rest.cutRight(min(max(size.columns / 3, 50), 80))
            return Areas(histogram: top, lines: left, detail: right)
        }
        let (bottom, above) = rest.cutBottom(rest.rows / 2)
        return Areas(histogram: top, lines: above, detail: bottom)
    }

    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        if model.logs.count == 0 {
            Welcome(title: "Logs", sentence: "No log lines have been read yet.", needs: [.logs], receivers: model.receivers, look: look)
                .draw(in: &frame)
            return frame
        }
        let areas = areas(size, state)
        if !areas.histogram.isEmpty { drawHistogram(&frame, areas.histogram, model, look) }
        if state.showsPatterns {
            drawPatterns(&frame, areas.lines, model, state, look)
        } else if !areas.lines.isEmpty {
            drawLines(&frame, areas.lines, model, state, look)
        }
        if !areas.detail.isEmpty { drawDetail(&frame, areas.detail, model, state, look) }
        return frame
    }

    // MARK: - Histogram

    private static func drawHistogram(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ look: Look) {
        let theme = look.theme
        var legend = StyledText()
        for level in LogLevelLook.levels {
            let count = model.counts[LogLevels.index(of: level)]
            guard count > 0 else { continue }
            if !legend.isEmpty { legend.append("  ") }
            let square = look.drawing == .ascii ? "" : "■ "
            legend.append(square, theme[LogLevelLook.columnRole(of: level)])
            legend.append(
                "\(level.number == 0 ? "no level" : LogLevelLook.label(level)) ",
                theme[level >= .warn ? LogLevelLook.role(of: level) : .text])
            legend.append(Quantity.compact(Double(count)), theme[.muted])
        }
        let inside = frame.box(rect, title: StyledText("Lines by level", theme[.title]), trailing: legend, style: theme[.border])
        let labels = Heatmap.labelWidth
        let plot = Rect(
            column: inside.column + labels, row: inside.row, columns: max(inside.columns - labels - 1, 1), rows: inside.rows - 1)
        let columns = squeezed(model.levels.counts, to: plot.columns)
        let greatest = columns.map { $0.reduce(0, +) }.max() ?? 0
        StackedColumns(columns, styles: LogLevels.levels.map { theme[LogLevelLook.columnRole(of: $0)] }).draw(in: &frame, plot)
        if greatest > 0 {
            frame.write(
                StyledText(Quantity.compact(greatest.rounded(.up)), theme[.axis]),
                in: Rect(column: inside.column, row: plot.row, columns: labels - 1, rows: 1), .trailing)
        }
        frame.write(
            StyledText("0", theme[.axis]), in: Rect(column: inside.column, row: plot.endRow - 1, columns: labels - 1, rows: 1), .trailing)
        drawTimes(&frame, Rect(column: plot.column, row: plot.endRow, columns: plot.columns, rows: 1), model, look)
        for column in 0..<plot.columns {
            let bucket = column * model.levels.buckets.count / max(plot.columns, 1)
            frame.addHitArea(Rect(column: plot.column + column, row: plot.row, columns: 1, rows: plot.rows), "bucket:\(bucket)")
        }
    }

    private static func drawTimes(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ look: Look) {
        let parts = rect.columns >= 80 ? 4 : 2
        for part in 0...parts {
            let buckets = model.levels.buckets
            let moment = buckets.start + TimeSpan(nanoseconds: buckets.length.nanoseconds / Int64(parts) * Int64(part))
            let text = look.clock.time(moment.timestamp)
            let place = rect.column + (rect.columns - 1) * part / parts
            let column = part == 0 ? place : part == parts ? place - text.count + 1 : place - text.count / 2
            frame.write(text, at: Point(column, rect.row), style: look.theme[.axis])
        }
    }

    /// Spreads the buckets over `width` columns, each bucket by the share of it that a column covers, so that no column counts for two.
    private static func squeezed(_ counts: [[Int]], to width: Int) -> [[Double]] {
        guard !counts.isEmpty, width > 0 else { return [] }
        let step = Double(counts.count) / Double(width)
        return (0..<width).map { column in
            let (from, to) = (Double(column) * step, Double(column + 1) * step)
            var sum = [Double](repeating: 0, count: LogLevels.levels.count)
            for bucket in Int(from)..<min(Int(to.rounded(.up)), counts.count) {
                let share = min(to, Double(bucket + 1)) - max(from, Double(bucket))
                for (level, count) in counts[bucket].enumerated() { sum[level] += Double(count) * share }
            }
            return sum
        }
    }

    // MARK: - Lines

    private static func drawLines(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let isFollowing = state.selected == nil && state.wantedTime == nil
        var trailing = isFollowing ? StyledText("following  ", theme[.live]) : StyledText("G follows  ", theme[.muted])
        trailing.append(model.total == 1 ? "1 line" : "\(Quantity.count(model.total)) lines", theme[.muted])
        if model.isCut { trailing.append(", newest \(Quantity.count(model.headers.count)) shown", theme[.warn]) }
        let inside = frame.box(
            rect, title: StyledText("Logs", theme[.title]), trailing: trailing, style: theme[state.inDetail ? .border : .borderFocused]
        )
        .inset(columns: 1)
        guard !model.headers.isEmpty else {
            TextBlock(StyledText(whyEmpty(model), theme[.muted])).draw(in: &frame, inside, theme: theme)
            return
        }
        let selected = selectedIndex(model, state)
        let first = Table<LogHeader>.firstRow(showing: selected, from: state.firstRow, visible: inside.rows, count: model.headers.count)
        let overflows = model.headers.count > inside.rows
        let width = inside.columns
        for (offset, header) in model.headers.dropFirst(first).prefix(inside.rows).enumerated() {
            let line = Rect(column: inside.column, row: inside.row + offset, columns: width, rows: 1)
            drawLine(&frame, line, header, model, look)
            if first + offset == selected { frame.overlay(line, theme[state.inDetail ? .selectionUnfocused : .selection]) }
            frame.addHitArea(line, "line:\(first + offset)")
        }
        if overflows {
            ScrollBar(total: model.headers.count, visible: inside.rows, first: first)
                .draw(in: &frame, Rect(column: rect.endColumn - 1, row: inside.row, columns: 1, rows: inside.rows), theme: theme)
        }
    }

    private static func drawLine(_ frame: inout Frame, _ rect: Rect, _ header: LogHeader, _ model: Model, _ look: Look) {
        let theme = look.theme
        let role = LogLevelLook.role(of: header.severity)
        var column = rect.column
        let time = rect.columns >= 100 ? look.clock.timeWithMilliseconds(header.time.timestamp) : look.clock.time(header.time.timestamp)
        column += frame.write(time, at: Point(column, rect.row), style: theme[.muted]) + 1
        frame.write(LogLevelLook.label(header.severity), at: Point(column, rect.row), style: theme[role])
        column += 6
        let service = model.logs.strings[header.service]
        let serviceWidth = min(model.serviceWidth, rect.columns >= 100 ? 20 : 12)
        frame.write(service, at: Point(column, rect.row), style: theme.service(service), width: serviceWidth, truncation: .middle)
        column += serviceWidth + 1
        let mark = header.traceID.isValid ? frame.glyphs.bullet : " "
        frame.put(mark, at: Point(column, rect.row), style: theme[.info])
        column += 2
        let style = header.severity >= .warn ? theme[role] : theme[.text]
        frame.write(model.logs.message(of: header.ref), at: Point(column, rect.row), style: style, width: rect.endColumn - column)
    }

    private static func whyEmpty(_ model: Model) -> String {
        if !model.search.isEmpty { return "No line of this window fits \(model.search); / changes the filter, - makes the window longer." }
        if !model.context.lens.isOpen { return "No line of this window is of \(model.context.lens); F clears the lens." }
        return "No line falls into this window; - makes it longer, 0 goes to now."
    }

    // MARK: - Patterns and one line

    private static func drawPatterns(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let patterns = model.patterns?.patterns ?? []
        let trailing = StyledText(
            "\(Quantity.count(patterns.count)) \(patterns.count == 1 ? "shape" : "shapes") of \(Quantity.count(model.patterns?.lineCount ?? 0)) lines",
            theme[.muted])
        let inside = frame.box(rect, title: StyledText("Patterns", theme[.title]), trailing: trailing, style: theme[.borderFocused])
            .inset(columns: 1)
        let chosen = min(state.selectedPattern, max(patterns.count - 1, 0))
        let most = Double(patterns.first?.count ?? 1)
        Table(
            columns: patternColumns(most, look), rows: patterns, selected: patterns.isEmpty ? nil : chosen,
            firstRow: Table<LogPatterns.Pattern>.firstRow(
                showing: chosen, from: 0, visible: max(inside.rows - 1, 1), count: patterns.count),
            whenEmpty: StyledText(whyEmpty(model), theme[.muted]), idPrefix: "pattern:", showsHeader: !patterns.isEmpty,
            scrollBarColumn: rect.endColumn - 1
        ).draw(in: &frame, inside, theme: theme)
    }

    private static func patternColumns(_ most: Double, _ look: Look) -> [TableColumn<LogPatterns.Pattern>] {
        let clock = look.clock
        return [
            TableColumn("count", title: "lines", width: .fixed(8), alignment: .trailing) {
                StyledText(Quantity.count($0.count), $1.theme[.strong])
            },
            TableColumn("bar", title: "", width: .fixed(10), priority: 2) {
                Bar(Double($0.count) / most).styled(width: 10, drawing: $1.drawing, style: $1.theme[.gauge], track: $1.theme[.gaugeTrack])
            },
            TableColumn("level", title: "level", width: .fixed(6)) {
                StyledText(LogLevelLook.label($0.severity), $1.theme[LogLevelLook.role(of: $0.severity)])
            },
            TableColumn("first", title: "first", width: .fixed(8), priority: 4) {
                StyledText(clock.time($0.firstSeen.timestamp), $1.theme[.muted])
            },
            TableColumn("last", title: "last", width: .fixed(8), priority: 3) {
                StyledText(clock.time($0.lastSeen.timestamp), $1.theme[.muted])
            },
            TableColumn("services", title: "services", width: .flexible(minimum: 10, maximum: 20), priority: 1) {
                StyledText($0.services.joined(separator: " "), $1.theme[.muted])
            },
            TableColumn("text", title: "pattern", width: .flexible(minimum: 32, weight: 5)) { StyledText($0.text, $1.theme[.text]) },
        ]
    }

    private static func drawDetail(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ state: State, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(rect, title: StyledText("Line", theme[.title]), style: theme[state.inDetail ? .borderFocused : .border])
            .inset(columns: 1)
        let selected = selectedIndex(model, state)
        guard model.headers.indices.contains(selected) else { return }
        let lines = LogLook.lines(model.headers[selected], model.logs, width: inside.columns, look)
        let first = min(state.firstDetail, max(lines.count - inside.rows, 0))
        for (offset, line) in lines.dropFirst(first).prefix(inside.rows).enumerated() {
            frame.write(line, at: Point(inside.column, inside.row + offset), width: inside.columns)
        }
        if lines.count > inside.rows {
            ScrollBar(total: lines.count, visible: inside.rows, first: first)
                .draw(in: &frame, Rect(column: rect.endColumn - 1, row: inside.row, columns: 1, rows: inside.rows), theme: theme)
        }
    }
}
