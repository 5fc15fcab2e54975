import PromQL
import Telemetry

/// A file of unit tests for rules, in the format of `promtool test rules`.
package struct RuleTestFile: Sendable {
    package struct Test: Sendable {
        package var name = ""
        /// Between two points of an input series.
        package var interval: TimeSpan
        /// What all times of the test count from.
        package var start = Timestamp(milliseconds: 0)
        package var series: [SeriesDescription] = []
        package var externalLabels = LabelSet([])
        package var externalURL = ""
        package var alerts: [AlertExpectation] = []
        package var expressions: [ExpressionExpectation] = []
        /// The latest moment that something is expected at.
        package var end: TimeSpan { max(alerts.map(\.time).max() ?? .zero, expressions.map(\.time).max() ?? .zero) }
    }
    package struct AlertExpectation: Sendable {
        package var time: TimeSpan
        package var name: String
        /// Those that must fire, and no others of that name.
        package var alerts: [(labels: LabelSet, annotations: LabelSet)]
        package var position: SourcePosition
    }
    package struct ExpressionExpectation: Sendable {
        package var expression: String
        package var time: TimeSpan
        package var samples: [(labels: LabelSet, value: PointValue)]
        package var position: SourcePosition
    }

    /// Patterns, from the folder that the file is in.
    package var ruleFiles: [String] = []
    package var evaluationInterval = TimeSpan.minutes(1)
    package var groupOrder: [String] = []
    /// A difference in the last place is none.
    package var isFuzzy = false
    package var tests: [Test] = []
    package var errors: [Diagnostic] = []
    package var warnings: [Diagnostic] = []

    package static func read(_ bytes: [UInt8], source: String, ignoresUnknownKeys: Bool = false) -> RuleTestFile {
        var file = RuleTestFile()
        let context = ReadingContext(source: source)
        context.expandsEnvironment = false
        context.ignoresUnknownKeys = ignoresUnknownKeys
        do throws(Diagnostic) {
            if let root = try YAMLParser.parse(bytes, source: source), let reader = NodeReader(root, "a test file", context) {
                file.read(reader)
            }
        } catch {
            file.errors.append(error)
        }
        file.errors += inOrder(context.errors)
        file.warnings = inOrder(context.warnings)
        return file
    }

    private mutating func read(_ root: NodeReader) {
        root.check(known: ["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"])
        ruleFiles = root.texts("rule_files")
        evaluationInterval = root.positiveSpan("evaluation_interval") ?? evaluationInterval
        groupOrder = root.texts("group_eval_order")
        isFuzzy = root.flag("fuzzy_compare") ?? false
        tests = root.mappings("tests").map { Test($0, evaluationInterval) }
    }
}

extension RuleTestFile.Test {
    fileprivate init(_ reader: NodeReader, _ evaluationInterval: TimeSpan) {
        reader.check(known: [
            "name", "interval", "start_timestamp", "input_series", "external_labels", "external_url", "alert_rule_test",
            "promql_expr_test",
        ])
        self.init(interval: reader.positiveSpan("interval") ?? evaluationInterval)
        name = reader.text("name") ?? ""
        if let text = reader.text("start_timestamp") {
            if let moment = Timestamp(unixOrRFC3339: text) {
                start = moment
            } else {
                reader.context.fail("\"start_timestamp\" wants Unix seconds or RFC 3339", reader.position("start_timestamp"))
            }
        }
        externalLabels = LabelSet(reader.labels("external_labels"))
        externalURL = reader.text("external_url") ?? ""
        series = reader.mappings("input_series").compactMap { Self.series($0) }
        alerts = reader.mappings("alert_rule_test").map { RuleTestFile.AlertExpectation($0) }
        expressions = reader.mappings("promql_expr_test").map { RuleTestFile.ExpressionExpectation($0) }
    }

    private static func series(_ reader: NodeReader) -> SeriesDescription? {
        reader.check(known: ["series", "values"])
        guard let name = reader.text("series") else {
            reader.context.fail("\"series\" is missing", reader.node.position)
            return nil
        }
        do throws(QueryError) { return try SeriesDescription(name + " " + (reader.text("values") ?? "")) } catch {
            guard case .syntax(let message, _, _) = error else { return nil }
            reader.context.fail("the series can't be read: \(message)", reader.value("series")?.position ?? reader.node.position)
            return nil
        }
    }
}

extension RuleTestFile.AlertExpectation {
    fileprivate init(_ reader: NodeReader) {
        reader.check(known: ["eval_time", "alertname", "exp_alerts"])
        let name = reader.text("alertname") ?? ""
        if name.isEmpty { reader.context.fail("an alert_rule_test needs the \"alertname\" of one rule", reader.node.position) }
        self.init(
            time: reader.span("eval_time") ?? .zero, name: name,
            alerts: reader.mappings("exp_alerts").map { expected in
                expected.check(known: ["exp_labels", "exp_annotations"])
                let labels = expected.pairs("exp_labels").map { Label($0.name, $0.value) }
                return (
                    LabelSet(labels + [Label("alertname", name)]),
                    LabelSet(expected.pairs("exp_annotations").map { Label($0.name, $0.value) })
                )
            }, position: reader.node.position)
    }
}

extension RuleTestFile.ExpressionExpectation {
    fileprivate init(_ reader: NodeReader) {
        reader.check(known: ["expr", "eval_time", "exp_samples"])
        self.init(
            expression: reader.text("expr") ?? "", time: reader.span("eval_time") ?? .zero,
            samples: reader.mappings("exp_samples").compactMap { Self.sample($0) }, position: reader.node.position)
        if expression.isEmpty { reader.context.fail("a promql_expr_test needs an \"expr\"", reader.node.position) }
    }

    private static func sample(_ reader: NodeReader) -> (labels: LabelSet, value: PointValue)? {
        reader.check(known: ["labels", "value", "histogram"])
        let labels = reader.text("labels") ?? ""
        do throws(QueryError) {
            // Of nothing but blanks the empty label set is meant.
            let series = labels.allSatisfy(\.isWhitespace) ? "{}" : labels
            if let histogram = reader.text("histogram") {
                let description = try SeriesDescription(series + " " + histogram)
                return (description.labels, (description.values.first ?? nil) ?? .float(.nan))
            }
            let description = try SeriesDescription(series)
            let text = reader.text("value") ?? "0"
            guard let value = number(text) else {
                reader.context.fail("\"value\" wants a number, and this is \"\(text.prefix(60))\"", reader.position("value"))
                return nil
            }
            return (description.labels, .float(value))
        } catch {
            guard case .syntax(let message, _, _) = error else { return nil }
            reader.context.fail("the sample can't be read: \(message)", reader.node.position)
            return nil
        }
    }
    /// As YAML writes numbers too: `.inf`, `.NaN`.
    private static func number(_ text: String) -> Double? {
        let word = text.lowercased()
        if word.hasSuffix("inf"), word.count <= 5 { return word.hasPrefix("-") ? -.infinity : .infinity }
        if word == ".nan" || word == "nan" { return .nan }
        return Double(text.filter { $0 != "_" })
    }
}
