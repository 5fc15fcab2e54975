import Canvas
import Insight
import Search
import Store
import Telemetry

/// View 5: the traces of the window, and the waterfall of one.
package enum TracesView: DashboardView {
    package enum Order: String, Hashable, Sendable, CaseIterable { case newest, slowest, failed }

    /// What stands beside the waterfall.
    enum Pane: Hashable, Sendable {
        case span, statistics
        /// Another trace, on the same scale of time.
        case beside(TraceID)
    }

    package struct State: ViewState {
        /// Searches the list while no trace is open, else the spans of the trace.
        package var search: String {
            get { opened == nil ? listSearch : spanSearch }
            set { if opened == nil { listSearch = newValue } else { spanSearch = newValue } }
        }
        var listSearch = ""
        /// With which another view led to the list: to clear it is to go back.
        var arrivedSearch = ""
        var spanSearch = ""
        var order = Order.newest
        var selected: TraceID?
        var firstRow = 0
        /// The trace whose waterfall is shown.
        var opened: TraceID?
        var span: SpanRef?
        /// The span to select once the trace is there.
        var wantedSpan: SpanID?
        var folded: Set<SpanRef> = []
        var firstSpan = 0
        var mendsClocks = true
        var inDetail = false
        var firstDetail = 0
        var isAlone = false
        var pane = Pane.span
        /// The trace that waits for another to stand beside it.
        var marked: TraceID?
        package init() {}
    }

    package struct Model: Sendable {
        var list: TraceListModel?
        var trace: TraceModel?
        /// The one beside it; nil where there is none, or it has been evicted.
        var beside: TraceModel?
        var context: ViewContext
        /// Why there is nothing, where there is nothing.
        var spanCount: Int
        var receivers: [Source]
    }

    package static let id = ViewID.traces
    package static let searchExample: String? = "service=order status=error duration>500ms"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open", "open the trace, or fold the span", .enter, rank: 10, hint: "open, fold"),
        KeyBinding([.character("s")], "order", "newest, slowest or failed first", .own("order"), rank: 30, hint: "order"),
        KeyBinding([.character("e")], "next-error", "next error", .nextError, rank: 40),
        KeyBinding([.character("o")], "logs", "its logs", .logs, rank: 50),
        KeyBinding([.character("v")], "statistics", "its operations in numbers", .own("statistics")),
        KeyBinding([.character("d")], "beside", "mark, then two side by side", .own("beside")),
        KeyBinding([.character("c")], "mend-clocks", "mend clocks, or show times as sent", .own("clocks")),
        KeyBinding([.character("x")], "follow-link", "the trace a link leads to", .own("link")),
        KeyBinding([.character("[")], "fold-all", "fold all", .own("fold-all")),
        KeyBinding([.character("]")], "unfold-all", "unfold all", .own("unfold-all")),
    ]

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        prepare(snapshot, context, state, previous: nil)
    }

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State, previous: Model?) -> Model {
        var model = Model(context: context, spanCount: snapshot.traces.spanCount, receivers: snapshot.receivers)
        if let opened = state.opened {
            model.trace = TraceModel(
                opened, snapshot, mends: state.mendsClocks, folded: state.folded, search: state.spanSearch, selected: state.span,
                wanted: state.wantedSpan,
                previous: previous?.trace)
            if state.pane == .statistics { model.trace?.countOperations() }
            if case .beside(let other) = state.pane {
                model.beside = TraceModel(
                    other, snapshot, mends: state.mendsClocks, folded: [], search: "", selected: nil, wanted: nil,
                    previous: previous?.beside)
            }
        } else {
            model.list = TraceListModel(snapshot, context, search: state.listSearch, order: state.order)
        }
        return model
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        switch destination {
        case .trace(let id, let span):
            state.opened = id
            state.selected = id
            state.span = nil
            state.wantedSpan = span
            state.folded = []
            state.spanSearch = ""
            state.firstSpan = 0
            state.inDetail = false
            state.pane = .span
        case .traces(let search):
            state.opened = nil
            state.listSearch = search
            state.arrivedSearch = search
            state.firstRow = 0
        default: break
        }
    }

    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        if action == .own("beside") { return mark(&state, model) }
        if let trace = model.trace, state.opened != nil { return actInTrace(action, &state, trace, size) }
        if state.opened != nil {
            guard action == .back else { return nil }
            state.opened = nil
            return [.prepare]
        }
        guard let list = model.list else { return nil }
        return actInList(action, &state, list, size)
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        if let list = model.list, let index = target.dropPrefix("row:").flatMap({ Int($0) }), list.rows.indices.contains(index) {
            state.selected = list.rows[index].summary.traceID
            return isDouble ? open(list.rows[index].summary.traceID, &state) : []
        }
        if let list = model.list, let title = target.dropPrefix("header:"), let order = TraceListModel.order(ofColumn: title) {
            state.order = order
            _ = list
            return [.prepare]
        }
        guard let trace = model.trace, let index = target.dropPrefix("span:").flatMap({ Int($0) }) else { return [] }
        let rows = trace.rows
        guard rows.indices.contains(index) else { return [] }
        let ref = trace.tree.spans[rows[index].span].ref
        let isAgain = ref == state.span
        state.span = ref
        if isDouble || isAgain, rows[index].hasChildren { toggleFold(ref, &state) }
        return [.prepare]
    }

    package static func check(_ search: String) -> Diagnostic? { TraceSearch(search).error }

    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion? {
        Completion(text, at: offset, .traces, from: TraceSearch.Candidates(snapshot.traces))
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        if let trace = model.trace { return trace.exportTable }
        return model.list?.exportTable
    }

    static func open(_ id: TraceID, _ state: inout State) -> [Effect] {
        state.selected = id
        return [.go(.trace(id, span: nil))]
    }

    static func toggleFold(_ ref: SpanRef, _ state: inout State) {
        if state.folded.remove(ref) == nil { state.folded.insert(ref) }
    }
}
