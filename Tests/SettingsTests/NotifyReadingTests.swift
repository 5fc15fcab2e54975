import Notify
import Settings
import Telemetry
import TestKit
import Testing

/// `notify`, `alerting`, `slos` and `alerts` of a configuration.
struct NotifyReadingTests {
    private func read(_ text: String, files: [String: String] = [:], environment: [String: String] = [:]) -> ConfigurationReading {
        Configuration.read(
            Array(text.utf8), source: "d.yml", environment: { environment[$0] }, secretFile: { files[$0] },
            notify: NotifySurroundings(zone: { name in name == "Europe/Berlin" ? contents(of: "/usr/share/zoneinfo/Europe/Berlin") : nil }))
    }

    @Test func alertmanagersConfigurationIsTaken() throws {
        let reading = read(
            """
            notify:
              external_url: http://dogwatch:9090
              global:
                resolve_timeout: 10m
                slack_api_url: https://hooks.example/T/B/s3cret
                smtp_smarthost: mail:587
                smtp_from: dogwatch@example.org
              route:
                receiver: all
                group_by: [service, alertname]
                group_wait: 10s
                routes:
                  - matchers: [severity=~"critical|page", team="shop"]
                    receiver: pager
                    group_by: ['...']
                    continue: true
                    mute_time_intervals: [nights]
                  - match: {severity: info}
                    receiver: all
                    repeat_interval: 1d
              receivers:
                - name: all
                  slack_configs: [{channel: '#ops', send_resolved: true}]
                  email_configs: [{to: ops@example.org}]
                - name: pager
                  pagerduty_configs: [{routing_key_file: key}]
                  webhook_configs: [{url: "http://hook", max_alerts: 3}]
                  terminal_configs: [{bell: true, osc9: true}]
                  command_configs: [{command: [logger, "{{ .Status }}"]}]
                  alertmanager_configs: [{url: "http://am:9093"}]
              inhibit_rules:
                - {source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [service]}
              time_intervals:
                - name: nights
                  time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}], weekdays: ["monday:friday"]}]
            """, files: ["key": "pd-key"])
        #expect(reading.errors.isEmpty, "\(reading.errors)")
        let notify = reading.configuration.notify
        let route = try #require(notify.route)
        #expect(route.groupBy == ["alertname", "service"])
        #expect(route.groupWait == .seconds(10))
        #expect(route.groupInterval == .minutes(5))
        #expect(route.children.map(\.receiver) == ["pager", "all"])
        #expect(route.children[0].groupsByAll && route.children[0].continues)
        #expect(route.children[0].groupWait == .seconds(10))
        #expect(route.children[1].repeatInterval == .minutes(1440))
        #expect(
            notify.receivers.map { $0.channels.map(\.name) } == [
                ["slack", "email"], ["webhook", "pagerduty", "alertmanager", "terminal", "command"],
            ])
        #expect(notify.resolveTimeout == .minutes(10))
        #expect(notify.inhibitRules.count == 1)
        #expect(notify.timeWindows["nights"]?.first?.times == [22 * 60..<1440])
        guard case .slack(let slack) = notify.receivers[0].channels[0].kind, case .email(let mail) = notify.receivers[0].channels[1].kind,
            case .pagerDuty(let pager) = notify.receivers[1].channels[1].kind
        else {
            Issue.record("other channels than asked for")
            return
        }
        #expect(slack.url.exposed == "https://hooks.example/T/B/s3cret")
        #expect(slack.channel == "#ops")
        #expect(mail.smarthost == "mail:587" && mail.from == "dogwatch@example.org" && mail.requiresTLS)
        #expect(pager.routingKey.exposed == "pd-key")
        // A value that is printed by mistake tells nothing.
        #expect(!"\(notify)".contains("s3cret") && !"\(notify)".contains("pd-key"))
    }

    @Test(arguments: [
        ("route: {receiver: a}\n  receivers: [{name: b}]", "there is none; did you mean \"b\""),
        ("receivers: [{name: b}]", "\"route\" is missing"),
        ("route: {receiver: a, matchers: [x=y]}\n  receivers: [{name: a}]", "topmost route takes every alert"),
        ("route: {receiver: a, routes: [{matchers: ['x=~\"(\"']}]}\n  receivers: [{name: a}]", "matcher can't be read"),
        ("route: {receiver: a, mute_time_intervals: [n]}\n  receivers: [{name: a}]", "time interval \"n\""),
        ("route: {receiver: a}\n  receivers: [{name: a}, {name: a}]", "two receivers named \"a\""),
        ("route: {receiver: a}\n  receivers: [{name: a, webhook_configs: [{url: 'ftp://x'}]}]", "begins with http://"),
        ("route: {receiver: a}\n  receivers: [{name: a, webhook_configs: [{}]}]", "\"url\" is missing"),
        ("route: {receiver: a}\n  receivers: [{name: a, command_configs: [{command: []}]}]", "wants a list"),
        ("route: {receiver: a}\n  receivers: [{name: a, alertmanager_configs: [{url: 'http://u:p4ss@am'}]}]", "belong into \"basic_auth\""),
        (
            "route: {receiver: a}\n  receivers: [{name: a}]\n  time_intervals: [{name: x, time_intervals: [{times: [{start_time: '9', end_time: '10:00'}]}]}]",
            "a time goes from"
        ),
        (
            "route: {receiver: a}\n  receivers: [{name: a}]\n  time_intervals: [{name: x, time_intervals: [{location: Nowhere}]}]",
            "time zone \"Nowhere\""
        ),
    ]) func whatIsWrongIsSaid(_ text: String, _ part: String) {
        let found = read("notify:\n  " + text + "\n").errors.map(\.description)
        #expect(found.contains { $0.contains(part) }, "\(found)")
        #expect(!found.contains { $0.contains("p4ss") })
    }

    @Test func prometheussAlertingIsTaken() {
        let reading = read(
            """
            alerting:
              alertmanagers:
                - {scheme: https, path_prefix: /am, static_configs: [{targets: ["a:9093", "b:9093"]}], basic_auth: {username: u, password: p}}
            """)
        #expect(reading.errors.isEmpty)
        #expect(reading.configuration.notify.alertmanagers.map(\.url) == ["https://a:9093/am", "https://b:9093/am"])
        #expect(reading.configuration.notify.alertmanagers.first?.http.authentication == .basic(user: "u", password: "p"))
    }

    @Test func objectivesAreRead() throws {
        let reading = read(
            """
            slos:
              - name: checkout
                good: sum(rate(ok[window]))
                total: sum(rate(all[window]))
                target: 99.9%
                window: 30d
              - {name: fast, source: traces, total: 'service=checkout kind=server', faster_than: 300ms, by: [service], target: 0.95, window: 7d}
            """)
        #expect(reading.errors.isEmpty, "\(reading.errors)")
        let objectives = reading.configuration.objectives
        #expect(objectives.map(\.target) == [0.999, 0.95])
        #expect(objectives[0].badShare(over: .minutes(5))?.hasPrefix("(1 - (sum(rate(ok[5m]))) / (sum(rate(all[5m]))))") == true)
        #expect(objectives[1].badSpans(over: .minutes(5))?.measure == .share(search: "duration>300ms"))
    }
    @Test(arguments: [
        ("{good: a, total: b, target: 99%}", "no \"name\""),
        ("{name: x, good: 'a[window]', total: 'b[window]'}", "\"target\" wants a share"),
        ("{name: x, good: 'a[window]', total: 'b[window]', target: 100%}", "\"target\" wants a share"),
        ("{name: x, target: 99%, total: 'b[window]'}", "one of \"good\" and \"bad\""),
        ("{name: x, target: 99%, good: a, total: b}", "write [window]"),
        ("{name: x, target: 99%, good: 'rate(a[window]', total: 'rate(b[window])'}", "expressions can't be read"),
    ]) func anObjectivesErrorsAreSaid(_ text: String, _ part: String) {
        let found = read("slos:\n  - " + text + "\n").errors.map(\.description)
        #expect(found.contains { $0.contains(part) }, "\(found)")
    }

    @Test func dogwatchsOwnKeysAboutAlerts() {
        let reading = read("alerts: {starter: false, without: [TargetDown], state: /var/lib/dogwatch/alerts.json}\n")
        #expect(reading.errors.isEmpty)
        #expect(!reading.configuration.alerts.hasStarter)
        #expect(reading.configuration.alerts.without == ["TargetDown"])
        #expect(reading.configuration.alerts.state == "/var/lib/dogwatch/alerts.json")
    }
}
