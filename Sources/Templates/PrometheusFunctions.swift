import Patterns
import Telemetry

/// What templates of Prometheus's rules are expanded with.
package struct TemplateSurroundings: Sendable {
    /// Evaluates an expression at the moment of the rule: a row has labels and a value.
    package var query: @Sendable (String) throws(TemplateError) -> [(labels: LabelSet, value: Double)]
    package var externalURL: String
    package var now: Timestamp
    package init(
        externalURL: String = "", now: Timestamp = Timestamp(milliseconds: 0),
        query: @escaping @Sendable (String) throws(TemplateError) -> [(labels: LabelSet, value: Double)] = { _ in [] }
    ) {
        self.query = query
        self.externalURL = externalURL
        self.now = now
    }
}

extension TemplateScope {
    /// The functions and variables of Prometheus's rule files (`template/template.go`).
    package static func prometheus(_ surroundings: TemplateSurroundings = .init()) -> TemplateScope {
        TemplateScope(
            functions: TextFunctions.all.merging(PrometheusFunctions.numbers) { $1 }.merging(PrometheusFunctions.queries(surroundings)) {
                $1
            },
            variables: [("labels", "Labels"), ("externalLabels", "ExternalLabels"), ("externalURL", "ExternalURL"), ("value", "Value")])
    }
}

/// Functions on texts, which Prometheus and Alertmanager share.
enum TextFunctions {
    /// Bytes of a text in which an expression is replaced.
    private static let replacedLimit = 64 << 10

    static let all: [String: TemplateScope.Function] = [
        "title": { arguments throws(TemplateError) in .string(try text(arguments).titleCased) },
        "toUpper": { arguments throws(TemplateError) in .string(try text(arguments).uppercased()) },
        "toLower": { arguments throws(TemplateError) in .string(try text(arguments).lowercased()) },
        "safeHtml": { arguments throws(TemplateError) in .string(try text(arguments)) },
        "match": { arguments throws(TemplateError) in
            let (pattern, subject) = try BuiltInFunctions.two(arguments)
            return .bool(try compiled(pattern.text).firstMatch(in: subject.text) != nil)
        },
        "reReplaceAll": { arguments throws(TemplateError) in
            guard arguments.count == 3 else { throw .execution(message: "wrong number of args: want 3 got \(arguments.count)") }
            let pattern = try compiled(arguments[0].text)
            // Each match looks through the rest.
            guard arguments[2].text.utf8.count <= replacedLimit else {
                throw .execution(message: "the text is longer than \(replacedLimit >> 10) KiB")
            }
            guard let text = pattern.replacingAll(in: arguments[2].text, with: arguments[1].text, limit: Template.outputLimit) else {
                throw .execution(message: "the text is longer than \(Template.outputLimit >> 20) MiB")
            }
            return .string(text)
        },
        "urlQueryEscape": { arguments throws(TemplateError) in .string(BuiltInFunctions.escapedQuery(try text(arguments))) },
    ]

    static func text(_ arguments: [TemplateValue]) throws(TemplateError) -> String { try BuiltInFunctions.only(arguments).text }
    static func compiled(_ text: String) throws(TemplateError) -> Pattern {
        do { return try Pattern(text) } catch { throw .execution(message: error.prometheusText) }
    }
}

enum PrometheusFunctions {
    static let numbers: [String: TemplateScope.Function] = [
        "humanize": { arguments throws(TemplateError) in .string(Humanize.plain(try number(arguments))) },
        "humanize1024": { arguments throws(TemplateError) in .string(Humanize.binary(try number(arguments))) },
        "humanizeDuration": { arguments throws(TemplateError) in .string(Humanize.duration(try number(arguments))) },
        "humanizePercentage": { arguments throws(TemplateError) in .string(Humanize.percentage(try number(arguments))) },
        "humanizeTimestamp": { arguments throws(TemplateError) in .string(Humanize.timestamp(try number(arguments))) },
        "toTime": { arguments throws(TemplateError) in
            guard let time = Humanize.moment(try number(arguments)) else { throw .execution(message: "the time is out of bounds") }
            return .time(time)
        },
        "toDuration": { arguments throws(TemplateError) in
            let seconds = try number(arguments)
            guard seconds.isFinite, abs(seconds) < 9e9 else { throw .execution(message: "the duration is out of bounds") }
            return .duration(.nanoseconds(Int64(seconds * 1e9)))
        },
        "parseDuration": { arguments throws(TemplateError) in
            let text = try TextFunctions.text(arguments)
            guard let span = TimeSpan(prometheus: text) else { throw .execution(message: "not a valid duration string: \(goQuoted(text))") }
            return .float(span.seconds)
        },
        "stripPort": { arguments throws(TemplateError) in .string(strippedPort(try TextFunctions.text(arguments))) },
        "stripDomain": { arguments throws(TemplateError) in .string(strippedDomain(try TextFunctions.text(arguments))) },
        "args": { arguments throws(TemplateError) in
            try TemplateValue.map(Dictionary(arguments.enumerated().map { ("arg\($0.offset)", $0.element) }, uniquingKeysWith: { $1 }))
                .bounded()
        },
        "graphLink": { arguments throws(TemplateError) in .string(link(try TextFunctions.text(arguments), tab: 0)) },
        "tableLink": { arguments throws(TemplateError) in .string(link(try TextFunctions.text(arguments), tab: 1)) },
        "first": { arguments throws(TemplateError) in
            guard case .list(let rows) = try BuiltInFunctions.only(arguments), let first = rows.first else {
                throw .execution(message: "first() called on vector with no elements")
            }
            return first
        },
        "label": { arguments throws(TemplateError) in
            let (name, row) = try BuiltInFunctions.two(arguments)
            return .string(try labels(of: row)[name.text]?.text ?? "")
        },
        "value": { arguments throws(TemplateError) in try TemplateFields.field(try BuiltInFunctions.only(arguments), "Value") },
        "strvalue": { arguments throws(TemplateError) in
            .string(try labels(of: try BuiltInFunctions.only(arguments))["__value__"]?.text ?? "")
        },
        "sortByLabel": { arguments throws(TemplateError) in
            let (name, list) = try BuiltInFunctions.two(arguments)
            guard case .list(let rows) = list else { throw .execution(message: "sortByLabel wants the rows of a query") }
            var keyed: [(key: String, row: TemplateValue)] = []
            for row in rows { keyed.append((try labels(of: row)[name.text]?.text ?? "", row)) }
            return .list(keyed.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element.row))
        },
    ]

    static func queries(_ surroundings: TemplateSurroundings) -> [String: TemplateScope.Function] {
        [
            "query": { arguments throws(TemplateError) in
                let rows = try surroundings.query(try TextFunctions.text(arguments))
                return .list(rows.map { .object(["Labels": .labels($0.labels), "Value": .float($0.value)]) })
            },
            "now": { arguments throws(TemplateError) in .float(Double(surroundings.now.milliseconds) / 1000) },
            "externalURL": { arguments throws(TemplateError) in .string(surroundings.externalURL) },
            "pathPrefix": { arguments throws(TemplateError) in .string(path(of: surroundings.externalURL)) },
        ]
    }

    private static func labels(of row: TemplateValue) throws(TemplateError) -> [String: TemplateValue] {
        guard case .map(let labels) = try TemplateFields.field(row, "Labels") else {
            throw .execution(message: "this is no row of a query")
        }
        return labels
    }

    /// Of numbers, of texts that are numbers, and of times and durations, in seconds.
    static func number(_ arguments: [TemplateValue]) throws(TemplateError) -> Double {
        switch try BuiltInFunctions.only(arguments) {
        case .float(let value): return value
        case .integer(let value): return Double(value)
        case .time(let time): return Double(time.milliseconds) / 1000
        case .duration(let span): return span.seconds
        case .string(let text):
            guard let value = Double(text) else {
                throw .execution(message: "strconv.ParseFloat: parsing \(goQuoted(text)): invalid syntax")
            }
            return value
        case let other: throw .execution(message: "can't convert \(other.kind) to float")
        }
    }

    private static func link(_ expression: String, tab: Int) -> String {
        "/graph?g0.expr=\(BuiltInFunctions.escapedQuery(expression))&g0.tab=\(tab)"
    }
    private static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url.hasPrefix("/") ? url : "" }
        let rest = url[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { String(rest[$0...].prefix { $0 != "?" && $0 != "#" }) } ?? ""
    }

    /// The host of `host:port` or `[host]:port`; anything else as it is.
    static func strippedPort(_ text: String) -> String { hostAndPort(text)?.host ?? text }

    /// `host.example.com:80` is `host:80`; an address stays.
    static func strippedDomain(_ text: String) -> String {
        let split = hostAndPort(text)
        let host = split?.host ?? text
        if host.contains(":") || host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ UInt8($0) != nil }) {
            return text
        }
        return host.prefix { $0 != "." } + (split.map { ":" + $0.port } ?? "")
    }
    private static func hostAndPort(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let port = String(text[text.index(after: colon)...])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") || host.contains("[") || host.contains("]") {
            return nil
        }
        return (String(host), port)
    }
}

extension String {
    /// The first letter of each word large.
    var titleCased: String {
        var isInside = false
        return unicodeScalars.reduce(into: "") { out, scalar in
            let isLetter = scalar.properties.isAlphabetic || scalar.isDigit || scalar == "_" || scalar == "'"
            out += isLetter && !isInside ? scalar.properties.titlecaseMapping : String(Character(scalar))
            isInside = isLetter
        }
    }
}
