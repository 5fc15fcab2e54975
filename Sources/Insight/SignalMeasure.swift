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

    package init(_ question: SignalQuestion) {
        self.question = question
        labels = question.fields.map(SignalQuestion.label)
        switch question.signal {
        case .logs: prepared = .logs(LogSearch(question.search))
        case .traces: prepared = .traces(TraceSearch(question.search))
        }
    }

    /// A row for each combination of the fields' values in `(time - window, time]`; where nothing is asked by, one row always, which counts zero.
    package func rows(in snapshot: StoreSnapshot, at time: Timestamp) throws(RuleFailure) -> [SignalRow] {
        let range = (time - question.window).precise..<time.precise
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
                take(key, measured.flatMap { number(LogSubject.text(of: $0, header, in: snapshot.logs)) })
                return true
            }
        case .traces(let search):
            if let error = search.error { throw .search(error.message) }
            let (fields, measured) = (question.fields.map(SearchSchema.traces.field), question.measure.field)
            let field = measured.map(SearchSchema.traces.field)
            search.forEachSpan(in: snapshot.traces, range: range) { header in
                let key = fields.map { SpanSubject.text(of: $0, header, in: snapshot.traces) }
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
            case .average: return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
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
