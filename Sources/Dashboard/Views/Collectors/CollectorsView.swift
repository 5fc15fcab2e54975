import Canvas
import Store
import Telemetry

/// View 9: dogwatch itself. Each target, tail and receiver, and what the store holds of its budget.
package enum CollectorsView: DashboardView {
    package struct State: ViewState {
        package var search = ""
        var selected: Source?
        var isAlone = false
        package init() {}
    }

    package struct Model: Sendable {
        var rows: [SourceStatus]
        var hidden: Int
        var accounting: StoreAccounting
        var now: Timestamp
    }

    package static let id = ViewID.collectors
    package static let searchExample: String? = "part of a name, a kind such as scrape, or a state such as down"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.character("e")], "next-error", "next source with an error", .nextError, rank: 30)
    ]

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        let words = state.search.lowercased().split(separator: " ")
        let all = snapshot.sources + context.alerting.statuses
        let rows = all.filter { status in
            let text = "\(status.source.kind.rawValue) \(status.source.name) \(status.health.rawValue) \(status.detail)".lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        let sorted = rows.enumerated().sorted { a, b in
            (urgency(a.element), a.element.source.kind.order, a.element.source.name, a.offset)
                < (urgency(b.element), b.element.source.kind.order, b.element.source.name, b.offset)
        }
        return Model(
            rows: sorted.map(\.element), hidden: all.count - rows.count, accounting: snapshot.accounting, now: context.now)
    }

    /// What is down stands first, then what lost something, then the rest.
    private static func urgency(_ status: SourceStatus) -> Int {
        switch status.health {
        case .down: 0
        case .up, .waiting: status.dropped.isEmpty ? 2 : 1
        case .closed: 3
        }
    }

    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        let current = selectedIndex(model, state)
        func select(_ index: Int) -> [Effect] {
            guard !model.rows.isEmpty else { return [] }
            state.selected = model.rows[min(max(index, 0), model.rows.count - 1)].source
            return []
        }
        switch action {
        case .up: return select(current - 1)
        case .down: return select(current + 1)
        case .pageUp: return select(current - max(size.rows / 2, 1))
        case .pageDown: return select(current + max(size.rows / 2, 1))
        case .home: return select(0)
        case .end: return select(model.rows.count - 1)
        case .nextError: return selectError(from: current, step: 1, &state, model)
        case .previousError: return selectError(from: current, step: -1, &state, model)
        case .zoom:
            state.isAlone.toggle()
            return []
        case .enter, .logs: return follow(model.rows.indices.contains(current) ? model.rows[current] : nil)
        case .copy:
            guard model.rows.indices.contains(current) else { return [] }
            let status = model.rows[current]
            return [.copy(status.source.name + (status.lastError.map { ": \($0)" } ?? ""))]
        case .back where state.isAlone:
            state.isAlone = false
            return []
        default: return nil
        }
    }

    private static func selectError(from current: Int, step: Int, _ state: inout State, _ model: Model) -> [Effect] {
        var index = current + step
        while model.rows.indices.contains(index) {
            if model.rows[index].lastError != nil {
                state.selected = model.rows[index].source
                return []
            }
            index += step
        }
        return [.say(step > 0 ? "no further source has had an error" : "no source before this one has had an error")]
    }

    /// A tailed file leads to its lines, rules to their alerts; what else is collected has no view of its own.
    private static func follow(_ status: SourceStatus?) -> [Effect] {
        guard let status else { return [] }
        switch status.source.kind {
        case .tail: return [.go(.logs(search: "source=\"\(status.source.name)\"", at: nil))]
        case .rules: return [.go(.alerts(nil))]
        default: return [.say(status.lastError ?? status.detail)]
        }
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        if case .collectors(let source?) = destination { state.selected = source }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        guard let index = target.dropPrefix("row:").flatMap({ Int($0) }), model.rows.indices.contains(index) else { return [] }
        state.selected = model.rows[index].source
        return isDouble ? follow(model.rows[index]) : []
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        ExportTable(
            columns: ["kind", "name", "health", "detail", "items", "bytes", "failures", "dropped", "last_error"],
            rows: model.rows.map { status in
                [
                    status.source.kind.rawValue, status.source.name, status.health.rawValue, status.detail, String(status.items),
                    String(status.bytes), String(status.failures), String(status.droppedCount), status.lastError ?? "",
                ]
            })
    }

    static func selectedIndex(_ model: Model, _ state: State) -> Int {
        model.rows.firstIndex { $0.source == state.selected } ?? 0
    }
}

extension SourceStatus {
    var droppedCount: UInt64 { dropped.values.reduce(0, &+) }
}

extension Source.Kind {
    /// The order of the rows.
    fileprivate var order: Int { Source.Kind.allCases.firstIndex(of: self) ?? 0 }
}
