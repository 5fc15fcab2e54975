import Telemetry

/// The metrics of one resource, as OTLP has them.
package struct OTLPMetricBatch: Hashable, Sendable {
    package var resource: Resource
    package var metrics: [OTLPMetric]
    package init(resource: Resource, metrics: [OTLPMetric] = []) {
        self.resource = resource
        self.metrics = metrics
    }
}

package struct OTLPMetric: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case none, gauge, sum, histogram, exponential, summary }
    package enum Temporality: UInt8, Hashable, Sendable { case unspecified, delta, cumulative }

    package var name = ""
    package var description = ""
    package var unit = ""
    package var kind = Kind.none
    package var temporality = Temporality.unspecified
    package var isMonotonic = false
    package var points: [OTLPPoint] = []
    package init() {}
}

/// A data point of any kind; which of its fields say something follows from the kind of its metric.
package struct OTLPPoint: Hashable, Sendable {
    package struct Quantile: Hashable, Sendable {
        package var quantile = 0.0
        package var value = 0.0
    }
    package struct Exemplar: Hashable, Sendable {
        var attributes: [Attribute] = []
        var time: UInt64 = 0
        var value: Double?
        var traceID = TraceID.zero
        var spanID = SpanID.zero
    }

    package var attributes: [Attribute] = []
    /// Nanoseconds since the epoch; 0 where unknown.
    package var start: UInt64 = 0
    package var time: UInt64 = 0
    /// The series ended: what else stands here says nothing.
    package var hasNoValue = false
    /// Of gauges and sums.
    package var value: Double?
    /// Of histograms and summaries.
    package var count: UInt64 = 0
    package var sum: Double?
    /// Of classic histograms: not cumulative, one more than bounds.
    package var bucketCounts: [UInt64] = []
    package var bounds: [Double] = []
    package var exponential = ExponentialBuckets()
    package var quantiles: [Quantile] = []
    package var exemplars: [Exemplar] = []

    mutating func takeFlags(_ flags: UInt64) { hasNoValue = flags & 1 == 1 }
}

extension OTLP {
    /// The metrics of an `ExportMetricsServiceRequest` (or `MetricsData`), as they came. Throws where the request is not readable as a whole.
    package static func decodeMetrics(
        _ body: [UInt8], as encoding: OTLPEncoding
    ) throws(WireError) -> (batches: [OTLPMetricBatch], outcome: WireOutcome) {
        switch encoding {
        case .protobuf: try decodeMetricsProtobuf(body)
        case .json: try decodeMetricsJSON(body, with: JSONReader())
        }
    }

    /// The body of an `ExportMetricsServiceResponse`: empty (protobuf) or `{}` when nothing was rejected and `message` is empty.
    package static func metricResponse(rejected: Int = 0, message: String = "", as encoding: OTLPEncoding) -> [UInt8] {
        response(rejected: rejected, message: message, countName: "rejectedDataPoints", as: encoding)
    }
}
