import Store
import Telemetry

/// What came of samples that brought their labels along.
package struct MetricBatchOutcome: Hashable, Sendable {
    package var accepted = 0
    package var outOfOrder = 0
    package var duplicates = 0
    /// With a time more than ten minutes in the future.
    package var outOfBounds = 0
    /// Of series that the store has no room for.
    package var overSeriesLimit = 0
    /// Native histograms that contradict themselves or have more buckets than the store keeps.
    package var invalid = 0
    package var exemplars = 0

    package var rejected: Int { outOfOrder + duplicates + outOfBounds + overSeriesLimit + invalid }

    /// What was not kept, by reason; reasons that did not occur are left out.
    package var dropped: [DropReason: Int] {
        [
            .outOfOrder: outOfOrder, .duplicate: duplicates, .outOfBounds: outOfBounds, .seriesLimit: overSeriesLimit,
            .malformed: invalid,
        ].filter { $0.value > 0 }
    }

    /// Why samples were refused, in a sentence that begins as Prometheus's answer does; nil when none were.
    package var sentence: String? {
        if outOfOrder > 0 { return "out of order sample: \(outOfOrder) are older than what their series have" }
        if duplicates > 0 { return "duplicate sample for timestamp: \(duplicates) came before with another value" }
        if outOfBounds > 0 { return "out of bounds: \(outOfBounds) samples are more than ten minutes in the future" }
        if overSeriesLimit > 0 { return "the limit of series is reached: \(overSeriesLimit) samples have no room" }
        if invalid > 0 { return "native histograms that contradict themselves or have too many buckets: \(invalid) are left out" }
        return nil
    }
}

/// Puts samples that brought their labels along into the store: series by series, each looked up once a batch.
package enum MetricBatchIntake {
    /// A time further ahead of the arrival than this is refused, as in Prometheus.
    static let future = TimeSpan.minutes(10)

    @discardableResult
    package static func take(_ batch: MetricBatch, at now: Timestamp, into store: any SeriesAppender) -> MetricBatchOutcome {
        var outcome = MetricBatchOutcome()
        var samples: [SeriesSample] = []
        var histograms: [SeriesHistogram] = []
        samples.reserveCapacity(batch.sampleCount)
        let latest = now + future
        for (family, metadata) in batch.metadata { store.setMetadata(metadata, family: family) }
        var examples: [(SeriesID, [Exemplar])] = []
        for series in batch.series {
            guard !series.samples.isEmpty || !series.histograms.isEmpty else { continue }
            guard let id = store.series(for: series.labels) else {
                outcome.overSeriesLimit += series.samples.count + series.histograms.count
                continue
            }
            for sample in series.samples {
                if sample.time > latest { outcome.outOfBounds += 1 } else { samples.append(SeriesSample(id, sample.time, sample.value)) }
            }
            for sample in series.histograms {
                if sample.time > latest {
                    outcome.outOfBounds += 1
                } else {
                    histograms.append(SeriesHistogram(series: id, time: sample.time, value: sample.value))
                }
            }
            if !series.exemplars.isEmpty { examples.append((id, series.exemplars)) }
        }
        for taken in [store.append(samples), histograms.isEmpty ? SampleOutcome() : store.append(histograms)] {
            outcome.accepted += taken.accepted
            outcome.outOfOrder += taken.outOfOrder
            outcome.duplicates += taken.duplicates
            outcome.invalid += taken.invalid
        }
        for (id, exemplars) in examples {
            for exemplar in exemplars where exemplar.time <= latest { outcome.exemplars += store.append(exemplar, to: id).accepted }
        }
        return outcome
    }
}
