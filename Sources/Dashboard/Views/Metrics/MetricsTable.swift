import Canvas
import Insight
import Telemetry

/// The series as rows: a column for each label that tells them apart, and the value at the crosshair.
struct MetricsTable {
    let model: MetricsModel
    let state: MetricsState
    private let lines: MetricsLines
    private let names: [String]
    private let rows: [MetricsLines.Line]

    /// More columns than that fit no screen.
    private static let labelLimit = 12

    init(_ model: MetricsModel, _ state: MetricsState) {
        self.model = model
        self.state = state
        lines = MetricsLines(model, state)
        let sets = lines.lines.map(\.id.labels)
        let all = Set(sets.flatMap { $0.labels.map(\.name) }).subtracting([LabelSet.nameLabel]).sorted()
        // In the order in which they tell most; what is the same in all rows needs no column, unless labels are all that is asked for.
        let telling = TellingLabels.of(sets)
        let others = state.picture == .labels || state.legend == .all || telling.isEmpty ? all.filter { !telling.contains($0) } : []
        names = Array((telling + others).prefix(Self.labelLimit))
        rows = Self.sorted(lines.lines, state.sort)
    }

    var columnNames: [String] { names + ["value"] }

    private static func sorted(_ lines: [MetricsLines.Line], _ sort: TableSort?) -> [MetricsLines.Line] {
        guard let sort else { return lines }
        let ascending = lines.sorted { a, b in
            if sort.column == "value" { return (rank(a.value), a.ordinal) < (rank(b.value), b.ordinal) }
            return (a.id.labels[sort.column] ?? "", a.ordinal) < (b.id.labels[sort.column] ?? "", b.ordinal)
        }
        return sort.isDescending ? ascending.reversed() : ascending
    }
    private static func rank(_ value: Double) -> Double { value.isNaN ? -.infinity : value }

    func draw(in frame: inout Frame, _ rect: Rect, _ look: Look) {
        guard !rows.isEmpty else { return MetricsChart.drawNoData(&frame, rect, model, look) }
        let selected = rows.firstIndex { $0.id == state.line } ?? 0
        let inside = rect.inset(columns: 1)
        let table = Table(
            columns: columns(look), rows: rows, sort: state.sort, selected: state.pane == .series ? selected : nil,
            firstRow: Table<MetricsLines.Line>.firstRow(showing: selected, from: 0, visible: max(inside.rows - 1, 1), count: rows.count),
            isFocused: state.pane == .series, idPrefix: "table:", scrollBarColumn: rect.endColumn)
        table.draw(in: &frame, inside, theme: look.theme)
    }

    private func columns(_ look: Look) -> [TableColumn<MetricsLines.Line>] {
        let letter = TableColumn<MetricsLines.Line>("letter", title: "", width: .fixed(1)) {
            StyledText(String($0.id.letter), $1.theme[.key])
        }
        let labels = names.enumerated().map { index, name in
            let widest = max(rows.prefix(500).map { Canvas.columns(of: $0.id.labels[name] ?? "") }.max() ?? 0, Canvas.columns(of: name))
            return TableColumn<MetricsLines.Line>(
                name, title: name, width: .flexible(minimum: min(widest, 12), maximum: max(widest, 12)), priority: index,
                truncation: .middle
            ) { line, context in
                line.id.labels[name].map { StyledText($0, context.theme[.text]) } ?? StyledText("–", context.theme[.faint])
            }
        }
        let metric = TableColumn<MetricsLines.Line>("__name__", title: "metric", width: .flexible(minimum: 12), truncation: .middle) {
            StyledText($0.id.labels.metricName.isEmpty ? "all" : $0.id.labels.metricName, $1.theme[.text])
        }
        let title = state.cursor.map { look.clock.time($0) } ?? "value"
        let value = TableColumn<MetricsLines.Line>("value", title: title, width: .fixed(14), alignment: .trailing) { line, context in
            line.value.isNaN
                ? StyledText("–", context.theme[.faint]) : StyledText(ValueText.exact(line.value, line.unit), context.theme[.strong])
        }
        let isInfo = state.picture == .labels
        return (lines.hasSeveral ? [letter] : []) + (names.isEmpty ? [metric] : labels) + (isInfo ? [] : [value])
    }
}
