import Insight
import PromQL
import Rules
import Store
import Telemetry

/// The store as rules see it.
package final class StoreRuleWorld: RuleWorld {
    private let store: TelemetryStore
    private var snapshot: StoreSnapshot?
    private var searches: [SignalQuestion: SignalMeasure] = [:]
    /// Samples that the store did not take, since the beginning.
    package private(set) var refused = 0

    package init(_ store: TelemetryStore) { self.store = store }

    /// What comes from here on is seen by the next evaluation.
    package func renew() { snapshot = nil }

    private var current: StoreSnapshot {
        if let snapshot { return snapshot }
        let fresh = store.snapshot()
        snapshot = fresh
        return fresh
    }
    package var querier: any Querier { current.metrics }

    package func rows(of question: SignalQuestion, at time: Timestamp) throws(RuleFailure) -> [SignalRow] {
        let measure = searches[question] ?? SignalMeasure(question)
        searches[question] = measure
        return try measure.rows(in: current, at: time)
    }

    package func series(for labels: LabelSet) -> SeriesID? { store.series(for: labels) }

    package func append(_ samples: [RuleSample]) -> Set<SeriesID> {
        var floats: [SeriesSample] = []
        var histograms: [SeriesHistogram] = []
        floats.reserveCapacity(samples.count)
        for sample in samples {
            switch sample.value {
            case .float(let value): floats.append(SeriesSample(sample.series, sample.time, value))
            case .histogram(let value): histograms.append(SeriesHistogram(series: sample.series, time: sample.time, value: value))
            }
        }
        guard !samples.isEmpty else { return [] }
        snapshot = nil
        var gone: Set<SeriesID> = []
        if !floats.isEmpty { take(store.append(floats), &gone) }
        if !histograms.isEmpty { take(store.append(histograms), &gone) }
        return gone
    }
    private func take(_ outcome: SampleOutcome, _ gone: inout Set<SeriesID>) {
        refused += outcome.rejected
        gone.formUnion(outcome.unknown)
    }
}
