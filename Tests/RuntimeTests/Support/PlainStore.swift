import Store
import Synchronization
import Telemetry

@testable import Runtime

/// Keeps series as plain arrays.
final class PlainStore: SeriesAppender {
    private struct State {
        var ids: [LabelSet: SeriesID] = [:]
        var labels: [LabelSet] = []
        var samples: [[Sample]] = []
        var histograms: [SeriesHistogram] = []
        var exemplars: [(SeriesID, Exemplar)] = []
        var metadata: [String: MetricMetadata] = [:]
    }
    private let state = Mutex(State())
    private let limit: Int
    init(limit: Int = .max) { self.limit = limit }

    func series(for labels: LabelSet) -> SeriesID? {
        state.withLock { state in
            if let id = state.ids[labels] { return id }
            guard state.labels.count < limit else { return nil }
            let id = SeriesID(UInt32(state.labels.count))
            state.ids[labels] = id
            state.labels.append(labels)
            state.samples.append([])
            return id
        }
    }
    func append(_ samples: [SeriesSample]) -> SampleOutcome {
        state.withLock { state in
            var outcome = SampleOutcome()
            for sample in samples {
                let i = Int(sample.series.index)
                if let last = state.samples[i].last, last.time >= sample.time {
                    if last.time > sample.time { outcome.outOfOrder += 1 } else { outcome.duplicates += 1 }
                    continue
                }
                state.samples[i].append(Sample(sample.time, sample.value))
                outcome.accepted += 1
            }
            return outcome
        }
    }
    func append(_ histograms: [SeriesHistogram]) -> SampleOutcome {
        state.withLock { $0.histograms += histograms }
        var outcome = SampleOutcome()
        outcome.accepted = histograms.count
        return outcome
    }
    func append(_ exemplar: Exemplar, to series: SeriesID) -> SampleOutcome {
        state.withLock { $0.exemplars.append((series, exemplar)) }
        var outcome = SampleOutcome()
        outcome.accepted = 1
        return outcome
    }
    func setMetadata(_ metadata: MetricMetadata, family: String) { state.withLock { $0.metadata[family] = metadata } }

    /// The values of a series in order, a staleness marker as nil.
    func values(_ name: String, _ labels: Label...) -> [Double?]? {
        state.withLock { state in
            let set = LabelSet([Label("__name__", name), Label("instance", "h:1"), Label("job", "j")] + labels)
            return state.ids[set].map { id in state.samples[Int(id.index)].map { $0.isStale ? nil : $0.value } }
        }
    }
    /// The histograms of all series called `name`, in order.
    func histograms(_ name: String) -> [HistogramSample] {
        state.withLock { state in
            state.histograms.filter { state.labels[Int($0.series.index)].metricName == name }.map { HistogramSample($0.time, $0.value) }
        }
    }
    var metadata: [String: MetricMetadata] { state.withLock { $0.metadata } }
    /// The samples of every series that has any.
    var samples: [LabelSet: [Sample]] {
        state.withLock { state in
            Dictionary(uniqueKeysWithValues: zip(state.labels, state.samples).filter { !$1.isEmpty })
        }
    }
    var exemplars: [Exemplar] { state.withLock { $0.exemplars.map(\.1) } }
    var names: Set<String> { state.withLock { Set($0.labels.map(\.metricName)) } }
}
