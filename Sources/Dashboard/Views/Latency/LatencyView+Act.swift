import Canvas
import Insight
import Telemetry

extension LatencyView {
    package static func act(_ action: Action, _ state: inout State, _ model: LatencyModel, size: Size) -> [Effect]? {
        if state.picked != nil { return actInList(action, &state, model) }
        if state.pickedLabel != nil { return actInLabels(action, &state, model) }
        if state.inGroups, let effects = actInGroups(action, &state, model) { return effects }
        switch action {
        case .own("source"):
            state.picked = state.source
            return []
        case .own("group"): return openLabels(&state, model)
        case .own("value"): return moveInGroups(&state, model, by: 1, wraps: true)
        case .nextPane, .previousPane:
            guard !state.grouping.isEmpty else { return [.say("b tells apart by labels first")] }
            state.inGroups.toggle()
            return []
        case .up, .down, .left, .right, .pageUp, .pageDown, .home, .end: return move(action, &state, model)
        case .nextError, .previousError: return goToErrors(&state, model, step: action == .nextError ? 1 : -1)
        case .enter, .traces: return open(state, model)
        case .logs: return openLogs(state, model)
        case .zoom:
            state.isAlone.toggle()
            return []
        case .back:
            guard state.cursor == nil else {
                state.cursor = nil
                return []
            }
            guard !state.grouping.isEmpty else { return nil }
            state.ungroup()
            return [.prepare]
        case .copy:
            let texts = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)].map { name, q in
                name + " " + LatencyText.quantile(model.quantile(q, of: LatencyComparison(model, state).counts))
            }
            return [.copy(texts.joined(separator: "  "))]
        default: return nil
        }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: LatencyModel, size: Size) -> [Effect] {
        let parts = target.split(separator: ":")
        if parts.count == 3, parts[0] == "cell", let column = Int(parts[1]), let row = Int(parts[2]) {
            set(&state, model, column, row)
            return isDouble ? open(state, model) ?? [] : []
        }
        if parts.count == 3, parts[0] == "group", let index = Int(parts[2]) {
            state.inGroups = true
            return choose(group: index, &state, model)
        }
        if parts.count == 3, parts[0] == "label", let index = Int(parts[2]), model.labels.indices.contains(index) {
            state.pickedLabel = model.labels[index].name
            return toggle(model.labels[index].name, &state)
        }
        if parts.count == 3, parts[0] == "source", let index = Int(parts[2]) {
            let sources = model.sources(state.search)
            guard sources.indices.contains(index) else { return [] }
            return choose(sources[index], &state)
        }
        return []
    }

    // MARK: - The list of sources

    private static func actInList(_ action: Action, _ state: inout State, _ model: LatencyModel) -> [Effect]? {
        let sources = model.sources(state.search)
        let current = state.picked.flatMap { sources.firstIndex(of: $0) } ?? 0
        let next =
            switch action {
            case .up: current - 1
            case .down, .own("source"): current + 1
            case .pageUp: current - 10
            case .pageDown: current + 10
            case .home: 0
            case .end: sources.count - 1
            default: current
            }
        switch action {
        case .up, .down, .pageUp, .pageDown, .home, .end, .own("source"):
            state.picked = sources[min(max(next, 0), sources.count - 1)]
            return []
        case .enter: return choose(sources[current], &state)
        case .back:
            state.picked = nil
            return []
        default: return nil
        }
    }

    private static func choose(_ source: LatencySource, _ state: inout State) -> [Effect] {
        state.picked = nil
        guard source != state.source else { return [] }
        state.source = source
        state.ungroup()
        state.cursor = nil
        return [.prepare]
    }

    // MARK: - The cursor

    private static func move(_ action: Action, _ state: inout State, _ model: LatencyModel) -> [Effect] {
        let grid = model.grid
        guard !grid.rows.isEmpty, !grid.columns.isEmpty else { return [] }
        guard var (column, row) = model.cell(state.cursor) else {
            let start = busiestRow(model, grid.columns.count - 1)
            set(&state, model, grid.columns.count - 1, start)
            return []
        }
        switch action {
        case .up: row += 1
        case .down: row -= 1
        case .left: column -= 1
        case .right: column += 1
        case .pageUp: row += 5
        case .pageDown: row -= 5
        case .home: column = 0
        case .end: column = grid.columns.count - 1
        default: break
        }
        set(&state, model, column, row)
        return []
    }

    private static func busiestRow(_ model: LatencyModel, _ column: Int) -> Int {
        let counts = model.grid.histogram(ofColumn: column)
        let whole = counts.contains { $0 > 0 } ? counts : model.grid.histogram
        return whole.indices.max { (whole[$0], $0) < (whole[$1], $1) } ?? 0
    }

    private static func set(_ state: inout State, _ model: LatencyModel, _ column: Int, _ row: Int) {
        let grid = model.grid
        guard !grid.rows.isEmpty, !grid.columns.isEmpty else { return }
        let column = min(max(column, 0), grid.columns.count - 1)
        let row = min(max(row, 0), grid.rows.count - 1)
        let range = grid.buckets.range(of: column)
        // The middle of a column stays in it when the window moves on a little.
        state.cursor = State.Cursor(
            time: range.lowerBound + TimeSpan(nanoseconds: (range.upperBound - range.lowerBound).nanoseconds / 2),
            latency: grid.rows[row].lower)
    }

    private static func goToErrors(_ state: inout State, _ model: LatencyModel, step: Int) -> [Effect] {
        let grid = model.grid
        let failing = grid.columns.indices.filter { grid.columns[$0].errors > 0 }
        guard !failing.isEmpty else { return [.say("No errors in this window.")] }
        let current = model.cell(state.cursor)?.column
        let next =
            step > 0
            ? failing.first { $0 > current ?? -1 } ?? failing[0] : failing.last { $0 < current ?? Int.max } ?? failing[failing.count - 1]
        let row = grid.rows.indices.max { grid.errors(column: next, row: $0) < grid.errors(column: next, row: $1) } ?? 0
        set(&state, model, next, row)
        return []
    }

    // MARK: - Leaving

    private static func open(_ state: State, _ model: LatencyModel) -> [Effect]? {
        guard case .spans(let basis) = model.grid.origin else {
            return [.say("A histogram counts without names: choose spans with s to see the traces behind a cell.")]
        }
        guard let (column, row) = model.cell(state.cursor) else { return [.say("Put the cursor on a cell first: arrows.")] }
        let range = model.grid.buckets.range(of: column)
        // The last column ends a little behind the window, so that what starts at its very end counts; nobody asked for that window.
        let length = min(range.upperBound - range.lowerBound, TimeSpan(nanoseconds: model.grid.buckets.width))
        var terms: [String] = []
        if let service = model.lens.service { terms.append("service=" + MapView.quoted(service)) }
        if let operation = model.lens.operation { terms.append("name=" + MapView.quoted(operation)) }
        if basis == .rootSpans { terms.append("root") }
        terms.append("duration>=" + LatencyText.term(model.grid.rows[row].lower))
        if let upper = model.grid.rows[row].upper { terms.append("duration<" + LatencyText.term(upper)) }
        if state.source == .failedSpans { terms.append("status=error") }
        return [
            .go(.traces(search: terms.joined(separator: " "))), .moment((range.lowerBound + length).timestamp),
            .window(max(length, .seconds(5))),
        ]
    }

    private static func openLogs(_ state: State, _ model: LatencyModel) -> [Effect]? {
        let search = model.lens.service.map { "service=" + MapView.quoted($0) } ?? ""
        let time = model.cell(state.cursor).map { model.grid.buckets.range(of: $0.column).lowerBound }
        return [.go(.logs(search: search, at: time))]
    }
}

/// Latencies as the view writes them.
enum LatencyText {
    static func quantile(_ value: LatencyQuantile?) -> String {
        guard let value else { return "–" }
        let nanoseconds = Double(value.value.nanoseconds)
        return value.isBeyond ? Quantity.beyond(nanoseconds: nanoseconds) : Quantity.duration(nanoseconds: nanoseconds)
    }

    /// As the search language reads it, exact.
    static func term(_ span: TimeSpan) -> String {
        let value = span.nanoseconds
        return value % 1_000_000 == 0 ? "\(value / 1_000_000)ms" : value % 1000 == 0 ? "\(value / 1000)us" : "\(value)ns"
    }

    /// `100 ms – 250 ms`, `> 10 s`.
    static func range(_ row: LatencyGrid.Row) -> String {
        guard let upper = row.upper else { return Quantity.beyond(nanoseconds: Double(row.lower.nanoseconds)) }
        return bound(row.lower) + " – " + bound(upper)
    }
    /// The lower bound or, of what lies beyond the last one, `>10s`.
    static func label(_ row: LatencyGrid.Row) -> String {
        row.upper == nil ? Quantity.beyond(nanoseconds: Double(row.lower.nanoseconds)) : bound(row.lower)
    }
    static func bound(_ span: TimeSpan) -> String { span == .zero ? "0" : Quantity.roundDuration(nanoseconds: Double(span.nanoseconds)) }
}

/// What stands beside the heatmap: the counts under the cursor or of the whole window, and those before.
struct LatencyComparison {
    let counts: [Int]
    let before: [Int]
    let column: Int?

    init(_ model: LatencyModel, _ state: LatencyView.State) {
        column = model.cell(state.cursor)?.column
        counts = column.map { model.grid.histogram(ofColumn: $0) } ?? model.grid.histogram
        before = model.grid.before
    }
    var total: Int { counts.reduce(0, +) }
    var totalBefore: Int { before.reduce(0, +) }
}
