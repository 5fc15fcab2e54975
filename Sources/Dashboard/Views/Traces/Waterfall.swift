import Canvas
import Insight
import Store
import Telemetry

/// Draws the spans of a trace under one another, each where its time lies; the critical path is solid.
struct Waterfall {
    var model: TraceModel
    var selected: SpanRef?
    /// From end to end of the bars; at least the trace's own duration.
    var scale: TimeSpan
    var look: Look

    /// How the columns are shared out.
    struct Columns {
        var name: Int
        var bars: Int
        static let duration = 9

        init(width: Int) {
            name = min(max(width * 38 / 100, 24), 64)
            bars = max(width - name - Self.duration - 4, 4)
        }
    }

    func draw(in frame: inout Frame, _ rect: Rect, firstRow: Int) {
        let columns = Columns(width: rect.columns)
        drawAxis(&frame, Rect(column: rect.column + columns.name + 1, row: rect.row, columns: columns.bars, rows: 1))
        let body = rect.cutTop(1).rest
        for (offset, row) in model.rows.dropFirst(firstRow).prefix(body.rows).enumerated() {
            let line = Rect(
                column: body.column, row: body.row + offset, columns: rect.columns, rows: 1)
            drawRow(&frame, row, line, columns)
            if model.tree.spans[row.span].ref == selected { frame.overlay(line, look.theme[.selection]) }
            frame.addHitArea(line, "span:\(firstRow + offset)")
        }
        if model.rows.count > body.rows {
            ScrollBar(total: model.rows.count, visible: body.rows, first: firstRow)
                .draw(in: &frame, Rect(column: rect.endColumn + 1, row: body.row, columns: 1, rows: body.rows), theme: look.theme)
        }
    }

    // MARK: - Axis

    private func drawAxis(_ frame: inout Frame, _ rect: Rect) {
        let total = Double(scale.nanoseconds)
        let parts = rect.columns >= 60 ? 4 : 2
        for part in 0...parts {
            let text = Quantity.duration(nanoseconds: total * Double(part) / Double(parts))
            let place = rect.column + (rect.columns - 1) * part / parts
            let column = part == 0 ? place : part == parts ? place - text.count + 1 : place - text.count / 2
            frame.write(text, at: Point(column, rect.row), style: look.theme[.axis])
        }
    }

    // MARK: - One row

    private func drawRow(_ frame: inout Frame, _ row: TraceRow, _ line: Rect, _ columns: Columns) {
        let theme = look.theme
        let span = model.tree.spans[row.span]
        let isError = span.status == .error
        writeName(&frame, row, span, Rect(column: line.column, row: line.row, columns: columns.name, rows: 1))
        drawBar(&frame, row, span, Rect(column: line.column + columns.name + 1, row: line.row, columns: columns.bars, rows: 1))
        let right = Rect(column: line.column + columns.name + 1 + columns.bars + 1, row: line.row, columns: Columns.duration, rows: 1)
        frame.write(
            StyledText(Quantity.duration(nanoseconds: Double(span.duration.nanoseconds)), theme[isError ? .bad : .text]), in: right,
            .trailing)
        if isError { frame.put(frame.glyphs.bad, at: Point(right.endColumn + 1, line.row), style: theme[.bad]) }
    }

    private func writeName(_ frame: inout Frame, _ row: TraceRow, _ span: SpanHeader, _ rect: Rect) {
        let theme = look.theme
        var text = StyledText(lead(row, frame.glyphs, levels: min((rect.columns - 20) / 2, 12)), theme[.faint])
        if row.hasChildren {
            text.append(String(Character(row.isFolded ? frame.glyphs.folded : frame.glyphs.unfolded)) + " ", theme[.muted])
        }
        let service = model.strings[span.service]
        let parent = model.tree.parent(of: row.span)
        // A span of its parent's own service needs no second mention of it.
        if parent.map({ model.tree.spans[$0].service != span.service }) ?? true { text.append(service + " ", theme.service(service).bold) }
        let isMatch = model.hits.contains(span.ref)
        text.append(model.strings[span.name], theme[isMatch ? .match : .text])
        if row.hiddenCount > 0 { text.append("  +\(row.hiddenCount)", theme[.badge]) }
        frame.write(text, in: rect, .leading)
    }

    /// The lines that lead to a row: `│ ├ `; what is deeper than the column is wide starts with its depth.
    private func lead(_ row: TraceRow, _ glyphs: GlyphSet, levels: Int) -> String {
        guard row.depth > 0 else { return "" }
        let first = max(row.depth - max(levels, 1), 1)
        var text = first > 1 ? "\(row.depth) " : ""
        for depth in first..<row.depth {
            text += depth < 64 && row.guides & (1 << UInt64(depth)) != 0 ? String(Character(glyphs.vertical)) + " " : "  "
        }
        return text + String(Character(row.isLast ? glyphs.bottomLeftSharp : glyphs.teeLeft)) + " "
    }

    private func drawBar(_ frame: inout Frame, _ row: TraceRow, _ span: SpanHeader, _ rect: Rect) {
        let theme = look.theme
        let hue = span.status == .error ? theme[.levelError] : theme.service(model.strings[span.service])
        let isASCII = look.drawing == .ascii
        let columns = place(span.start, span.end, rect)
        let isOnPath = model.path.share(of: row.span) > 0
        if columns.count == 1, !isASCII {
            frame.put(isOnPath ? "▌" : "╸", at: Point(columns.lowerBound, rect.row), style: hue)
        } else {
            for column in columns { frame.put(isASCII ? "-" : "━", at: Point(column, rect.row), style: hue) }
        }
        let sections = row.isFolded ? model.path.sections(under: row.span, of: model.tree) : Array(model.path.sections(of: row.span))
        for section in sections where columns.count > 1 || isASCII {
            for column in covered(section.start, section.end, rect) {
                frame.put(isASCII ? "#" : "█", at: Point(column, rect.row), style: hue)
            }
        }
        writeShare(&frame, row, columns, rect, hue)
    }

    /// How much of what the trace waited for it is: behind the bar, before it, or in it.
    private func writeShare(_ frame: inout Frame, _ row: TraceRow, _ bar: Range<Int>, _ rect: Rect, _ hue: Style) {
        let share = model.path.share(of: row.span)
        guard share >= 0.1, model.tree.parent(of: row.span) != nil else { return }
        let text = " critical path \(Quantity.percent(share)) "
        if bar.upperBound + text.count - 1 <= rect.endColumn {
            frame.write(text, at: Point(bar.upperBound, rect.row), style: look.theme[.criticalPath], width: text.count - 1)
        } else if bar.lowerBound - text.count >= rect.column {
            frame.write(text, at: Point(bar.lowerBound - text.count, rect.row), style: look.theme[.criticalPath])
        } else if bar.count >= text.count + 4 {
            frame.write(text, at: Point(bar.upperBound - text.count - 1, rect.row), style: hue.adding(.reverse))
        }
    }

    /// The cells of which an interval fills at least half; none for what is short.
    private func covered(_ start: PreciseTime, _ end: PreciseTime, _ rect: Rect) -> Range<Int> {
        let total = max(Double(scale.nanoseconds), 1)
        func column(_ time: PreciseTime) -> Int {
            let share = min(max(Double((time - model.start).nanoseconds) / total, 0), 1)
            return rect.column + Int((share * Double(rect.columns)).rounded())
        }
        let first = column(start)
        return first..<max(column(end), first)
    }

    /// The cells of an interval; at least one.
    private func place(_ start: PreciseTime, _ end: PreciseTime, _ rect: Rect) -> Range<Int> {
        let total = max(Double(scale.nanoseconds), 1)
        let from = Double((start - model.start).nanoseconds) / total
        let to = Double((end - model.start).nanoseconds) / total
        let first = min(max(Int(from * Double(rect.columns)), 0), rect.columns - 1)
        let last = min(max(Int((to * Double(rect.columns)).rounded(.up)), first + 1), rect.columns)
        return rect.column + first..<rect.column + last
    }
}

extension GlyphSet {
    /// The elbow of a tree's last branch.
    var bottomLeftSharp: Unicode.Scalar { bottomLeft == "+" ? "`" : "└" }
}
