import Synchronization
import Telemetry

/// OTLP metrics as Prometheus keeps them: names and labels by its rules, classic histograms as `_bucket`, `_sum` and `_count`, exponential ones as
/// native histograms, deltas added up. One a receiver; any thread.
///
/// What was added up so far is remembered for `DeltaSums.limit` streams.
package final class OTLPTranslator: Sendable {
    private let sums = Mutex(DeltaSums())

    package init() {}

    /// The points as samples; `points` says how many were taken. What can't be is counted in `outcome`.
    package func translate(_ batches: [OTLPMetricBatch], at now: Timestamp) -> (batch: MetricBatch, points: Int, outcome: WireOutcome) {
        sums.withLock { sums in
            var translation = OTLPTranslation(sums: sums)
            // Copied out and in, so that the translation alone holds it and nothing is copied on the way.
            sums = DeltaSums()
            for batch in batches { translation.take(batch, at: now) }
            sums = translation.sums
            return (translation.batch, translation.points, translation.outcome)
        }
    }
}

/// One request on its way to samples.
struct OTLPTranslation {
    var sums: DeltaSums
    private(set) var batch = MetricBatch()
    private(set) var points = 0
    private(set) var samples = 0
    var outcome = WireOutcome()
    private var places: [LabelSet: Int] = [:]
    private var resource = OTLPResourceLabels(Resource())

    init(sums: DeltaSums) { self.sums = sums }

    mutating func take(_ batch: OTLPMetricBatch, at now: Timestamp) {
        resource = OTLPResourceLabels(batch.resource)
        var times: ClosedRange<Timestamp>?
        for metric in batch.metrics {
            for time in take(metric, at: now) {
                times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
            }
        }
        if let times, let info = resource.targetInfo { describeTarget(info, times) }
    }

    /// The times of the points that were taken.
    private mutating func take(_ metric: OTLPMetric, at now: Timestamp) -> [Timestamp] {
        guard !metric.points.isEmpty else { return [] }
        guard let family = family(of: metric) else {
            outcome.reject(
                .malformed, count: metric.points.count, "a metric is named \"\(metric.name.prefix(60))\", of which nothing is left")
            return []
        }
        if metric.temporality == .unspecified, metric.kind != .gauge, metric.kind != .summary {
            outcome.reject(.malformed, count: metric.points.count, "metric \"\(metric.name.prefix(60))\" is neither delta nor cumulative")
            return []
        }
        batch.metadata[family] = MetricMetadata(
            type: Self.type(of: metric), help: metric.description, unit: PrometheusNames.unit(metric.unit))
        var times: [Timestamp] = []
        for point in metric.points {
            do throws(OTLPPointProblem) {
                times.append(try take(point, of: metric, family, at: now))
                points += 1
            } catch {
                outcome.reject(error.reason, "a point of metric \"\(metric.name.prefix(60))\" \(error.sentence)")
            }
        }
        return times
    }

    private func family(of metric: OTLPMetric) -> String? {
        metric.name.isEmpty
            ? nil : PrometheusNames.metric(metric.name, unit: metric.unit, kind: metric.kind, isMonotonic: metric.isMonotonic)
    }

    private static func type(of metric: OTLPMetric) -> MetricType {
        switch metric.kind {
        case .gauge, .none: .gauge
        case .sum: metric.isMonotonic ? .counter : .gauge
        case .histogram, .exponential: .histogram
        case .summary: .summary
        }
    }

    private mutating func take(
        _ point: OTLPPoint, of metric: OTLPMetric, _ family: String, at now: Timestamp
    ) throws(OTLPPointProblem) -> Timestamp {
        guard point.time != 0 else { throw .malformed("has no time") }
        guard samples < WireLimit.samplesPerRequest else {
            throw .tooLarge("comes after \(WireLimit.samplesPerRequest) samples of one request")
        }
        let time = PreciseTime(clamping: point.time).timestamp
        let labels = resource.labels(of: point.attributes, name: family)
        let isDelta = metric.temporality == .delta && metric.kind != .gauge && metric.kind != .summary
        var point = point
        if isDelta, !point.hasNoValue { try sums.add(&point, of: metric, labels, at: now) }
        switch metric.kind {
        case .gauge, .sum, .none: try takeNumber(point, labels, time)
        case .histogram: try takeHistogram(point, labels, family, time)
        case .exponential: try takeExponential(point, labels, time)
        case .summary: takeSummary(point, labels, family, time)
        }
        return time
    }

    private mutating func takeNumber(_ point: OTLPPoint, _ labels: LabelSet, _ time: Timestamp) throws(OTLPPointProblem) {
        guard let value = point.hasNoValue ? Sample.staleMarker : point.value else { throw .malformed("has no value") }
        let place = add(value, labels, time)
        batch.series[place].exemplars += point.exemplars.compactMap { $0.exemplar(at: time) }
    }

    private mutating func takeSummary(_ point: OTLPPoint, _ labels: LabelSet, _ family: String, _ time: Timestamp) {
        func value(_ value: Double) -> Double { point.hasNoValue ? Sample.staleMarker : value }
        add(value(point.sum ?? 0), labels.setting(LabelSet.nameLabel, family + "_sum"), time)
        add(value(Double(point.count)), labels.setting(LabelSet.nameLabel, family + "_count"), time)
        for quantile in point.quantiles {
            add(value(quantile.value), labels.setting("quantile", quantile.quantile.decimalText), time)
        }
    }

    /// The place of the series in the batch.
    @discardableResult
    mutating func add(_ value: Double, _ labels: LabelSet, _ time: Timestamp) -> Int {
        let place = place(of: labels)
        batch.series[place].samples.append(Sample(time, value))
        samples += 1
        return place
    }
    mutating func add(_ histogram: NativeHistogram, _ labels: LabelSet, _ time: Timestamp) -> Int {
        let place = place(of: labels)
        batch.series[place].histograms.append(HistogramSample(time, histogram))
        samples += 1
        return place
    }
    mutating func add(_ exemplars: [Exemplar], to place: Int) { batch.series[place].exemplars += exemplars }

    private mutating func place(of labels: LabelSet) -> Int {
        if let place = places[labels] { return place }
        batch.series.append(MetricBatch.Series(labels: labels))
        places[labels] = batch.series.count - 1
        return batch.series.count - 1
    }

    /// `target_info`, at the newest point and before it as often as a query needs to find it.
    private mutating func describeTarget(_ labels: LabelSet, _ times: ClosedRange<Timestamp>) {
        let step = TimeSpan.seconds(150)
        var time = max(times.lowerBound, times.upperBound - .minutes(60))
        while time < times.upperBound {
            add(1, labels, time)
            time = time + step
        }
        add(1, labels, times.upperBound)
        batch.metadata["target_info"] = MetricMetadata(type: .gauge, help: "Target metadata")
    }
}

/// Why one point was not taken; the rest are.
enum OTLPPointProblem: Error {
    case malformed(String), unsupported(String), tooLarge(String), outOfOrder(String), noRoom(String)

    var sentence: String {
        switch self {
        case .malformed(let text), .unsupported(let text), .tooLarge(let text), .outOfOrder(let text), .noRoom(let text): text
        }
    }
    var reason: DropReason {
        switch self {
        case .malformed: .malformed
        case .unsupported: .unsupported
        case .tooLarge: .tooLarge
        case .outOfOrder: .outOfOrder
        case .noRoom: .seriesLimit
        }
    }
}
