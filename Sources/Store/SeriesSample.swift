import Telemetry

/// A sample to append, with the series it belongs to.
package struct SeriesSample: Hashable, Sendable {
    package var series: SeriesID
    package var time: Timestamp
    package var value: Double
    @inlinable package init(_ series: SeriesID, _ time: Timestamp, _ value: Double) {
        self.series = series
        self.time = time
        self.value = value
    }
}

/// A native histogram to append, with the series it belongs to.
package struct SeriesHistogram: Hashable, Sendable {
    package var series: SeriesID
    package var time: Timestamp
    package var value: NativeHistogram
    package init(series: SeriesID, time: Timestamp, value: NativeHistogram) {
        self.series = series
        self.time = time
        self.value = value
    }
}

/// What came of appending samples or exemplars.
package struct SampleOutcome: Hashable, Sendable {
    /// Newly stored, or there already with the same value.
    package var accepted = 0
    /// Older than the newest sample of their series.
    package var outOfOrder = 0
    /// As old as the newest sample of their series, with another value.
    package var duplicates = 0
    /// Of series that the store doesn't have, or no longer has.
    package var unknownSeries = 0
    /// Those, once for each sample, in order: series to resolve again.
    package var unknown: [SeriesID] = []
    /// Native histograms with more buckets than the store keeps, or that contradict themselves.
    package var invalid = 0
    package init() {}
    package var rejected: Int { outOfOrder + duplicates + unknownSeries + invalid }
}
