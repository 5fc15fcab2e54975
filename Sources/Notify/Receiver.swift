import Ports
import Telemetry

/// Who is told: a name with one or more channels.
package struct Receiver: Sendable {
    package var name: String
    package var channels: [Channel]
    package init(name: String, channels: [Channel] = []) {
        self.name = name
        self.channels = channels
    }
}

/// One way to tell somebody.
package struct Channel: Sendable {
    package enum Kind: Sendable {
        case webhook(WebhookChannel)
        case slack(SlackChannel)
        case pagerDuty(PagerDutyChannel)
        case email(EmailChannel)
        case alertmanager(AlertmanagerChannel)
        case terminal(TerminalChannel)
        case command(CommandChannel)
    }
    package var kind: Kind
    package var sendsResolved: Bool
    package init(_ kind: Kind, sendsResolved: Bool) {
        self.kind = kind
        self.sendsResolved = sendsResolved
    }

    /// What it is, without anything secret.
    package var name: String {
        switch kind {
        case .webhook: "webhook"
        case .slack: "slack"
        case .pagerDuty: "pagerduty"
        case .email: "email"
        case .alertmanager: "alertmanager"
        case .terminal: "terminal"
        case .command: "command"
        }
    }
}

extension Channel.Kind {
    /// What must not be shown, such as an address that is a key by itself.
    private var secrets: [Secret] {
        switch self {
        case .webhook(let channel): [channel.url] + channel.http.secrets
        case .slack(let channel): [channel.url] + channel.http.secrets
        case .pagerDuty(let channel): [channel.routingKey] + channel.http.secrets
        case .email(let channel): [channel.password]
        case .alertmanager(let channel): channel.http.secrets
        case .terminal, .command: []
        }
    }
    /// `text`, which the other side wrote, without what it may have repeated of the secrets.
    func redacted(_ text: String) -> String {
        var text = text
        for secret in secrets where secret.exposed.utf8.count >= 4 {
            text = text.replacing(secret.exposed, with: "<secret>")
            // Servers like to repeat the path.
            guard let scheme = secret.exposed.firstRange(of: "://") else { continue }
            let path = secret.exposed[scheme.upperBound...].drop { $0 != "/" }
            if path.utf8.count >= 4 { text = text.replacing(path, with: "/<secret>") }
        }
        return text
    }
}
extension ChannelHTTP {
    fileprivate var secrets: [Secret] {
        switch authentication {
        case .none: []
        case .basic(_, let password): [Secret(password)]
        case .bearer(let token): [Secret(token)]
        }
    }
}

/// How HTTP channels connect: Alertmanager's `http_config`.
package struct ChannelHTTP: Sendable {
    package var authentication = FetchRequest.Authentication.none
    package var tls = TLSOptions()
    package var followsRedirects = true
    package init() {}
}

package struct WebhookChannel: Sendable {
    package var url: Secret
    package var http = ChannelHTTP()
    /// Of alerts in one message; 0 for all.
    package var maxAlerts = 0
    /// The whole body as a template; nil for Alertmanager's version 4.
    package var body: String?
    package var contentType = "application/json"
    package var timeout = TimeSpan.seconds(10)
    package init(url: Secret) { self.url = url }
}

package struct SlackChannel: Sendable {
    package struct Field: Sendable {
        package var title: String
        package var value: String
        package var isShort: Bool
        package init(title: String, value: String, isShort: Bool) {
            self.title = title
            self.value = value
            self.isShort = isShort
        }
    }
    package var url: Secret
    package var http = ChannelHTTP()
    package var channel = ""
    package var username = "{{ template \"slack.default.username\" . }}"
    package var color = "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}"
    package var title = "{{ template \"slack.default.title\" . }}"
    package var titleLink = "{{ template \"slack.default.titlelink\" . }}"
    package var pretext = "{{ template \"slack.default.pretext\" . }}"
    package var text = "{{ template \"slack.default.text\" . }}"
    package var fallback = "{{ template \"slack.default.fallback\" . }}"
    package var footer = "{{ template \"slack.default.footer\" . }}"
    package var iconEmoji = ""
    package var iconURL = ""
    package var fields: [Field] = []
    package init(url: Secret) { self.url = url }
}

package struct PagerDutyChannel: Sendable {
    package static let standardURL = "https://events.pagerduty.com/v2/enqueue"
    package var url = standardURL
    package var routingKey: Secret
    package var http = ChannelHTTP()
    package var client = "{{ template \"pagerduty.default.client\" . }}"
    package var clientURL = "{{ template \"pagerduty.default.clientURL\" . }}"
    package var description = "{{ template \"pagerduty.default.description\" . }}"
    package var severity = "error"
    package var source = "{{ template \"pagerduty.default.client\" . }}"
    package var component = ""
    package var group = ""
    package var kindOfEvent = ""
    package var details: [(name: String, value: String)] = []
    package init(routingKey: Secret) { self.routingKey = routingKey }
}

package struct EmailChannel: Sendable {
    package var to: String
    package var from = ""
    /// As `host:port`.
    package var smarthost = ""
    /// What this machine calls itself.
    package var hello = "localhost"
    package var user = ""
    package var password = Secret("")
    package var requiresTLS = true
    package var tls = TLSOptions()
    package var headers: [(name: String, value: String)] = []
    package var html = "{{ template \"email.default.html\" . }}"
    package var text = "{{ template \"email.default.text\" . }}"
    package init(to: String) { self.to = to }
}

/// Alerts are handed on as they are, to one that routes them by its own rules.
package struct AlertmanagerChannel: Sendable {
    /// Its address, such as `http://127.0.0.1:9093`, without `/api/v2/alerts`.
    package var url: String
    package var http = ChannelHTTP()
    package var timeout = TimeSpan.seconds(10)
    package init(url: String) { self.url = url }
}

/// The terminals of whoever watches.
package struct TerminalChannel: Sendable {
    package var rings = true
    /// Desktop notifications by escape sequences that terminals know: OSC 9, OSC 777.
    package var usesOSC9 = false
    package var usesOSC777 = false
    package var text = "{{ template \"terminal.default.text\" . }}"
    package init() {}
}

/// A program that gets the version 4 body on its standard input.
package struct CommandChannel: Sendable {
    /// The program and its arguments, each a template.
    package var arguments: [String]
    package var timeout = TimeSpan.seconds(30)
    package init(arguments: [String]) { self.arguments = arguments }
}
