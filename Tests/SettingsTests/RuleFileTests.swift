import Rules
import Settings
import Telemetry
import Testing

struct RuleFileTests {
    private func read(_ text: String) -> RuleFile { RuleFile.read(Array(text.utf8), source: "r.yml") }
    private func errors(_ text: String) -> [String] { read(text).errors.map(\.description) }

    @Test func prometheussKeysAreRead() throws {
        let file = read(
            """
            groups:
              - name: g
                interval: 30s
                limit: 7
                query_offset: 1m
                labels: {team: shop, severity: none}
                rules:
                  - record: job:up:sum
                    expr: sum by (job) (up)
                  - alert: Down
                    expr: |
                      up
                        == 0
                    for: 5m
                    keep_firing_for: 1m
                    labels: {severity: page}
                    annotations: {summary: '{{ $labels.job }} is down'}
            """)
        #expect(file.errors.isEmpty)
        let group = try #require(file.groups.first)
        #expect(group.interval == .seconds(30))
        #expect(group.limit == 7)
        #expect(group.queryOffset == .minutes(1))
        #expect(group.rules.map(\.name) == ["job:up:sum", "Down"])
        #expect(group.rules[0].kind == .recording(metric: "job:up:sum"))
        #expect(group.rules[0].labels.map(\.name).sorted() == ["severity", "team"])
        #expect(group.rules[1].hold == .minutes(5))
        #expect(group.rules[1].keepFiring == .minutes(1))
        #expect(group.rules[1].severity == "page")
        #expect(group.rules[1].labels.first { $0.name == "team" }?.source == "shop")
    }

    @Test func rulesOverLogsAndTracesAreRead() throws {
        let file = read(
            """
            groups:
              - name: g
                rules:
                  - alert: Deadlock
                    source: logs
                    expr: level=error deadlock
                    threshold: count >= 5
                    window: 1m
                    by: [service]
                  - alert: SlowOrder
                    source: traces
                    expr: route="/orders"
                    threshold: max > 2s
            """)
        #expect(file.errors.isEmpty)
        #expect(
            file.groups.first?.rules.map(\.question.text) == [
                "logs: level=error deadlock | count >= 5 in 1m by service", "traces: route=\"/orders\" | max(duration) > 2 in 1m",
            ])
    }

    /// Where it is: line and column within the file, whichever way YAML writes the expression.
    @Test(arguments: [
        ("        expr: sum(up", "r.yml:5:21"), ("        expr: 'sum(up'", "r.yml:5:22"), ("        expr: \"rate(x)\"", "r.yml:5:21"),
        ("        expr: |\n          up ==\n            foo(1)", "r.yml:7:13"),
    ]) func anExpressionsErrorHasItsPlace(_ expression: String, _ place: String) throws {
        let found = errors("groups:\n  - name: g\n    rules:\n      - alert: A\n" + expression + "\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(place + ": the expression can't be read: ") == true, "\(found)")
    }

    @Test(arguments: [
        ("groups:\n  - name: g\n    rules:\n      - {expr: up}\n", "neither \"record\" nor \"alert\""),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, record: b, expr: up}\n", "not both"),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A}\n", "no \"expr\""),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up, fro: 5m}\n", "did you mean \"for\""),
        ("groups:\n  - name: g\n    rules:\n      - {record: a, expr: up, for: 5m}\n", "is for alerts"),
        ("groups:\n  - name: g\n  - name: g\n", "two groups named \"g\""),
        ("groups:\n  - rules: []\n", "no \"name\""),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up, annotations: {a: '{{ $x'}}\n", "template of \"a\" can't be read"),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up, labels: {__name__: x}}\n", "can't be the name of a label"),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, source: logs, threshold: many}\n", "\"threshold\" wants such as"),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, source: logs, expr: 'a=\"b'}\n", "search can't be read"),
        ("groups:\n  - name: g\n    rules:\n      - {record: a, source: logs}\n", "needs an expression in PromQL"),
        ("groups:\n  - name: g\n    rules:\n      - {alert: A, expr: up, window: 5m}\n", "goes with \"source: logs\""),
        ("groups: [\n", "r.yml"), ("- a\n", "r.yml"),
    ]) func whatIsWrongIsSaid(_ text: String, _ part: String) {
        let found = errors(text)
        #expect(found.contains { $0.contains(part) }, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("r.yml") })
    }

    @Test func theStarterSetIsSound() {
        let file = RuleFile.read(StarterRules.text, source: "starter")
        #expect(file.errors.isEmpty && file.warnings.isEmpty, "\(file.errors) \(file.warnings)")
        let rules = file.groups.flatMap(\.rules)
        #expect(rules.count >= 15)
        #expect(rules.allSatisfy { !$0.severity.isEmpty && $0.annotations.contains { $0.name == "summary" } })
        #expect(RuleFile.duplicates(in: file.groups).isEmpty)
        #expect(StarterRules.groups(without: ["TargetDown"]).flatMap(\.rules).count == rules.count - 1)
    }
}
