import Insight
import Notify
import PromQL
import Rules
import Store
import Telemetry

/// The rows of view 7 at one moment.
struct AlertRows {
    private let context: ViewContext
    private let facts: AlertingFacts
    private let snapshot: StoreSnapshot
    private let subjects: AlertSubjects
    /// Rules by the names of their alerts.
    private var rules: [String: [(GroupState, RuleState)]] = [:]

    init(_ context: ViewContext, _ snapshot: StoreSnapshot) {
        self.context = context
        self.snapshot = snapshot
        subjects = AlertSubjects(snapshot, at: context.now)
        facts = context.alerting
        for group in facts.report.groups {
            for rule in group.rules where rule.rule.isAlerting { rules[rule.rule.name, default: []].append((group, rule)) }
        }
    }

    /// The worst first.
    var all: [AlertRow] {
        let alerts = alertRows
        let rows = alerts + remoteRows + objectiveRows + quietRows(Set(alerts.map(\.name)))
        // Rows are large: their places are sorted, not they.
        return rows.indices.map { Order(rows[$0], place: $0) }.sorted().map { rows[$0.place] }
    }

    private struct Order: Comparable {
        let place: Int
        let state: AlertRow.State
        let isAcknowledged: Bool
        let severity: AlertSeverity
        let since: Timestamp?
        let (name, about): (String, String)

        init(_ row: AlertRow, place: Int) {
            self.place = place
            (state, isAcknowledged, severity, since) = (row.state, row.isAcknowledged, row.severity, row.since)
            (name, about) = (row.name, row.about)
        }
        static func < (a: Self, b: Self) -> Bool {
            if a.state != b.state { return a.state < b.state }
            if a.isAcknowledged != b.isAcknowledged { return b.isAcknowledged }
            if a.state < .resolved, a.severity != b.severity { return a.severity > b.severity }
            if let left = a.since, let right = b.since, left != right { return left > right }
            return a.name == b.name ? a.about < b.about : a.name < b.name
        }
    }

    // MARK: Alerts

    private var alertRows: [AlertRow] {
        var byLabels: [LabelSet: [AlertHistory.Entry]] = [:]
        for entry in facts.report.history.entries where entry.activeAt <= context.now {
            guard entry.endedAt.map({ $0 >= context.start }) ?? true else { continue }
            byLabels[entry.labels, default: []].append(entry)
        }
        let suppressions = facts.dispatcher.suppressions(at: context.now)
        let records = newestRecords
        let common = CommonLabels(byLabels.keys)
        return byLabels.values.compactMap { row($0, suppressions, records, common) }
    }

    private func row(
        _ entries: [AlertHistory.Entry], _ suppressions: Suppressions, _ records: [LabelSet: [NotificationRecords.Record]],
        _ common: CommonLabels
    ) -> AlertRow? {
        guard let last = entries.last else { return nil }
        let now = context.now
        let suppression = suppressions.of(last.labels)
        let state: AlertRow.State =
            last.isFiring(at: now) ? (suppression.isSuppressed ? .silenced : .firing) : last.isActive(at: now) ? .pending : .resolved
        var row = AlertRow(
            id: .alert(last.labels), state: state, severity: AlertSeverity(last.severity), name: last.name, about: Self.about(last.labels),
            labels: last.labels)
        row.subject = common.distinguishingFirst(last.labels)
        row.service = subjects.service(of: last.labels).flatMap { service in
            last.labels.labels.contains { $0.value == service } ? nil : service
        }
        row.since = state == .firing || state == .silenced ? last.firedAt : last.activeAt
        row.ended = last.endedAt.flatMap { $0 <= now ? $0 : nil }
        row.value = last.value
        row.stretches = entries.flatMap(stretches)
        row.isAcknowledged = facts.dispatcher.acknowledged.contains(last.labels)
        row.suppression = Self.words(suppression, facts.dispatcher, now)
        row.told = records[last.labels] ?? []
        take(rule(of: last.labels), &row)
        return row
    }

    private func take(_ found: (GroupState, RuleState)?, _ row: inout AlertRow) {
        guard let (group, state) = found else { return }
        row.rule = state.rule
        row.interval = group.group.interval
        row.warning = state.lastWarning
        (row.unit, row.condition) = Self.condition(state.rule, snapshot)
        if let alert = state.states.alerts[row.labels] {
            row.annotations = alert.annotations
            if context.isLive { row.value = alert.value }
        }
    }
    private func rule(of labels: LabelSet) -> (GroupState, RuleState)? {
        let named = rules[labels["alertname"] ?? ""] ?? []
        return named.first { $0.1.states.alerts[labels] != nil } ?? named.first { Self.fits($0.1.rule, labels) } ?? named.first
    }
    /// Labels that the rule itself gives must be the alert's, of two rules of one name.
    private static func fits(_ rule: Rule, _ labels: LabelSet) -> Bool {
        rule.labels.allSatisfy { !($0.template?.isPlain ?? true) || labels[$0.name] == $0.source }
    }

    private func stretches(_ entry: AlertHistory.Entry) -> [AlertRow.Stretch] {
        let (start, width) = (context.start, max(context.window.seconds, 0.001))
        func share(_ time: Timestamp) -> Double { min(max((time - start).seconds / width, 0), 1) }
        let end = min(entry.endedAt ?? context.now, context.now)
        let fired = entry.firedAt.map { min($0, end) } ?? end
        var parts: [AlertRow.Stretch] = []
        if fired > entry.activeAt { parts.append(.init(from: share(entry.activeAt), to: share(fired), isFiring: false)) }
        if entry.firedAt.map({ $0 <= context.now }) ?? false { parts.append(.init(from: share(fired), to: share(end), isFiring: true)) }
        return parts
    }

    /// What each alert was told last, by each way.
    private var newestRecords: [LabelSet: [NotificationRecords.Record]] {
        var newest: [LabelSet: [String: NotificationRecords.Record]] = [:]
        for record in facts.dispatcher.records.records where record.time <= context.now {
            for labels in record.alerts { newest[labels, default: [:]][record.receiver + "/" + record.channel] = record }
        }
        return newest.mapValues { $0.values.sorted { ($0.receiver, $0.channel) < ($1.receiver, $1.channel) } }
    }

    static func about(_ labels: LabelSet) -> String {
        CommonLabels.shown(labels).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
    private static func words(_ suppression: Suppression, _ dispatcher: Dispatcher, _ now: Timestamp) -> String {
        if let id = suppression.silencedBy.first, let silence = dispatcher.silences.silences[id] {
            let reason = [silence.createdBy, silence.comment].filter { !$0.isEmpty }.joined(separator: ": ")
            return "silenced for \((silence.endsAt - now).prometheus) more" + (reason.isEmpty ? "" : " (\(reason))")
        }
        if let source = suppression.inhibitedBy.first { return "inhibited by \(source["alertname"] ?? source.bracedText)" }
        return suppression.mutedBy.first.map { "muted by the time interval \($0)" } ?? ""
    }

    /// How the value is written, and what it is held against.
    static func condition(_ rule: Rule, _ snapshot: StoreSnapshot) -> (ValueUnit, String) {
        switch rule.question {
        case .signal(let question):
            return (question.unit, question.comparison.sign + " " + ValueText.short(question.limit, question.unit))
        case .promQL(let query):
            let unit = ExpressionUnit(metadata: snapshot.metrics.metadata(family:)).unit(of: query.expression)
            guard let condition = RuleCondition(query) else { return (unit, "") }
            return (unit, condition.comparison.sign + " " + (condition.limit.map { ValueText.short($0, unit) } ?? "…"))
        }
    }

    // MARK: Others

    private var remoteRows: [AlertRow] {
        // What was handed on from here is there already.
        facts.remote.sources.flatMap { source in
            source.alerts.filter { facts.dispatcher.alerts[$0.labels] == nil }.map { alert in
                var row = AlertRow(
                    id: .remote(url: source.url, alert.labels), state: alert.isSuppressed ? .silenced : .firing,
                    severity: AlertSeverity(alert.labels["severity"] ?? ""), name: alert.labels["alertname"] ?? "",
                    about: Self.about(alert.labels), labels: alert.labels)
                row.subject = CommonLabels.shown(alert.labels)
                row.annotations = alert.annotations
                row.since = alert.startsAt
                row.note = "of \(source.url)"
                row.suppression = alert.isSuppressed ? "suppressed there" : ""
                row.stretches = stretches(.init(labels: alert.labels, activeAt: alert.startsAt, firedAt: alert.startsAt, value: .nan))
                return row
            }
        }
    }

    private var objectiveRows: [AlertRow] {
        facts.report.objectives.flatMap { objective -> [AlertRow] in
            let report = ObjectiveReport(objective, snapshot, at: context.now)
            let target = ValueText.short(objective.target, .ratio)
            guard !report.rows.isEmpty else {
                var row = AlertRow(
                    id: .objective(objective.name, LabelSet([])), state: .objective, severity: .none, name: objective.name,
                    about: "no data",
                    labels: LabelSet([]))
                row.condition = target
                return [row]
            }
            return report.rows.map { each in
                var row = AlertRow(
                    id: .objective(objective.name, each.labels), state: .objective, severity: .none, name: objective.name,
                    about: Self.objectiveText(each, report), labels: each.labels)
                row.value = 1 - each.bad
                row.unit = .ratio
                row.condition = "≥ " + target
                row.note = each.budgetLeft < 0 ? "overdrawn" : each.burn > 1 ? "burns too fast" : ""
                return row
            }
        }
    }
    /// Never a figure of the period from less of it: how far the data reach stands with it.
    private static func objectiveText(_ row: ObjectiveReport.Row, _ report: ObjectiveReport) -> String {
        let left = row.budgetLeft < 0 ? "budget overdrawn" : ValueText.short(row.budgetLeft, .ratio) + " of the budget left"
        let reach =
            report.isWhole
            ? "over \(report.reach.prometheus)" : "over the \(coarse(report.reach)) that there is of \(report.objective.window.prometheus)"
        return (row.labels.labels.isEmpty ? "" : about(row.labels) + "  ") + "\(left) \(reach), burns \(row.burn.brief(digits: 2))x"
    }
    private static func coarse(_ span: TimeSpan) -> String {
        let seconds = span.nanoseconds / 1_000_000_000
        return seconds >= 7200 ? "\(seconds / 3600)h" : seconds >= 120 ? "\(seconds / 60)m" : "\(seconds)s"
    }

    private func quietRows(_ shown: Set<String>) -> [AlertRow] {
        facts.report.groups.flatMap { group in
            group.rules.filter { $0.rule.isAlerting || $0.lastError != nil }.compactMap { state -> AlertRow? in
                guard state.lastError != nil || !shown.contains(state.rule.name) else { return nil }
                var row = AlertRow(
                    id: .rule(group: group.group.identity, state.rule.identity), state: state.lastError == nil ? .quiet : .broken,
                    severity: AlertSeverity(state.rule.severity), name: state.rule.name, about: state.lastError ?? state.rule.question.flat,
                    labels: LabelSet([]))
                row.note = state.lastError ?? ""
                take((group, state), &row)
                return row
            }
        }
    }
}

/// Labels that all alerts of a name have with one value don't tell them apart.
private struct CommonLabels {
    private var varying: [String: Set<String>] = [:]

    init(_ all: some Sequence<LabelSet>) {
        var first: [String: LabelSet] = [:]
        for labels in all {
            let name = labels["alertname"] ?? ""
            guard let other = first[name] else {
                first[name] = labels
                continue
            }
            for label in labels.labels where other[label.name] != label.value { varying[name, default: []].insert(label.name) }
        }
    }
    /// Without the alert's name and its severity, which have columns of their own.
    static func shown(_ labels: LabelSet) -> [Label] { labels.labels.filter { $0.name != "alertname" && $0.name != "severity" } }
    func distinguishingFirst(_ labels: LabelSet) -> [Label] {
        let shown = Self.shown(labels)
        guard let varying = varying[labels["alertname"] ?? ""] else { return shown }
        return shown.filter { varying.contains($0.name) } + shown.filter { !varying.contains($0.name) }
    }
}

extension RuleQuestion {
    /// On one line.
    var flat: String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

extension SignalQuestion.Comparison {
    /// As people write it.
    var sign: String {
        switch self {
        case .greaterOrEqual: "≥"
        case .lessOrEqual: "≤"
        case .notEqual: "≠"
        case .equal: "="
        case .greater: ">"
        case .less: "<"
        }
    }
}
