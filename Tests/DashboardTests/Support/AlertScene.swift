import Dashboard
import Insight
import Notify
import PromQL
import Rules
import Store
import Telemetry
import Templates

/// Rules over a scene: what fires, who was told of it, what is silenced, acknowledged, broken or quiet.
enum AlertScene {
    static let facts = scene(ShopScene.snapshot)
    static let hostile = scene(HostileScene.snapshot)
    /// Hundreds of alerts.
    static let crowd = scene(CrowdScene.snapshot)

    private final class World: RuleWorld {
        let snapshot: StoreSnapshot
        init(_ snapshot: StoreSnapshot) { self.snapshot = snapshot }
        var querier: any Querier { snapshot.metrics }
        func rows(of question: SignalQuestion, at time: Timestamp) throws(RuleFailure) -> [SignalRow] {
            try SignalMeasure(question).rows(in: snapshot, at: time)
        }
        func series(for labels: LabelSet) -> SeriesID? { nil }
        func append(_ samples: [RuleSample]) -> Set<SeriesID> { [] }
    }

    private static func scene(_ snapshot: StoreSnapshot) -> AlertingFacts {
        let world = World(snapshot)
        var book = RuleBook()
        var report = RuleReport()
        var dispatcher = Dispatcher(configuration)
        let start = ShopScene.now - ShopScene.length
        book.replace(with: [RuleGroup(name: "shop", source: "shop.yml", interval: .seconds(15), rules: rules)], at: start, world)
        var time = start + .seconds(60)
        while time <= ShopScene.now {
            let outcome = book.evaluate(dueAt: time, world)
            report.history.take(outcome.changes)
            dispatcher.take(outcome.due.map(routed), at: time)
            for delivery in dispatcher.due(at: time) { dispatcher.finished(delivery.id, answer(delivery), at: time) }
            time = time + .seconds(5)
        }
        report.groups = book.groups
        report.since = start
        report.objectives = [objective]
        silence(&dispatcher, report)
        var facts = AlertingFacts(report)
        facts.dispatcher = dispatcher
        facts.canChange = true
        return facts
    }

    private static func silence(_ dispatcher: inout Dispatcher, _ report: RuleReport) {
        let firing = report.history.entries.filter { $0.isFiring(at: ShopScene.now) }
        if let known = firing.first(where: { $0.name == "ErrorLogs" }) { dispatcher.acknowledge(known.labels, true) }
        guard let service = firing.last(where: { $0.name == "SlowService" })?.labels["service"],
            let matcher = try? AlertMatcher(LabelMatcher("service", .equal, service)),
            let name = try? AlertMatcher(LabelMatcher("alertname", .equal, "SlowService"))
        else { return }
        let now = ShopScene.now
        let silence = Silence(
            matchers: [name, matcher], startsAt: now - .seconds(30), endsAt: now + .minutes(60), createdBy: "ada", comment: "being mended",
            updatedAt: now)
        _ = try? dispatcher.set(silence, at: now - .seconds(30))
    }

    private static func routed(_ alert: ActiveAlert) -> RoutedAlert {
        RoutedAlert(
            labels: alert.labels, annotations: alert.annotations, startsAt: alert.firedAt ?? alert.activeAt,
            endsAt: alert.resolvedAt ?? alert.validUntil ?? alert.activeAt, updatedAt: alert.lastSentAt ?? alert.activeAt)
    }
    /// The pager takes nothing.
    private static func answer(_ delivery: Delivery) -> DeliveryOutcome {
        delivery.channel.name == "pagerduty" ? .failed("503 try later", retryAfter: .seconds(30)) : .delivered("200 ok")
    }
    private static var configuration: NotifyConfiguration {
        var configuration = NotifyConfiguration()
        configuration.route = Route(receiver: "team", groupBy: ["alertname"], groupWait: .seconds(10), groupInterval: .seconds(60))
        configuration.receivers = [
            Receiver(
                name: "team",
                channels: [
                    Channel(.slack(SlackChannel(url: Secret("https://hooks/"))), sendsResolved: true),
                    Channel(.pagerDuty(PagerDutyChannel(routingKey: Secret("key"))), sendsResolved: true),
                ])
        ]
        return configuration
    }

    // MARK: Rules

    private static var rules: [Rule] {
        [
            signal(
                "ServiceErrors", .traces, "kind=server", .share(search: "status=error"), .greater, 0.1, "critical", hold: .seconds(30),
                "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail"),
            signal(
                "SlowService", .traces, "kind=server", .quantile(0.95, field: "duration"), .greater, 0.3, "warning", hold: .seconds(15),
                "{{ $labels.service }} answers in {{ $value | humanizeDuration }} at the 95th percentile"),
            signal("ErrorLogs", .logs, "level=error", .count, .greaterOrEqual, 5, "warning", "{{ $value }} lines tell of errors"),
            metric("TargetDown", "up == 0", "critical", hold: .seconds(30), "{{ $labels.instance }} is not to be reached"),
            metric("BreakerOpen", "resilience4j_circuitbreaker_state{state=\"open\"} == 1", "critical", "the breaker is open"),
            metric("NothingAtAll", "absent(up) == 1", "info", "nothing is watched"),
            metric("Broken", "up + on () up > 1", "warning", "this never works"),
        ].compactMap { $0 }
    }
    private static func metric(_ name: String, _ text: String, _ severity: String, hold: TimeSpan = .zero, _ summary: String) -> Rule? {
        (try? Query(text)).map { rule(name, .promQL($0), severity, hold, summary) }
    }
    private static func signal(
        _ name: String, _ signal: SignalQuestion.Signal, _ search: String, _ measure: SignalQuestion.Measure,
        _ comparison: SignalQuestion.Comparison, _ limit: Double, _ severity: String, hold: TimeSpan = .zero, _ summary: String
    ) -> Rule? {
        let question = SignalQuestion(
            signal, search: search, measure: measure, comparison: comparison, limit: limit, window: .minutes(1), fields: ["service"])
        return rule(name, .signal(question), severity, hold, summary)
    }
    private static func rule(_ name: String, _ question: RuleQuestion, _ severity: String, _ hold: TimeSpan, _ summary: String) -> Rule {
        var rule = Rule(kind: .alerting, name: name, question: question, labels: [RuleText("severity", severity)])
        rule.hold = hold
        rule.annotations = [RuleText("summary", summary, template: try? Template(summary, scope: .prometheus()))]
        return rule
    }
    private static let objective = ServiceLevelObjective(
        name: "checkout", indicator: .spans(search: "kind=server", bad: "status=error", fields: []), target: 0.99,
        window: .minutes(7 * 1440))
}
