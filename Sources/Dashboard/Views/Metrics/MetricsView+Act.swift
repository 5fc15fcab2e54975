import Canvas
import Insight
import Telemetry

extension MetricsView {
    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        if state.inHistory != nil { return actInHistory(action, &state) }
        if let effects = actInCost(action, &state, model) { return effects }
        switch action {
        case .own("history"):
            state.remember()
            guard !state.history.texts.isEmpty else { return [.say("nothing was asked before")] }
            state.inHistory = 0
            return []
        case .own("cost"):
            state.cost = MetricsCost.Place()
            return [.prepare]
        case .own("browse"):
            state.cost = nil
            state.page = state.page == .browse ? .query : .browse
            return [.prepare]
        case .zoom:
            state.isAlone.toggle()
            return []
        default: return state.page == .browse ? actInBrowser(action, &state, model, size) : actInQuery(action, &state, model, size)
        }
    }

    static func moved(_ action: Action, from current: Int, page: Int, count: Int) -> Int? {
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

    // MARK: - What was asked before

    private static func actInHistory(_ action: Action, _ state: inout State) -> [Effect]? {
        let current = state.inHistory ?? 0
        if let next = moved(action, from: current, page: 10, count: state.history.texts.count) {
            state.inHistory = next
            return []
        }
        state.inHistory = nil
        guard action == .enter, state.history.texts.indices.contains(state.history.texts.count - 1 - current) else { return [] }
        let text = state.history.texts[state.history.texts.count - 1 - current]
        if state.page == .browse { state.ask([text], .lines) } else { state.search = text }
        return [.prepare]
    }

    // MARK: - Browsing

    private static func actInBrowser(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        switch action {
        case .nextPane, .previousPane:
            state.inSeries.toggle()
            return []
        case .enter: return ask(&state, model)
        case .own("add"):
            guard let question = model.detail?.question else { return [] }
            for expression in question.expressions.prefix(1) where !state.addEntry(expression) {
                return [.say("eight expressions are enough for a chart")]
            }
            if state.entries.first?.text.isEmpty == true { state.entries.removeFirst() }
            state.page = .query
            state.picture = .lines
            return [.prepare]
        case .back: return stepBack(&state)
        case .copy: return copy(state, model)
        default: return state.inSeries ? moveInSeries(action, &state, model) : moveInList(action, &state, model, size)
        }
    }

    /// Of a chosen series its own question; of a metric that which fits its type.
    private static func ask(_ state: inout State, _ model: Model) -> [Effect] {
        guard let detail = model.detail else { return [] }
        if state.inSeries, let labels = state.selectedSeries ?? detail.readings.first?.labels {
            state.ask([selector(labels)], .lines)
        } else {
            state.ask(detail.question.expressions, .init(detail.question.picture))
        }
        return [.prepare]
    }

    static func selector(_ labels: LabelSet) -> String {
        let matchers = labels.removing([LabelSet.nameLabel]).labels.map { LabelMatcher($0.name, .equal, $0.value) }
        return labels.metricName.isEmpty
            ? "{" + matchers.map { QueryText.label($0.name) + "=" + QueryText.string($0.value) }.joined(separator: ",") + "}"
            : QueryText.selector(labels.metricName, matchers)
    }

    private static func stepBack(_ state: inout State) -> [Effect]? {
        if state.inSeries {
            state.inSeries = false
        } else if state.isAlone {
            state.isAlone = false
        } else if !state.filter.isEmpty {
            state.filter = ""
        } else {
            return nil
        }
        return [.prepare]
    }

    private static func copy(_ state: State, _ model: Model) -> [Effect] {
        guard let detail = model.detail else { return [.say("there is no metric to copy")] }
        if state.inSeries, let labels = state.selectedSeries ?? detail.readings.first?.labels { return [.copy(selector(labels))] }
        return [.copy(detail.question.expressions.joined(separator: "\n"))]
    }

    private static func moveInList(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        let page = max(browserAreas(size, state).list.rows - 4, 1)
        guard let next = moved(action, from: index(of: state.metric, model), page: page, count: model.entries.count) else { return nil }
        guard model.entries.indices.contains(next) else { return [] }
        state.metric = model.entries[next].name
        state.selectedSeries = nil
        state.firstRow = Table<MetricEntry>.firstRow(showing: next, from: state.firstRow, visible: page + 1, count: model.entries.count)
        return [.prepare]
    }

    private static func moveInSeries(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        let readings = model.detail?.readings ?? []
        let current = readings.firstIndex { $0.labels == state.selectedSeries } ?? 0
        guard let next = moved(action, from: current, page: 10, count: readings.count) else { return nil }
        state.selectedSeries = readings.indices.contains(next) ? readings[next].labels : nil
        return []
    }

    static func index(of metric: String?, _ model: Model) -> Int { model.entries.firstIndex { $0.name == metric } ?? 0 }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        if let index = target.dropPrefix("metric:row:").flatMap({ Int($0) }), model.entries.indices.contains(index) {
            state.metric = model.entries[index].name
            state.selectedSeries = nil
            state.inSeries = false
            return isDouble ? ask(&state, model) : [.prepare]
        }
        if let index = target.dropPrefix("series:row:").flatMap({ Int($0) }), let readings = model.detail?.readings,
            readings.indices.contains(index)
        {
            state.inSeries = true
            state.selectedSeries = readings[index].labels
            return isDouble ? ask(&state, model) : []
        }
        let parts = target.split(separator: ":")
        if parts.first == "cost" { return clickInCost(parts, isDouble: isDouble, &state, model) }
        return clickInQuery(target, isDouble: isDouble, &state, model)
    }
}
