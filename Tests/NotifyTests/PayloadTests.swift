import Ports
import Telemetry
import TestKit
import Testing

@testable import Notify

/// What goes over the wire to each kind of channel, to the byte.
struct PayloadTests {
    private var alerts: [RoutedAlert] {
        [
            RoutedAlert(
                labels: LabelSet([Label("alertname", "Slow"), Label("service", "order \"1\""), Label("severity", "critical")]),
                annotations: LabelSet([Label("summary", "p99 is 2 s\n& rising"), Label("runbook_url", "https://wiki/slow")]),
                startsAt: .seconds(1_700_000_000), endsAt: .seconds(1_700_000_240), updatedAt: .seconds(1_700_000_000),
                generatorURL: "http://dogwatch/graph"),
            RoutedAlert(
                labels: LabelSet([Label("alertname", "Slow"), Label("service", "cart"), Label("severity", "critical")]),
                startsAt: .seconds(1_699_999_000), endsAt: .seconds(1_700_000_000), updatedAt: .seconds(1_700_000_000)),
        ]
    }
    private func delivery(_ kind: Channel.Kind, _ alerts: [RoutedAlert]? = nil) -> Delivery {
        Delivery(
            id: 7, key: NotificationLog.Key(group: "{}:{alertname=\"Slow\"}", receiver: "ops", channel: 0),
            channel: Channel(kind, sendsResolved: true), groupLabels: LabelSet([Label("alertname", "Slow")]), reason: .first,
            alerts: alerts ?? self.alerts, entry: NotificationLog.Entry(time: .seconds(0), firing: [], resolved: []),
            at: .seconds(1_700_000_030))
    }
    private func request(_ kind: Channel.Kind, _ alerts: [RoutedAlert]? = nil) throws -> FetchRequest {
        var configuration = NotifyConfiguration()
        configuration.externalURL = "http://dogwatch.example:9090"
        guard case .request(let request) = Composer(configuration).message(delivery(kind, alerts)) else { throw NoRequest() }
        return request
    }
    private struct NoRequest: Error {}
    private func body(_ kind: Channel.Kind, _ alerts: [RoutedAlert]? = nil) throws -> String {
        String(decoding: try request(kind, alerts).body, as: UTF8.self)
    }

    @Test func aWebhookGetsVersion4() throws {
        var channel = WebhookChannel(url: Secret("http://hook/"))
        expectGolden(try body(.webhook(channel)), named: "webhook")
        let request = try request(.webhook(channel))
        #expect(request.method == "POST")
        #expect(request.url == "http://hook/")
        #expect(request.headers.map(\.value) == ["application/json"])
        channel.maxAlerts = 1
        expectGolden(try body(.webhook(channel)), named: "webhook-one-of-two")
    }
    @Test func aWebhookMayHaveABodyOfItsOwn() throws {
        var channel = WebhookChannel(url: Secret("http://hook/"))
        channel.body = "{{ .Status }} {{ len .Alerts }} {{ (index .Alerts 0).Labels.service | toJson }}"
        #expect(try body(.webhook(channel)) == "firing 2 \"order \\\"1\\\"\"")
        // What goes wrong in it is told to the one who reads it, and nobody is left without a message.
        channel.body = "{{ .Nothing.Here }}"
        #expect(try body(.webhook(channel)).contains("Nothing"))
    }
    @Test func slackGetsAnAttachment() throws {
        expectGolden(try body(.slack(SlackChannel(url: Secret("http://slack/")))), named: "slack")
        var channel = SlackChannel(url: Secret("http://slack/"))
        channel.channel = "#ops"
        channel.iconEmoji = ":dog:"
        channel.fields = [.init(title: "Service", value: "{{ .CommonLabels.severity }}", isShort: true)]
        channel.footer = "by {{ .Receiver }}"
        expectGolden(try body(.slack(channel), [alerts[1]]), named: "slack-resolved")
    }
    @Test func pagerDutyGetsEventsOfOneKey() throws {
        var channel = PagerDutyChannel(routingKey: Secret("key"))
        channel.severity = "{{ .CommonLabels.severity }}"
        #expect(try request(.pagerDuty(channel)).url == "https://events.pagerduty.com/v2/enqueue")
        expectGolden(try body(.pagerDuty(channel)), named: "pagerduty-trigger")
        expectGolden(try body(.pagerDuty(channel), [alerts[1]]), named: "pagerduty-resolve")
    }
    @Test func alertmanagerGetsAlertsAsTheyAre() throws {
        let request = try request(.alertmanager(AlertmanagerChannel(url: "http://am/prefix")))
        #expect(request.url == "http://am/prefix/api/v2/alerts")
        expectGolden(String(decoding: request.body, as: UTF8.self), named: "alertmanager")
    }
    @Test func mailHasTwoParts() throws {
        var mail = EmailChannel(to: "on-call@example.org, b@example.org")
        (mail.from, mail.smarthost) = ("Dogwatch <dogwatch@example.org>", "mail:587")
        let request = try request(.email(mail))
        #expect(request.url == "smtp://mail:587/localhost")
        #expect(request.mail?.from == "dogwatch@example.org")
        #expect(request.mail?.to == ["on-call@example.org", "b@example.org"])
        #expect(request.mail?.requiresTLS == true)
        let text = String(decoding: request.body, as: UTF8.self)
        #expect(text.unicodeScalars.filter { $0 == "\n" }.count == text.components(of: "\r\n"))
        expectGolden(text.replacing("\r\n", with: "\n"), named: "mail")
    }
    @Test func mailCannotBeGivenHeadersByAnAlert() throws {
        var mail = EmailChannel(to: "a@example.org")
        mail.from = "b@example.org"
        let sly = RoutedAlert(
            labels: LabelSet([Label("alertname", "x\r\nBcc: everybody@example.org\r\n\r\nhello")]), startsAt: .seconds(1_700_000_000),
            endsAt: .seconds(1_700_000_240), updatedAt: .seconds(1_700_000_000))
        let delivery = Delivery(
            id: 1, key: NotificationLog.Key(group: "g", receiver: "r", channel: 0), channel: Channel(.email(mail), sendsResolved: true),
            groupLabels: sly.labels, reason: .first, alerts: [sly],
            entry: NotificationLog.Entry(time: .seconds(0), firing: [], resolved: []),
            at: .seconds(1_700_000_030))
        guard case .request(let request) = Composer(NotifyConfiguration()).message(delivery) else { throw NoRequest() }
        let head = String(decoding: request.body, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 1).first ?? ""
        #expect(!head.split(separator: "\r\n").contains { $0.hasPrefix("Bcc:") })
    }
    @Test func aCommandGetsArgumentsAndVersion4() throws {
        let message = Composer(NotifyConfiguration()).message(delivery(.command(CommandChannel(arguments: ["say", "{{ .Status }}; rm"]))))
        guard case .command(let arguments, let input, _) = message else { throw NoRequest() }
        #expect(arguments == ["say", "firing; rm"])
        #expect(String(decoding: input, as: UTF8.self).hasPrefix("{\"receiver\":\"ops\",\"status\":\"firing\","))
    }
    @Test func answersAreUnderstood() {
        func outcome(_ status: Int, _ body: String = "", retryAfter: TimeSpan? = nil, of kind: Channel.Kind) -> DeliveryOutcome {
            DeliveryOutcome(
                .success(FetchAnswer(status: status, contentType: "", body: Array(body.utf8), duration: .zero, retryAfter: retryAfter)),
                of: kind)
        }
        let hook = Channel.Kind.webhook(WebhookChannel(url: Secret("https://hooks.example/T0/B0/s3cret")))
        #expect(outcome(202, of: hook) == .delivered("202"))
        #expect(outcome(429, retryAfter: .seconds(30), of: hook) == .failed("429", retryAfter: .seconds(30)))
        #expect(outcome(503, "busy\n", of: hook) == .failed("503 busy", retryAfter: nil))
        #expect(outcome(404, "no_team", of: hook) == .refused("404 no_team"))
        // A server that repeats the address must not make it known.
        #expect(outcome(404, "no such page: /T0/B0/s3cret", of: hook) == .refused("404 no such page: /<secret>"))
        let mail = Channel.Kind.email(EmailChannel(to: "a@b"))
        #expect(outcome(250, of: mail) == .delivered("250"))
        #expect(outcome(451, of: mail) == .failed("the mail server said 451", retryAfter: nil))
        #expect(outcome(550, of: mail) == .refused("the mail server said 550"))
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
