import Canvas
import Insight
import Search
import Store
import Telemetry

/// View 6: the lines of the window, oldest above; over them a histogram by level, beside them one line laid open.
package enum LogsView: DashboardView {
    package struct State: ViewState {
        package var search = ""
        /// With which another view led here: to clear it is to go back.
        var arrivedSearch = ""
        /// Nil follows the newest line.
        var selected: LogRef?
        /// A moment to select the nearest line of, once the lines are there.
        var wantedTime: PreciseTime?
        var firstRow = 0
        var showsDetail = false
        var inDetail = false
        var firstDetail = 0
        var showsPatterns = false
        var selectedPattern = 0
        var isAlone = false
        package init() {}
    }

    package struct Model: Sendable {
        /// In order of time; the newest `limit` of those that match.
        var headers: [LogHeader]
        var total: Int
        /// Of all that match, by `LogLevels.levels`.
        var counts: [Int]
        var levels: LogLevels
        var patterns: LogPatterns?
        var logs: LogSnapshot
        var context: ViewContext
        var search: String
        /// The columns that the names of the services need.
        var serviceWidth: Int
        var receivers: [Source]

        static let limit = 20_000
        /// Columns of the histogram, whatever the size of the screen.
        static let buckets = 120
        var isCut: Bool { headers.count < total }
    }

    package static let id = ViewID.logs
    package static let searchExample: String? = "level>=warn service=order \"breaker\""
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "open", "lay open, or the lines of a pattern", .enter, rank: 10, hint: "lay open"),
        KeyBinding([.character("t")], "traces", "its trace", .traces, rank: 15),
        KeyBinding([.character("e")], "next-error", "next error", .nextError, rank: 30),
        KeyBinding([.character("p")], "patterns", "lines of one shape together", .own("patterns"), rank: 35, hint: "patterns"),
        KeyBinding([.end, .character("G")], "last", "to the newest line, and follow", .end, rank: 40, hint: "follow"),
    ]

    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        let search = LogSearch(state.search)
        let logs = snapshot.logs
        let matches = search.run(in: logs, range: context.range, lens: context.lens, limit: Model.limit)
        let accepts: (borrowing LogHeader) -> Bool = { header in search.isEverything || search.matches(copy header, in: logs) }
        return Model(
            headers: matches.headers.reversed(), total: matches.total,
            counts: matches.countsByLevel,
            levels: LogLevels(
                logs, lens: context.lens, over: context.window, at: context.plotEnd(Int64(Model.buckets)), buckets: Model.buckets,
                where: accepts),
            patterns: state.showsPatterns
                ? LogPatterns(logs, lens: context.lens, over: context.window, at: context.now, where: accepts) : nil,
            logs: logs, context: context, search: state.search,
            serviceWidth: Set(matches.headers.lazy.map(\.service)).map { columns(of: logs.strings[$0]) }.max() ?? 0,
            receivers: snapshot.receivers)
    }

    package static func check(_ search: String) -> Diagnostic? { LogSearch(search).error }

    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion? {
        Completion(text, at: offset, .logs, from: LogSearch.Candidates(snapshot.logs))
    }

    package static func arrive(at destination: Destination, _ state: inout State) {
        guard case .logs(let search, let time) = destination else { return }
        state.search = search
        state.arrivedSearch = search
        state.selected = nil
        state.wantedTime = time
        state.showsPatterns = false
    }

    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        switch action {
        case .own("patterns"):
            state.showsPatterns.toggle()
            state.selectedPattern = 0
            return [.prepare]
        case .zoom:
            state.isAlone.toggle()
            return []
        case .back: return stepBack(&state)
        case .own("close") where !state.search.isEmpty:
            state.search = ""
            state.arrivedSearch = ""
            return [.prepare]
        default: break
        }
        if state.showsPatterns { return actInPatterns(action, &state, model) }
        if action == .nextPane || action == .previousPane {
            guard state.showsDetail else { return [] }
            state.inDetail.toggle()
            return []
        }
        if state.inDetail, let effects = scrollDetail(action, &state) { return effects }
        return actInLines(action, &state, model, size)
    }

    private static func stepBack(_ state: inout State) -> [Effect]? {
        if state.inDetail {
            state.inDetail = false
        } else if state.showsDetail {
            state.showsDetail = false
        } else if state.showsPatterns {
            state.showsPatterns = false
        } else if state.isAlone {
            state.isAlone = false
        } else if state.search != state.arrivedSearch {
            state.search = state.arrivedSearch
        } else {
            return nil
        }
        return [.prepare]
    }

    private static func scrollDetail(_ action: Action, _ state: inout State) -> [Effect]? {
        switch action {
        case .up: state.firstDetail = max(state.firstDetail - 1, 0)
        case .down: state.firstDetail += 1
        case .pageUp: state.firstDetail = max(state.firstDetail - 10, 0)
        case .pageDown: state.firstDetail += 10
        default: return nil
        }
        return []
    }

    private static func actInPatterns(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        let last = max((model.patterns?.patterns.count ?? 0) - 1, 0)
        switch action {
        case .up: state.selectedPattern = max(min(state.selectedPattern, last) - 1, 0)
        case .down: state.selectedPattern = min(state.selectedPattern + 1, last)
        case .pageUp: state.selectedPattern = max(state.selectedPattern - 10, 0)
        case .pageDown: state.selectedPattern = min(state.selectedPattern + 10, last)
        case .home: state.selectedPattern = 0
        case .end: state.selectedPattern = last
        case .enter:
            guard let patterns = model.patterns?.patterns, patterns.indices.contains(state.selectedPattern) else { return [] }
            return [.go(.logs(search: LogLook.search(for: patterns[state.selectedPattern]), at: nil))]
        default: return nil
        }
        return []
    }

    private static func actInLines(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        let current = selectedIndex(model, state)
        let page = max(areas(size, state).lines.rows - 3, 1)
        func select(_ index: Int, follows: Bool = false) -> [Effect] {
            guard !model.headers.isEmpty else { return [] }
            let chosen = min(max(index, 0), model.headers.count - 1)
            state.wantedTime = nil
            state.selected = follows ? nil : model.headers[chosen].ref
            state.firstDetail = 0
            state.firstRow = Table<LogHeader>.firstRow(showing: chosen, from: state.firstRow, visible: page + 1, count: model.headers.count)
            return []
        }
        let chosen = model.headers.indices.contains(current) ? model.headers[current] : nil
        switch action {
        case .up: return select(current - 1)
        case .down: return current + 1 >= model.headers.count ? [] : select(current + 1)
        case .pageUp: return select(current - page)
        case .pageDown: return select(current + page)
        case .home: return select(0)
        case .end: return select(model.headers.count - 1, follows: true)
        case .nextError, .nextHit:
            guard let next = model.headers[min(current + 1, model.headers.count)...].firstIndex(where: { $0.severity >= .error }) else {
                return [.say("no later line is an error")]
            }
            return select(next)
        case .previousError, .previousHit:
            guard let next = model.headers[..<min(current, model.headers.count)].lastIndex(where: { $0.severity >= .error }) else {
                return [.say("no earlier line is an error")]
            }
            return select(next)
        case .enter:
            if state.showsDetail { state.inDetail = true } else { state.showsDetail = true }
            if let chosen { state.selected = chosen.ref }
            return []
        default: return chosen.flatMap { act(action, on: $0, model) }
        }
    }

    private static func act(_ action: Action, on header: LogHeader, _ model: Model) -> [Effect]? {
        switch action {
        case .traces:
            guard header.traceID.isValid else { return [.say("this line names no trace")] }
            return [.go(.trace(header.traceID, span: header.spanID.isValid ? header.spanID : nil))]
        case .logs:
            guard header.traceID.isValid else { return [.say("this line names no trace, so none of its neighbours can be told")] }
            return [.go(.logs(search: "trace=\(header.traceID.hexadecimal)", at: header.time))]
        case .lens: return [.lens(Lens(service: model.logs.strings[header.service]))]
        case .copy: return [.copy(model.logs.message(of: header.ref))]
        case .copyJSON: return [.copy(LogLook.json(header, model.logs))]
        default: return nil
        }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        if let index = target.dropPrefix("line:").flatMap({ Int($0) }), model.headers.indices.contains(index) {
            state.selected = model.headers[index].ref
            state.inDetail = false
            if isDouble { state.showsDetail = true }
        } else if let index = target.dropPrefix("pattern:row:").flatMap({ Int($0) }) {
            state.selectedPattern = index
            return isDouble ? actInPatterns(.enter, &state, model) ?? [] : []
        } else if let index = target.dropPrefix("bucket:").flatMap({ Int($0) }), (0..<model.levels.buckets.count).contains(index) {
            state.wantedTime = model.levels.buckets.range(of: index).lowerBound
            state.selected = nil
        }
        return []
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        if state.showsPatterns, let patterns = model.patterns {
            return ExportTable(
                columns: ["count", "level", "services", "pattern"],
                rows: patterns.patterns.map { [String($0.count), $0.severity.name, $0.services.joined(separator: " "), $0.text] })
        }
        return ExportTable(
            columns: ["time_unix_ns", "level", "service", "message", "trace_id", "span_id"],
            rows: model.headers.map { header in
                [
                    String(header.time.nanoseconds), header.severity.name, model.logs.strings[header.service],
                    model.logs.message(of: header.ref),
                    header.traceID.isValid ? header.traceID.hexadecimal : "", header.spanID.isValid ? header.spanID.hexadecimal : "",
                ]
            })
    }

    /// The row of the selected line; of a wanted time the first line not before it; else the newest.
    static func selectedIndex(_ model: Model, _ state: State) -> Int {
        let newest = max(model.headers.count - 1, 0)
        if let time = state.wantedTime { return model.headers.firstIndex { $0.time >= time } ?? newest }
        guard let selected = state.selected else { return newest }
        return model.headers.lastIndex { $0.ref == selected } ?? newest
    }
}
