import PromQL
import Rules
import Telemetry

/// A world whose answers are set by hand, and that keeps what rules write, by label set.
final class ScriptedWorld: RuleWorld {
    /// By the search of the question; a nil is a failure.
    var answers: [String: [(labels: LabelSet, value: Double)]?] = [:]
    private(set) var written: [String: [(time: Timestamp, value: Double)]] = [:]
    private var names: [SeriesID: String] = [:]
    let querier: any Querier = NothingThere()

    func rows(of question: SignalQuestion, at time: Timestamp) throws(RuleFailure) -> [SignalRow] {
        guard let answer = answers[question.search] ?? [] else { throw .search("nobody knows") }
        return answer.map { SignalRow(labels: $0.labels, value: $0.value) }
    }
    func series(for labels: LabelSet) -> SeriesID? {
        let text = labels.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        if let known = names.first(where: { $0.value == text }) { return known.key }
        let id = SeriesID(UInt32(names.count))
        names[id] = text
        return id
    }
    func append(_ samples: [RuleSample]) -> Set<SeriesID> {
        for sample in samples {
            guard case .float(let value) = sample.value, let name = names[sample.series] else { continue }
            written[name, default: []].append((sample.time, value))
        }
        return []
    }
    /// `time=value`, a marker as `end`.
    func text(of series: String) -> [String] {
        (written[series] ?? []).map { "\($0.time.milliseconds / 1000)=" + (Sample.isStale($0.value) ? "end" : $0.value.plainText) }
    }

    private struct NothingThere: Querier {
        func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> [SeriesID] { [] }
        func appendLabels(of series: SeriesID, to pairs: inout [SymbolPair]) {}
        func text(of symbol: Symbol) -> String { "" }
        func symbol(for text: String) -> Symbol? { nil }
        func read(_ series: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {}
        func newest(_ series: SeriesID) -> Sample? { nil }
        var seriesVersion: UInt64 { 0 }
        func metadata(family: String) -> MetricMetadata? { nil }
    }
}
