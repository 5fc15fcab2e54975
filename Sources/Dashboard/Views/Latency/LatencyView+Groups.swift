import Canvas
import Insight
import Telemetry

/// A histogram told apart by its labels: which, and which group is shown.
extension LatencyView {
    static func openLabels(_ state: inout State, _ model: LatencyModel) -> [Effect] {
        guard case .histogram = state.source else { return [.say("Spans are told apart by the lens: f on a service or an operation.")] }
        guard let first = model.labels.first else { return [.say("This histogram has no labels.")] }
        state.pickedLabel = state.grouping.first ?? first.name
        return []
    }

    static func actInLabels(_ action: Action, _ state: inout State, _ model: LatencyModel) -> [Effect]? {
        let current = model.labels.firstIndex { $0.name == state.pickedLabel } ?? 0
        if let next = MetricsView.moved(action, from: current, page: 10, count: model.labels.count) {
            state.pickedLabel = model.labels.indices.contains(next) ? model.labels[next].name : nil
            return []
        }
        switch action {
        case .enter:
            guard model.labels.indices.contains(current) else { return [] }
            return toggle(model.labels[current].name, &state)
        case .back, .own("group"):
            state.pickedLabel = nil
            return []
        default: return nil
        }
    }

    static func toggle(_ name: String, _ state: inout State) -> [Effect] {
        if let index = state.grouping.firstIndex(of: name) {
            state.grouping.remove(at: index)
        } else {
            state.grouping.append(name)
        }
        state.group = nil
        state.inGroups = !state.grouping.isEmpty
        return [.prepare]
    }

    // MARK: - Groups

    static func actInGroups(_ action: Action, _ state: inout State, _ model: LatencyModel) -> [Effect]? {
        switch action {
        case .up: return moveInGroups(&state, model, by: -1)
        case .down: return moveInGroups(&state, model, by: 1)
        case .pageUp: return moveInGroups(&state, model, by: -10)
        case .pageDown: return moveInGroups(&state, model, by: 10)
        case .home: return choose(group: 0, &state, model)
        case .end: return choose(group: model.groups.groups.count, &state, model)
        case .enter, .back:
            state.inGroups = false
            return []
        case .copyJSON: return [.copy(groupTable(model).json)]
        default: return nil
        }
    }

    /// The place of the group shown among the rows, the first of which is that of all.
    static func groupIndex(_ state: State, _ model: LatencyModel) -> Int {
        guard let group = state.group else { return 0 }
        return (model.groups.groups.firstIndex { $0.labels == group } ?? -1) + 1
    }

    static func moveInGroups(_ state: inout State, _ model: LatencyModel, by step: Int, wraps: Bool = false) -> [Effect] {
        let count = model.groups.groups.count
        guard !state.grouping.isEmpty, count > 0 else { return [.say("b tells apart by labels first")] }
        let next = groupIndex(state, model) + step
        return choose(group: wraps && next > count ? 0 : min(max(next, 0), count), &state, model)
    }

    static func choose(group index: Int, _ state: inout State, _ model: LatencyModel) -> [Effect] {
        let groups = model.groups.groups
        let chosen = groups.indices.contains(index - 1) ? groups[index - 1].labels : nil
        guard chosen != state.group else { return [] }
        state.group = chosen
        return [.prepare]
    }

    static func groupTable(_ model: LatencyModel) -> ExportTable {
        let names = model.groups.groups.first?.labels.map(\.name) ?? []
        let seconds = { (value: LatencyQuantile?) in value.map { Quantity.fixed($0.value.seconds, 6) } ?? "" }
        return ExportTable(
            columns: names + ["count", "count_before", "p50_seconds", "p95_seconds", "p99_seconds", "p99_before_seconds"],
            rows: model.groups.groups.map { group in
                group.labels.map(\.value) + [Quantity.fixed(group.count, 0), Quantity.fixed(group.countBefore, 0)]
                    + [group.p50, group.p95, group.p99, group.p99Before].map(seconds)
            })
    }
}
