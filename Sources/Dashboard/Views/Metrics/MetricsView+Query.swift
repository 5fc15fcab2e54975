import Canvas
import Insight
import Telemetry

/// What is done to expressions and their answers.
extension MetricsView {
    static func actInQuery(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        switch action {
        case .own("add"):
            state.remember()
            return state.addEntry() ? [.search] : [.say("eight expressions are enough for a chart")]
        case .own("delete"):
            state.remember()
            state.removeEntry()
            return [.prepare]
        case .own("hide"):
            let index = state.currentIndex
            guard state.entries.indices.contains(index) else { return [] }
            state.entries[index].isHidden.toggle()
            return [.prepare]
        case .own("picture"): return nextPicture(&state, model)
        case .own("legend"): return nextLegend(&state, model)
        case .own("unit"): return nextUnit(&state)
        case .nextPane, .previousPane:
            state.pane = state.pane == .queries ? .series : .queries
            return []
        case .left, .right, .home, .end: return moveCursor(action, &state, model)
        case .back: return stepBackInQuery(&state)
        case .copy: return copyInQuery(state, model)
        case .copyJSON: return [.copy(export(model, state)?.json ?? "")]
        case .previousColumn, .nextColumn, .reverse: return sort(action, &state, model)
        case .logs, .traces: return follow(action, state, model)
        default: return state.pane == .queries ? actOnEntries(action, &state) : actOnLines(action, &state, model)
        }
    }

    private static func stepBackInQuery(_ state: inout State) -> [Effect]? {
        if state.cursor != nil {
            state.cursor = nil
            return []
        }
        if state.solo != nil {
            state.solo = nil
        } else if state.isAlone {
            state.isAlone = false
        } else if state.pane == .series {
            state.pane = .queries
        } else {
            state.remember()
            state.page = .browse
        }
        return [.prepare]
    }

    private static func actOnEntries(_ action: Action, _ state: inout State) -> [Effect]? {
        if action == .enter { return [.search] }
        guard let next = moved(action, from: state.currentIndex, page: 4, count: state.entries.count), state.entries.indices.contains(next)
        else { return nil }
        state.current = state.entries[next].letter
        return []
    }

    private static func actOnLines(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        let lines = MetricsLines(model, state)
        let current = lines.index(of: state.line) ?? 0
        if action == .enter {
            guard lines.lines.indices.contains(current) else { return [] }
            state.line = lines.lines[current].id
            state.solo = state.solo == state.line ? nil : state.line
            return []
        }
        guard let next = moved(action, from: current, page: 8, count: lines.lines.count) else { return nil }
        state.line = lines.lines.indices.contains(next) ? lines.lines[next].id : nil
        return []
    }

    /// By so many moments that it moves about a column of the screen.
    private static func moveCursor(_ action: Action, _ state: inout State, _ model: Model) -> [Effect] {
        let steps = model.steps
        let current = state.cursor.flatMap { steps.index(of: $0) }
        let stride = max(steps.count / 100, 1)
        let next: Int
        switch action {
        case .left: next = (current ?? steps.count) - stride
        case .right: next = (current ?? steps.count - 1 - stride) + stride
        case .home: next = 0
        default: next = steps.count - 1
        }
        state.cursor = steps.time(min(max(next, 0), steps.count - 1))
        return []
    }

    private static func nextPicture(_ state: inout State, _ model: Model) -> [Effect] {
        let answers = state.shown.compactMap { model.answers[$0.text] }
        let hasBuckets = answers.first.map { !$0.histograms.isEmpty || $0.lines.contains { $0.labels["le"] != nil } } ?? false
        let pictures = State.Picture.allCases.filter { $0 != .heatmap || hasBuckets }
        let index = pictures.firstIndex(of: state.picture) ?? -1
        state.picture = pictures[(index + 1) % pictures.count]
        state.sort = nil
        return [.prepare]
    }

    private static func nextLegend(_ state: inout State, _ model: Model) -> [Effect] {
        let names = MetricsLines(model, state).labelNames
        switch state.legend {
        case .telling: state.legend = .all
        case .all: state.legend = names.first.map { .only($0) } ?? .telling
        case .only(let name): state.legend = names.first { $0 > name }.map { .only($0) } ?? .telling
        }
        switch state.legend {
        case .telling: return [.say("labels that tell the series apart")]
        case .all: return [.say("all labels")]
        case .only(let name): return [.say("the label \(name) alone")]
        }
    }

    private static let units: [(unit: ValueUnit?, name: String)] = [
        (nil, "the unit that the expression tells"), (.plain, "plain numbers"), (.seconds, "seconds"), (.bytes, "bytes"),
        (.ratio, "shares"),
        (.perSecond, "per second"),
    ]
    private static func nextUnit(_ state: inout State) -> [Effect] {
        let index = units.firstIndex { $0.unit == state.unit } ?? 0
        let next = units[(index + 1) % units.count]
        state.unit = next.unit
        return [.say(next.name)]
    }

    private static func copyInQuery(_ state: State, _ model: Model) -> [Effect] {
        let lines = MetricsLines(model, state)
        if state.pane == .series, let line = lines.lines.first(where: { $0.id == state.line }) ?? lines.lines.first {
            return [.copy(selector(line.id.labels) + " " + String(line.value))]
        }
        return [.copy(state.search)]
    }

    private static func sort(_ action: Action, _ state: inout State, _ model: Model) -> [Effect] {
        guard state.picture == .table || state.picture == .labels else { return [.say("v shows a table, which can be sorted")] }
        let columns = MetricsTable(model, state).columnNames
        if action == .reverse {
            let sort = state.sort ?? TableSort(column: "value", isDescending: true)
            state.sort = TableSort(column: sort.column, isDescending: !sort.isDescending)
        } else {
            let place = (columns.firstIndex(of: state.sort?.column ?? "value") ?? 0) + (action == .nextColumn ? 1 : columns.count - 1)
            let column = columns[place % max(columns.count, 1)]
            state.sort = TableSort(column: column, isDescending: column == "value")
        }
        return []
    }

    /// The logs or traces of the service that the chosen series tells of, at the crosshair.
    private static func follow(_ action: Action, _ state: State, _ model: Model) -> [Effect]? {
        let lines = MetricsLines(model, state)
        let line = lines.lines.first { $0.id == state.line } ?? lines.lines.first
        let service = line.flatMap { $0.id.labels["service"] ?? $0.id.labels["service_name"] }
        let search = service.map { "service=" + searchValue($0) } ?? ""
        let moment: [Effect] = state.cursor.map { [.moment($0)] } ?? []
        let there: Destination = action == .logs ? .logs(search: search, at: state.cursor?.precise) : .traces(search: search)
        return [.go(there)] + moment
    }

    static func clickInQuery(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model) -> [Effect] {
        let parts = target.split(separator: ":")
        guard parts.count >= 2 else { return [] }
        switch parts[0] {
        case "entry":
            guard let letter = parts[1].first, state.entries.contains(where: { $0.letter == letter }) else { return [] }
            (state.current, state.pane) = (letter, .queries)
            return isDouble ? [.search] : []
        case "moment":
            guard let index = Int(parts[1]), (0..<model.steps.count).contains(index) else { return [] }
            state.cursor = model.steps.time(index)
        case "line":
            guard let index = parts.last.flatMap({ Int($0) }) else { return [] }
            let lines = MetricsLines(model, state).lines
            guard lines.indices.contains(index) else { return [] }
            (state.line, state.pane) = (lines[index].id, .series)
            if isDouble { state.solo = state.solo == state.line ? nil : state.line }
        default: break
        }
        return []
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        guard state.page == .query else { return exportBrowser(model, state) }
        let lines = MetricsLines(model, state)
        let names = lines.labelNames
        var rows: [[String]] = []
        for line in lines.lines {
            let labels = names.map { line.id.labels[$0] ?? "" }
            for (index, value) in line.line.values.enumerated() where !value.isNaN {
                let time = Quantity.fixed(Double(model.steps.time(index).milliseconds) / 1000, 3)
                rows.append([String(line.id.letter)] + labels + [time, String(value)])
            }
        }
        return rows.isEmpty ? nil : ExportTable(columns: ["expression"] + names + ["time", "value"], rows: rows)
    }

    private static func exportBrowser(_ model: Model, _ state: State) -> ExportTable? {
        if state.inSeries, let detail = model.detail {
            let names = Set(detail.readings.flatMap { $0.labels.labels.map(\.name) }).sorted()
            return ExportTable(
                columns: names + ["value", "time"],
                rows: detail.readings.map { reading in
                    names.map { reading.labels[$0] ?? "" } + [String(reading.sample.value), String(reading.sample.time.milliseconds)]
                })
        }
        return ExportTable(
            columns: ["name", "type", "unit", "help"], rows: model.entries.map { [$0.name, $0.form.title, $0.unit, $0.metadata.help] })
    }
}
