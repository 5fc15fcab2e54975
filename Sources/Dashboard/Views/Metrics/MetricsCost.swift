import Canvas
import Insight
import Store
import Telemetry

/// What costs the most series: four lists, the greatest first.
struct MetricsCost {
    /// Where the selection stands.
    struct Place: Hashable, Sendable {
        var list = List.metrics
        var row = 0
    }
    enum List: Int, Hashable, Sendable, CaseIterable {
        case metrics, grown, labels, pairs

        var title: String {
            switch self {
            case .metrics: "Series by metric"
            case .grown: "New in the last hours"
            case .labels: "Values by label"
            case .pairs: "Series by label and value"
            }
        }
        func entries(_ all: Cardinality) -> [Cardinality.Entry] {
            switch self {
            case .metrics: all.seriesPerMetric
            case .grown: all.newSeriesPerMetric
            case .labels: all.valuesPerLabel
            case .pairs: all.seriesPerPair
            }
        }
    }
    let cardinality: Cardinality
    let place: Place
    let look: Look
    private var theme: Theme { look.theme }

    /// Rows of a list.
    static let limit = 100

    func draw(in frame: inout Frame) {
        let (top, bottom) = Rect(frame.size).cutTop(frame.size.rows / 2)
        for (index, list) in List.allCases.enumerated() {
            let row = index < 2 ? top : bottom
            let (left, right) = row.cutLeft(row.columns / 2)
            draw(list, in: &frame, index % 2 == 0 ? left : right)
        }
    }

    private func draw(_ list: List, in frame: inout Frame, _ rect: Rect) {
        let isFocused = place.list == list
        let inside = frame.box(
            rect, title: StyledText(list.title, theme[.title]), trailing: StyledText(total(list), theme[.muted]),
            style: theme[isFocused ? .borderFocused : .border]
        ).inset(columns: 1)
        let entries = list.entries(cardinality)
        let selected = min(place.row, max(entries.count - 1, 0))
        let most = Double(max(entries.first?.count ?? 1, 1))
        Table(
            columns: [
                TableColumn("name", title: "", width: .flexible(minimum: 20), truncation: .middle) { StyledText($0.name, $1.theme[.text]) },
                TableColumn("share", title: "", width: .fixed(8), priority: 1) { [look] entry, context in
                    let filled = Int((Double(entry.count) / most * 8).rounded(.up))
                    return StyledText(
                        String(repeating: look.drawing == .ascii ? "#" : "▄", count: min(filled, 8)), context.theme[.sparkline])
                },
                TableColumn("count", title: "", width: .fixed(9), alignment: .trailing) {
                    StyledText(Quantity.count($0.count), $1.theme[.strong])
                },
            ], rows: entries, selected: isFocused && !entries.isEmpty ? selected : nil,
            firstRow: Table<Cardinality.Entry>.firstRow(
                showing: isFocused ? selected : 0, from: 0, visible: max(inside.rows, 1), count: entries.count),
            isFocused: isFocused, whenEmpty: StyledText(list == .grown ? "No series came lately." : "No series.", theme[.muted]),
            idPrefix: "cost:\(list.rawValue):", showsHeader: false, scrollBarColumn: rect.endColumn - 1
        ).draw(in: &frame, inside, theme: theme)
    }

    private func total(_ list: List) -> String {
        switch list {
        case .metrics: Quantity.count(cardinality.series) + " in all"
        case .grown: ""
        case .labels: Quantity.count(cardinality.labelNames) + " labels"
        case .pairs: Quantity.count(cardinality.labelPairs) + " pairs"
        }
    }
}

extension MetricsView {
    static func actInCost(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        guard var place = state.cost else { return nil }
        let lists = MetricsCost.List.allCases
        let entries = place.list.entries(model.cardinality)
        if let next = moved(action, from: min(place.row, max(entries.count - 1, 0)), page: 10, count: entries.count) {
            state.cost?.row = next
            return []
        }
        switch action {
        case .nextPane, .right, .previousPane, .left:
            let step = action == .nextPane || action == .right ? 1 : lists.count - 1
            place = MetricsCost.Place(list: lists[(place.list.rawValue + step) % lists.count])
            state.cost = place
            return []
        case .enter: return askOfCost(place.list, entries, place.row, &state)
        case .copy:
            guard entries.indices.contains(place.row) else { return [.say("there is nothing to copy")] }
            return [.copy(entries[place.row].name)]
        case .back, .own("cost"):
            state.cost = nil
            return [.prepare]
        default: return nil
        }
    }

    /// A metric is looked at; of a label or a value it is asked which values or metrics have the series.
    private static func askOfCost(_ list: MetricsCost.List, _ entries: [Cardinality.Entry], _ row: Int, _ state: inout State) -> [Effect] {
        guard entries.indices.contains(row) else { return [] }
        let name = entries[row].name
        state.cost = nil
        switch list {
        case .metrics, .grown: (state.page, state.filter, state.metric) = (.browse, "", name)
        case .labels:
            let label = QueryText.label(name)
            state.ask(["topk(100, count by (\(label)) ({\(label)!=\"\"}))"], .table)
        case .pairs:
            guard let equals = name.firstIndex(of: "=") else { return [] }
            let term = QueryText.label(String(name[..<equals])) + "=" + QueryText.string(String(name[name.index(after: equals)...]))
            state.ask(["topk(100, count by (__name__) ({\(term)}))"], .table)
        }
        return [.prepare]
    }

    static func clickInCost(_ parts: [Substring], isDouble: Bool, _ state: inout State, _ model: Model) -> [Effect] {
        guard parts.count == 4, let list = Int(parts[1]).flatMap({ MetricsCost.List(rawValue: $0) }), let row = Int(parts[3]) else {
            return []
        }
        state.cost = MetricsCost.Place(list: list, row: row)
        return isDouble ? askOfCost(list, list.entries(model.cardinality), row, &state) : []
    }
}
