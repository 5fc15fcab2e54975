/// Samples that bring their labels along: OTLP metrics, remote write, files with timestamps.
package struct MetricBatch: Hashable, Sendable {
    package struct Series: Hashable, Sendable {
        /// `__name__` among them.
        package var labels: LabelSet
        /// Ascending by time.
        package var samples: [Sample]
        package var histograms: [HistogramSample]
        package var exemplars: [Exemplar]
        package init(labels: LabelSet, samples: [Sample] = [], histograms: [HistogramSample] = [], exemplars: [Exemplar] = []) {
            self.labels = labels
            self.samples = samples
            self.histograms = histograms
            self.exemplars = exemplars
        }
        fileprivate var times: [Timestamp] { samples.map(\.time) + histograms.map(\.time) }
    }
    package var series: [Series]
    /// By family name.
    package var metadata: [String: MetricMetadata]
    package init(series: [Series] = [], metadata: [String: MetricMetadata] = [:]) {
        self.series = series
        self.metadata = metadata
    }
    /// The times of the first and the last sample; nil where there is none.
    package var oldest: Timestamp? { series.lazy.flatMap(\.times).min() }
    package var newest: Timestamp? { series.lazy.flatMap(\.times).max() }
    /// Histograms are samples too; exemplars are not.
    package var sampleCount: Int { series.reduce(0) { $0 + $1.samples.count + $1.histograms.count } }
}

/// A native histogram at one moment.
package struct HistogramSample: Hashable, Sendable {
    package var time: Timestamp
    package var value: NativeHistogram
    package init(_ time: Timestamp, _ value: NativeHistogram) {
        self.time = time
        self.value = value
    }
}
