import PromQL
import Rules
import Search
import Store
import Telemetry

/// What lies behind an alert or a rule: its value through time, the series it is made of, and what else happened at that moment.
package struct AlertStory: Sendable {
    /// What is looked at.
    package struct Subject: Sendable {
        package var rule: Rule?
        /// Empty for a rule as a whole.
        package var labels: LabelSet
        /// When it began, for what happened around then; nil where nothing began.
        package var begin: Timestamp?
        package init(rule: Rule?, labels: LabelSet = LabelSet([]), begin: Timestamp? = nil) {
            self.rule = rule
            self.labels = labels
            self.begin = begin
        }
    }
    package struct Line: Hashable, Sendable {
        package var labels: LabelSet
        package var values: [Double]
    }
    package struct Trace: Hashable, Sendable {
        package var id: TraceID
        package var start: Timestamp
        package var duration: TimeSpan
        package var name: String
        package var errors: Int
    }
    package struct Log: Hashable, Sendable {
        package var time: PreciseTime
        package var severity: Severity
        package var service: String
        package var message: String
    }

    package static let lineLimit = 8

    package private(set) var steps: PanelSteps
    /// The value without the comparison; at most `lineLimit` lines, those of the alert's labels.
    package private(set) var lines: [Line] = []
    package private(set) var lineCount = 0
    package private(set) var threshold: Double?
    package private(set) var comparison: SignalQuestion.Comparison?
    package private(set) var unit = ValueUnit.plain
    /// Of the selectors in the expression, with their newest values.
    package private(set) var series: [(labels: LabelSet, value: Double)] = []
    package private(set) var seriesCount = 0
    package private(set) var changes: [Change] = []
    package private(set) var traces: [Trace] = []
    package private(set) var logs: [Log] = []
    /// Whose traces and lines are looked at.
    package private(set) var service: String?
    package private(set) var error: String?

    package init(_ subject: Subject, _ snapshot: StoreSnapshot, over window: TimeSpan, at now: Timestamp, columns: Int = 100) {
        steps = PanelSteps(over: window, endingAt: now, about: columns)
        service = AlertSubjects(snapshot, at: now).service(of: subject.labels)
        if let rule = subject.rule { readValues(rule, subject.labels, snapshot) }
        guard let begin = subject.begin else { return }
        readSurroundings(of: begin, snapshot)
    }

    // MARK: The value

    private mutating func readValues(_ rule: Rule, _ labels: LabelSet, _ snapshot: StoreSnapshot) {
        switch rule.question {
        case .promQL(let query):
            let condition = RuleCondition(query)
            (threshold, comparison) = (condition?.limit, condition?.comparison)
            readPromQL(condition?.value ?? query, labels, snapshot)
            readSeries(query, labels, snapshot)
        case .signal(let question):
            (threshold, comparison) = (question.limit, question.comparison)
            unit = question.unit
            readSignal(question, labels, snapshot)
        }
    }

    private mutating func readPromQL(_ query: Query, _ labels: LabelSet, _ snapshot: StoreSnapshot) {
        let metrics = snapshot.metrics
        unit = ExpressionUnit(metadata: metrics.metadata(family:)).unit(of: query.expression)
        do throws(QueryError) {
            let answer = try query.range(from: steps.start, through: steps.end, step: steps.step, over: metrics)
            let panel = PanelAnswer(answer, steps, unit: unit)
            let mine = panel.lines.filter { line in Self.belongs(line.labels, to: labels) }
            lineCount = mine.count
            lines = mine.prefix(Self.lineLimit).map { Line(labels: $0.labels, values: $0.values) }
        } catch { self.error = error.description }
    }
    /// A result's labels are among those of its alert.
    private static func belongs(_ result: LabelSet, to alert: LabelSet) -> Bool {
        alert.labels.isEmpty || result.labels.allSatisfy { $0.name == LabelSet.nameLabel || alert[$0.name] == $0.value }
    }

    private mutating func readSignal(_ question: SignalQuestion, _ labels: LabelSet, _ snapshot: StoreSnapshot) {
        // Each moment is a search.
        steps = PanelSteps(over: steps.span, endingAt: steps.end, about: 60)
        let measure = SignalMeasure(question)
        var found: [LabelSet: [Double]] = [:]
        for index in 0..<steps.count {
            let rows: [SignalRow]
            do throws(RuleFailure) { rows = try measure.rows(in: snapshot, at: steps.time(index)) } catch {
                self.error = error.description
                return
            }
            for row in rows where Self.belongs(row.labels, to: labels) {
                found[row.labels, default: [Double](repeating: .nan, count: steps.count)][index] = row.value
            }
        }
        lineCount = found.count
        let sorted = found.map { Line(labels: $0.key, values: $0.value) }.sorted { a, b in
            (a.values.lazy.filter { !$0.isNaN }.max() ?? 0, b.labels.labels.first?.value ?? "")
                > (b.values.lazy.filter { !$0.isNaN }.max() ?? 0, a.labels.labels.first?.value ?? "")
        }
        lines = Array(sorted.prefix(Self.lineLimit))
    }

    /// The series that the expression's selectors read, of the alert's labels as far as they have them.
    private mutating func readSeries(_ query: Query, _ labels: LabelSet, _ snapshot: StoreSnapshot) {
        let metrics = snapshot.metrics
        var seen: Set<SeriesID> = []
        for matchers in query.expression.selectors {
            for id in (try? metrics.select(matchers, in: steps.start...steps.end)) ?? [] where seen.insert(id).inserted {
                let own = metrics.labels(of: id)
                // A label that both have must agree; what was summed away is not the alert's any more.
                guard own.labels.allSatisfy({ labels[$0.name] == nil || $0.name == "alertname" || labels[$0.name] == $0.value }) else {
                    continue
                }
                seriesCount += 1
                if series.count < 50 { series.append((own, metrics.newest(id)?.value ?? .nan)) }
            }
        }
    }

    // MARK: What else there was

    private mutating func readSurroundings(of begin: Timestamp, _ snapshot: StoreSnapshot) {
        let before = TimeSpan.minutes(2)
        changes = Changes(snapshot, report: ServiceReport(snapshot, over: before, at: begin), over: before, at: begin).all
        let range = (begin - .minutes(1)).precise..<(begin + .seconds(30)).precise
        let lens = Lens(service: service)
        let failed = TraceSearch("status=error").run(in: snapshot.traces, range: range, lens: lens, order: .slowest, limit: 6)
        let found =
            failed.traces.isEmpty ? TraceSearch("").run(in: snapshot.traces, range: range, lens: lens, order: .slowest, limit: 6) : failed
        traces = found.traces.map { match in
            Trace(
                id: match.summary.traceID, start: match.summary.start.timestamp, duration: match.summary.duration,
                name: snapshot.traces.strings[match.summary.rootService] + " " + snapshot.traces.strings[match.summary.rootName],
                errors: Int(match.summary.errorCount))
        }
        let lines = LogSearch("level>=warn").run(in: snapshot.logs, range: range, lens: lens, limit: 6)
        logs = lines.headers.map { header in
            Log(
                time: header.time, severity: header.severity, service: snapshot.logs.strings[header.service],
                message: snapshot.logs.message(of: header.ref))
        }
    }
}

extension SignalQuestion {
    /// Of its measure.
    package var unit: ValueUnit {
        switch measure {
        case .count, .newPattern: .plain
        case .rate: .perSecond
        case .share: .ratio
        case .quantile(_, let field), .average(let field), .maximum(let field), .minimum(let field):
            field == "duration" ? .seconds : .plain
        }
    }
}

extension Expression {
    /// The matchers of all selectors, in the order of the text.
    package var selectors: [[LabelMatcher]] {
        switch node {
        case .number, .string: []
        case .parentheses(let inner), .negation(let inner), .plus(let inner): inner.selectors
        case .binary(let binary): binary.left.selectors + binary.right.selectors
        case .aggregation(let aggregation): aggregation.inner.selectors
        case .call(let call): call.arguments.flatMap(\.selectors)
        case .vector(let selector): [selector.matchers]
        case .matrix(let matrix): [matrix.selector.matchers]
        case .subquery(let subquery): subquery.inner.selectors
        }
    }
}
