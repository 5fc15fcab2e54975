import Notify
import Ports
import Telemetry

/// Reads receivers and their channels.
struct ChannelReader {
    private let global: NotifyReader.GlobalDefaults
    init(_ global: NotifyReader.GlobalDefaults) { self.global = global }

    /// Alertmanager's channels that dogwatch has not; a webhook with a template reaches most of them.
    private static let foreign = [
        "opsgenie_configs", "victorops_configs", "pushover_configs", "wechat_configs", "sns_configs", "telegram_configs", "discord_configs",
        "webex_configs", "msteams_configs", "msteamsv2_configs", "jira_configs", "rocketchat_configs", "incidentio_configs",
        "mattermost_configs",
    ]

    func receiver(_ reader: NodeReader) -> Receiver? {
        reader.check(
            known: [
                "name", "webhook_configs", "slack_configs", "pagerduty_configs", "email_configs", "alertmanager_configs",
                "terminal_configs", "command_configs",
            ], unused: Self.foreign)
        guard let name = reader.text("name"), !name.isEmpty else {
            reader.context.fail("the receiver has no \"name\"", reader.node.position)
            return nil
        }
        var receiver = Receiver(name: name)
        receiver.channels += reader.mappings("webhook_configs").compactMap(webhook)
        receiver.channels += reader.mappings("slack_configs").compactMap(slack)
        receiver.channels += reader.mappings("pagerduty_configs").compactMap(pagerDuty)
        receiver.channels += reader.mappings("email_configs").compactMap(email)
        receiver.channels += reader.mappings("alertmanager_configs").compactMap(alertmanager)
        receiver.channels += reader.mappings("terminal_configs").map(terminal)
        receiver.channels += reader.mappings("command_configs").compactMap(command)
        return receiver
    }

    // MARK: Connecting

    static func http(_ reader: NodeReader, _ base: ChannelHTTP) -> ChannelHTTP {
        reader.check(
            known: ["basic_auth", "authorization", "bearer_token", "bearer_token_file", "tls_config", "follow_redirects"],
            unused: ["proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header", "enable_http2", "oauth2", "http_headers"])
        var http = base
        if let basic = reader.mapping("basic_auth") {
            basic.check(known: ["username", "username_file", "password", "password_file"])
            http.authentication = .basic(
                user: basic.secret("username")?.exposed ?? "", password: basic.secret("password")?.exposed ?? "")
        }
        if let authorization = reader.mapping("authorization") {
            authorization.check(known: ["type", "credentials", "credentials_file"])
            if let type = authorization.text("type"), type.lowercased() != "bearer" {
                authorization.context.fail("\"type\" can be Bearer here", authorization.position("type"))
            }
            if let secret = authorization.secret("credentials") { http.authentication = .bearer(token: secret.exposed) }
        }
        if let token = reader.secret("bearer_token") { http.authentication = .bearer(token: token.exposed) }
        if let tls = reader.mapping("tls_config") { http.tls = Self.tls(tls) }
        http.followsRedirects = reader.flag("follow_redirects") ?? http.followsRedirects
        return http
    }
    static func tls(_ reader: NodeReader) -> TLSOptions {
        reader.check(
            known: ["ca_file", "cert_file", "key_file", "server_name", "insecure_skip_verify"],
            unused: ["ca", "cert", "key", "min_version", "max_version"])
        return TLSOptions(
            caFile: reader.text("ca_file"), certFile: reader.text("cert_file"), keyFile: reader.text("key_file"),
            serverName: reader.text("server_name"), skipsVerification: reader.flag("insecure_skip_verify") ?? false)
    }
    private func http(of reader: NodeReader) -> ChannelHTTP {
        reader.mapping("http_config").map { Self.http($0, global.http) } ?? global.http
    }
    /// Refuses what is no address of HTTP, without showing it: it may be a secret.
    private func checked(_ url: Secret?, _ key: String, _ reader: NodeReader) -> Secret? {
        guard let url else {
            reader.context.fail("\"\(key)\" is missing", reader.node.position)
            return nil
        }
        guard url.exposed.hasPrefix("http://") || url.exposed.hasPrefix("https://") else {
            reader.context.fail("\"\(key)\" wants an address that begins with http:// or https://", reader.position(key))
            return nil
        }
        return url
    }

    // MARK: Channels

    private func webhook(_ reader: NodeReader) -> Channel? {
        reader.check(known: ["url", "url_file", "http_config", "max_alerts", "send_resolved", "timeout", "body", "content_type"])
        guard let url = checked(reader.secret("url"), "url", reader) else { return nil }
        var channel = WebhookChannel(url: url)
        channel.http = http(of: reader)
        channel.maxAlerts = reader.count("max_alerts") ?? 0
        channel.body = reader.text("body")
        channel.contentType = reader.text("content_type") ?? channel.contentType
        if let timeout = reader.span("timeout"), timeout > .zero { channel.timeout = timeout }
        return Channel(.webhook(channel), sendsResolved: reader.flag("send_resolved") ?? true)
    }

    private func slack(_ reader: NodeReader) -> Channel? {
        reader.check(
            known: [
                "api_url", "api_url_file", "http_config", "channel", "username", "color", "title", "title_link", "pretext", "text",
                "fallback",
                "footer", "icon_emoji", "icon_url", "fields", "send_resolved",
            ],
            unused: [
                "short_fields", "mrkdwn_in", "actions", "callback_id", "link_names", "image_url", "thumb_url", "app_token", "app_url",
                "timeout",
            ])
        guard let url = checked(reader.secret("api_url") ?? global.slackURL, "api_url", reader) else { return nil }
        var channel = SlackChannel(url: url)
        channel.http = http(of: reader)
        let texts: [(String, WritableKeyPath<SlackChannel, String>)] = [
            ("channel", \.channel), ("username", \.username), ("color", \.color), ("title", \.title), ("title_link", \.titleLink),
            ("pretext", \.pretext), ("text", \.text), ("fallback", \.fallback), ("footer", \.footer), ("icon_emoji", \.iconEmoji),
            ("icon_url", \.iconURL),
        ]
        for (key, path) in texts { if let text = reader.text(key) { channel[keyPath: path] = text } }
        channel.fields = reader.mappings("fields").map { field in
            field.check(known: ["title", "value", "short"])
            return .init(title: field.text("title") ?? "", value: field.text("value") ?? "", isShort: field.flag("short") ?? false)
        }
        return Channel(.slack(channel), sendsResolved: reader.flag("send_resolved") ?? false)
    }

    private func pagerDuty(_ reader: NodeReader) -> Channel? {
        reader.check(
            known: [
                "routing_key", "routing_key_file", "url", "http_config", "client", "client_url", "description", "severity", "source",
                "component",
                "group", "class", "details", "send_resolved",
            ], unused: ["service_key", "service_key_file", "images", "links", "timeout"])
        guard let key = reader.secret("routing_key") else {
            reader.context.fail("\"routing_key\" is missing: the key of an integration with the Events API v2", reader.node.position)
            return nil
        }
        var channel = PagerDutyChannel(routingKey: key)
        channel.url = reader.text("url") ?? global.pagerDutyURL
        channel.http = http(of: reader)
        let texts: [(String, WritableKeyPath<PagerDutyChannel, String>)] = [
            ("client", \.client), ("client_url", \.clientURL), ("description", \.description), ("severity", \.severity),
            ("source", \.source),
            ("component", \.component), ("group", \.group), ("class", \.kindOfEvent),
        ]
        for (key, path) in texts { if let text = reader.text(key) { channel[keyPath: path] = text } }
        channel.details = reader.pairs("details").map { ($0.name, $0.value) }
        return Channel(.pagerDuty(channel), sendsResolved: reader.flag("send_resolved") ?? true)
    }

    private func email(_ reader: NodeReader) -> Channel? {
        reader.check(
            known: [
                "to", "from", "smarthost", "hello", "auth_username", "auth_password", "auth_password_file", "require_tls", "tls_config",
                "headers", "html", "text", "send_resolved",
            ], unused: ["auth_secret", "auth_identity", "threading"])
        guard let to = reader.text("to"), !to.isEmpty else {
            reader.context.fail("\"to\" is missing: whom the mail is for", reader.node.position)
            return nil
        }
        var channel = global.mail
        channel.to = to
        channel.from = reader.text("from") ?? channel.from
        channel.smarthost = reader.text("smarthost") ?? channel.smarthost
        channel.hello = reader.text("hello") ?? channel.hello
        channel.user = reader.text("auth_username") ?? channel.user
        channel.password = reader.secret("auth_password") ?? channel.password
        channel.requiresTLS = reader.flag("require_tls") ?? channel.requiresTLS
        if let tls = reader.mapping("tls_config") { channel.tls = Self.tls(tls) }
        channel.headers = reader.pairs("headers").map { ($0.name, $0.value) }
        channel.html = reader.text("html") ?? channel.html
        channel.text = reader.text("text") ?? channel.text
        for (key, value) in [("from", channel.from), ("smarthost", channel.smarthost)] where value.isEmpty {
            reader.context.fail("\"\(key)\" is missing, here and as smtp_\(key) under \"global\"", reader.node.position)
            return nil
        }
        return Channel(.email(channel), sendsResolved: reader.flag("send_resolved") ?? false)
    }

    private func alertmanager(_ reader: NodeReader) -> Channel? {
        reader.check(known: ["url", "http_config", "timeout"])
        guard let url = checked(reader.text("url").map { Secret($0) }, "url", reader) else { return nil }
        guard Self.isWithoutCredentials(url.exposed, reader.context, reader.position("url")) else { return nil }
        var channel = AlertmanagerChannel(url: url.exposed)
        channel.http = http(of: reader)
        channel.timeout = reader.positiveSpan("timeout") ?? channel.timeout
        return Channel(.alertmanager(channel), sendsResolved: true)
    }

    /// Addresses of Alertmanagers are shown.
    static func isWithoutCredentials(_ url: String, _ context: ReadingContext, _ position: SourcePosition) -> Bool {
        let authority = (url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]).prefix { $0 != "/" }
        guard authority.contains("@") else { return true }
        context.fail("the address is shown, so the user and the password belong into \"basic_auth\"", position)
        return false
    }

    private func terminal(_ reader: NodeReader) -> Channel {
        reader.check(known: ["bell", "osc9", "osc777", "text", "send_resolved"])
        var channel = TerminalChannel()
        channel.rings = reader.flag("bell") ?? true
        channel.usesOSC9 = reader.flag("osc9") ?? false
        channel.usesOSC777 = reader.flag("osc777") ?? false
        channel.text = reader.text("text") ?? channel.text
        return Channel(.terminal(channel), sendsResolved: reader.flag("send_resolved") ?? false)
    }

    private func command(_ reader: NodeReader) -> Channel? {
        reader.check(known: ["command", "timeout", "send_resolved"])
        let arguments = reader.texts("command")
        guard !arguments.isEmpty else {
            reader.context.fail("\"command\" wants a list: the program, and what it is given", reader.node.position)
            return nil
        }
        var channel = CommandChannel(arguments: arguments)
        channel.timeout = reader.positiveSpan("timeout") ?? channel.timeout
        return Channel(.command(channel), sendsResolved: reader.flag("send_resolved") ?? true)
    }
}

/// Prometheus's `alerting`: Alertmanagers that get every alert.
enum AlertingReader {
    static func read(_ reader: NodeReader) -> [AlertmanagerChannel] {
        reader.check(known: ["alertmanagers"], unused: ["alert_relabel_configs"])
        return reader.mappings("alertmanagers").flatMap { one -> [AlertmanagerChannel] in
            one.check(
                known: [
                    "static_configs", "scheme", "path_prefix", "timeout", "api_version", "basic_auth", "authorization", "bearer_token",
                    "bearer_token_file", "tls_config", "follow_redirects",
                ],
                unused: PrometheusKeys.scrape.filter { $0.hasSuffix("_sd_configs") } + [
                    "relabel_configs", "alert_relabel_configs", "sigv4", "enable_http2",
                ])
            if let version = one.text("api_version"), version != "v2" {
                one.context.fail("dogwatch speaks Alertmanager's API v2", one.position("api_version"))
            }
            var http = ChannelHTTP()
            if let basic = one.mapping("basic_auth") {
                http.authentication = .basic(
                    user: basic.secret("username")?.exposed ?? "", password: basic.secret("password")?.exposed ?? "")
            }
            if let token = one.mapping("authorization")?.secret("credentials") ?? one.secret("bearer_token") {
                http.authentication = .bearer(token: token.exposed)
            }
            if let tls = one.mapping("tls_config") { http.tls = ChannelReader.tls(tls) }
            let prefix = (one.text("path_prefix") ?? "/").split(separator: "/").map { "/" + $0 }.joined()
            return one.mappings("static_configs").flatMap { group in
                group.check(known: ["targets", "labels"])
                return group.texts("targets").compactMap { target -> AlertmanagerChannel? in
                    guard ChannelReader.isWithoutCredentials(target, group.context, group.position("targets")) else { return nil }
                    var channel = AlertmanagerChannel(url: "\(one.text("scheme") ?? "http")://\(target)\(prefix)")
                    channel.http = http
                    channel.timeout = one.positiveSpan("timeout") ?? channel.timeout
                    return channel
                }
            }
        }
    }
}
