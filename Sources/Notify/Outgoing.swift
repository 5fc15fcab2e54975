import Ports
import Telemetry

/// A message as it leaves: by HTTP or SMTP, to the terminals, or into a program.
package enum Outgoing: Sendable {
    case request(FetchRequest)
    case terminal(TerminalNotice)
    case command(arguments: [String], input: [UInt8], timeout: TimeSpan)
}

/// What a terminal is to do.
package struct TerminalNotice: Hashable, Sendable {
    package var text: String
    package var rings: Bool
    package var usesOSC9: Bool
    package var usesOSC777: Bool
    package init(text: String, rings: Bool, usesOSC9: Bool, usesOSC777: Bool) {
        self.text = text
        self.rings = rings
        self.usesOSC9 = usesOSC9
        self.usesOSC777 = usesOSC777
    }
}

/// Makes the message of a delivery.
package struct Composer: Sendable {
    private let configuration: NotifyConfiguration
    package init(_ configuration: NotifyConfiguration) { self.configuration = configuration }

    package func message(_ delivery: Delivery) -> Outgoing {
        let data = NotificationData(delivery: delivery, externalURL: configuration.externalURL)
        let value = data.templateValue
        func text(_ source: String) -> String { NotificationTemplates.expand(source, value, configuration.templates) }
        switch delivery.channel.kind {
        case .webhook(let channel): return .request(webhook(channel, data, text, delivery))
        case .slack(let channel):
            return .request(post(delivery.id, channel.url.exposed, SlackMessage.body(channel, text), http: channel.http))
        case .pagerDuty(let channel):
            return .request(post(delivery.id, channel.url, PagerDutyEvent.body(channel, data, text), http: channel.http))
        case .alertmanager(let channel):
            let url = channel.url + (channel.url.hasSuffix("/") ? "" : "/") + "api/v2/alerts"
            return .request(
                post(delivery.id, url, WebhookBody.alertmanager(delivery.alerts), http: channel.http, timeout: channel.timeout))
        case .email(let channel):
            let html = NotificationTemplates.expandHTML(channel.html, value, configuration.templates)
            return .request(EmailMessage(channel, data, text: text, html: html).request(id: delivery.id))
        case .terminal(let channel):
            return .terminal(
                TerminalNotice(
                    text: text(channel.text), rings: channel.rings, usesOSC9: channel.usesOSC9, usesOSC777: channel.usesOSC777))
        case .command(let channel):
            return .command(
                arguments: channel.arguments.map(text), input: WebhookBody.version4(data, maxAlerts: 0), timeout: channel.timeout)
        }
    }

    private func webhook(_ channel: WebhookChannel, _ data: NotificationData, _ text: (String) -> String, _ delivery: Delivery)
        -> FetchRequest
    {
        let body = channel.body.map { Array(text($0).utf8) } ?? WebhookBody.version4(data, maxAlerts: channel.maxAlerts)
        return post(
            delivery.id, channel.url.exposed, body, http: channel.http, contentType: channel.contentType, timeout: channel.timeout)
    }

    private func post(
        _ id: Int, _ url: String, _ body: [UInt8], http: ChannelHTTP, contentType: String = "application/json",
        timeout: TimeSpan = .seconds(10)
    ) -> FetchRequest {
        FetchRequest(
            id: id, url: url, method: "POST", headers: [("Content-Type", contentType)], body: body, authentication: http.authentication,
            timeout: timeout, bodyLimit: ByteCount(1 << 20), acceptsGzip: false, followsRedirects: http.followsRedirects, tls: http.tls)
    }
}

extension DeliveryOutcome {
    /// What an answer over HTTP or SMTP means: 2xx is taken, 429 and 5xx are tried again, anything else would be refused again.
    package init(_ result: Result<FetchAnswer, FetchFailure>, of kind: Channel.Kind) {
        switch result {
        case .failure(let failure): self = .failed(failure.clause, retryAfter: nil)
        case .success(let answer):
            if case .email = kind {
                // Of SMTP: 4xx is for now, 5xx for good.
                switch answer.status {
                case 200..<400: self = .delivered("\(answer.status)")
                case 400..<500: self = .failed("the mail server said \(answer.status)", retryAfter: nil)
                default: self = .refused("the mail server said \(answer.status)")
                }
                return
            }
            let said = kind.redacted(String(decoding: answer.body.prefix(1000), as: UTF8.self)).prefix(200).filter { !$0.isNewline }
            let detail = "\(answer.status)" + (said.isEmpty ? "" : " \(said)")
            switch answer.status {
            case 200..<300: self = .delivered(detail)
            case 408, 429, 500..<600: self = .failed(detail, retryAfter: answer.retryAfter)
            default: self = .refused(detail)
            }
        }
    }
}
