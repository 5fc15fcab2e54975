import PromQL
import Rules
import Telemetry

extension PrometheusAPI {
    /// Filters of `/api/v1/rules`, as Prometheus takes them.
    private struct RuleFilter {
        var showsAlerting = true
        var showsRecording = true
        var names: Set<String>
        var groups: Set<String>
        var files: Set<String>
        var matchers: [[LabelMatcher]] = []
        var hidesAlerts = false
    }

    func writeRules(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) {
        var filter = RuleFilter(
            names: Set(call.form.all("rule_name[]")), groups: Set(call.form.all("rule_group[]")), files: Set(call.form.all("file[]")))
        if let type = call.form["type"] {
            guard ["alert", "record"].contains(type.lowercased()) else { throw .parameter("type", "not supported value \"\(type)\"") }
            filter.showsAlerting = type.lowercased() == "alert"
            filter.showsRecording = !filter.showsAlerting
        }
        filter.hidesAlerts = ["true", "1", "t"].contains(call.form["exclude_alerts"]?.lowercased() ?? "")
        for text in call.form.all("match[]") {
            do throws(QueryError) { filter.matchers.append(try PromQLParser.parseSelector(text).matchers) } catch {
                throw .parameter("match[]", error.description)
            }
        }
        var groups: [(GroupState, [RuleState])] = []
        for group in sources.rules().groups {
            guard filter.groups.isEmpty || filter.groups.contains(group.group.name),
                filter.files.isEmpty || filter.files.contains(group.group.source)
            else { continue }
            let rules = try group.rules.filtered { rule throws(APIFailure) in try accepts(rule, filter) }
            // Groups that nothing is left of are left out.
            if !rules.isEmpty { groups.append((group, rules)) }
        }
        json.raw("{\"groups\":")
        json.array(groups) { $0.group($1.0, $1.1, hidesAlerts: filter.hidesAlerts) }
        json.raw("}")
    }

    private func accepts(_ state: RuleState, _ filter: RuleFilter) throws(APIFailure) -> Bool {
        guard state.rule.isAlerting ? filter.showsAlerting : filter.showsRecording,
            filter.names.isEmpty || filter.names.contains(state.rule.name)
        else { return false }
        guard !filter.matchers.isEmpty else { return true }
        let labels = LabelSet(state.rule.labels.map { Label($0.name, $0.source) })
        for matchers in filter.matchers where try accepts(labels, matchers) { return true }
        return false
    }

    func writeAlertmanagers(_ json: inout JSONBytes) {
        json.raw("{\"activeAlertmanagers\":")
        json.array(sources.alertmanagers) { $0.object([("url", $1 + ($1.hasSuffix("/") ? "" : "/") + "api/v2/alerts")]) }
        json.raw(",\"droppedAlertmanagers\":[]}")
    }

    func writeAlerts(_ json: inout JSONBytes) {
        json.raw("{\"alerts\":")
        json.array(sources.rules().groups.flatMap(\.rules).flatMap(\.states.active)) { $0.alert($1) }
        json.raw("}")
    }
}

extension Array {
    fileprivate func filtered<Failure: Error>(_ body: (Element) throws(Failure) -> Bool) throws(Failure) -> [Element] {
        var kept: [Element] = []
        for element in self where try body(element) { kept.append(element) }
        return kept
    }
}

extension JSONBytes {
    fileprivate mutating func group(_ state: GroupState, _ rules: [RuleState], hidesAlerts: Bool) {
        raw("{\"name\":")
        string(state.group.name)
        raw(",\"file\":")
        string(state.group.source)
        raw(",\"rules\":")
        array(rules) { $0.rule($1, hidesAlerts: hidesAlerts) }
        raw(",\"interval\":")
        bareNumber(state.group.interval.seconds)
        raw(",\"limit\":")
        integer(state.group.limit)
        raw(",\"evaluationTime\":")
        bareNumber(state.duration.seconds)
        raw(",\"lastEvaluation\":")
        string((state.lastEvaluation)?.rfc3339 ?? Self.never)
        raw("}")
    }
    private static let never = "0001-01-01T00:00:00Z"

    private mutating func rule(_ state: RuleState, hidesAlerts: Bool) {
        let rule = state.rule
        if rule.isAlerting {
            raw("{\"state\":")
            string(state.states.state.rawValue)
            raw(",\"name\":")
            string(rule.name)
            raw(",\"query\":")
            string(rule.question.text)
            raw(",\"duration\":")
            bareNumber(rule.hold.seconds)
            raw(",\"keepFiringFor\":")
            bareNumber(rule.keepFiring.seconds)
            raw(",\"labels\":")
            labels(LabelSet(rule.labels.map { Label($0.name, $0.source) }))
            raw(",\"annotations\":")
            labels(LabelSet(rule.annotations.map { Label($0.name, $0.source) }))
            raw(",\"alerts\":")
            array(hidesAlerts ? [] : state.states.active) { $0.alert($1) }
        } else {
            raw("{\"name\":")
            string(rule.name)
            raw(",\"query\":")
            string(rule.question.text)
            if !rule.labels.isEmpty {
                raw(",\"labels\":")
                labels(LabelSet(rule.labels.map { Label($0.name, $0.source) }))
            }
        }
        raw(",\"health\":")
        string(state.health.rawValue)
        if let error = state.lastError {
            raw(",\"lastError\":")
            string(error)
        }
        raw(",\"evaluationTime\":")
        bareNumber(state.duration.seconds)
        raw(",\"lastEvaluation\":")
        string(state.lastEvaluation?.rfc3339 ?? Self.never)
        raw(",\"type\":")
        string(rule.isAlerting ? "alerting" : "recording")
        raw("}")
    }

    mutating func alert(_ alert: ActiveAlert) {
        raw("{\"labels\":")
        labels(alert.labels)
        raw(",\"annotations\":")
        labels(alert.annotations)
        raw(",\"state\":")
        string(alert.state.rawValue)
        raw(",\"activeAt\":")
        string(alert.activeAt.rfc3339)
        if let since = alert.keepFiringSince {
            raw(",\"keepFiringSince\":")
            string(since.rfc3339)
        }
        raw(",\"value\":")
        string(alert.value.scientificText)
        raw("}")
    }
}
