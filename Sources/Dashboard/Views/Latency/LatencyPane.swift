import Canvas
import Insight
import Telemetry

/// The distribution under the cursor, or of the whole window, against the window before.
struct LatencyPane {
    let model: LatencyModel
    let state: LatencyView.State
    let look: Look
    private var theme: Theme { look.theme }
    private var grid: LatencyGrid { model.grid }
    private var comparison: LatencyComparison { LatencyComparison(model, state) }

    private var title: StyledText {
        guard let column = comparison.column else {
            return StyledText("last " + Quantity.roundDuration(nanoseconds: Double(model.window.nanoseconds)), theme[.title])
        }
        let range = grid.buckets.range(of: column)
        return StyledText(look.clock.time(range.lowerBound.timestamp) + " – " + look.clock.time(range.upperBound.timestamp), theme[.title])
    }

    // MARK: - Beside the map

    func drawBeside(_ frame: inout Frame, _ rect: Rect) {
        let inside = frame.box(rect, title: title, trailing: StyledText("against the time before", theme[.muted]), style: theme[.border])
            .inset(columns: 1)
        let (head, rest) = inside.cutTop(6)
        drawFigures(&frame, head)
        let (cell, bars) = rest.cutTop(2)
        drawCell(&frame, cell)
        drawBars(&frame, bars)
    }

    private func drawBars(_ frame: inout Frame, _ rect: Rect) {
        let comparison = comparison
        let scale = LatencyScale(count: grid.rows.count, room: max(rect.rows - 1, 0))
        let (total, totalBefore) = (Double(max(comparison.total, 1)), Double(comparison.totalBefore))
        let lines = (0..<scale.places).reversed().map { place in
            let members = scale.members(of: place)
            let share = Double(members.reduce(0) { $0 + comparison.counts[$1] }) / total
            let before =
                totalBefore > 0
                ? Double(members.reduce(0) { $0 + (comparison.before.indices.contains($1) ? comparison.before[$1] : 0) }) / totalBefore
                : nil
            let first = grid.rows[members.lowerBound]
            let label = first.upper == nil ? LatencyText.range(first) : "≥ " + LatencyText.bound(first.lower)
            return HistogramBars.Line(
                look.drawing == .ascii ? label.replacingGreater : label, share, value: share > 0 ? Quantity.percent(share) : "",
                style: theme[.sparkline], before: before)
        }
        HistogramBars(lines).draw(in: &frame, rect, theme: theme)
        if totalBefore > 0, rect.rows > scale.places {
            let place = Point(rect.column, rect.row + scale.places)
            let mark = StyledText("\(Character(look.drawing.glyphs.vertical))", theme[.cursorLine])
            frame.write(mark + StyledText(" the share in the time before", theme[.muted]), at: place, width: rect.columns)
        } else if rect.rows > scale.places {
            let place = Point(rect.column, rect.row + scale.places)
            frame.write("Nothing is known of the time before.", at: place, style: theme[.muted], width: rect.columns)
        }
    }

    private func drawCell(_ frame: inout Frame, _ rect: Rect) {
        guard let cell = model.cell(state.cursor) else { return }
        let count = grid.count(column: cell.column, row: cell.row)
        let errors = grid.errors(column: cell.column, row: cell.row)
        var text = StyledText("cell ", theme[.muted])
        text.append(LatencyText.range(grid.rows[cell.row]), theme[.strong])
        text.append("  \(Quantity.count(count))", theme[.text])
        if errors > 0 { text.append("  \(Quantity.count(errors)) failed", theme[.bad]) }
        frame.write(text, at: rect.origin, width: rect.columns)
    }

    // MARK: - Figures

    private func drawFigures(_ frame: inout Frame, _ rect: Rect) {
        let comparison = comparison
        let widths = [9, 9, 9, 11]
        func row(_ index: Int, _ texts: [StyledText]) {
            var column = rect.column
            for (position, text) in texts.enumerated() {
                let width = min(widths[position], rect.endColumn - column)
                let alignment: Alignment = position == 0 ? .leading : .trailing
                if width > 3 { frame.write(text, in: Rect(column: column, row: rect.row + index, columns: width, rows: 1), alignment) }
                column += widths[position]
            }
        }
        row(
            0,
            [StyledText(), StyledText("now", theme[.header]), StyledText("before", theme[.header]), StyledText("change", theme[.header])])
        for (index, (name, q, role)) in [("p50", 0.5, Role.p50), ("p95", 0.95, .p95), ("p99", 0.99, .p99)].enumerated() {
            let (now, before) = (value(q), model.quantile(q, of: comparison.before))
            row(
                index + 1,
                [
                    StyledText(name, theme[role]), StyledText(LatencyText.quantile(now), theme[.strong]),
                    StyledText(LatencyText.quantile(before), theme[.muted]), LatencyChange.text(now, before, look),
                ])
        }
        let errors = comparison.column.map { grid.columns[$0].errors } ?? grid.columns.reduce(0) { $0 + $1.errors }
        // A column is much shorter than the window before: its count is no rival of that.
        let before = comparison.column == nil ? Quantity.count(comparison.totalBefore) : ""
        row(
            4,
            [
                StyledText("requests", theme[.muted]), StyledText(Quantity.count(comparison.total), theme[.text]),
                StyledText(before, theme[.muted]),
                StyledText(errors > 0 ? "\(Quantity.count(errors)) failed" : "", theme[.bad]),
            ])
    }

    /// As measured for a column or the window; counts by row are only nearly as exact.
    private func value(_ q: Double) -> LatencyQuantile? {
        let column = comparison.column.map { grid.columns[$0] }
        switch q {
        case 0.5: return column.map(\.p50) ?? grid.p50
        case 0.95: return column.map(\.p95) ?? grid.p95
        default: return column.map(\.p99) ?? grid.p99
        }
    }

    // MARK: - Below the map

    func drawBelow(_ frame: inout Frame, _ rect: Rect) {
        var legend = StyledText("█", theme[.sparkline])
        legend.append(" share now  ", theme[.muted])
        legend.append("█", theme[.muted])
        legend.append(" before", theme[.muted])
        if look.drawing == .ascii { legend = StyledText("# share now  | before", theme[.muted]) }
        let inside = frame.box(rect, title: title, trailing: legend, style: theme[.border]).inset(columns: 1)
        let (figures, chart) = inside.cutLeft(38)
        drawFigures(&frame, figures)
        drawColumns(&frame, chart.cutLeft(2).rest)
    }

    /// Two columns for each range of latencies: now, and before.
    private func drawColumns(_ frame: inout Frame, _ rect: Rect) {
        let (axis, plot) = rect.cutBottom(1)
        let scale = LatencyScale(count: grid.rows.count, room: plot.columns / 3)
        guard scale.places > 0, plot.rows > 0 else { return }
        let comparison = comparison
        let shares = { (counts: [Int], total: Int) in
            (0..<scale.places).map { place in
                total > 0
                    ? Double(scale.members(of: place).reduce(0) { $0 + (counts.indices.contains($1) ? counts[$1] : 0) }) / Double(total) : 0
            }
        }
        let (now, before) = (shares(comparison.counts, comparison.total), shares(comparison.before, comparison.totalBefore))
        let top = max(now.max() ?? 0, before.max() ?? 0)
        var free = axis.column
        for place in 0..<scale.places {
            let column = plot.column + place * 3
            bar(&frame, now[place] / max(top, .leastNonzeroMagnitude), Point(column, plot.endRow - 1), plot.rows, theme[.sparkline], "#")
            bar(&frame, before[place] / max(top, .leastNonzeroMagnitude), Point(column + 1, plot.endRow - 1), plot.rows, theme[.muted], "|")
            let bounds = grid.rows[scale.members(of: place).lowerBound]
            let label = LatencyText.label(bounds)
            if column >= free, column + columns(of: label) <= axis.endColumn {
                frame.write(label, at: Point(column, axis.row), style: theme[.axis])
                free = column + columns(of: label) + 2
            }
        }
    }

    private func bar(_ frame: inout Frame, _ share: Double, _ foot: Point, _ rows: Int, _ style: Style, _ ascii: Unicode.Scalar) {
        var eighths = share > 0 ? max(1, Int((share * Double(rows * 8)).rounded())) : 0
        var row = foot.row
        while eighths > 0 {
            let scalar = look.drawing == .ascii ? ascii : Unicode.Scalar(UInt32(0x2580 + min(eighths, 8))) ?? "█"
            frame.put(scalar, at: Point(foot.column, row), style: style)
            eighths -= 8
            row -= 1
        }
    }
}

/// By how much a quantile rose or fell.
enum LatencyChange {
    static func text(_ now: LatencyQuantile?, _ before: LatencyQuantile?, _ look: Look) -> StyledText {
        let theme = look.theme
        guard let now, let before, before.value > .zero else { return StyledText("–", theme[.faint]) }
        guard !now.isBeyond, !before.isBeyond else {
            return StyledText(now.isBeyond == before.isBeyond ? "–" : now.isBeyond ? "worse" : "better", theme[.muted])
        }
        let ratio = now.value.seconds / before.value.seconds
        let glyphs = look.drawing.glyphs
        if ratio >= 2.5 { return StyledText("\(Character(glyphs.arrowUp)) ×\(Quantity.fixed(ratio, 1))", theme[.bad]) }
        let percent = Quantity.fixed(abs(ratio - 1) * 100, 0) + " %"
        if ratio > 1.1 { return StyledText("\(Character(glyphs.arrowUp)) +\(percent)", theme[.warn]) }
        if ratio < 0.9 { return StyledText("\(Character(glyphs.arrowDown)) -\(percent)", theme[.good]) }
        return StyledText((ratio < 1 ? "-" : "+") + percent, theme[.muted])
    }
}

extension String {
    fileprivate var replacingGreater: String { hasPrefix("≥ ") ? ">=" + dropFirst(2) : self }
}
