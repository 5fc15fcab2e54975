import Canvas
import Insight
import Telemetry

/// Buckets over time as colours, with the other expressions drawn over them.
struct MetricsHeatmap {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        guard let heat = model.heat, let range = heat.range else {
            return MetricsChart.drawNoData(&frame, rect, model, look)
        }
        let lines = MetricsLines(model, state)
        let wanted = lines.lines.isEmpty ? 0 : min(lines.lines.count + 1, max(rect.rows / 3, 4))
        let (below, upper) = rect.cutBottom(wanted)
        let place = upper.inset(columns: 1)
        let size = Heatmap.plot(in: place)
        guard !size.isEmpty else { return }
        let unit = lines.lines.first?.unit ?? .plain
        let map = Heatmap(
            counts: cells(heat, range, size.size), range: range, lines: overlays(lines),
            marks: MetricsChart.marks(model.steps, size.columns, look), cursor: cursor(size.size),
            label: { ValueText.ticks([$0], unit).first ?? "" })
        let plot = map.draw(in: &frame, place, theme: theme)
        MetricsChart.addMoments(&frame, plot, model.steps)
        if !below.isEmpty {
            MetricsLegend(model: model, state: state, look: look, lines: lines).draw(
                in: &frame, below.inset(columns: 1), bar: rect.endColumn)
        }
    }

    private func moments(_ column: Int, _ columns: Int) -> Range<Int> {
        let count = model.steps.count
        let first = column * count / columns
        return first..<max((column + 1) * count / columns, first + 1)
    }

    /// What falls to each cell of the plot: a bucket's count spreads over the rows that it covers.
    private func cells(_ heat: PanelHeat, _ range: ClosedRange<Double>, _ size: Size) -> [[Double]] {
        let rows = (0..<size.rows).map { heat.row(of: logarithmic(range, (Double($0) + 0.5) / Double(size.rows))) }
        return (0..<size.columns).map { column in
            let members = moments(column, size.columns).filter { heat.counts.indices.contains($0) }.map { heat.counts[$0] }
            let known = members.filter { !($0.first ?? .nan).isNaN }
            guard !known.isEmpty else { return [Double](repeating: .nan, count: size.rows) }
            return rows.map { row in row.map { index in known.reduce(0) { $0 + $1[index] } / Double(known.count) } ?? 0 }
        }
    }

    private func overlays(_ lines: MetricsLines) -> [Heatmap.Line] {
        lines.lines.filter { state.solo == nil || $0.id == state.solo }.prefix(6).map { line in
            Heatmap.Line(line.line.values, style: Self.style(line.ordinal, theme), name: String(line.id.letter))
        }
    }

    /// The first three are most often the quantiles that view 4 draws in these colours.
    static func style(_ ordinal: Int, _ theme: Theme) -> Style {
        let roles: [Role] = [.p50, .p95, .p99]
        return roles.indices.contains(ordinal) ? theme[roles[ordinal]] : theme.series(ordinal)
    }

    private func cursor(_ size: Size) -> Point? {
        guard let index = state.cursor.flatMap({ model.steps.index(of: $0) }) else { return nil }
        return Point(min(index * size.columns / max(model.steps.count, 1), size.columns - 1), 0)
    }

    /// The value `share` of the way up a logarithmic scale.
    private func logarithmic(_ range: ClosedRange<Double>, _ share: Double) -> Double {
        // Halving finds it without a logarithm: forty steps are finer than any cell.
        var (low, high) = (range.lowerBound, range.upperBound)
        var (bottom, top) = (0.0, 1.0)
        for _ in 0..<40 {
            let middle = (low * high).squareRoot()
            let half = (bottom + top) / 2
            if share >= half { (low, bottom) = (middle, half) } else { (high, top) = (middle, half) }
        }
        return low
    }
}
