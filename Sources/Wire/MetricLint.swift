import Telemetry

/// One thing that a page of metrics does against the rules of naming, in the words of `promtool check metrics`.
package struct MetricProblem: Hashable, Sendable {
    /// Nil where the page has no lines.
    package var position: SourcePosition?
    package var metric: String
    package var text: String

    package func diagnostic(source: String) -> Diagnostic { Diagnostic(source: source, position: position, message: "\(metric) \(text)") }
}

/// Holds the families of a page against the rules, sample by sample.
struct MetricLint {
    struct Family {
        let name: String
        /// Nil until a TYPE line or the first sample says it.
        var type: MetricType?
        var hasHelp = false
        var hasSamples = false
        let position: SourcePosition
        /// Of histograms and summaries, whose lines are one metric where they differ in `le` or `quantile` alone.
        fileprivate var metrics: Set<[Label]> = []
    }
    struct PlacedLabel {
        var name: String
        var value: String
        var position: SourcePosition
    }
    /// More are not told of: a page of millions of lines may do the same wrong in each.
    private static let limit = 100_000

    private(set) var families: [String: Family] = [:]
    private var found: [MetricProblem] = []

    /// The family that `name` belongs to on a page where types come first: its own, or that of the histogram or summary it is a part of.
    func family(of name: String) -> String {
        if families[name] != nil { return name }
        for (suffix, types) in Self.parts where name.hasSuffix(suffix) && name.utf8.count > suffix.utf8.count {
            let base = String(name.dropLast(suffix.count))
            if let type = families[base]?.type, types.contains(type) { return base }
        }
        return name
    }
    private static let parts: [(String, Set<MetricType>)] = [
        ("_count", [.summary, .histogram]), ("_sum", [.summary, .histogram]), ("_bucket", [.histogram]),
    ]

    /// Changes the family called `name`, made at `position` if new.
    mutating func update(_ name: String, at position: SourcePosition, _ change: (inout Family) -> Void) {
        change(&families[name, default: Family(name: name, position: position)])
    }

    /// For a family whose type says what it is called, after another line spoke of it.
    mutating func rename(_ name: String, to new: String) {
        guard name != new, let old = families.removeValue(forKey: name) else { return }
        families[new] = Family(name: new, type: old.type, hasHelp: old.hasHelp, hasSamples: old.hasSamples, position: old.position)
    }

    /// Takes one line of the family called `name`.
    mutating func take(_ labels: [PlacedLabel], of name: String, at position: SourcePosition) {
        var family = families[name] ?? Family(name: name, position: position)
        // Taken out while it is changed, so that its set is not copied.
        families[name] = nil
        defer { families[name] = family }
        family.hasSamples = true
        let type = family.type ?? .unknown
        family.type = type
        let own = labels.filter { !(type == .histogram && $0.name == "le") && !(type == .summary && $0.name == "quantile") }
        if type == .histogram || type == .summary {
            let metric = own.map { Label($0.name, $0.value) }.sorted { $0.name < $1.name }
            guard family.metrics.insert(metric).inserted else { return }
        }
        for label in own {
            if label.name == "le", type != .unknown { add("non-histogram metrics should not have \"le\" label", name, label.position) }
            if label.name == "quantile", type != .unknown {
                add("non-summary metrics should not have \"quantile\" label", name, label.position)
            }
            if MetricNameRules.isCamelCase(label.name) {
                add("label names should be written in 'snake_case' not 'camelCase'", name, label.position)
            }
        }
    }

    /// All that was found, by metric and then by text, as promtool tells it.
    mutating func finish() -> [MetricProblem] {
        for family in families.values where family.hasSamples {
            if !family.hasHelp { add("no help text", family.name, family.position) }
            for text in MetricNameRules.problems(of: family.name, type: family.type ?? .unknown) { add(text, family.name, family.position) }
        }
        families = [:]
        return found.sorted {
            ($0.metric, $0.text, $0.position?.line ?? 0, $0.position?.column ?? 0)
                < ($1.metric, $1.text, $1.position?.line ?? 0, $1.position?.column ?? 0)
        }
    }

    private mutating func add(_ text: String, _ metric: String, _ position: SourcePosition) {
        if found.count < Self.limit { found.append(MetricProblem(position: position, metric: metric, text: text)) }
    }
}

/// What the name of a metric should be like, given its type.
enum MetricNameRules {
    static func problems(of name: String, type: MetricType) -> [String] {
        unitProblem(name) + suffixProblems(name, type) + typeProblems(name) + spellingProblems(name)
    }

    static func isCamelCase(_ name: String) -> Bool {
        zip(name.utf8, name.utf8.dropFirst()).contains { (0x61...0x7a).contains($0) && (0x41...0x5a).contains($1) }
    }

    private static func suffixProblems(_ name: String, _ type: MetricType) -> [String] {
        guard type != .unknown else { return [] }
        var problems: [String] = []
        let isTotal = name.hasSuffix("_total")
        if type == .counter, !isTotal { problems.append("counter metrics should have \"_total\" suffix") }
        if type != .counter, isTotal { problems.append("non-counter metrics should not have \"_total\" suffix") }
        guard type != .histogram else { return problems }
        if name.hasSuffix("_bucket") { problems.append("non-histogram metrics should not have \"_bucket\" suffix") }
        guard type != .summary else { return problems }
        for suffix in ["_count", "_sum"] where name.hasSuffix(suffix) {
            problems.append("non-histogram and non-summary metrics should not have \"\(suffix)\" suffix")
        }
        return problems
    }

    private static func typeProblems(_ name: String) -> [String] {
        let words = "_" + name.lowercased() + "_"
        // A name that begins with one is not meant, so its own first underscore must be there.
        return ["counter", "gauge", "summary", "histogram", "gauge_histogram"].filter { type in
            words.dropFirst().contains("_\(type)_")
        }.map { "metric name should not include type '\($0)'" }
    }

    private static func spellingProblems(_ name: String) -> [String] {
        var problems: [String] = []
        if name.utf8.contains(UInt8(ascii: ":")) { problems.append("metric names should not contain ':'") }
        if isCamelCase(name) { problems.append("metric names should be written in 'snake_case' not 'camelCase'") }
        let abbreviations = name.lowercased().split(separator: "_", omittingEmptySubsequences: false).dropFirst()
            .reduce(into: Set<String>()) { found, word in if shortUnits.contains(String(word)) { found.insert(String(word)) } }
        return problems + abbreviations.map { _ in "metric names should not contain abbreviated units" }
    }
    private static let shortUnits: Set<String> = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"]

    /// Of the first part of the name that is a unit.
    private static func unitProblem(_ name: String) -> [String] {
        for word in name.split(separator: "_") {
            for (unit, base) in units where word.hasSuffix(unit) {
                let prefix = String(word.dropLast(unit.count))
                guard prefix.isEmpty || prefixes.contains(prefix) else { continue }
                return word == base ? [] : ["use base unit \"\(base)\" instead of \"\(word)\""]
            }
        }
        return []
    }
    private static let prefixes: Set<String> = [
        "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga", "gibi", "tera", "tebi",
        "peta", "pebi",
    ]
    private static let units: KeyValuePairs = [
        "amperes": "amperes", "bytes": "bytes", "celsius": "celsius", "grams": "grams", "joules": "joules", "kelvin": "kelvin",
        "meters": "meters", "metres": "metres", "seconds": "seconds", "volts": "volts", "minutes": "seconds", "hours": "seconds",
        "days": "seconds", "weeks": "seconds", "kelvins": "kelvin", "fahrenheit": "celsius", "rankine": "celsius", "inches": "meters",
        "yards": "meters", "miles": "meters", "bits": "bytes", "calories": "joules", "pounds": "grams", "ounces": "grams",
    ]
}
