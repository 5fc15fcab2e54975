import PromQL
import Telemetry
import Testing

@testable import Rules

struct RuleConditionTests {
    @Test(arguments: [
        ("rate(x[5m]) > 0.5", "rate(x[5m])", ">", 0.5), ("5 < sum(x)", "sum(x)", ">", 5), ("(up == 0)", "up", "==", 0),
        ("x > 1 and on (job) y > 2", "x", ">", 1), ("x >= -3", "x", ">=", -3),
    ]) func isTakenApart(_ text: String, _ value: String, _ comparison: String, _ limit: Double) throws {
        let condition = try #require(RuleCondition(try Query(text)))
        #expect(condition.value.text == value)
        #expect(condition.comparison.rawValue == comparison)
        #expect(condition.limit == limit)
    }
    @Test func aLimitMayBeAnExpression() throws {
        let condition = try #require(RuleCondition(try Query("x > y * 2")))
        #expect(condition.limit == nil)
        #expect(condition.threshold.text == "y * 2")
    }
    @Test(arguments: ["up", "absent(up)", "x > bool 1", "x or y > 1"]) func somethingElseHasNone(_ text: String) throws {
        #expect(RuleCondition(try Query(text)) == nil)
    }
}

struct SignalQuestionTests {
    @Test(arguments: [
        ("count >= 5", SignalQuestion.Measure.count, ">=", 5.0), ("rate > 0.5/s", .rate, ">", 0.5),
        ("p95 > 2s", .quantile(0.95, field: "duration"), ">", 2),
        ("p99.9(http.size) > 1MB", .quantile(0.999, field: "http.size"), ">", 1e6),
        ("quantile(0.5, duration) < 300ms", .quantile(0.5, field: "duration"), "<", 0.3),
        ("max > 10s", .maximum(field: "duration"), ">", 10),
        ("share(status=error level>3) > 5%", .share(search: "status=error level>3"), ">", 0.05),
        ("new_pattern >= 20", .newPattern, ">=", 20),
        ("avg(queue.depth) == 7", .average(field: "queue.depth"), "==", 7),
    ]) func thresholdsAreRead(_ text: String, _ measure: SignalQuestion.Measure, _ comparison: String, _ limit: Double) throws {
        let threshold = try #require(SignalThreshold(text))
        #expect(threshold.measure == measure)
        #expect(threshold.comparison.rawValue == comparison)
        #expect(abs(threshold.limit - limit) < 1e-9)
    }
    @Test(arguments: [
        "", "count", "> 5", "count > ", "count > x", "p > 1", "p101 > 1", "quantile(2, x) > 1", "sum > 1", "share() > 1", "count > inf",
    ])
    func nonsenseIsNone(_ text: String) { #expect(SignalThreshold(text) == nil) }

    @Test func textReadsBack() throws {
        let question = SignalQuestion(
            .logs, search: "level=error \"a | b\"", measure: .quantile(0.9, field: "took"), comparison: .greaterOrEqual, limit: 0.25,
            window: .minutes(5), fields: ["service", "route"])
        #expect(question.text == "logs: level=error \"a | b\" | quantile(0.9, took) >= 0.25 in 5m by service, route")
        #expect(SignalQuestion(question.text, .logs) == question)
        #expect(SignalQuestion("logs: everything | count > 3", .logs)?.search == "")
        #expect(SignalQuestion("traces: x | count > 3", .logs) == nil)
    }
    @Test func fieldsBecomeLabels() {
        #expect(SignalQuestion.label(for: "http.status-code") == "http_status_code")
        #expect(SignalQuestion.label(for: "4xx") == "_4xx")
    }
}

struct ServiceLevelObjectiveTests {
    private func objective(target: Double = 0.999, window: TimeSpan = .minutes(30 * 1440)) -> ServiceLevelObjective {
        ServiceLevelObjective(
            name: "checkout", indicator: .promQL(bad: "sum(rate(bad[window])) / sum(rate(all[window]))", total: "sum(rate(all[window]))"),
            target: target, window: window, labels: [Label("team", "shop")])
    }
    private func alerts(_ group: RuleGroup) -> [Rule] { group.rules.filter(\.isAlerting) }

    @Test func theWorkbooksFactorsComeOfThirtyDays() {
        #expect(ServiceLevelObjective.burns.map { ($0.factor(.minutes(30 * 1440)) * 10).rounded() / 10 } == [14.4, 6, 3, 1])
    }
    @Test func eachPairOfWindowsHasAnAlert() {
        let group = objective().group()
        #expect(alerts(group).map(\.severity) == ["critical", "critical", "warning", "warning"])
        #expect(
            alerts(group)[0].question.text
                == "slo:bad:ratio{slo=\"checkout\",window=\"1h\"} > 0.0144 and ignoring (window) slo:bad:ratio{slo=\"checkout\",window=\"5m\"} > 0.0144"
        )
        #expect(alerts(group)[0].labels.contains { $0.name == "team" && $0.source == "shop" })
    }
    /// A figure of three days needs data of a day and a half.
    @Test func aWindowNeedsDataFromItsMiddle() {
        #expect(
            objective().badShare(over: .minutes(60))
                == "(sum(rate(bad[1h])) / sum(rate(all[1h]))) and ((sum(rate(all[1h] offset 30m))) >= 0)")
    }
    @Test func whatCanNeverFireIsLeftOut() {
        // Of 20 %, 14.4 and 6 times as much would be more than everything.
        #expect(alerts(objective(target: 0.8).group()).count == 2)
        #expect(alerts(objective(window: .minutes(360)).group()).allSatisfy { !$0.labels.contains { $0.source == "1d" } })
    }
}

struct AlertHistoryTests {
    private func change(_ kind: AlertChange.Kind, _ time: Int64, _ name: String = "a", since: Int64 = 0) -> AlertChange {
        AlertChange(time: .seconds(time), kind: kind, labels: LabelSet([Label("alertname", name)]), value: 1, activeAt: .seconds(since))
    }
    @Test func keepsWhatFiredAndForgetsWhatDidNot() {
        var history = AlertHistory()
        history.take([change(.pending, 0), change(.pending, 1, "b", since: 1), change(.firing, 5, "c", since: 5)])
        history.take([change(.dropped, 10), change(.firing, 11, "b", since: 1)])
        history.take([change(.resolved, 20, "b", since: 1), change(.resolved, 30, "c", since: 5)])
        #expect(history.entries.map(\.name) == ["b", "c"])
        #expect(history.entries.map(\.firedAt) == [.seconds(11), .seconds(5)])
        #expect(history.entries.map(\.endedAt) == [.seconds(20), .seconds(30)])
        #expect(history.fired.map(\.name) == ["c", "b"])
        #expect(history.entries[0].isActive(at: .seconds(5)) && !history.entries[0].isFiring(at: .seconds(5)))
        #expect(history.entries[0].isFiring(at: .seconds(11)) && !history.entries[0].isFiring(at: .seconds(20)))
    }
    @Test func isBounded() {
        var history = AlertHistory()
        for number in 0..<(AlertHistory.limit * 2) {
            history.take([change(.firing, Int64(number), since: Int64(number)), change(.resolved, Int64(number), since: Int64(number))])
        }
        #expect(history.entries.count <= AlertHistory.limit * 5 / 4)
        #expect(history.entries.count + history.forgotten == AlertHistory.limit * 2)
    }
}

struct AlertSeverityTests {
    @Test func wordsOfManyHouses() {
        #expect(
            ["page", "P1", "critical", "warning", "info", "", "error", "odd"].map { AlertSeverity($0) } == [
                .critical, .critical, .critical, .warning, .info, .none, .error, .warning,
            ])
    }
}
