import Canvas
import Insight
import Telemetry

extension MapView {
    package static func act(_ action: Action, _ state: inout State, _ model: MapModel, size: Size) -> [Effect]? {
        switch action {
        case .own("as-list"):
            state.showsList.toggle()
            return []
        case .own("detail"):
            state.boxes = MapAreas(model, state, size).boxes == .large ? .small : .large
            return []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .nextPane, .previousPane:
            guard MapAreas(model, state, size).pane != nil else { return [] }
            state.isInPane.toggle()
            return []
        case .back: return goBack(&state)
        case .own("close") where state.selected != nil:
            state.selected = nil
            state.arrived = nil
            return []
        case .nextError, .previousError: return goToFailing(&state, model, size, step: action == .nextError ? 1 : -1)
        case .previousColumn, .nextColumn, .reverse: return sort(action, &state)
        case .up, .down, .left, .right, .pageUp, .pageDown, .home, .end: return move(action, &state, model, size)
        case .enter, .traces, .logs, .lens, .copy: return open(action, state, model)
        default: return nil
        }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: MapModel, size: Size) -> [Effect] {
        if target.hasPrefix("node:") {
            let effects = select(String(target.dropFirst(5)), &state, model, size)
            return isDouble ? effects + (open(.enter, state, model) ?? []) : effects
        }
        if target.hasPrefix("operation:row:"), let index = Int(target.dropFirst(14)), model.operations.indices.contains(index) {
            state.isInPane = true
            state.operation = model.operations[index].name
            return isDouble ? open(.enter, state, model) ?? [] : []
        }
        let calls = model.sortedCalls(state.sort)
        if target.hasPrefix("row:"), let index = Int(target.dropFirst(4)), calls.indices.contains(index) {
            choose(calls[index], &state)
            return isDouble ? open(.enter, state, model) ?? [] : [.prepare]
        }
        if target.hasPrefix("header:") {
            let column = String(target.dropFirst(7))
            if column != "arrow", column != "traffic" {
                state.sort = TableSort(column: column, isDescending: state.sort.column == column ? !state.sort.isDescending : true)
            }
        }
        return []
    }

    // MARK: - Moving

    private static func goBack(_ state: inout State) -> [Effect]? {
        if state.isInPane {
            state.isInPane = false
        } else if state.selected != nil, state.selected != state.arrived {
            state.selected = nil
            state.selectedCall = nil
        } else {
            return nil
        }
        return []
    }

    private static func select(_ id: String, _ state: inout State, _ model: MapModel, _ size: Size) -> [Effect] {
        guard model.nodes[id] != nil else { return [] }
        state.selected = id
        state.isInPane = false
        state.operation = nil
        state.corner = MapAreas(model, state, size).corner(for: state, model)
        return [.prepare]
    }

    private static func choose(_ call: ServiceMap.Edge, _ state: inout State) {
        state.selectedCall = MapLayout.Edge(from: call.from, to: call.to)
        state.selected = call.to
        state.operation = nil
        state.isInPane = false
    }

    private static func goToFailing(_ state: inout State, _ model: MapModel, _ size: Size, step: Int) -> [Effect] {
        let failing = model.failing
        guard !failing.isEmpty else { return [.say("Nothing fails in this window.")] }
        let current = state.selected.flatMap { failing.firstIndex(of: $0) }
        let next = current.map { ($0 + step + failing.count) % failing.count } ?? (step > 0 ? 0 : failing.count - 1)
        return select(failing[next], &state, model, size)
    }

    private static func move(_ action: Action, _ state: inout State, _ model: MapModel, _ size: Size) -> [Effect] {
        if state.isInPane { return moveInPane(action, &state, model) }
        if state.showsList { return moveInList(action, &state, model, size) }
        let layout = MapAreas(model, state, size).layout
        guard let current = state.selected.flatMap({ layout[$0] }) else {
            return firstBox(layout, model).map { select($0.id, &state, model, size) } ?? []
        }
        let steps = action == .pageUp || action == .pageDown ? 4 : 1
        var box = current
        for _ in 0..<steps { box = MapStep(layout).next(from: box, action) ?? box }
        return box.id == state.selected ? [] : select(box.id, &state, model, size)
    }

    /// Where the traffic comes in; else the uppermost of the first layer.
    static func firstBox(_ layout: MapLayout, _ model: MapModel) -> MapLayout.Box? {
        layout.boxes.min { a, b in
            let (x, y) = (model.nodes[a.id]?.entryRate ?? 0, model.nodes[b.id]?.entryRate ?? 0)
            return (-x, a.layer, a.row, a.id) < (-y, b.layer, b.row, b.id)
        }
    }

    private static func moveInPane(_ action: Action, _ state: inout State, _ model: MapModel) -> [Effect] {
        let operations = model.operations
        guard !operations.isEmpty else { return [] }
        let current = operations.firstIndex { $0.name == state.operation } ?? 0
        state.operation = operations[target(of: action, from: current, count: operations.count, page: 5)].name
        return []
    }

    private static func moveInList(_ action: Action, _ state: inout State, _ model: MapModel, _ size: Size) -> [Effect] {
        let calls = model.sortedCalls(state.sort)
        guard !calls.isEmpty else { return [] }
        let current = calls.firstIndex { MapLayout.Edge(from: $0.from, to: $0.to) == state.selectedCall } ?? 0
        choose(calls[target(of: action, from: current, count: calls.count, page: max(size.rows - 4, 1))], &state)
        return [.prepare]
    }

    private static func target(of action: Action, from index: Int, count: Int, page: Int) -> Int {
        let moved =
            switch action {
            case .up: index - 1
            case .down: index + 1
            case .pageUp: index - page
            case .pageDown: index + page
            case .home: 0
            case .end: count - 1
            default: index
            }
        return min(max(moved, 0), count - 1)
    }

    private static func sort(_ action: Action, _ state: inout State) -> [Effect]? {
        guard state.showsList else { return nil }
        let columns = ["caller", "callee", "rate", "errors", "share", "p50", "p95"]
        if action == .reverse {
            state.sort.isDescending.toggle()
        } else {
            let current = columns.firstIndex(of: state.sort.column) ?? 0
            let next = (current + (action == .nextColumn ? 1 : columns.count - 1)) % columns.count
            state.sort = TableSort(column: columns[next], isDescending: next > 1)
        }
        return []
    }

    // MARK: - Leaving

    private static func open(_ action: Action, _ state: State, _ model: MapModel) -> [Effect]? {
        let chosen = state.selected ?? (state.showsList ? model.sortedCalls(state.sort).first?.to : nil)
        guard let id = chosen, let node = model.nodes[id] else {
            return action == .copy ? nil : [.say("Select a service first: arrows, or e for a failing one.")]
        }
        // What sends no spans is seen in those of its busiest caller.
        let caller = model.map.edges(into: id).max { $0.rate < $1.rate }?.from
        let service = node.sendsSpans ? node.name : caller ?? node.name
        var search = "service=" + quoted(service)
        let operation = state.isInPane ? state.operation ?? model.operations.first?.name : nil
        if let operation { search += " name=" + quoted(operation) }
        switch action {
        case .enter, .traces: return [.go(.traces(search: search))]
        case .logs: return [.go(.logs(search: "service=" + quoted(service), at: nil))]
        case .lens: return [.lens(Lens(service: service, operation: operation))]
        default: return [.copy(summary(of: node))]
        }
    }

    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x2f && $0 < 0x3a || $0 > 0x40 && $0 < 0x5b || $0 > 0x60 && $0 < 0x7b || "-_./".utf8.contains($0)
            }
        if isPlain { return text }
        var out = "\""
        for character in text {
            if character == "\"" || character == "\\" { out.append("\\") }
            out.append(character)
        }
        return out + "\""
    }

    private static func summary(of node: ServiceMap.Node) -> String {
        let share = node.errorShare.map { Quantity.percent($0) } ?? "–"
        let p95 = node.p95.map { Quantity.duration(nanoseconds: Double($0.nanoseconds)) } ?? "–"
        return "\(node.name) \(Quantity.rate(node.rate)) failed \(share) p95 \(p95)"
    }
}

/// The next box in a direction: near, and rather straight ahead than aside.
struct MapStep {
    private let layout: MapLayout
    init(_ layout: MapLayout) { self.layout = layout }

    func next(from box: MapLayout.Box, _ action: Action) -> MapLayout.Box? {
        let others = layout.boxes.filter { $0.id != box.id }
        switch action {
        case .left: return nearest(others.filter { $0.layer < box.layer }) { (box.layer - $0.layer) * 12 + abs(middle($0) - middle(box)) }
        case .right: return nearest(others.filter { $0.layer > box.layer }) { ($0.layer - box.layer) * 12 + abs(middle($0) - middle(box)) }
        case .up, .pageUp: return vertical(others.filter { middle($0) < middle(box) }, box)
        case .down, .pageDown: return vertical(others.filter { middle($0) > middle(box) }, box)
        case .home: return layout.boxes.min { ($0.layer, $0.row) < ($1.layer, $1.row) }
        case .end: return layout.boxes.max { ($0.layer, $0.row) < ($1.layer, $1.row) }
        default: return nil
        }
    }

    private func middle(_ box: MapLayout.Box) -> Int { box.row * 2 + box.rows }

    /// Within the layer where it has more that way.
    private func vertical(_ candidates: [MapLayout.Box], _ box: MapLayout.Box) -> MapLayout.Box? {
        let own = candidates.filter { $0.layer == box.layer }
        return nearest(own.isEmpty ? candidates : own) { abs(middle($0) - middle(box)) + abs($0.layer - box.layer) * 8 }
    }

    private func nearest(_ candidates: [MapLayout.Box], _ distance: (MapLayout.Box) -> Int) -> MapLayout.Box? {
        candidates.min { (distance($0), $0.row, $0.id) < (distance($1), $1.row, $1.id) }
    }
}
