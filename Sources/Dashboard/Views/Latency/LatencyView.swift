import Canvas
import Insight
import Store
import Telemetry

/// View 4: how long things took over time, and how that compares with before.
package enum LatencyView: DashboardView {
    package static let id = ViewID.latency
    package static let searchExample: String? = "request_duration"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open-traces", "traces of the cell", .enter, rank: 10),
        KeyBinding([.character("s")], "source", "what is measured", .own("source"), rank: 15),
        KeyBinding([.character("b")], "group", "told apart by labels", .own("group"), rank: 16, hint: "by labels"),
        KeyBinding([.tab], "next-pane", "next pane", .nextPane, rank: 17, hint: "pane"),
        KeyBinding([.character("v")], "next-value", "next group of the labels", .own("value"), rank: 31),
        KeyBinding([.character("e")], "next-error", "next column with errors", .nextError, rank: 40),
    ]

    /// Columns and rows that are prepared, whatever the size of the screen; as many as fit are put together when drawing.
    static let columns = 60
    static let rows = 24

    package struct State: ViewState {
        package var search = ""
        package var source = LatencySource.spans
        /// Labels of the histogram by which its series are told apart.
        package var grouping: [String] = []
        /// The group shown, a value for each of them; nil adds all up.
        package var group: [Label]?
        package var inGroups = false
        /// The list of labels is open, at this one.
        package var pickedLabel: String?
        /// The moment and the latency under the cursor; nil looks at the whole window.
        package var cursor: Cursor?
        package var isAlone = false
        /// The list of sources is open, at this one.
        package var picked: LatencySource?
        package init() {}

        mutating func ungroup() { (grouping, group, inGroups, pickedLabel) = ([], nil, false, nil) }

        package struct Cursor: Hashable, Sendable {
            package var time: PreciseTime
            package var latency: TimeSpan
            package init(time: PreciseTime, latency: TimeSpan) {
                self.time = time
                self.latency = latency
            }
        }
    }

    package typealias Model = LatencyModel

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> LatencyModel {
        var model = LatencyModel(
            grid: grid(snapshot, context, state), lens: context.lens, window: context.window, spanCount: snapshot.traces.spanCount)
        model.families = LatencyGrid.histograms(in: snapshot)
        if case .histogram(let family) = state.source {
            model.isNative = LatencyGrid.isNative(family, snapshot.metrics)
            model.labels = labels(of: family, snapshot)
            let names = state.grouping
            if !names.isEmpty {
                model.groups = LatencyGroups(
                    snapshot, histogram: family, by: names, over: context.window, at: context.plotEnd(Int64(columns)))
            }
        }
        return model
    }

    private static func grid(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> LatencyGrid {
        switch state.source {
        case .spans, .failedSpans:
            LatencyGrid(
                snapshot, lens: context.lens, onlyErrors: state.source == .failedSpans, over: context.window,
                at: context.plotEnd(Int64(columns)), columns: columns, rows: rows)
        case .histogram(let family):
            LatencyGrid(
                snapshot, histogram: family, matching: (state.group ?? []).map { LabelMatcher($0.name, .equal, $0.value) },
                over: context.window,
                at: context.plotEnd(Int64(columns)), columns: columns)
        }
    }

    /// Series that are looked at for their labels.
    private static let seriesLimit = 20_000

    private static func labels(of family: String, _ snapshot: StoreSnapshot) -> [LatencyModel.Group] {
        let metrics = snapshot.metrics
        let name = LatencyGrid.isNative(family, metrics) ? family : family + "_bucket"
        var values: [String: Set<String>] = [:]
        for id in metrics.series(named: name).prefix(seriesLimit) {
            for label in metrics.labels(of: id).labels where label.name != "le" && label.name != LabelSet.nameLabel {
                values[label.name, default: []].insert(label.value)
            }
        }
        return values.map { LatencyModel.Group(name: $0.key, values: $0.value.sorted()) }.sorted { $0.name < $1.name }
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        guard case .latency = destination else { return }
        state.source = .spans
        state.ungroup()
        state.cursor = nil
        state.picked = nil
    }

    package static func export(_ model: LatencyModel, _ state: State) -> ExportTable? {
        let grid = model.grid
        guard !grid.isEmpty else { return nil }
        var rows: [[String]] = []
        for column in grid.columns.indices {
            let time = grid.buckets.range(of: column).lowerBound
            for (row, bounds) in grid.rows.enumerated() where grid.count(column: column, row: row) > 0 {
                rows.append([
                    Quantity.fixed(Double(time.nanoseconds / 1_000_000) / 1000, 3), Quantity.fixed(bounds.lower.seconds, 6),
                    bounds.upper.map { Quantity.fixed($0.seconds, 6) } ?? "+Inf", String(grid.count(column: column, row: row)),
                    String(grid.errors(column: column, row: row)),
                ])
            }
        }
        return ExportTable(columns: ["time", "from_seconds", "to_seconds", "count", "errors"], rows: rows)
    }
}

/// What latency is read from.
package enum LatencySource: Hashable, Sendable {
    case spans, failedSpans
    /// A histogram by the name of its family.
    case histogram(String)

    package var title: String {
        switch self {
        case .spans: "Spans"
        case .failedSpans: "Failed spans"
        case .histogram(let family): family
        }
    }
}

/// What the view shows at one moment.
package struct LatencyModel: Sendable {
    package struct Group: Hashable, Sendable {
        package var name: String
        package var values: [String]
        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
    package var grid: LatencyGrid
    package var lens: Lens
    package var window: TimeSpan
    package var spanCount: Int
    package var families: [String] = []
    /// Labels by which the chosen histogram can be told apart.
    package var labels: [Group] = []
    /// By the labels chosen.
    package var groups = LatencyGroups()
    package var isNative = false

    package init(grid: LatencyGrid, lens: Lens, window: TimeSpan, spanCount: Int) {
        self.grid = grid
        self.lens = lens
        self.window = window
        self.spanCount = spanCount
    }

    /// Those that the search leaves.
    package func sources(_ search: String) -> [LatencySource] {
        let terms = search.lowercased().split(separator: " ")
        let fitting = families.filter { family in
            terms.allSatisfy { $0.hasPrefix("!") ? !family.contains($0.dropFirst()) : family.lowercased().contains($0) }
        }
        return [.spans, .failedSpans] + fitting.map(LatencySource.histogram)
    }

    /// What is drawn: the cell under the cursor, nil outside of what is shown.
    package func cell(_ cursor: LatencyView.State.Cursor?) -> (column: Int, row: Int)? {
        guard let cursor, grid.buckets.range.contains(cursor.time), !grid.rows.isEmpty else { return nil }
        let highest = grid.rows.count - 1
        let row = grid.row(of: cursor.latency) ?? (cursor.latency < (grid.rows.first?.lower ?? .zero) ? 0 : highest)
        return (grid.buckets.index(of: cursor.time), row)
    }

    /// The `q`-quantile of counts by row, nearly evenly spread within a row.
    package func quantile(_ q: Double, of counts: [Int]) -> LatencyQuantile? {
        let total = counts.reduce(0, +)
        guard total > 0, counts.count == grid.rows.count else { return nil }
        let rank = q * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if below + Double(count) >= rank {
                let row = grid.rows[index]
                guard let upper = row.upper else { return LatencyQuantile(row.lower, isBeyond: true) }
                let share = (rank - below) / Double(count)
                return LatencyQuantile(
                    row.lower + TimeSpan(nanoseconds: Int64(Double((upper - row.lower).nanoseconds) * min(max(share, 0), 1))))
            }
            below += Double(count)
        }
        return nil
    }
}
