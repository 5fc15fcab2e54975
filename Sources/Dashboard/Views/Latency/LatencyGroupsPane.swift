import Canvas
import Insight
import Telemetry

/// A row for each group of a histogram, the slowest first, against the same window before; and the list of labels to choose from.
struct LatencyGroupsPane {
    let model: LatencyModel
    let state: LatencyView.State
    let look: Look
    private var theme: Theme { look.theme }

    private struct Line: Sendable {
        /// Nil for all together.
        var group: LatencyGroups.Group?
    }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let groups = model.groups
        let shown = groups.groups.count
        let count = (shown < groups.total ? "\(Quantity.count(shown)) of " : "") + Quantity.count(groups.total)
        let inside = frame.box(
            rect, title: StyledText("by " + state.grouping.joined(separator: ", "), theme[.title]),
            trailing: StyledText(count + (groups.total == 1 ? " group" : " groups"), theme[.muted]),
            style: theme[state.inGroups ? .borderFocused : .border]
        ).inset(columns: 1)
        let lines = [Line()] + groups.groups.map { Line(group: $0) }
        let selected = LatencyView.groupIndex(state, model)
        Table(
            columns: columns, rows: lines, selected: selected,
            firstRow: Table<Line>.firstRow(showing: selected, from: 0, visible: max(inside.rows - 1, 1), count: lines.count),
            isFocused: state.inGroups, idPrefix: "group:", scrollBarColumn: rect.endColumn - 1
        ).draw(in: &frame, inside, theme: theme)
    }

    private var columns: [TableColumn<Line>] {
        let names = state.grouping
        let labels = names.map { name in
            TableColumn<Line>(name, title: name, width: .flexible(minimum: 10), truncation: .middle) { line, context in
                guard let group = line.group else { return StyledText(name == names.first ? "all" : "", context.theme[.muted]) }
                let value = group.labels.first { $0.name == name }?.value ?? ""
                return value.isEmpty ? StyledText("–", context.theme[.faint]) : StyledText(value, context.theme[.text])
            }
        }
        return labels + [
            TableColumn("count", title: "requests", width: .fixed(9), alignment: .trailing, priority: 1) {
                [total = model.groups.groups.reduce(0) { $0 + $1.count }] line, context in
                StyledText(Quantity.compact(line.group?.count ?? total), context.theme[.text])
            },
            quantile("p50", .p50, 2) { $0.p50 }, quantile("p95", .p95, 1) { $0.p95 }, quantile("p99", .p99, 0) { $0.p99 },
            quantile("before", .muted, 1) { $0.p99Before },
            TableColumn("change", title: "change", width: .fixed(9), alignment: .trailing) { [look] line, context in
                line.group.map { LatencyChange.text($0.p99, $0.p99Before, look) } ?? StyledText()
            },
        ]
    }

    private func quantile(
        _ name: String, _ role: Role, _ priority: Int, _ value: @escaping @Sendable (LatencyGroups.Group) -> LatencyQuantile?
    ) -> TableColumn<Line> {
        TableColumn(name, title: name, width: .fixed(8), alignment: .trailing, priority: priority) { line, context in
            line.group.map { StyledText(LatencyText.quantile(value($0)), context.theme[role]) } ?? StyledText()
        }
    }

    // MARK: - Labels to choose from

    func drawLabels(in frame: inout Frame, _ picked: String) {
        let selected = model.labels.firstIndex { $0.name == picked } ?? 0
        let widest = model.labels.map { Canvas.columns(of: $0.name) }.max() ?? 0
        let size = Size(
            columns: min(max(widest + 18, 40), frame.size.columns - 8), rows: min(model.labels.count, max(frame.size.rows - 6, 3)))
        let hint = StyledText("Enter chooses, Esc closes", theme[.muted])
        let inside = Popup(title: StyledText("Told apart by", theme[.title]), trailing: hint, size: size).draw(in: &frame, theme: theme)
        let chosen = state.grouping
        Table(
            columns: [
                TableColumn("chosen", title: "", width: .fixed(1)) { label, context in
                    StyledText(chosen.contains(label.name) ? "*" : "", context.theme[.filter])
                },
                TableColumn("name", title: "", width: .flexible(minimum: 12), truncation: .middle) {
                    StyledText($0.name, $1.theme[.text])
                },
                TableColumn("values", title: "", width: .fixed(12), alignment: .trailing) { label, context in
                    let count = label.values.count
                    return StyledText(count == 1 ? "1 value" : "\(Quantity.count(count)) values", context.theme[.muted])
                },
            ], rows: model.labels, selected: selected,
            firstRow: Table<LatencyModel.Group>.firstRow(showing: selected, from: 0, visible: inside.rows, count: model.labels.count),
            idPrefix: "label:", showsHeader: false
        ).draw(in: &frame, inside, theme: theme)
    }
}
