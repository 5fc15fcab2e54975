import PromQL
import Rules
import Store
import Telemetry
import Testing

@testable import Insight

/// Rules over logs and traces, backtests, objectives, and what lies behind an alert.
@Suite struct RuleInsightTests {
    private func rows(_ question: SignalQuestion, _ store: TelemetryStore, second: Int64) throws -> [String] {
        try SignalMeasure(question).rows(in: store.snapshot(), at: noon + .seconds(second)).map { row in
            row.labels.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",") + ":" + row.value.plainText
        }
    }

    // MARK: Logs

    private var logs: TelemetryStore {
        let store = TelemetryStore()
        for second in 0..<10 {
            store.log(
                "deadlock found when trying to get lock", service: second < 7 ? "order" : "cart", severity: .error,
                second: Int64(second) * 5)
            store.log("took=\(second * 100) all is well", service: "order", second: Int64(second) * 5)
        }
        return store
    }
    @Test func linesAreCountedByField() throws {
        let question = SignalQuestion(.logs, search: "level=error deadlock", window: .minutes(1), fields: ["service"])
        #expect(try rows(question, logs, second: 50) == ["service=cart:3", "service=order:7"])
        // The window ends with the moment, and begins a minute before.
        #expect(try rows(question, logs, second: 70) == ["service=cart:3", "service=order:4"])
        #expect(try rows(question, logs, second: 300).isEmpty)
    }
    @Test func withoutFieldsThereIsAlwaysARow() throws {
        #expect(try rows(SignalQuestion(.logs, search: "deadlock"), logs, second: 300) == [":0"])
        #expect(try rows(SignalQuestion(.logs, search: "deadlock", measure: .rate, window: .seconds(50)), logs, second: 50) == [":0.18"])
    }
    @Test func aShareIsOfWhatIsFound() throws {
        let question = SignalQuestion(.logs, search: "service=order", measure: .share(search: "level=error"), window: .minutes(1))
        #expect(try rows(question, logs, second: 50) == [":\((7.0 / 17).plainText)"])
        #expect(try rows(question, logs, second: 300) == [])
    }
    @Test func aPatternIsNewThatTheHourBeforeDidNotHave() throws {
        let store = TelemetryStore()
        for second in 0..<300 { store.log("GET /cart/\(second) answered 200", second: Int64(second)) }
        for second in 290..<300 {
            store.log("bank gateway timeout after \(second) ms", service: "payment", severity: .error, second: Int64(second))
        }
        let question = SignalQuestion(.logs, search: "", measure: .newPattern, comparison: .greaterOrEqual, limit: 10, window: .minutes(1))
        #expect(try rows(question, store, second: 300) == ["pattern=bank gateway timeout after <_> ms,service=payment:10"])
    }
    @Test func aSearchThatCannotBeReadIsAFailure() {
        #expect(throws: RuleFailure.self) { try rows(SignalQuestion(.logs, search: "level="), logs, second: 1) }
    }

    // MARK: Traces

    private var spans: TelemetryStore {
        let store = TelemetryStore()
        for number in 0..<20 {
            let (id, start) = (UInt64(number), noon + .seconds(Int64(number)))
            store.add(
                [
                    Sketch(
                        id: 1, service: "order", name: "POST /orders", kind: .server, from: 0, to: Int64(number + 1) * 100,
                        isError: number % 4 == 0,
                        attributes: [Attribute("http.route", .string("/orders"))])
                ], trace: id + 1, at: start)
        }
        return store
    }
    @Test func durationsHaveQuantilesByNearestRank() throws {
        func question(_ measure: SignalQuestion.Measure) -> SignalQuestion {
            SignalQuestion(.traces, search: "service=order", measure: measure, window: .minutes(1), fields: ["service"])
        }
        #expect(try rows(question(.quantile(0.95, field: "duration")), spans, second: 30) == ["service=order:1.9"])
        #expect(try rows(question(.quantile(0.5, field: "duration")), spans, second: 30) == ["service=order:1"])
        #expect(try rows(question(.maximum(field: "duration")), spans, second: 30) == ["service=order:2"])
        #expect(try rows(question(.minimum(field: "duration")), spans, second: 30) == ["service=order:0.1"])
        #expect(try rows(question(.share(search: "status=error")), spans, second: 30) == ["service=order:0.25"])
        let route = SignalQuestion(.traces, search: "duration>1.5s", window: .minutes(1), fields: ["http.route"])
        #expect(try rows(route, spans, second: 30) == ["http_route=/orders:5"])
    }
    @Test func withoutEnoughDataThereIsNoRow() throws {
        var question = SignalQuestion(.traces, search: "service=order", window: .minutes(60))
        question.reach = .minutes(30)
        #expect(try rows(question, spans, second: 30).isEmpty)
        question.reach = .seconds(20)
        #expect(try rows(question, spans, second: 30) == [":20"])
    }

    // MARK: Backtest

    private func rule(_ text: String, hold: TimeSpan = .zero, keep: TimeSpan = .zero) throws -> Rule {
        var rule = Rule(kind: .alerting, name: "Test", question: .promQL(try Query(text)))
        (rule.hold, rule.keepFiring) = (hold, keep)
        return rule
    }
    private var metrics: TelemetryStore {
        let store = TelemetryStore()
        store.add(
            "queue", [Label("job", "shop")], (0...120).map { (second: Int64($0) * 15, value: (20..<40).contains($0) || $0 > 100 ? 9 : 1) })
        return store
    }
    @Test func aBacktestTellsWhenItWouldHaveFired() throws {
        let test = Backtest(
            try rule("queue > 5", hold: .seconds(60)), interval: .seconds(15), metrics.snapshot(), at: noon + .seconds(1800))
        #expect(test.error == nil)
        #expect(test.fired.count == 2)
        let first = try #require(test.fired.first)
        // Evaluations stand at whole multiples of the interval, so each is less than one late.
        func seconds(_ time: Timestamp?) -> Double { time.map { ($0 - noon).seconds } ?? .nan }
        #expect(seconds(first.activeAt) >= 300 && seconds(first.activeAt) < 315)
        #expect(first.firedAt == first.activeAt + .seconds(60))
        #expect(seconds(first.endedAt) >= 600 && seconds(first.endedAt) < 615)
        #expect(test.fired.last?.endedAt == nil)
        let patient = Backtest(
            try rule("queue > 5", hold: .seconds(600)), interval: .seconds(15), metrics.snapshot(), at: noon + .seconds(1800))
        #expect(patient.fired.isEmpty)
    }
    @Test func aBacktestOfLogs() {
        var rule = Rule(
            kind: .alerting, name: "Test",
            question: .signal(SignalQuestion(.logs, search: "deadlock", comparison: .greaterOrEqual, limit: 3, fields: ["service"])))
        rule.hold = .zero
        let test = Backtest(rule, interval: .seconds(5), logs.snapshot(), at: noon + .seconds(120))
        #expect(Set(test.fired.compactMap { $0.labels["service"] }) == ["order", "cart"])
    }
    @Test func aBacktestSaysWhatIsWrong() throws {
        let test = Backtest(
            try rule("queue + on () (queue or label_replace(queue, \"job\", \"x\", \"\", \"\"))"),
            interval: .seconds(15), metrics.snapshot(), at: noon + .seconds(1800))
        #expect(test.error != nil)
    }

    // MARK: Objectives

    @Test func anObjectiveTellsHowFarTheDataReach() throws {
        let store = TelemetryStore()
        store.add("all_total", [], (0...40).map { (second: Int64($0) * 15, value: Double($0) * 100) })
        store.add("bad_total", [], (0...40).map { (second: Int64($0) * 15, value: Double($0)) })
        let objective = ServiceLevelObjective(
            name: "x",
            indicator: .promQL(bad: "sum(rate(bad_total[window])) / sum(rate(all_total[window]))", total: "sum(rate(all_total[window]))"),
            target: 0.98, window: .minutes(30 * 1440))
        let report = ObjectiveReport(objective, store.snapshot(), at: noon + .seconds(600))
        #expect(!report.isWhole)
        #expect(report.reach > .zero && report.reach <= .seconds(600))
        let row = try #require(report.rows.first)
        #expect(abs(row.bad - 0.01) < 1e-9)
        // Half of what two in a hundred allow.
        #expect(abs(row.budgetLeft - 0.5) < 1e-6)
        #expect(abs(row.burn - 0.5) < 1e-6)
    }

    // MARK: Stories

    @Test func aStoryHasTheValueTheSeriesAndWhatHappened() throws {
        let store = metrics
        for number in 0..<5 {
            let start = noon + .seconds(290 + Int64(number))
            store.add(
                [Sketch(id: 1, service: "shop", name: "GET /", kind: .server, from: 0, to: 50, isError: true)], trace: UInt64(number + 1),
                at: start)
        }
        store.log("no room in the queue", service: "shop", severity: .error, second: 295)
        store.log("all is well", service: "other", second: 295)
        let story = AlertStory(
            AlertStory.Subject(
                rule: try rule("sum by (job) (queue) > 5"), labels: LabelSet([Label("alertname", "Test"), Label("job", "shop")]),
                begin: noon + .seconds(300)),
            store.snapshot(), over: .minutes(10), at: noon + .seconds(600))
        #expect(story.error == nil)
        #expect(story.threshold == 5)
        #expect(story.lines.count == 1)
        #expect(story.lines.first?.values.contains(9) == true)
        #expect(story.series.map { $0.labels["job"] } == ["shop"])
        #expect(story.service == "shop")
        #expect(story.traces.count == 5)
        #expect(story.logs.map(\.message) == ["no room in the queue"])
    }

    @Test(
        arguments: [
            // A label says it outright, whatever the target is.
            ("service=payment instance=10.0.0.1:80", "payment"), ("service_name=payment", "payment"),
            // What the gateway says of a cluster is about the cluster, where that is a service.
            ("envoy_cluster_name=shop instance=10.0.0.2:80", "shop"), ("envoy_cluster_name=shop-canary instance=10.0.0.2:80", "edge"),
            // The target knows better than its job.
            ("instance=10.0.0.1:80 job=shop", "order"), ("instance=10.0.0.9:80 job=shop", "shop"), ("job=scrape name=other", "other"),
            ("job=scrape", nil), ("service= job=scrape", nil),
        ] as [(String, String?)])
    func alertsAreAboutAService(_ text: String, _ service: String?) {
        let store = TelemetryStore()
        store.add("target_info", [Label("instance", "10.0.0.1:80"), Label("service_name", "order")], [(0, 1)])
        store.add("target_info", [Label("instance", "10.0.0.2:80"), Label("service_name", "edge")], [(0, 1)])
        store.log("started", service: "shop", second: 0)
        store.log("started", service: "other", second: 0)
        let labels = text.split(separator: " ").map { pair in
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map { String($0) }
            return Label(parts[0], parts[1])
        }
        #expect(AlertSubjects(store.snapshot(), at: noon + .seconds(10)).service(of: LabelSet(labels)) == service)
    }
}
