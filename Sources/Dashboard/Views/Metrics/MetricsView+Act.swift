import Canvas
import Insight
import Telemetry

extension MetricsView {
    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        switch action {
        case .nextPane, .previousPane, .enter:
            state.inSeries = action == .enter ? true : !state.inSeries
            return []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .back: return stepBack(&state)
        case .copy: return copy(state, model)
        default: return state.inSeries ? moveInSeries(action, &state, model, size) : moveInList(action, &state, model, size)
        }
    }

    private static func stepBack(_ state: inout State) -> [Effect]? {
        if state.inSeries {
            state.inSeries = false
        } else if state.isAlone {
            state.isAlone = false
        } else if !state.search.isEmpty {
            state.search = ""
        } else {
            return nil
        }
        return [.prepare]
    }

    private static func copy(_ state: State, _ model: Model) -> [Effect] {
        guard let detail = model.detail else { return [.say("there is no metric to copy")] }
        if state.inSeries, let labels = state.selectedSeries ?? detail.readings.first?.labels {
            let matchers = labels.removing([LabelSet.nameLabel]).labels.map { LabelMatcher($0.name, .equal, $0.value) }
            return [.copy(QueryText.selector(labels.metricName, matchers))]
        }
        return [.copy(detail.question.expressions.joined(separator: "\n"))]
    }

    private static func moved(_ action: Action, from current: Int, page: Int, count: Int) -> Int? {
        let next: Int
        switch action {
        case .up: next = current - 1
        case .down: next = current + 1
        case .pageUp: next = current - page
        case .pageDown: next = current + page
        case .home: next = 0
        case .end: next = count - 1
        default: return nil
        }
        return min(max(next, 0), max(count - 1, 0))
    }

    private static func moveInList(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        let page = max(areas(size, state).list.rows - 4, 1)
        let current = index(of: state.chosen, model)
        guard let next = moved(action, from: current, page: page, count: model.entries.count) else { return nil }
        guard model.entries.indices.contains(next) else { return [] }
        state.chosen = model.entries[next].name
        state.selectedSeries = nil
        state.firstRow = Table<MetricEntry>.firstRow(showing: next, from: state.firstRow, visible: page + 1, count: model.entries.count)
        return [.prepare]
    }

    private static func moveInSeries(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        let readings = model.detail?.readings ?? []
        let current = readings.firstIndex { $0.labels == state.selectedSeries } ?? 0
        guard let next = moved(action, from: current, page: 10, count: readings.count) else { return nil }
        state.selectedSeries = readings.indices.contains(next) ? readings[next].labels : nil
        return []
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        if let index = target.dropPrefix("metric:row:").flatMap({ Int($0) }), model.entries.indices.contains(index) {
            state.chosen = model.entries[index].name
            state.selectedSeries = nil
            state.inSeries = isDouble
            return [.prepare]
        }
        if let index = target.dropPrefix("series:row:").flatMap({ Int($0) }), let readings = model.detail?.readings,
            readings.indices.contains(index)
        {
            state.inSeries = true
            state.selectedSeries = readings[index].labels
        }
        return []
    }
}
