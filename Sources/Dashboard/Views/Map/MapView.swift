import Canvas
import Insight
import Store
import Telemetry

/// View 2: who calls whom, in layers from the edge inward.
package enum MapView: DashboardView {
    package static let id = ViewID.map
    package static let searchExample: String? = "order"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open-traces", "its traces", .enter, rank: 10),
        KeyBinding([.character("v")], "as-list", "picture or list", .own("as-list"), rank: 15),
        KeyBinding([.character("d")], "detail", "large or small boxes", .own("detail"), rank: 40),
        KeyBinding([.character("e")], "next-failing", "next failing service", .nextError, rank: 30),
        KeyBinding([.character("f")], "lens-on-service", "lens on it", .lens, rank: 25),
    ]

    package struct State: ViewState {
        package var search = ""
        /// The id of a node.
        package var selected: String?
        /// The node that another view led to: to leave it is to go back.
        var arrived: String?
        /// The call chosen in the list.
        package var selectedCall: MapLayout.Edge?
        package var showsList = false
        /// Nil chooses the boxes that fit.
        package var boxes: MapBoxes?
        package var isAlone = false
        /// The pane of operations has the focus.
        package var isInPane = false
        package var operation: String?
        package var sort = TableSort(column: "share", isDescending: true)
        /// The upper left corner of what is seen, moved only as far as the selection needs.
        package var corner = Point.zero
        package init() {}
    }

    package typealias Model = MapModel

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> MapModel {
        let map = ServiceMap(snapshot, lens: context.lens, over: context.window, at: context.now)
        var model = MapModel(map, search: state.search, lens: context.lens, window: context.window)
        if let selected = state.selected, let node = model.nodes[selected], node.sendsSpans {
            model.operations =
                OperationReport(snapshot, of: node.name, lens: context.lens, over: context.window, at: context.now).operations
            model.operationsOf = selected
        }
        return model
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        guard case .map(let service) = destination, let service else { return }
        state.selected = service
        state.arrived = service
        state.isInPane = false
    }

    package static func export(_ model: MapModel, _ state: State) -> ExportTable? {
        guard !model.calls.isEmpty else { return nil }
        return ExportTable(
            columns: ["caller", "callee", "calls", "rate", "errors", "p50_seconds", "p95_seconds"],
            rows: model.sortedCalls(state.sort).map { call in
                [
                    call.from, call.to, String(call.calls), Quantity.fixed(call.rate, 3), String(call.errors),
                    call.p50.map { Quantity.fixed($0.seconds, 6) } ?? "", call.p95.map { Quantity.fixed($0.seconds, 6) } ?? "",
                ]
            })
    }
}

/// How much the boxes of the map say.
package enum MapBoxes: Hashable, Sendable { case large, small }

/// What the map shows at one moment.
package struct MapModel: Sendable {
    package let map: ServiceMap
    /// Those that the search leaves, by id.
    package private(set) var nodes: [String: ServiceMap.Node] = [:]
    /// Calls between them.
    package private(set) var calls: [ServiceMap.Edge] = []
    package private(set) var large: MapLayout
    package private(set) var small: MapLayout
    /// Of `operationsOf`, where most time goes first.
    package var operations: [OperationReport.Operation] = []
    package var operationsOf: String?
    package let search: String
    package let lens: Lens
    package let window: TimeSpan

    package init(_ map: ServiceMap, search: String = "", lens: Lens = Lens(), window: TimeSpan = .minutes(5)) {
        self.map = map
        self.search = search
        self.lens = lens
        self.window = window
        let kept = MapFilter(search).kept(in: map)
        for node in map.nodes where kept.contains(node.id) { nodes[node.id] = node }
        calls = map.edges.filter { kept.contains($0.from) && kept.contains($0.to) }
        let shown = map.nodes.filter { kept.contains($0.id) }
        let edges = calls.map { MapLayout.Edge(from: $0.from, to: $0.to) }
        large = MapLayout(shown.map { MapBox.size($0, .large) }, edges, spacing: .init(lead: 1, trail: 9))
        small = MapLayout(shown.map { MapBox.size($0, .small) }, edges, spacing: .init(lead: 1, trail: 2, between: 0), keeping: large)
    }

    package var hiddenCount: Int { map.nodes.count - nodes.count }
    package var busiestRate: Double { calls.map(\.rate).max() ?? 0 }
    package func layout(_ boxes: MapBoxes) -> MapLayout { boxes == .large ? large : small }

    /// The worst first.
    package var failing: [String] {
        nodes.values.filter { ($0.errorShare ?? 0) >= MapHealth.degraded }
            .sorted { ($1.errorShare ?? 0, $0.id) < ($0.errorShare ?? 0, $1.id) }.map(\.id)
    }

    package func sortedCalls(_ sort: TableSort) -> [ServiceMap.Edge] {
        let key: (ServiceMap.Edge) -> Double =
            switch sort.column {
            case "rate": { $0.rate }
            case "errors": { Double($0.errors) }
            case "p50": { $0.p50?.seconds ?? -1 }
            case "p95": { $0.p95?.seconds ?? -1 }
            default: { $0.errorShare }
            }
        let byName = sort.column == "caller" || sort.column == "callee"
        return calls.sorted { a, b in
            if byName {
                let (x, y) = sort.column == "caller" ? ((a.from, a.to), (b.from, b.to)) : ((a.to, a.from), (b.to, b.from))
                return sort.isDescending ? x > y : x < y
            }
            let (x, y) = (key(a), key(b))
            if x != y { return sort.isDescending ? x > y : x < y }
            return (b.rate, a.from, a.to) < (a.rate, b.from, b.to)
        }
    }
}

/// When a share of errors is worth a colour; as the health of services.
enum MapHealth {
    static let degraded = HealthTolerance().degraded
    static let failing = HealthTolerance().failing
    /// A slow service is one whose p95 lies beyond this.
    static let slow = TimeSpan.milliseconds(500)

    static func role(_ share: Double?) -> Role? {
        guard let share, share >= degraded else { return nil }
        return share >= failing ? .bad : .warn
    }
}

/// The terms after `/`: parts of names that must all occur, with `!` those that must not. Neighbours of what fits stay.
struct MapFilter {
    private var wanted: [String] = []
    private var unwanted: [String] = []

    init(_ search: String) {
        for term in search.lowercased().split(separator: " ") {
            if term.hasPrefix("!") { unwanted.append(String(term.dropFirst())) } else { wanted.append(String(term)) }
        }
        unwanted.removeAll { $0.isEmpty }
    }

    func kept(in map: ServiceMap) -> Set<String> {
        let allowed = map.nodes.filter { node in !unwanted.contains { node.name.lowercased().contains($0) } }
        guard !wanted.isEmpty else { return Set(allowed.map(\.id)) }
        let fitting = Set(allowed.filter { node in wanted.allSatisfy { node.name.lowercased().contains($0) } }.map(\.id))
        let near = map.edges.flatMap { fitting.contains($0.from) ? [$0.to] : fitting.contains($0.to) ? [$0.from] : [] }
        return fitting.union(Set(near).intersection(allowed.map(\.id)))
    }
}
