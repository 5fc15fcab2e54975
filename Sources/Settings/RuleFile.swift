import PromQL
import Rules
import Search
import Telemetry
import Templates

/// A rule file with all that was found wrong with it.
package struct RuleFile: Sendable {
    /// Bytes of one file.
    package static let sizeLimit = ByteCount.mebibytes(8)

    /// Not to be used while there are errors.
    package var groups: [RuleGroup] = []
    package var errors: [Diagnostic] = []
    package var warnings: [Diagnostic] = []

    package struct Options: Sendable {
        /// For groups that say no other.
        package var interval = TimeSpan.minutes(1)
        package var queryOffset = TimeSpan.zero
        package var ignoresUnknownKeys = false
        package init() {}
        /// What a configuration says for all its rule files.
        package init(_ configuration: Configuration) {
            interval = configuration.global.evaluationInterval
            queryOffset = configuration.global.ruleQueryOffset
        }
    }

    /// Reads Prometheus's rule files, and in them dogwatch's rules over logs and traces.
    package static func read(_ bytes: [UInt8], source: String, _ options: Options = Options()) -> RuleFile {
        var file = RuleFile()
        let context = ReadingContext(source: source)
        context.expandsEnvironment = false
        context.ignoresUnknownKeys = options.ignoresUnknownKeys
        do throws(Diagnostic) {
            let root = try YAMLParser.parse(bytes, source: source) {
                context.warn("a second document begins here; it is ignored, put its groups into the first or another file", $0)
            }
            if let root, let reader = NodeReader(root, "a rule file", context) {
                file.groups = RuleFileReader(reader, ExpressionPlaces(bytes), options).groups(source)
            }
        } catch {
            file.errors.append(error)
        }
        file.errors += inOrder(context.errors)
        file.warnings = inOrder(context.warnings)
        return file
    }

    /// Rules that are there twice, with everything that tells them apart: what they are called, how often.
    package static func duplicates(in groups: [RuleGroup]) -> [(rule: Rule, count: Int)] {
        var counts: [Rule.Identity: (Rule, Int)] = [:]
        for rule in groups.flatMap(\.rules) { counts[rule.identity, default: (rule, 0)].1 += 1 }
        return counts.values.filter { $0.1 > 1 }.map { (rule: $0.0, count: $0.1) }
            .sorted { ($0.rule.name, $0.count) < ($1.rule.name, $1.count) }
    }
}

/// Finds the place in the file of a place in an expression.
struct ExpressionPlaces {
    private let lines: [ArraySlice<UInt8>]
    init(_ bytes: [UInt8]) { lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) }

    /// `position` counts within the scalar at `node`: in plain and quoted ones from its first character, in `|` blocks line by line.
    func place(of position: SourcePosition, in node: SourcePosition) -> SourcePosition {
        guard position.line >= 1, lines.indices.contains(node.line - 1) else { return node }
        let first = lines[node.line - 1].dropFirst(max(node.column - 1, 0)).first
        switch first {
        case UInt8(ascii: "|"):
            let line = node.line + position.line
            guard lines.indices.contains(line - 1) else { return node }
            let indent = lines[node.line...].first { !$0.allSatisfy { $0 == 0x20 || $0 == 0x0d } }?.prefix { $0 == 0x20 }.count ?? 0
            return SourcePosition(line: line, column: indent + position.column)
        // Folded lines are joined: which of them it was isn't known any more.
        case UInt8(ascii: ">"): return node
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return SourcePosition(line: node.line, column: node.column + position.column)
        default:
            return position.line == 1 ? SourcePosition(line: node.line, column: node.column + position.column - 1) : node
        }
    }
}

/// One reading of one rule file.
struct RuleFileReader {
    private let root: NodeReader
    private let places: ExpressionPlaces
    private let options: RuleFile.Options
    private var context: ReadingContext { root.context }

    init(_ root: NodeReader, _ places: ExpressionPlaces, _ options: RuleFile.Options) {
        self.root = root
        self.places = places
        self.options = options
    }

    func groups(_ source: String) -> [RuleGroup] {
        root.check(known: ["groups"])
        var lines: [String: Int] = [:]
        return root.mappings("groups").compactMap { reader in
            guard let group = group(reader, source) else { return nil }
            if let line = lines.updateValue(reader.node.position.line, forKey: group.name) {
                context.fail(
                    "there are two groups named \"\(group.name)\" in this file; the first in line \(line)", reader.position("name"))
            }
            return group
        }
    }

    private func group(_ reader: NodeReader, _ source: String) -> RuleGroup? {
        reader.check(known: ["name", "interval", "limit", "query_offset", "labels", "rules"])
        guard let name = reader.text("name"), !name.isEmpty else {
            context.fail("the group has no \"name\"", reader.node.position)
            return nil
        }
        let labels = texts("labels", of: reader, isAlert: false, isLabel: true)
        var group = RuleGroup(
            name: name, source: source, interval: reader.positiveSpan("interval") ?? options.interval,
            rules: reader.mappings("rules").compactMap { rule($0, labels) })
        group.limit = reader.count("limit") ?? 0
        group.queryOffset = reader.span("query_offset") ?? options.queryOffset
        return group
    }

    private static let keys = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"]
    /// Dogwatch's own.
    private static let signalKeys = ["source", "threshold", "window", "by"]

    private func rule(_ reader: NodeReader, _ groupLabels: [RuleText]) -> Rule? {
        reader.check(known: Self.keys + Self.signalKeys)
        let (record, alert) = (reader.text("record") ?? "", reader.text("alert") ?? "")
        let position = reader.node.position
        if !record.isEmpty, !alert.isEmpty {
            context.fail("a rule has \"record\" or \"alert\", not both", reader.position("alert"))
            return nil
        }
        guard !record.isEmpty || !alert.isEmpty else {
            context.fail("the rule has neither \"record\" nor \"alert\": one of them says what it makes", position)
            return nil
        }
        guard let question = question(reader) else { return nil }
        var rule = Rule(
            kind: record.isEmpty ? .alerting : .recording(metric: record), name: record.isEmpty ? alert : record, question: question)
        rule.position = position
        rule.labels = merged(groupLabels, texts("labels", of: reader, isAlert: rule.isAlerting, isLabel: true))
        if rule.isAlerting {
            rule.hold = reader.span("for") ?? .zero
            rule.keepFiring = reader.span("keep_firing_for") ?? .zero
            rule.annotations = texts("annotations", of: reader, isAlert: true, isLabel: false)
        } else {
            checkRecording(reader, record)
        }
        return rule
    }

    private func checkRecording(_ reader: NodeReader, _ name: String) {
        for key in ["for", "keep_firing_for", "annotations"] where reader.value(key) != nil {
            context.fail("\"\(key)\" is for alerts, and this rule records", reader.position(key))
        }
        if name.contains("{") || name.contains("}") {
            context.fail("\"\(name)\" is no name of a metric: braces belong to \"expr\"", reader.position("record"))
        }
    }

    private func merged(_ group: [RuleText], _ own: [RuleText]) -> [RuleText] {
        let names = Set(own.map(\.name))
        return group.filter { !names.contains($0.name) } + own
    }

    /// Labels or annotations; those of alerts are templates, which must be readable.
    private func texts(_ key: String, of reader: NodeReader, isAlert: Bool, isLabel: Bool) -> [RuleText] {
        reader.pairs(key).compactMap { name, node, value, position in
            if name.isEmpty || isLabel && name == LabelSet.nameLabel {
                context.fail("\"\(name)\" can't be the name of \(isLabel ? "a label" : "an annotation") here", position)
                return nil
            }
            guard isAlert else { return RuleText(name, value) }
            do throws(TemplateError) { return RuleText(name, value, template: try Template(value, scope: .prometheus())) } catch {
                context.fail("the template of \"\(name)\" can't be read: \(error.message)", node.position)
                return nil
            }
        }
    }

    // MARK: What is asked

    private func question(_ reader: NodeReader) -> RuleQuestion? {
        let source: SignalQuestion.Signal? = reader.choice("source")
        if reader.value("source") != nil { return source.flatMap { signal($0, reader) } }
        for key in Self.signalKeys where reader.value(key) != nil {
            context.fail("\"\(key)\" goes with \"source: logs\" or \"source: traces\"", reader.position(key))
        }
        guard let node = reader.value("expr"), let text = reader.text("expr"), !text.allSatisfy(\.isWhitespace) else {
            context.fail("the rule has no \"expr\"", reader.node.position)
            return nil
        }
        do throws(QueryError) { return .promQL(try Query(text)) } catch {
            guard case .syntax(let message, _, let position) = error else { return nil }
            context.fail("the expression can't be read: \(message)", places.place(of: position, in: node.position))
            return nil
        }
    }

    private func signal(_ signal: SignalQuestion.Signal, _ reader: NodeReader) -> RuleQuestion? {
        guard reader.text("record") == nil else {
            context.fail("rules over \(signal.rawValue) make alerts; \"record\" needs an expression in PromQL", reader.position("record"))
            return nil
        }
        let text = reader.text("threshold") ?? "count > 0"
        guard let threshold = SignalThreshold(text) else {
            context.fail(
                "\"threshold\" wants such as count >= 5, rate > 0.5/s or p95 > 2s, and this is \"\(text.prefix(60))\"",
                reader.value("threshold")?.position ?? reader.position("threshold"))
            return nil
        }
        let search = reader.text("expr") ?? ""
        if let error = CompiledSearch(ParsedSearch(search), schema: signal == .logs ? .logs : .traces).error,
            let node = reader.value("expr")
        {
            context.fail(
                "the search can't be read: \(error.message)",
                places.place(of: error.position ?? SourcePosition(line: 1, column: 1), in: node.position))
            return nil
        }
        return .signal(
            SignalQuestion(
                signal, search: search, measure: threshold.measure, comparison: threshold.comparison, limit: threshold.limit,
                window: reader.positiveSpan("window") ?? .minutes(1), fields: reader.texts("by")))
    }
}
