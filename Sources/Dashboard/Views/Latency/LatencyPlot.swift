import Canvas
import Insight
import Telemetry

/// The heatmap: which counts share a place on the screen, and what stands there.
struct LatencyPlot {
    let model: LatencyModel
    let state: LatencyView.State
    let look: Look
    private let plot: Rect
    private let across: LatencyScale
    private let up: LatencyScale
    /// By column and row of the places.
    private let counts: [[Int]]
    private let top: Int
    private var grid: LatencyGrid { model.grid }
    private var theme: Theme { look.theme }

    static let labelWidth = 8
    static let nameWidth = 5

    init(_ model: LatencyModel, _ state: LatencyView.State, _ look: Look, in rect: Rect) {
        self.model = model
        self.state = state
        self.look = look
        plot = rect.cutBottom(2).rest.cutLeft(Self.labelWidth).rest.cutRight(Self.nameWidth).rest
        across = LatencyScale(count: model.grid.columns.count, room: plot.columns)
        up = LatencyScale(count: model.grid.rows.count, room: plot.rows)
        let (across, up) = (across, up)
        counts = (0..<across.places).map { column in
            (0..<up.places).map { row in
                across.members(of: column).reduce(0) { sum, x in
                    up.members(of: row).reduce(sum) { $0 + model.grid.count(column: x, row: $1) }
                }
            }
        }
        top = counts.lazy.flatMap { $0 }.max() ?? 0
    }

    func draw(in frame: inout Frame) {
        guard !plot.isEmpty, across.places > 0, up.places > 0 else { return }
        for column in 0..<across.places {
            for row in 0..<up.places { drawCell(&frame, column, row) }
            if !isCovered(column) {
                frame.put(
                    frame.glyphs.gap, at: Point(plot.column + across.extent(of: column).lowerBound, plot.endRow - 1), style: theme[.faint])
            }
        }
        drawLine(&frame, "p50", .p50) { $0.p50 }
        drawLine(&frame, "p95", .p95) { $0.p95 }
        drawLine(&frame, "p99", .p99) { $0.p99 }
        drawNames(&frame)
        drawCursor(&frame)
        drawLatencyLabels(&frame)
        drawErrors(&frame)
        drawTimes(&frame)
    }

    private func isCovered(_ column: Int) -> Bool { across.members(of: column).contains { grid.columns[$0].isCovered } }

    // MARK: - Cells

    private func place(_ column: Int, _ row: Int) -> Rect {
        let (x, y) = (across.extent(of: column), up.extent(of: row))
        return Rect(column: plot.column + x.lowerBound, row: plot.endRow - y.upperBound, columns: x.count, rows: y.count)
    }

    /// The square root shows one slow request beside a thousand fast ones.
    private func step(_ count: Int) -> Int { Theme.heatStep((Double(count) / Double(max(top, 1))).squareRoot()) }

    private func drawCell(_ frame: inout Frame, _ column: Int, _ row: Int) {
        let rect = place(column, row)
        let id = "cell:\(across.members(of: column).lowerBound):\(up.members(of: row).lowerBound)"
        frame.addHitArea(rect, id)
        let count = counts[column][row]
        guard count > 0 else { return }
        let step = step(count)
        if Self.usesShades(look) {
            let ramp = look.drawing == .ascii ? Self.asciiShades : Self.blockShades
            frame.fill(
                rect, ramp[step * ramp.count / Theme.heatSteps], style: Style(look.drawing == .ascii ? theme.heat(max(step, 4)) : .standard)
            )
        } else {
            frame.fill(rect, " ", style: Style(on: theme.heat(step)))
        }
    }

    static func usesShades(_ look: Look) -> Bool { look.drawing == .ascii || look.theme == .monochrome }
    static let asciiShades: [Unicode.Scalar] = [".", ":", "+", "*", "#", "@"]
    static let blockShades: [Unicode.Scalar] = ["·", "░", "▒", "▓", "█"]

    // MARK: - Quantiles

    /// The characters that tell the lines apart where colours don't.
    static func mark(_ role: Role, _ drawing: Drawing) -> Unicode.Scalar {
        switch (drawing == .ascii, role) {
        case (true, .p50): "-"
        case (true, .p95): "~"
        case (true, _): "="
        case (false, .p50): "─"
        case (false, .p95): "╌"
        case (false, _): "━"
        }
    }

    private func row(of quantile: LatencyQuantile) -> Int? {
        let last = grid.rows.count - 1
        guard last >= 0 else { return nil }
        if quantile.isBeyond { return plot.row }
        guard let index = grid.row(of: quantile.value) else { return nil }
        let bounds = grid.rows[index]
        let place = up.place(of: index)
        let extent = up.extent(of: place)
        guard let upper = bounds.upper, extent.count > 1 else { return plot.endRow - 1 - extent.lowerBound }
        let share = Double((quantile.value - bounds.lower).nanoseconds) / Double(max((upper - bounds.lower).nanoseconds, 1))
        return plot.endRow - 1 - extent.lowerBound - min(Int(share * Double(extent.count)), extent.count - 1)
    }

    private func busiest(_ column: Int) -> LatencyGrid.Column? {
        across.members(of: column).map { grid.columns[$0] }.max { $0.count < $1.count }
    }

    private func drawLine(_ frame: inout Frame, _ name: String, _ role: Role, _ value: (LatencyGrid.Column) -> LatencyQuantile?) {
        for column in 0..<across.places {
            guard let quantile = busiest(column).flatMap(value), let row = row(of: quantile) else { continue }
            let extent = across.extent(of: column)
            for x in extent {
                let point = Point(plot.column + x, row)
                frame.put(Self.mark(role, look.drawing), at: point, style: readable(theme[role], on: frame[point].style.background))
            }
        }
    }

    /// On a cell as bright as the line, the line is dark.
    private func readable(_ style: Style, on background: Color) -> Style {
        guard let ratio = contrast(style.foreground, background), ratio < 2.2 else { return style.bold }
        let isDark = (contrast(.hex(0x101010), background) ?? 0) >= 3
        return Style(isDark ? .hex(0x101010) : .hex(0xffffff), on: style.background, .bold)
    }

    /// At the right, each beside the newest value of its line, none over another.
    private func drawNames(_ frame: inout Frame) {
        guard let newest = (0..<across.places).reversed().lazy.compactMap({ busiest($0) }).first(where: { $0.p50 != nil }) else { return }
        var taken: Set<Int> = []
        for (name, role, quantile) in [("p99", Role.p99, newest.p99), ("p95", .p95, newest.p95), ("p50", .p50, newest.p50)] {
            guard let quantile, var row = row(of: quantile) else { continue }
            while taken.contains(row), row < plot.endRow - 1 { row += 1 }
            guard taken.insert(row).inserted else { continue }
            frame.write(name, at: Point(plot.endColumn + 1, row), style: theme[role].bold)
        }
    }

    private func drawCursor(_ frame: inout Frame) {
        guard let cell = model.cell(state.cursor) else { return }
        let (column, row) = (across.place(of: cell.column), up.place(of: cell.row))
        let rect = place(column, row)
        let middle = rect.column + rect.columns / 2
        for y in plot.row..<plot.endRow
        where frame[Point(middle, y)].isBlank && frame[Point(middle, y)].style.background == theme[.screen].background {
            frame.put(frame.glyphs.vertical, at: Point(middle, y), style: theme[.cursorLine])
        }
        let style =
            Self.usesShades(look)
            ? Style.plain.adding([.bold, .reverse]) : Style(theme.assumedBackground, on: theme.assumedForeground, .bold)
        frame.fill(rect, " ", style: style)
        frame.put(look.drawing == .ascii ? "O" : "◉", at: Point(middle, rect.row + rect.rows / 2), style: style)
    }

    // MARK: - Around the plot

    /// Round values for spans; for a histogram the bounds of its buckets, which mean something.
    private func drawLatencyLabels(_ frame: inout Frame) {
        var taken: Set<Int> = []
        for (row, text) in latencyLabels where row >= plot.row && row < plot.endRow && taken.isDisjoint(with: [row - 1, row, row + 1]) {
            taken.insert(row)
            let rect = Rect(column: plot.column - Self.labelWidth, row: row, columns: Self.labelWidth - 1, rows: 1)
            frame.write(StyledText(text, theme[.axis]), in: rect, .trailing)
        }
    }

    private var latencyLabels: [(row: Int, text: String)] {
        if case .spans = grid.origin, let first = grid.rows.first, let last = grid.rows.last {
            let range =
                Double(max(first.lower.nanoseconds, 1))...Double(max(last.upper ?? last.lower, first.lower + .nanoseconds(2)).nanoseconds)
            return Ticks.logarithmic(range, count: max(plot.rows / 2, 2)).compactMap { tick in
                row(of: LatencyQuantile(TimeSpan(nanoseconds: Int64(tick)))).map { ($0, Quantity.roundDuration(nanoseconds: tick)) }
            }
        }
        let bounds = (0..<up.places).map { place in
            let members = up.members(of: place)
            let isOpen = grid.rows[members.upperBound - 1].upper == nil
            let lower = grid.rows[members.lowerBound].lower
            let text = isOpen ? Quantity.beyond(nanoseconds: Double(lower.nanoseconds)) : LatencyText.bound(lower)
            return (row: plot.endRow - 1 - up.extent(of: place).lowerBound, text: text)
        }
        // What lies beyond the last bound must not go without its name.
        return Array(bounds.suffix(1) + bounds.dropLast())
    }

    private func drawErrors(_ frame: inout Frame) {
        let errors = (0..<across.places).map { across.members(of: $0).reduce(0) { $0 + grid.columns[$1].errors } }
        let most = errors.max() ?? 0
        let label = Rect(column: plot.column - Self.labelWidth, row: plot.endRow, columns: Self.labelWidth - 1, rows: 1)
        guard case .spans = grid.origin else { return }
        frame.write(StyledText("failed", theme[most > 0 ? .bad : .axis]), in: label, .trailing)
        for (column, count) in errors.enumerated() where count > 0 {
            let level = max(1, count * 8 / max(most, 1))
            let scalar = look.drawing == .ascii ? Unicode.Scalar(UInt8(48 + min(count, 9))) : Unicode.Scalar(UInt32(0x2580 + level)) ?? "█"
            for x in across.extent(of: column) { frame.put(scalar, at: Point(plot.column + x, plot.endRow), style: theme[.bad]) }
        }
        let total = errors.reduce(0, +)
        if total > 0 {
            frame.write(
                Quantity.compact(Double(total)), at: Point(plot.endColumn + 1, plot.endRow), style: theme[.bad], width: Self.nameWidth - 1)
        }
    }

    private func drawTimes(_ frame: inout Frame) {
        let range = grid.buckets.range
        let marks = TimeMarks.of(range.lowerBound.timestamp...range.upperBound.timestamp, columns: plot.columns, look.clock)
        let row = Rect(column: plot.column, row: plot.endRow + 1, columns: plot.columns, rows: 1)
        AxisMark.draw(marks, in: &frame, row, style: theme[.axis])
    }
}
