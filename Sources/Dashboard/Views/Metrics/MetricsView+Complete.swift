import Insight
import PromQL
import Store
import Telemetry

extension MetricsView {
    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State)
        -> Completion?
    {
        state.page == .browse && !State.looksLikeQuery(text) ? nil : completion(of: text, at: offset, snapshot, context)
    }
    /// Of PromQL.
    static func completion(of text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion? {
        guard let found = QueryCompletion(text, cursor: offset, from: SnapshotCandidates(snapshot.metrics)) else { return nil }
        return Completion(range: found.range, candidates: found.candidates.map(\.text), notes: found.candidates.map(note))
    }

    /// What it is in a word or a signature, then what it is about.
    private static func note(_ candidate: QueryCompletion.Candidate) -> String {
        let first = candidate.detail.isEmpty ? word(candidate.kind) : candidate.detail
        return [first, candidate.summary].filter { !$0.isEmpty }.joined(separator: "  ")
    }
    private static func word(_ kind: QueryCompletion.Kind) -> String {
        switch kind {
        case .metric: "metric"
        case .label: "label"
        case .function, .aggregation, .keyword, .value, .duration: ""
        }
    }
}
