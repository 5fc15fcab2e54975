import PromQL
import Rules
import Settings
import Store
import Telemetry

/// Runs unit tests of rules, as `promtool test rules` does.
package struct RuleTestRun {
    package struct Failure: Hashable, Sendable {
        package var position: SourcePosition?
        package var message: String
    }
    private let file: RuleTestFile
    private let groups: [RuleGroup]

    package init(_ file: RuleTestFile, groups: [RuleGroup]) {
        self.file = file
        self.groups = groups
    }

    /// What is not as expected, in the order of the file; empty where all is.
    package func run(_ test: RuleTestFile.Test) -> [Failure] {
        let run = OneTest(file, test, groups)
        return run.run()
    }
}

/// One test: samples, then rules, tick by tick.
private final class OneTest {
    /// Ticks of one test.
    private static let tickLimit = 5_000_000

    private let file: RuleTestFile
    private let test: RuleTestFile.Test
    private let store = TelemetryStore(budget: .mebibytes(2048), seriesLimit: 2_000_000, checksHistograms: false)
    private let world: StoreRuleWorld
    private var book: RuleBook
    private var input: [(id: SeriesID, values: [PointValue?], next: Int)] = []
    private var failures: [RuleTestRun.Failure] = []

    init(_ file: RuleTestFile, _ test: RuleTestFile.Test, _ groups: [RuleGroup]) {
        self.file = file
        self.test = test
        world = StoreRuleWorld(store)
        var options = QueryOptions()
        options.subqueryStep = file.evaluationInterval
        book = RuleBook(RuleContext(externalLabels: test.externalLabels, externalURL: test.externalURL, options: options))
        book.replace(with: groups, at: test.start, world)
        for series in test.series {
            if let id = store.series(for: series.labels) { input.append((id, series.values, 0)) }
        }
    }

    func run() -> [RuleTestRun.Failure] {
        let step = file.evaluationInterval
        var waiting = test.alerts.sorted { $0.time < $1.time }[...]
        var (tick, count) = (test.start, 0)
        while tick <= test.start + test.end {
            count += 1
            guard count <= Self.tickLimit else { return [.init(message: "the test has more than \(Self.tickLimit) evaluations")] }
            append(through: tick)
            world.renew()
            _ = book.evaluateAll(at: tick, order: file.groupOrder, world)
            let errors = evaluationErrors(tick)
            if !errors.isEmpty { return failures + errors }
            while let next = waiting.first, next.time < (tick - test.start) + step {
                check(next)
                waiting = waiting.dropFirst()
            }
            tick = tick + step
        }
        append(through: test.start + test.end)
        world.renew()
        for expression in test.expressions { check(expression) }
        return failures
    }

    private func append(through time: Timestamp) {
        let interval = max(test.interval.nanoseconds / 1_000_000, 1)
        var samples: [RuleSample] = []
        for place in input.indices {
            while input[place].next < input[place].values.count {
                let moment = Timestamp(milliseconds: test.start.milliseconds &+ Int64(input[place].next) &* interval)
                guard moment <= time else { break }
                if let value = input[place].values[input[place].next] { samples.append(RuleSample(input[place].id, moment, value)) }
                input[place].next += 1
            }
        }
        if !samples.isEmpty { _ = world.append(samples) }
    }

    private func evaluationErrors(_ tick: Timestamp) -> [RuleTestRun.Failure] {
        book.groups.flatMap(\.rules).compactMap { state in
            state.lastError.map {
                .init(position: nil, message: "rule \(state.rule.name) at \((tick - test.start).prometheus): \($0)")
            }
        }
    }

    // MARK: Expectations

    private func check(_ expected: RuleTestFile.AlertExpectation) {
        let firing = book.groups.flatMap(\.rules).filter { $0.rule.isAlerting && $0.rule.name == expected.name }
            .flatMap(\.states.active).filter { $0.state == .firing }
        let got = firing.map { "\($0.labels.testText) \($0.annotations.testText)" }.sorted()
        let wanted = expected.alerts.map { "\($0.labels.testText) \($0.annotations.testText)" }.sorted()
        guard got != wanted else { return }
        fail(expected.position, "alert \(expected.name) at \(expected.time.prometheus)", wanted, got)
    }

    private func check(_ expected: RuleTestFile.ExpressionExpectation) {
        let answer: QueryAnswer
        do throws(QueryError) {
            answer = try Query(expected.expression).instant(
                at: test.start + expected.time, over: world.querier, options: book.context.options)
        } catch {
            failures.append(.init(position: expected.position, message: "\(expected.expression): \(error.description)"))
            return
        }
        let got = answer.value.testRows.sorted { $0.labels.isBefore($1.labels) }
        let wanted = expected.samples.sorted { $0.labels.isBefore($1.labels) }
        let isSame =
            got.count == wanted.count && zip(got, wanted).allSatisfy { $0.labels == $1.labels && isEqual($0.value, $1.value) }
        guard !isSame else { return }
        fail(
            expected.position, "\(expected.expression) at \(expected.time.prometheus)",
            wanted.map { $0.labels.testText + " " + $0.value.testText },
            got.map { $0.labels.testText + " " + $0.value.testText })
    }

    private func isEqual(_ a: PointValue, _ b: PointValue) -> Bool {
        switch (a, b) {
        case (.float(let a), .float(let b)):
            if a == b || a.isNaN && b.isNaN { return true }
            return file.isFuzzy && (a.nextUp == b || a.nextDown == b)
        case (.histogram(let a), .histogram(let b)): return a.compacted().isSame(as: b.compacted())
        default: return false
        }
    }

    private func fail(_ position: SourcePosition, _ what: String, _ wanted: [String], _ got: [String]) {
        func list(_ rows: [String]) -> String { rows.isEmpty ? "      nothing" : rows.map { "      " + $0 }.joined(separator: "\n") }
        failures.append(.init(position: position, message: "\(what)\n    expected:\n\(list(wanted))\n    got:\n\(list(got))"))
    }
}

extension QueryValue {
    fileprivate var testRows: [(labels: LabelSet, value: PointValue)] {
        switch self {
        case .scalar(_, let value): [(LabelSet([]), .float(value))]
        case .string: []
        case .vector(let series), .matrix(let series):
            series.compactMap { series in
                if let sample = series.floats.last { return (series.labels, .float(sample.value)) }
                return series.histograms.last.map { (series.labels, .histogram($0.value)) }
            }
        }
    }
}

extension LabelSet {
    /// As Prometheus writes series: `up{job="shop"}`.
    fileprivate var testText: String {
        let name = metricName
        let rest = labels.filter { $0.name != Self.nameLabel }.map { "\($0.name)=\(quoted($0.value))" }
        return name + (rest.isEmpty && !name.isEmpty ? "" : "{" + rest.joined(separator: ", ") + "}")
    }
}

extension PointValue {
    fileprivate var testText: String {
        switch self {
        case .float(let value): value.plainText
        case .histogram(let value): value.literal ?? value.description
        }
    }
}
