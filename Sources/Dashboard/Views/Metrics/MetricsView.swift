import Canvas
import Insight
import Store
import Telemetry

/// View 8: what metrics there are, what they are about, and what their series say.
package enum MetricsView: DashboardView {
    package static let id = ViewID.metrics
    package static let searchExample: String? = "part of a name, of its help, or its type"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open", "its series", .enter, rank: 10),
        KeyBinding([.tab], "next-pane", "series", .nextPane, rank: 15),
        KeyBinding([.character("y")], "copy", "copy the query", .copy, rank: 30),
    ]

    package struct State: ViewState {
        package var search = ""
        /// The metric chosen, by its name.
        var chosen: String?
        var firstRow = 0
        var inSeries = false
        var selectedSeries: LabelSet?
        var isAlone = false
        package init() {}
    }

    package struct Model: Sendable {
        var catalog: MetricCatalog
        /// Those that the search leaves.
        var entries: [MetricEntry]
        var detail: MetricDetail?
        var seriesCount: Int
        var context: ViewContext
    }

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        let metrics = snapshot.metrics
        let catalog = MetricCatalog(metrics)
        let words = state.search.lowercased().split(separator: " ")
        let entries = catalog.entries.filter { fits($0, words) }
        let chosen = entries.first { $0.name == state.chosen } ?? entries.first
        return Model(
            catalog: catalog, entries: entries, detail: chosen.map { MetricDetail($0, metrics, at: context.now) },
            seriesCount: metrics.seriesCount, context: context)
    }

    private static func fits(_ entry: MetricEntry, _ words: [Substring]) -> Bool {
        if words.isEmpty { return true }
        let text = (entry.name + " " + entry.form.title + " " + entry.unit + " " + entry.metadata.help).lowercased()
        return words.allSatisfy { $0.hasPrefix("!") ? !text.contains($0.dropFirst()) : text.contains($0) }
    }

    package static func arrive(at destination: Destination, _ state: inout State) {}

    static func index(of chosen: String?, _ model: Model) -> Int { model.entries.firstIndex { $0.name == chosen } ?? 0 }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        if state.inSeries, let detail = model.detail {
            let names = Set(detail.readings.flatMap { $0.labels.labels.map(\.name) }).sorted()
            return ExportTable(
                columns: names + ["value", "time"],
                rows: detail.readings.map { reading in
                    names.map { reading.labels[$0] ?? "" } + [String(reading.sample.value), String(reading.sample.time.milliseconds)]
                })
        }
        return ExportTable(
            columns: ["name", "type", "unit", "help"],
            rows: model.entries.map { [$0.name, $0.form.title, $0.unit, $0.metadata.help] })
    }
}

extension MetricEntry.Form {
    /// As the browser names it.
    var title: String {
        switch self {
        case .moment: "timestamp"
        case .plainSummary: "summary"
        default: rawValue
        }
    }
}
