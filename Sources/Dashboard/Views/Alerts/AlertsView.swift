import Canvas
import Insight
import PromQL
import Rules
import Store
import Telemetry

/// View 7: what fires, what is about to, what is silenced and what is quiet; since when, and whom it was told.
package enum AlertsView: DashboardView {
    package typealias State = AlertsState
    package typealias Model = AlertsModel

    package static let id = ViewID.alerts
    package static let searchExample: String? = "part of a name or label, a severity, or a state such as firing"
    package static let keymap: [KeyBinding] = [
        KeyBinding([.enter], "unfold", "what lies behind it", .enter, rank: 10, hint: "unfold"),
        KeyBinding([.character("s")], "silence", "silence it, with a preview", .own("silence"), rank: 12, hint: "silence"),
        KeyBinding([.character("S")], "silences", "the silences there are", .own("silences"), rank: 14, hint: "silences"),
        KeyBinding([.character("x")], "expire", "end the selected silence", .own("expire"), rank: 11, hint: "end it"),
        KeyBinding(
            [.character("a")], "acknowledge", "acknowledge, or take it back", .own("acknowledge"), rank: 13, hint: "ack"
        ),
        KeyBinding(
            [.character("b")], "backtest", "its rule over all data", .own("backtest"), rank: 15,
            hint: "backtest"),
        KeyBinding([.character("t")], "traces", "its traces", .traces, rank: 16),
        KeyBinding([.character("o")], "logs", "its logs", .logs, rank: 17),
        KeyBinding([.character("e")], "next-firing", "next firing alert", .nextError, rank: 30, hint: "next firing"),
        KeyBinding([.character("m")], "metrics", "its expression in view 8", .metrics),
    ]

    package static func searchHint(_ state: State) -> String? {
        switch state.page {
        case .list, .story, .silences: searchExample
        case .silencing: #"matchers, how long, why: alertname="Slow", service="order" for 2h # being mended"#
        case .backtest: "an expression with a comparison, then its times: rate(errors_total[1m]) > 5 for 1m keep 30s"
        }
    }

    /// The keys that matter on each page.
    package static func keyHint(_ binding: KeyBinding, _ state: State) -> String? {
        let isOwn = keymap.contains(binding)
        switch (state.page, binding.name) {
        case (.list, "expire"), (.list, "traces"), (.list, "logs"), (.story, "expire"), (.story, "unfold"), (.backtest, "search"):
            return nil
        case (.silencing, "unfold"): return "silence it"
        case (.silencing, "search"): return "edit"
        case (.backtest, "unfold"): return "edit the rule"
        case (.silences, "expire"), (.silences, "search"): return binding.hint
        case (.silencing, _), (.silences, _), (.backtest, _): return isOwn ? nil : binding.hint
        default: return binding.hint
        }
    }

    package static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        switch state.page {
        case .list, .story: actOnAlert(action, &state, model, size)
        case .silences: actInSilences(action, &state, model)
        case .silencing: actInSilencing(action, &state, model)
        case .backtest: actInBacktest(action, &state, model)
        }
    }

    static func selectedIndex(_ model: Model, _ state: State) -> Int { model.rows.firstIndex { $0.id == state.selected } ?? 0 }
    static func selectedRow(_ model: Model, _ state: State) -> AlertRow? {
        let index = selectedIndex(model, state)
        return model.rows.indices.contains(index) ? model.rows[index] : nil
    }

    // MARK: Alerts

    private static func actOnAlert(_ action: Action, _ state: inout State, _ model: Model, _ size: Size) -> [Effect]? {
        if state.page == .story, let row = selectedRow(model, state) {
            if let effects = scroll(action, &state, last: AlertStoryPane.lastScroll(model, row, size), page: size.rows / 2) {
                return effects
            }
        }
        let current = selectedIndex(model, state)
        if let next = MetricsView.moved(action, from: current, page: max(size.rows / 2, 1), count: model.rows.count) {
            guard model.rows.indices.contains(next) else { return [] }
            state.selected = model.rows[next].id
            return [.prepare]
        }
        let row = selectedRow(model, state)
        switch action {
        case .enter:
            guard row != nil else { return [] }
            state.selected = row?.id
            (state.page, state.scroll) = (.story, 0)
            return [.prepare]
        case .nextError: return nextFiring(from: current, step: 1, &state, model)
        case .previousError: return nextFiring(from: current, step: -1, &state, model)
        case .own("silences"):
            state.page = .silences
            return [.prepare]
        case .own("silence"): return row.map { beginSilence($0, &state, model) } ?? []
        case .own("acknowledge"): return row.map { acknowledge($0, model) } ?? []
        case .own("backtest"): return row.map { beginBacktest($0, &state) } ?? []
        case .zoom:
            state.isAlone.toggle()
            return []
        case .copy:
            return row.map {
                [.copy($0.labels.labels.isEmpty ? $0.rule?.question.text ?? $0.name : AlertRows.about($0.labels) + " " + $0.name)]
            } ?? []
        case .back, .own("close"):
            guard state.page == .story || state.isAlone else { return nil }
            if state.page == .story { state.page = .list } else { state.isAlone = false }
            return []
        case .lens:
            guard let service = model.story?.service else { return [.say("this alert names no service that is known")] }
            return [.lens(Lens(service: service))]
        case .metrics, .traces, .logs: return row.map { follow(action, $0, model) } ?? []
        default: return nil
        }
    }

    private static func scroll(_ action: Action, _ state: inout State, last: Int, page: Int) -> [Effect]? {
        var line = min(state.scroll, last)
        switch action {
        case .up: line -= 1
        case .down: line += 1
        case .pageUp: line -= page
        case .pageDown: line += page
        case .home: line = 0
        case .end: line = last
        case .enter: break
        default: return nil
        }
        state.scroll = min(max(line, 0), last)
        return []
    }

    private static func nextFiring(from current: Int, step: Int, _ state: inout State, _ model: Model) -> [Effect] {
        var index = current + step
        while model.rows.indices.contains(index) {
            if model.rows[index].state == .firing {
                state.selected = model.rows[index].id
                return [.prepare]
            }
            index += step
        }
        return [.say(step > 0 ? "no further alert fires" : "no alert before this one fires")]
    }

    /// To where the moment of the alert is seen: its expression, its traces, its lines.
    private static func follow(_ action: Action, _ row: AlertRow, _ model: Model) -> [Effect] {
        let moment = row.since.map { min($0 + .seconds(30), model.context.now) }
        let service = model.story?.service
        switch (action, row.rule?.question) {
        case (.metrics, .promQL(let query)?):
            let condition = RuleCondition(query)
            return [.go(.query([condition?.value.text ?? query.text]))]
        case (.metrics, .signal(let question)?):
            return question.signal == .logs ? [.go(.logs(search: question.search, at: nil))] : [.go(.traces(search: question.search))]
        case (.traces, _):
            let search = (service.map { "service=\(quotedTerm($0)) " } ?? "") + (model.story?.unit == .seconds ? "" : "status=error")
            let there = Effect.go(.traces(search: search.trimmingBlanks))
            return moment.map { [there, .moment($0)] } ?? [there]
        case (.logs, _):
            let search = (service.map { "service=\(quotedTerm($0)) " } ?? "") + "level>=warn"
            return [.go(.logs(search: search, at: moment.map(\.precise)))]
        default: return [.say("nothing is known of this alert's rule here")]
        }
    }
    private static func quotedTerm(_ text: String) -> String {
        text.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } ? text : "\"\(text.filter { $0 != "\"" })\""
    }

    private static func acknowledge(_ row: AlertRow, _ model: Model) -> [Effect] {
        guard case .alert(let labels) = row.id, row.state == .firing || row.state == .pending || row.state == .silenced else {
            return [.say("only an alert that is there can be acknowledged")]
        }
        guard model.context.alerting.canChange else { return [.say("over a recording nobody is told, so there is nothing to acknowledge")] }
        return [.alerting(.acknowledge(labels, !row.isAcknowledged))]
    }

    // MARK: Silences

    private static func beginSilence(_ row: AlertRow, _ state: inout State, _ model: Model) -> [Effect] {
        guard !row.labels.labels.isEmpty else { return [.say("there is no alert to silence in this row")] }
        // Enough to catch it again, and others of its kind on the same thing.
        let matchers = row.labels.labels.filter { $0.name != "severity" }.map { "\($0.name)=\(quoted($0.value))" }
        state.silence = matchers.joined(separator: ", ") + " for 2h # "
        state.page = .silencing
        return [.prepare, .search]
    }

    private static func actInSilencing(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        switch action {
        case .enter:
            if let error = model.preview?.error { return [.say(error)] }
            guard model.context.alerting.canChange else {
                return [.say("over a recording nobody is told, so nothing is silenced; the preview tells what would have been")]
            }
            let silence = SilenceText(state.silence)
            state.page = .list
            return [.alerting(.silence(matchers: silence.matchers, length: silence.length, comment: silence.comment))]
        case .own("silence"): return [.search]
        case .back, .own("close"):
            state.page = .list
            return [.prepare]
        default: return nil
        }
    }

    private static func actInSilences(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        let current = model.silences.firstIndex { $0.id == state.selectedSilence } ?? 0
        if let next = MetricsView.moved(action, from: current, page: 10, count: model.silences.count) {
            if model.silences.indices.contains(next) { state.selectedSilence = model.silences[next].id }
            return []
        }
        switch action {
        case .back, .own("close"), .own("silences"):
            state.page = .list
            return [.prepare]
        case .own("expire"):
            guard model.silences.indices.contains(current) else { return [] }
            let silence = model.silences[current]
            guard silence.url.isEmpty else { return [.say("this silence is \(silence.url)'s; end it there")] }
            guard silence.state != "expired" else { return [.say("this silence is over already")] }
            return [.alerting(.expireSilence(id: silence.id))]
        case .copy: return model.silences.indices.contains(current) ? [.copy(model.silences[current].matchers)] : []
        default: return nil
        }
    }

    // MARK: Backtest

    private static func beginBacktest(_ row: AlertRow, _ state: inout State) -> [Effect] {
        guard let rule = row.rule else { return [.say("nothing is known of this alert's rule here")] }
        state.selected = row.id
        state.rule = BacktestText.text(of: rule)
        state.page = .backtest
        return [.prepare]
    }

    private static func actInBacktest(_ action: Action, _ state: inout State, _ model: Model) -> [Effect]? {
        switch action {
        case .own("backtest"), .enter: return [.search]
        case .back, .own("close"):
            state.page = .list
            return [.prepare]
        case .copy: return [.copy(state.rule)]
        default: return nil
        }
    }

    package static func check(_ search: String, _ state: State) -> Diagnostic? {
        guard state.page == .backtest else { return nil }
        do throws(Diagnostic) { _ = try BacktestText.rule(search, like: nil) } catch { return error }
        return nil
    }

    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State)
        -> Completion?
    {
        guard state.page == .backtest, !text.hasPrefix("logs:"), !text.hasPrefix("traces:") else { return nil }
        return MetricsView.completion(of: text, at: offset, snapshot, context)
    }

    // MARK: Ways

    package static func arrive(at destination: Destination, _ state: inout State) {
        guard case .alerts(let labels) = destination else { return }
        (state.page, state.filter) = (.list, "")
        if let labels { (state.selected, state.page) = (.alert(labels), .story) }
    }

    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] {
        guard let index = target.dropPrefix("row:").flatMap({ Int($0) }) else { return [] }
        if state.page == .silences {
            if model.silences.indices.contains(index) { state.selectedSilence = model.silences[index].id }
            return []
        }
        guard model.rows.indices.contains(index) else { return [] }
        state.selected = model.rows[index].id
        if isDouble { (state.page, state.scroll) = (.story, 0) }
        return [.prepare]
    }

    package static func export(_ model: Model, _ state: State) -> ExportTable? {
        ExportTable(
            columns: ["state", "severity", "alert", "labels", "value", "condition", "since", "until", "told", "summary"],
            rows: model.rows.map { row in
                [
                    row.state.title, row.severity.name, row.name, AlertRows.about(row.labels), row.value.map(\.plainText) ?? "",
                    row.condition,
                    row.since?.rfc3339 ?? "", row.ended?.rfc3339 ?? "",
                    row.told.map { "\($0.receiver)/\($0.channel)" }.joined(separator: " "),
                    row.annotations["summary"] ?? row.note,
                ]
            })
    }
}

extension String {
    fileprivate var trimmingBlanks: String { String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
}
