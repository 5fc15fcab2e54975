import Notify
import Ports
import Telemetry
import Templates

/// What reading `notify` needs of the world beside secrets and the environment.
package struct NotifySurroundings {
    /// Text of the template files that match a pattern.
    package var templates: (String) -> [(path: String, text: String)]
    /// Bytes of a file of the time zone database, such as `Europe/Berlin`.
    package var zone: (String) -> [UInt8]?
    package init(
        templates: @escaping (String) -> [(path: String, text: String)] = { _ in [] }, zone: @escaping (String) -> [UInt8]? = { _ in nil }
    ) {
        self.templates = templates
        self.zone = zone
    }
}

/// Reads Alertmanager's configuration, and in it dogwatch's own channels.
struct NotifyReader {
    private let root: NodeReader
    private let surroundings: NotifySurroundings
    private var context: ReadingContext { root.context }
    private var global = GlobalDefaults()

    /// What receivers take over.
    struct GlobalDefaults {
        var http = ChannelHTTP()
        var slackURL: Secret?
        var pagerDutyURL = PagerDutyChannel.standardURL
        var mail = EmailChannel(to: "")
    }

    init(_ root: NodeReader, _ surroundings: NotifySurroundings) {
        self.root = root
        self.surroundings = surroundings
    }

    mutating func read() -> NotifyConfiguration {
        root.check(
            known: ["global", "route", "receivers", "inhibit_rules", "mute_time_intervals", "time_intervals", "templates", "external_url"])
        var result = NotifyConfiguration()
        result.externalURL = root.text("external_url") ?? ""
        readGlobal(&result)
        let channels = ChannelReader(global)
        var names: Set<String> = []
        for reader in root.mappings("receivers") {
            guard let receiver = channels.receiver(reader) else { continue }
            if !names.insert(receiver.name).inserted {
                context.fail("there are two receivers named \"\(receiver.name)\"", reader.position("name"))
            }
            result.receivers.append(receiver)
        }
        for key in ["mute_time_intervals", "time_intervals"] { readWindows(key, &result) }
        if let reader = root.mapping("route") {
            result.route = route(reader, above: nil)
            check(result, reader)
        } else if root.value("receivers") != nil {
            context.fail("\"route\" is missing: it says which receiver is told of which alerts", root.node.position)
        }
        result.inhibitRules = root.mappings("inhibit_rules").map(inhibitRule)
        readTemplates(&result)
        return result
    }

    private func check(_ configuration: NotifyConfiguration, _ reader: NodeReader) {
        guard let route = configuration.route else { return }
        let known = configuration.receivers.map(\.name)
        for name in route.receiverNames.sorted() where !known.contains(name) {
            let near = nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
            context.fail("the route names the receiver \"\(name)\", and there is none\(near)", reader.node.position)
        }
        for name in route.intervalNames.sorted() where configuration.timeWindows[name] == nil {
            context.fail("the route names the time interval \"\(name)\", and there is none", reader.node.position)
        }
    }

    // MARK: Global

    private mutating func readGlobal(_ result: inout NotifyConfiguration) {
        guard let reader = root.mapping("global") else { return }
        reader.check(
            known: [
                "resolve_timeout", "http_config", "slack_api_url", "slack_api_url_file", "pagerduty_url", "smtp_from", "smtp_smarthost",
                "smtp_hello", "smtp_auth_username", "smtp_auth_password", "smtp_auth_password_file", "smtp_require_tls", "smtp_tls_config",
            ],
            unused: [
                "smtp_auth_secret", "smtp_auth_identity", "opsgenie_api_key", "opsgenie_api_url", "victorops_api_key", "victorops_api_url",
                "wechat_api_url", "wechat_api_secret", "wechat_api_corp_id", "telegram_api_url", "webex_api_url", "opsgenie_api_key_file",
                "victorops_api_key_file", "jira_api_url", "rocketchat_api_url", "rocketchat_token",
            ])
        result.resolveTimeout = reader.positiveSpan("resolve_timeout") ?? result.resolveTimeout
        if let http = reader.mapping("http_config") { global.http = ChannelReader.http(http, ChannelHTTP()) }
        global.slackURL = reader.secret("slack_api_url")
        global.pagerDutyURL = reader.text("pagerduty_url") ?? global.pagerDutyURL
        global.mail.from = reader.text("smtp_from") ?? ""
        global.mail.smarthost = reader.text("smtp_smarthost") ?? ""
        global.mail.hello = reader.text("smtp_hello") ?? "localhost"
        global.mail.user = reader.text("smtp_auth_username") ?? ""
        global.mail.password = reader.secret("smtp_auth_password") ?? Secret("")
        global.mail.requiresTLS = reader.flag("smtp_require_tls") ?? true
        if let tls = reader.mapping("smtp_tls_config") { global.mail.tls = ChannelReader.tls(tls) }
    }

    private func readTemplates(_ result: inout NotifyConfiguration) {
        for pattern in root.texts("templates") {
            let files = surroundings.templates(pattern)
            if files.isEmpty { context.warn("no file matches \"\(pattern)\" of templates", root.position("templates")) }
            for file in files {
                do throws(TemplateError) { result.templates.append(try Template(file.text, scope: NotificationTemplates.scope)) } catch {
                    context.fail("\(file.path): the template can't be read: \(error.message)", root.position("templates"))
                }
            }
        }
    }

    // MARK: Routes

    private static let routeKeys = [
        "receiver", "group_by", "matchers", "match", "match_re", "continue", "group_wait", "group_interval", "repeat_interval",
        "mute_time_intervals", "active_time_intervals", "routes",
    ]

    private func route(_ reader: NodeReader, above: Route?) -> Route {
        reader.check(known: Self.routeKeys)
        var route = above ?? Route(receiver: "")
        route.receiver = reader.text("receiver") ?? route.receiver
        if above == nil {
            if route.receiver.isEmpty { context.fail("the topmost route needs a \"receiver\"", reader.node.position) }
            if let key = ["matchers", "match", "match_re"].first(where: { reader.value($0) != nil }) {
                context.fail("the topmost route takes every alert; put \"\(key)\" into one of its \"routes\"", reader.position(key))
            }
        }
        if reader.value("group_by") != nil {
            let labels = reader.texts("group_by")
            route.groupsByAll = labels == ["..."]
            route.groupBy = route.groupsByAll ? [] : labels.sorted()
        }
        route.matchers = matchers(reader, "matchers", equal: "match", expressions: "match_re")
        route.continues = reader.flag("continue") ?? false
        route.groupWait = reader.span("group_wait") ?? route.groupWait
        route.groupInterval = reader.positiveSpan("group_interval") ?? route.groupInterval
        route.repeatInterval = reader.positiveSpan("repeat_interval") ?? route.repeatInterval
        route.muteTimes = reader.texts("mute_time_intervals")
        route.activeTimes = reader.texts("active_time_intervals")
        route.children = []
        let settled = route
        route.children = reader.mappings("routes").map { self.route($0, above: settled) }
        return route
    }

    private func matchers(_ reader: NodeReader, _ key: String, equal: String, expressions: String) -> [AlertMatcher] {
        var result: [AlertMatcher] = []
        for node in reader.elements(key) {
            guard case .scalar(let text, _) = node.content else { continue }
            do throws(MatcherError) { result += try [AlertMatcher](parsing: context.expand(text, node.position)) } catch {
                context.fail("the matcher can't be read: \(error.message)", node.position)
            }
        }
        for (key, operation) in [(equal, LabelMatcher.Operation.equal), (expressions, .matches)] {
            for pair in reader.pairs(key) {
                do throws(PatternError) { result.append(try AlertMatcher(LabelMatcher(pair.name, operation, pair.value))) } catch {
                    context.fail("the expression can't be read: \(error.detail)", pair.position)
                }
            }
        }
        return result.sorted { ($0.matcher.name, $0.matcher.value) < ($1.matcher.name, $1.matcher.value) }
    }

    private func inhibitRule(_ reader: NodeReader) -> InhibitRule {
        reader.check(known: [
            "source_matchers", "source_match", "source_match_re", "target_matchers", "target_match", "target_match_re", "equal", "name",
        ])
        return InhibitRule(
            source: matchers(reader, "source_matchers", equal: "source_match", expressions: "source_match_re"),
            target: matchers(reader, "target_matchers", equal: "target_match", expressions: "target_match_re"), equal: reader.texts("equal")
        )
    }

    // MARK: Times

    private func readWindows(_ key: String, _ result: inout NotifyConfiguration) {
        for reader in root.mappings(key) {
            reader.check(known: ["name", "time_intervals"])
            guard let name = reader.text("name"), !name.isEmpty else {
                context.fail("the time interval has no \"name\"", reader.node.position)
                continue
            }
            result.timeWindows[name] = reader.mappings("time_intervals").map(window)
        }
    }

    private static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]

    private func window(_ reader: NodeReader) -> TimeWindow {
        reader.check(known: ["times", "weekdays", "days_of_month", "months", "years", "location"])
        var window = TimeWindow()
        window.times = reader.mappings("times").compactMap { times in
            times.check(known: ["start_time", "end_time"])
            guard let from = times.text("start_time").flatMap(Self.minute), let to = times.text("end_time").flatMap(Self.minute), from < to
            else {
                context.fail("a time goes from \"start_time\" to a later \"end_time\", such as 09:00 and 17:30", times.node.position)
                return nil
            }
            return from..<to
        }
        window.weekdays = ranges(reader, "weekdays", 0...6) { Self.days.firstIndex(of: $0) }
        window.daysOfMonth = ranges(reader, "days_of_month", -31...31) { Int($0).flatMap { $0 == 0 ? nil : $0 } }
        window.months = ranges(reader, "months", 1...12) { Self.months.firstIndex(of: $0).map { $0 + 1 } ?? Int($0) }
        window.years = ranges(reader, "years", 0...9999) { Int($0) }
        if let name = reader.text("location"), name != "UTC" {
            let file = name == "Local" ? surroundings.zone("") : surroundings.zone(name)
            if let zone = file.flatMap({ ZoneOffsets(file: $0) }) {
                window.zone = zone
            } else {
                context.fail("the time zone \"\(name)\" is not known on this machine", reader.position("location"))
            }
        }
        return window
    }

    private static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0...24).contains(hour), (0..<60).contains(minute),
            hour * 60 + minute <= 1440
        else { return nil }
        return hour * 60 + minute
    }

    /// `monday:friday`, `1:5`, `-3:-1`, `december`.
    private func ranges(_ reader: NodeReader, _ key: String, _ bounds: ClosedRange<Int>, _ read: (String) -> Int?) -> [ClosedRange<Int>] {
        zip(reader.elements(key), reader.texts(key)).compactMap { node, text in
            let parts = text.lowercased().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { read(String($0)) }
            guard let from = parts.first ?? nil, let to = parts.last ?? nil, from <= to || from > 0 && to < 0, bounds.contains(from),
                bounds.contains(to)
            else {
                context.fail("\"\(key)\" does not know \"\(text.prefix(40))\"", node.position)
                return nil
            }
            // From the third day to the second but last has its ends on both sides of zero.
            return from <= to ? from...to : from...31 + to + 1
        }
    }
}
