import Insight
import Notify
import PromQL
import Rules
import Store
import Telemetry

/// What view 7 shows at one moment.
package struct AlertsModel: Sendable {
    var context: ViewContext
    var rows: [AlertRow] = []
    /// Filtered out.
    var hidden = 0
    /// Characters of the longest name, with what stands behind it.
    var longestName = 0
    var hasTold = false
    var story: AlertStory?
    var silences: [SilenceRow] = []
    var preview: SilencePreview?
    var backtest: BacktestModel?
    var counts: [AlertRow.State: Int] = [:]
    var troubles: [Diagnostic] = []
    var ruleCount = 0
    /// Alertmanagers that did not answer, with why.
    var remoteFailures: [String] = []

    /// A silence of dogwatch's own or of an Alertmanager.
    struct SilenceRow: Sendable {
        var id: String
        var state: String
        var matchers: String
        var endsAt: Timestamp
        var by: String
        var comment: String
        /// Firing alerts that it holds back.
        var count: Int
        /// Empty for dogwatch's own.
        var url: String
    }
    /// What a silence would hold back, now and in all that is known of the past.
    struct SilencePreview: Sendable {
        var firing: [LabelSet] = []
        var firingCount = 0
        var past: [AlertHistory.Entry] = []
        var pastCount = 0
        var since: Timestamp?
        var error: String?
    }
    struct BacktestModel: Sendable {
        var text: String
        var result: Backtest?
        var story: AlertStory?
        /// Of the rule as it is in force.
        var former: Backtest?
        var error: String?
    }
}

extension AlertsView {
    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        var model = Model(context: context)
        let all = AlertRows(context, snapshot).all
        for row in all { model.counts[row.state, default: 0] += 1 }
        let words = state.filter.lowercased().split(separator: " ")
        model.rows =
            words.isEmpty
            ? all
            : all.filter { row in
                words.allSatisfy { word in
                    word.hasPrefix("!") && word.count > 1 ? !row.text.contains(word.dropFirst()) : row.text.contains(word)
                }
            }
        if let service = context.lens.service {
            model.rows.removeAll { row in
                !row.labels.labels.isEmpty && row.service != service && !row.labels.labels.contains { $0.value == service }
            }
        }
        for place in model.rows.indices {
            model.longestName = max(model.longestName, model.rows[place].name.count + (model.rows[place].isAcknowledged ? 4 : 0))
            model.hasTold = model.hasTold || !model.rows[place].told.isEmpty
        }
        model.hidden = all.count - model.rows.count
        model.troubles = context.alerting.report.troubles
        model.ruleCount = context.alerting.report.groups.reduce(0) { $0 + $1.rules.count }
        model.remoteFailures = context.alerting.remote.sources.compactMap { source in source.failure.map { "\(source.url): \($0)" } }
        let selected = model.rows.first { $0.id == state.selected } ?? model.rows.first
        switch state.page {
        case .list, .story:
            model.story = selected.map { story(of: $0, snapshot, context) }
        case .silences: model.silences = silenceRows(context)
        case .silencing: model.preview = preview(state.silence, context)
        case .backtest: model.backtest = backtest(state.rule, selected, snapshot, context)
        }
        return model
    }

    static func story(of row: AlertRow, _ snapshot: StoreSnapshot, _ context: ViewContext) -> AlertStory {
        AlertStory(.init(rule: row.rule, labels: row.labels, begin: row.since), snapshot, over: context.window, at: context.now)
    }

    // MARK: Silences

    private static func silenceRows(_ context: ViewContext) -> [AlertsModel.SilenceRow] {
        let (facts, now) = (context.alerting, context.now)
        let firing = facts.report.history.entries.filter { $0.isFiring(at: now) }
        let own = facts.dispatcher.silences.sorted(at: now).map { silence in
            AlertsModel.SilenceRow(
                id: silence.id, state: silence.state(at: now).rawValue, matchers: silence.matchers.map(\.text).joined(separator: ", "),
                endsAt: silence.endsAt, by: silence.createdBy, comment: silence.comment,
                count: firing.count { silence.silences($0.labels, at: now) }, url: "")
        }
        let remote = facts.remote.sources.flatMap { source in
            source.silences.filter { $0.state != "expired" }.map { silence in
                AlertsModel.SilenceRow(
                    id: silence.id, state: silence.state, matchers: silence.matchers.joined(separator: ", "), endsAt: silence.endsAt,
                    by: silence.createdBy, comment: silence.comment, count: 0, url: source.url)
            }
        }
        return own + remote
    }

    private static func preview(_ text: String, _ context: ViewContext) -> AlertsModel.SilencePreview {
        var preview = AlertsModel.SilencePreview()
        let silence = SilenceText(text)
        let (history, now) = (context.alerting.report.history, context.now)
        let matchers: [AlertMatcher]
        do throws(MatcherError) { matchers = try [AlertMatcher](parsing: silence.matchers) } catch {
            preview.error = error.message
            return preview
        }
        if !silence.isReadable { preview.error = "for wants a length of time, such as 2h or 30m" }
        guard !matchers.isEmpty, matchers.contains(where: { !$0.holds("") }) else {
            preview.error = "a silence needs a matcher that does not match everything, such as alertname=\"Slow\""
            return preview
        }
        let firing = history.entries.filter { $0.isFiring(at: now) }
        preview.firingCount = firing.count
        preview.firing = firing.map(\.labels).filter { matchers.match($0) }
        let past = history.fired.filter { $0.endedAt.map { $0 <= now } ?? false }
        preview.pastCount = past.count
        preview.past = past.filter { matchers.match($0.labels) }.reversed()
        preview.since = context.alerting.report.since
        return preview
    }

    // MARK: Backtest

    private static func backtest(
        _ text: String, _ row: AlertRow?, _ snapshot: StoreSnapshot, _ context: ViewContext
    ) -> AlertsModel.BacktestModel {
        var model = AlertsModel.BacktestModel(text: text)
        let rule: Rule
        do throws(Diagnostic) { rule = try BacktestText.rule(text, like: row?.rule) } catch {
            model.error = error.message
            return model
        }
        let interval = row?.interval ?? .seconds(15)
        model.result = Backtest(rule, interval: interval, snapshot, at: context.now)
        model.story = AlertStory(.init(rule: rule), snapshot, over: context.window, at: context.now)
        if let known = row?.rule, BacktestText.text(of: known) != text {
            model.former = Backtest(known, interval: interval, snapshot, at: context.now)
        }
        return model
    }
}

/// A rule on one line, to be edited in place: the expression, then `for` and `keep` with their lengths of time.
enum BacktestText {
    static func text(of rule: Rule) -> String {
        let times =
            (rule.hold > .zero ? " for \(rule.hold.prometheus)" : "")
            + (rule.keepFiring > .zero ? " keep \(rule.keepFiring.prometheus)" : "")
        switch rule.question {
        case .promQL: return rule.question.flat + times
        case .signal(let question): return question.text + times
        }
    }

    static func rule(_ text: String, like known: Rule?) throws(Diagnostic) -> Rule {
        var (rest, hold, keep) = (text, TimeSpan.zero, TimeSpan.zero)
        while let (before, word, span) = trailingTime(rest) {
            if word == "for" { hold = span } else { keep = span }
            rest = before
        }
        let question = try self.question(rest)
        var rule = Rule(kind: .alerting, name: known?.name ?? "Backtest", question: question, labels: known?.labels ?? [])
        (rule.hold, rule.keepFiring) = (hold, keep)
        return rule
    }
    private static func trailingTime(_ text: String) -> (String, String, TimeSpan)? {
        let words = text.split(separator: " ")
        guard words.count > 2, let span = TimeSpan(prometheus: words[words.count - 1]) else { return nil }
        let word = String(words[words.count - 2])
        guard word == "for" || word == "keep" else { return nil }
        return (words.dropLast(2).joined(separator: " "), word, span)
    }

    private static func question(_ text: String) throws(Diagnostic) -> RuleQuestion {
        for signal in SignalQuestion.Signal.allCases where text.hasPrefix(signal.rawValue + ":") {
            guard let question = SignalQuestion(text, signal) else {
                throw Diagnostic(
                    message: "a rule over \(signal.rawValue) reads such as \(signal.rawValue): level=error | count >= 5 in 1m by service")
            }
            return .signal(question)
        }
        do throws(QueryError) {
            let query = try Query(text)
            guard query.expression.type == .vector || query.expression.type == .scalar else {
                throw QueryError.execution(message: "a rule's expression gives an instant vector or a scalar")
            }
            return .promQL(query)
        } catch { throw Diagnostic(message: error.description) }
    }
}
