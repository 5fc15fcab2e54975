import Canvas
import Insight
import Store
import Telemetry

/// View 1: a row a service, the worst first; beside it what changed lately and what the chosen service is about.
package enum OverviewView: DashboardView {
    package struct State: ViewState {
        package var search = ""
        var selected: String?
        /// Nil is the order of the report: worst first.
        var sort: TableSort?
        var firstRow = 0
        var inChanges = false
        var selectedChange = 0
        var isAlone = false
        package init() {}
    }

    package struct Model: Sendable {
        var report: ServiceReport
        /// As shown: filtered and sorted.
        var rows: [ServiceRow]
        var changes: [Change]
        var alerts: OverviewAlerts
        /// Of the chosen service.
        var operations: [OperationReport.Operation]
        var spanCount: Int
        var context: ViewContext
        /// What is open, as the first screen tells what to send where.
        var receivers: [Source]
    }

    package static let id = ViewID.overview
    package static let searchExample: String? = "part of a service's name, or failing"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open", "its traces", .enter, rank: 10),
        KeyBinding([.character("f")], "lens", "lens on it", .lens, rank: 15),
        KeyBinding([.character("o")], "logs", "its logs", .logs, rank: 25),
        KeyBinding([.character("a")], "its-alerts", "its alerts", .own("alerts"), rank: 28),
        KeyBinding([.character("p")], "on-the-map", "on the map", .own("map"), rank: 30),
        KeyBinding([.character("i")], "its-latency", "its latency", .own("latency"), rank: 35),
        KeyBinding([.character(">")], "next-column", "sort", .nextColumn, rank: 40),
        KeyBinding([.tab], "next-pane", "changes", .nextPane, rank: 18),
    ]

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        let report = ServiceReport(snapshot, lens: context.lens, over: context.window, at: context.now)
        let words = state.search.lowercased().split(separator: " ")
        let filtered = report.services.filter { row in
            let text = "\(row.name) \(row.health.name) \(row.versions.map(\.version).joined(separator: " "))".lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        let rows = sorted(filtered, by: state.sort)
        let chosen = rows.first { $0.name == state.selected } ?? rows.first
        let operations =
            chosen.map { OperationReport(snapshot, of: $0.name, lens: context.lens, over: context.window, at: context.now).operations }
            ?? []
        return Model(
            report: report, rows: rows,
            changes: Changes(snapshot, report: report, lens: context.lens, over: context.window, at: context.now).all,
            alerts: OverviewAlerts(context, snapshot), operations: Array(operations.prefix(30)),
            spanCount: snapshot.traces.spanCount, context: context,
            receivers: snapshot.receivers)
    }

    /// The columns by which `<` and `>` sort, in their order on the screen.
    static let sortColumns = ["worst", "service", "rate", "errors", "p50", "p95", "p99"]

    private static func sorted(_ rows: [ServiceRow], by sort: TableSort?) -> [ServiceRow] {
        guard let sort else { return rows }
        let keys: (ServiceRow) -> Double
        switch sort.column {
        case "rate": keys = { $0.rate }
        case "errors": keys = { $0.errorShare ?? -1 }
        case "p50": keys = { Double($0.p50?.nanoseconds ?? -1) }
        case "p95": keys = { Double($0.p95?.nanoseconds ?? -1) }
        case "p99": keys = { Double($0.p99?.nanoseconds ?? -1) }
        case "service":
            let byName = rows.sorted { $0.name < $1.name }
            return sort.isDescending ? byName.reversed() : byName
        default: return sort.isDescending ? rows : rows.reversed()
        }
        return rows.sorted { sort.isDescending ? (keys($1), $0.name) < (keys($0), $1.name) : (keys($0), $0.name) < (keys($1), $1.name) }
    }

    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        switch action {
        case .nextPane, .previousPane:
            state.inChanges.toggle()
            return []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .nextColumn: return sort(1, &state)
        case .previousColumn: return sort(-1, &state)
        case .reverse:
            let sort = state.sort ?? TableSort(column: "worst", isDescending: true)
            state.sort = TableSort(column: sort.column, isDescending: !sort.isDescending)
            return [.prepare]
        case .back where state.inChanges || state.isAlone || state.sort != nil || !state.search.isEmpty: return stepBack(&state)
        default: break
        }
        if state.inChanges, let effects = actInChanges(action, &state, model) { return effects }
        return actInTable(action, &state, model, size)
    }

    private static func stepBack(_ state: inout State) -> [Effect] {
        if state.inChanges {
            state.inChanges = false
        } else if state.isAlone {
            state.isAlone = false
        } else if !state.search.isEmpty {
            state.search = ""
        } else {
            state.sort = nil
        }
        return [.prepare]
    }

    private static func sort(_ step: Int, _ state: inout State) -> [Effect] {
        let columns = sortColumns
        let place = (columns.firstIndex(of: state.sort?.column ?? "worst") ?? 0) + step + columns.count
        let column = columns[place % columns.count]
        state.sort = column == "worst" ? nil : TableSort(column: column, isDescending: column != "service")
        return [.prepare, .say(column == "worst" ? "worst first" : "sorted by \(column)")]
    }

    private static func actInTable(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        let current = selectedIndex(model, state)
        let page = max(tableRows(size, state, services: model.rows.count) - 1, 1)
        func select(_ index: Int) -> [Effect] {
            guard !model.rows.isEmpty else { return [] }
            let chosen = min(max(index, 0), model.rows.count - 1)
            state.selected = model.rows[chosen].name
            state.firstRow = Table<ServiceRow>.firstRow(showing: chosen, from: state.firstRow, visible: page + 1, count: model.rows.count)
            return [.prepare]
        }
        switch action {
        case .up: return select(current - 1)
        case .down: return select(current + 1)
        case .pageUp: return select(current - page)
        case .pageDown: return select(current + page)
        case .home: return select(0)
        case .end: return select(model.rows.count - 1)
        case .nextError: return select(model.rows.indices.first { $0 > current && model.rows[$0].errors > 0 } ?? current)
        case .previousError: return select(model.rows.indices.last { $0 < current && model.rows[$0].errors > 0 } ?? current)
        default: break
        }
        guard model.rows.indices.contains(current) else { return nil }
        return act(action, on: model.rows[current], model)
    }

    /// What leads from a service to everything of it.
    private static func act(_ action: Action, on row: ServiceRow, _ model: Model) -> [Effect]? {
        let term = "service=\(searchValue(row.name))"
        switch action {
        case .enter: return [.go(.traces(search: row.errors > 0 ? term + " status=error" : term))]
        case .traces: return [.go(.traces(search: term))]
        case .logs: return [.go(.logs(search: row.errorLogs > 0 ? term + " level>=error" : term, at: nil))]
        case .own("map"): return [.go(.map(service: row.name))]
        case .own("latency"): return [.go(.latency(service: row.name, operation: nil))]
        case .lens: return [.lens(Lens(service: row.name, version: model.context.lens.version))]
        case .own("alerts"):
            guard let worst = model.alerts.worst(of: row.name) else { return [.say("nothing fires for \(row.name)")] }
            return [.go(.alerts(worst.labels))]
        case .copy: return [.copy("\(row.name): \(row.health.name), \(row.reason)")]
        case .copyJSON: return [.copy(exportTable([row], model.alerts).json)]
        default: return nil
        }
    }

    private static func actInChanges(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        let last = max(model.changes.count - 1, 0)
        switch action {
        case .up: state.selectedChange = max(min(state.selectedChange, last) - 1, 0)
        case .down: state.selectedChange = min(state.selectedChange + 1, last)
        case .home: state.selectedChange = 0
        case .end: state.selectedChange = last
        case .enter:
            guard model.changes.indices.contains(state.selectedChange) else { return [] }
            // A little later than the change, so that it is seen in the window.
            return [.moment(model.changes[state.selectedChange].time + .seconds(10))]
        default: return nil
        }
        return []
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        if case .overview(let service?) = destination { state.selected = service }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        if let column = target.dropPrefix("header:"), sortColumns.contains(column) {
            let isAgain = state.sort?.column == column
            state.sort = TableSort(column: column, isDescending: isAgain ? !(state.sort?.isDescending ?? false) : column != "service")
            return [.prepare]
        }
        if let index = target.dropPrefix("change:row:").flatMap({ Int($0) }) {
            state.inChanges = true
            state.selectedChange = index
            return isDouble ? actInChanges(.enter, &state, model) ?? [] : []
        }
        if let index = target.dropPrefix("alert:row:").flatMap({ Int($0) }), model.alerts.rows.indices.contains(index) {
            return [.go(.alerts(model.alerts.rows[index].labels))]
        }
        guard let index = target.dropPrefix("row:").flatMap({ Int($0) }), model.rows.indices.contains(index) else { return [] }
        state.inChanges = false
        state.selected = model.rows[index].name
        return isDouble ? act(.enter, on: model.rows[index], model) ?? [] : [.prepare]
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? { exportTable(model.rows, model.alerts) }

    private static func exportTable(_ rows: [ServiceRow], _ alerts: OverviewAlerts) -> ExportTable {
        func text(_ span: TimeSpan?) -> String { span.map { String($0.seconds) } ?? "" }
        return ExportTable(
            columns: [
                "service", "health", "reason", "rate_per_second", "error_share", "p50_seconds", "p95_seconds", "p99_seconds", "versions",
                "alerts",
            ],
            rows: rows.map { row in
                [
                    row.name, row.health.name, row.reason, String(row.rate), row.errorShare.map { String($0) } ?? "", text(row.p50),
                    text(row.p95),
                    text(row.p99), row.versions.map(\.version).joined(separator: " "), String(alerts.byService[row.name]?.count ?? 0),
                ]
            })
    }

    static func selectedIndex(_ model: Model, _ state: State) -> Int { model.rows.firstIndex { $0.name == state.selected } ?? 0 }
}

extension OverviewView.Model {
    /// Nothing came since the start, so there is nothing to show in any window.
    var isUntouched: Bool { report.services.isEmpty && spanCount == 0 && changes.isEmpty && context.lens.isOpen }
}
