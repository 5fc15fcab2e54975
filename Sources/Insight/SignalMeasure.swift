import Rules
import Search
import Store
import Telemetry

/// A rule's question over logs or traces, ready to be asked again and again.
package struct SignalMeasure: Sendable {
    /// More combinations of values are too many for one rule.
    package static let groupLimit = 10_000

    private enum Prepared: Sendable {
        case logs(LogSearch)
        case traces(TraceSearch)
    }
    private let question: SignalQuestion
    private let prepared: Prepared
    private let labels: [String]
    /// Of a share.
    private let part: Prepared?

    package init(_ question: SignalQuestion) {
        self.question = question
        labels = question.fields.map(SignalQuestion.label)
        prepared = Self.prepare(question.search, question.signal)
        part = if case .share(let search) = question.measure { Self.prepare(search, question.signal) } else { nil }
    }
    private static func prepare(_ search: String, _ signal: SignalQuestion.Signal) -> Prepared {
        switch signal {
        case .logs: .logs(LogSearch(search))
        case .traces: .traces(TraceSearch(search))
        }
    }

    /// A row for each combination of the fields' values in `(time - window, time]`; where nothing is asked by, one row always, which counts zero.
    package func rows(in snapshot: StoreSnapshot, at time: Timestamp) throws(RuleFailure) -> [SignalRow] {
        let signal: Signal = question.signal == .logs ? .logs : .traces
        if question.reach > .zero, snapshot.accounting.oldest[signal].map({ $0 > time - question.reach }) ?? true { return [] }
        if question.measure == .newPattern { return newPatterns(in: snapshot, at: time) }
        // As of PromQL's ranges, the older end is outside and the newer one inside.
        let instant = TimeSpan(nanoseconds: 1)
        let range = (time - question.window).precise + instant..<time.precise + instant
        var groups: [[String]: Tally] = [:]
        var isOverfull = false
        func take(_ key: [String], _ value: Double?) {
            if groups[key] == nil, groups.count >= Self.groupLimit {
                isOverfull = true
                return
            }
            groups[key, default: Tally()].take(value)
        }
        switch prepared {
        case .logs(let search):
            if let error = search.error { throw .search(error.message) }
            let (fields, measured) = (question.fields.map(SearchSchema.logs.field), question.measure.field.map(SearchSchema.logs.field))
            search.forEach(in: snapshot.logs, range: range) { header in
                let key = fields.map { LogSubject.text(of: $0, header, in: snapshot.logs) }
                if case .logs(let part)? = part {
                    take(key, part.matches(copy header, in: snapshot.logs) ? 1 : 0)
                } else {
                    take(key, measured.flatMap { number(LogSubject.text(of: $0, header, in: snapshot.logs)) })
                }
                return true
            }
        case .traces(let search):
            if let error = search.error { throw .search(error.message) }
            let (fields, measured) = (question.fields.map(SearchSchema.traces.field), question.measure.field)
            let field = measured.map(SearchSchema.traces.field)
            search.forEachSpan(in: snapshot.traces, range: range) { header in
                let key = fields.map { SpanSubject.text(of: $0, header, in: snapshot.traces) }
                if case .traces(let part)? = part { return take(key, part.matches(header, in: snapshot.traces) ? 1 : 0) }
                let value =
                    measured == "duration"
                    ? header.duration.seconds : field.flatMap { number(SpanSubject.text(of: $0, header, in: snapshot.traces)) }
                take(key, value)
            }
        }
        if isOverfull { throw .search("there are more than \(Self.groupLimit) combinations of \(question.fields.joined(separator: ", "))") }
        if groups.isEmpty, question.fields.isEmpty, question.measure.field == nil { groups[[]] = Tally() }
        return groups.compactMap { key, tally in
            tally.value(question.measure, question.window).map {
                SignalRow(labels: LabelSet(zip(labels, key).map { Label($0, $1) }), value: $0)
            }
        }.sorted { $0.labels.isBefore($1.labels) }
    }

    /// How long a pattern must not have been seen to be new.
    private static let memory = TimeSpan.minutes(60)

    /// The loudest patterns of the window that the hour before it did not have; nothing where that hour isn't known.
    private func newPatterns(in snapshot: StoreSnapshot, at time: Timestamp) -> [SignalRow] {
        guard case .logs(let search) = prepared, search.error == nil else { return [] }
        let logs = snapshot.logs
        let now = LogPatterns(logs, over: question.window, at: time) { search.matches(copy $0, in: logs) }
        guard now.patterns.contains(where: { question.comparison.holds(Double($0.count), question.limit) }) else { return [] }
        let before = LogPatterns(logs, over: Self.memory, at: time - question.window)
        // With nothing to hold it against, everything would be new.
        guard before.lineCount > 0 else { return [] }
        let known = Set(before.patterns.map(\.text))
        return now.patterns.filter { !known.contains($0.text) }.prefix(Self.patternLimit).map { pattern in
            SignalRow(
                labels: LabelSet([
                    Label("pattern", String(pattern.text.prefix(200))), Label("service", pattern.services.joined(separator: ",")),
                ]), value: Double(pattern.count))
        }
    }
    private static let patternLimit = 20

    /// Of a field's text: a number, or a length of time in seconds.
    private func number(_ text: String) -> Double? {
        if let number = Double(text) { return number.isFinite ? number : nil }
        return TimeSpan(prometheus: text)?.seconds
    }

    private struct Tally {
        private var count = 0
        private var values: [Double] = []

        mutating func take(_ value: Double?) {
            count += 1
            if let value { values.append(value) }
        }
        /// Nil where no value has the field that is measured.
        func value(_ measure: SignalQuestion.Measure, _ window: TimeSpan) -> Double? {
            switch measure {
            case .count: return Double(count)
            case .rate: return Double(count) / max(window.seconds, 0.001)
            case .newPattern: return nil
            case .share, .average: return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            case .maximum: return values.max()
            case .minimum: return values.min()
            case .quantile(let q, _):
                guard !values.isEmpty else { return nil }
                let sorted = values.sorted()
                let rank = Int((q * Double(sorted.count)).rounded(.up))
                return sorted[min(max(rank - 1, 0), sorted.count - 1)]
            }
        }
    }
}
