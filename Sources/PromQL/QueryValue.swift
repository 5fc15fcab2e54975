import Telemetry

/// A value of one moment: a number or a native histogram.
package enum PointValue: Hashable, Sendable {
    case float(Double)
    case histogram(NativeHistogram)
}

/// One series of an answer, ascending by time; for an instant vector one point.
package struct ResultSeries: Hashable, Sendable {
    package var labels: LabelSet
    /// The moments that have a float, with their values.
    package var floats: [Sample]
    package var histograms: [HistogramSample]
    package init(labels: LabelSet, floats: [Sample] = [], histograms: [HistogramSample] = []) {
        self.labels = labels
        self.floats = floats
        self.histograms = histograms
    }
}

/// What a query came to.
package enum QueryValue: Hashable, Sendable {
    case scalar(Timestamp, Double)
    case string(Timestamp, String)
    /// In the order of `sort` and `topk` where the query asks for one.
    case vector([ResultSeries])
    /// Sorted by labels.
    case matrix([ResultSeries])
}

/// What Prometheus would remark on a query: warnings and infos, each once.
package struct Annotations: Hashable, Sendable {
    /// Without the prefix; the place is of the expression that they are about.
    package struct Note: Hashable, Sendable {
        package var message: String
        package var range: SourceRange
        package init(_ message: String, at range: SourceRange) {
            self.message = message
            self.range = range
        }
    }
    package var warnings: [Note] = []
    package var infos: [Note] = []
    package init() {}
}

/// Counters of one evaluation, as Prometheus's `stats`.
package struct QueryStatistics: Hashable, Sendable {
    package var totalSamples = 0
    package var peakSamples = 0
    /// Samples read for each step; kept only where `QueryOptions.countsPerStep` asks for it.
    package var samplesPerStep: [(time: Timestamp, count: Int)] = []
    package init() {}
    package static func == (a: Self, b: Self) -> Bool {
        a.totalSamples == b.totalSamples && a.peakSamples == b.peakSamples && a.samplesPerStep.map(\.count) == b.samplesPerStep.map(\.count)
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(totalSamples) }
}

package struct QueryAnswer: Sendable {
    package var value: QueryValue
    package var annotations: Annotations
    package var statistics: QueryStatistics
    package init(_ value: QueryValue, annotations: Annotations = Annotations(), statistics: QueryStatistics = QueryStatistics()) {
        self.value = value
        self.annotations = annotations
        self.statistics = statistics
    }
}

package struct QueryOptions: Sendable {
    package var lookback: TimeSpan = .minutes(5)
    /// The default resolution of subqueries: Prometheus's evaluation interval.
    package var subqueryStep: TimeSpan = .minutes(1)
    /// More samples in memory at once fail the query.
    package var sampleLimit = 50_000_000
    /// Asked now and then; true ends the query with `QueryError.cancelled`, such as at its deadline.
    package var isCancelled: @Sendable () -> Bool = { false }
    package var countsPerStep = false
    package init() {}
}

/// Why there is no answer.
package enum QueryError: Error, Hashable, Sendable {
    /// Bad syntax or types; `position` as Prometheus tells it (line and column from 1).
    case syntax(message: String, range: SourceRange, position: SourcePosition)
    /// Found while evaluating, such as a many-to-many match.
    case execution(message: String)
    case tooManySamples(limit: Int)
    case cancelled
}
