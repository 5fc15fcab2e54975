import Canvas
import Insight
import PromQL
import Store
import Telemetry

/// View 8: what metrics there are and what they are about, and PromQL over them.
package enum MetricsView: DashboardView {
    package typealias State = MetricsState
    package typealias Model = MetricsModel

    package static let id = ViewID.metrics
    package static let searchExample: String? = "words of a name, type or help; or PromQL: rate(http_requests_total[5m])"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open", "ask; edit; this series alone", .enter, rank: 10, hint: "open"),
        KeyBinding([.character("/")], "edit", "edit, or filter by words", .search, rank: 11, hint: "PromQL"),
        KeyBinding([.character("b")], "browse", "browse all metrics, and back", .own("browse"), rank: 12, hint: "browse"),
        KeyBinding([.character("v")], "picture", "chart, table, status, heatmap", .own("picture"), rank: 13, hint: "chart/table"),
        KeyBinding([.tab], "next-pane", "next pane", .nextPane, rank: 14, hint: "pane"),
        KeyBinding([.character("a")], "add", "one more expression", .own("add"), rank: 15, hint: "add"),
        KeyBinding([.character("c")], "cost", "what costs the most series", .own("cost"), rank: 16, hint: "cost"),
        KeyBinding([.character("d")], "delete", "take the expression away", .own("delete"), rank: 40, hint: "take away"),
        KeyBinding([.character("x")], "hide", "hide the expression, and show it", .own("hide"), rank: 41, hint: "hide"),
        KeyBinding([.character("H")], "history", "what was asked before", .own("history"), rank: 42, hint: "history"),
        KeyBinding([.character("L")], "legend", "which labels the legend shows", .own("legend"), rank: 43, hint: "legend"),
        KeyBinding([.character("i")], "unit", "in which unit values are written", .own("unit"), rank: 44, hint: "unit"),
        KeyBinding([.character("y")], "copy", "copy the query or the series", .copy),
    ]

    package static func searchHint(_ state: State) -> String? {
        state.page == .browse ? searchExample : "PromQL, such as sum by (code) (rate(http_requests_total[5m]))"
    }

    /// Series of a metric whose question is answered while it is only looked at.
    static let previewLimit = 3000

    /// Values over the window that are worked out at most, about two for each column of a wide screen.
    static let moments = 240

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        prepare(snapshot, context, state, previous: nil)
    }

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State, previous: Model?) -> Model {
        var model = Model(context: context, steps: PanelSteps(over: context.window, endingAt: context.now, about: moments))
        model.queries = previous?.queries ?? PanelQueries()
        model.seriesCount = snapshot.metrics.seriesCount
        if state.cost != nil, model.seriesCount > 0 {
            model.metricCount = snapshot.metrics.metricNames.count
            model.cardinality = snapshot.metrics.cardinality(limit: MetricsCost.limit)
            return model
        }
        switch state.page {
        case .browse: browse(&model, snapshot.metrics, context, state)
        case .query:
            model.answers = model.queries.answers(state.shown.map(\.text), model.steps, over: snapshot.metrics)
            if state.picture == .heatmap, let first = state.shown.first, let answer = model.answers[first.text] {
                model.heat = PanelHeat(answer)
            }
        }
        return model
    }

    private static func browse(_ model: inout Model, _ metrics: MetricSnapshot, _ context: ViewContext, _ state: State) {
        let catalog = MetricCatalog(metrics)
        let words = state.filter.lowercased().split(separator: " ")
        model.metricCount = catalog.entries.count
        model.entries = catalog.entries.filter { fits($0, words) }
        let chosen = model.entries.first { $0.name == state.metric } ?? model.entries.first
        guard let detail = chosen.map({ MetricDetail($0, metrics, at: context.now) }) else { return }
        model.detail = detail
        guard detail.facts.seriesCount <= previewLimit, detail.question.picture != .labels else { return }
        let expressions = detail.question.expressions
        model.answers = model.queries.answers(expressions, model.steps, over: metrics)
        if detail.question.picture == .heatmap { model.heat = expressions.first.flatMap { model.answers[$0] }.flatMap { PanelHeat($0) } }
    }

    private static func fits(_ entry: MetricEntry, _ words: [Substring]) -> Bool {
        if words.isEmpty { return true }
        let text = (entry.name + " " + entry.form.title + " " + entry.unit + " " + entry.metadata.help).lowercased()
        return words.allSatisfy { $0.hasPrefix("!") ? !text.contains($0.dropFirst()) : text.contains($0) }
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        switch destination {
        case .metrics(let filter):
            state.page = .browse
            state.filter = filter
            state.metric = nil
        case .query(let expressions): state.ask(expressions, .lines)
        default: break
        }
    }

    package static func check(_ search: String, _ state: State) -> Diagnostic? {
        guard state.page == .query || State.looksLikeQuery(search), !search.isEmpty else { return nil }
        do throws(QueryError) {
            let expression = try PromQLParser.parse(search)
            guard expression.type == .vector || expression.type == .scalar else {
                return Diagnostic(
                    position: SourcePosition(line: 1, column: 1),
                    message: "a chart needs a number at each moment, and this is a \(expression.type.rawValue)")
            }
            return nil
        } catch {
            return QueryFault(error, in: search).diagnostic
        }
    }
}

/// What the view shows at one moment.
package struct MetricsModel: Sendable {
    var context: ViewContext
    package var steps: PanelSteps
    /// Kept from model to model, so that a refresh costs its new moments alone.
    var queries = PanelQueries()
    var seriesCount = 0
    // Browsing.
    var metricCount = 0
    /// Those that the filter leaves.
    var entries: [MetricEntry] = []
    var detail: MetricDetail?
    var cardinality = Cardinality()
    // Asking.
    /// By the text of the expression.
    package var answers: [String: PanelAnswer] = [:]
    /// Of the first expression, for the heatmap.
    package var heat: PanelHeat?

    init(context: ViewContext, steps: PanelSteps) {
        self.context = context
        self.steps = steps
    }
}

/// An error of a query with its place in characters, as the line it was typed in is counted.
struct QueryFault {
    var message: String
    /// From 0; nil where it is about no place.
    var offset: Int?

    init(_ error: QueryError, in text: String) {
        switch error {
        case .syntax(let message, let range, _):
            self.message = message
            offset = String(decoding: Array(text.utf8).prefix(max(range.start, 0)), as: UTF8.self).count
        default: message = error.description
        }
    }

    var diagnostic: Diagnostic { Diagnostic(position: offset.map { SourcePosition(line: 1, column: $0 + 1) }, message: message) }
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
