import PromQL
import Store
import Telemetry

/// What one or more series of a histogram rose by over some time, classic or native.
struct LatencyTally {
    /// By upper bound, each with all below it.
    private(set) var cumulative: [Double: Double] = [:]
    private(set) var native: HistogramSum?

    mutating func add(_ rise: Double, below bound: Double) { cumulative[bound, default: 0] += rise }
    mutating func add(_ rise: NativeHistogram) {
        guard native != nil else {
            native = HistogramSum(rise)
            return
        }
        // Custom bounds beside exponential ones: there is no sum of both, and the first stays.
        _ = try? native?.add(rise)
    }

    var count: Double { native?.result.count ?? cumulative[.infinity] ?? 0 }

    /// `unit` is the nanoseconds of 1 in the histogram.
    func quantile(_ q: Double, unit: Double) -> LatencyQuantile? {
        guard native == nil else { return native.flatMap { Self.quantile(q, $0.result, unit) } }
        let buckets = cumulative.sorted { $0.key < $1.key }.map { ClassicHistogram.Bucket($0.key, $0.value) }
        return ClassicHistogram(buckets).boundedQuantile(q).map { LatencyQuantile(LatencyGrid.span($0.value, unit), isBeyond: $0.isBeyond) }
    }

    private static func quantile(_ q: Double, _ histogram: NativeHistogram, _ unit: Double) -> LatencyQuantile? {
        let buckets = histogram.allBuckets.filter { $0.count > 0 }
        let total = buckets.reduce(0) { $0 + $1.count }
        guard total > 0 else { return nil }
        var below = 0.0
        for bucket in buckets {
            let rank = q * total - below
            below += bucket.count
            guard rank <= bucket.count || bucket == buckets.last else { continue }
            if bucket.upper == .infinity { return LatencyQuantile(LatencyGrid.span(bucket.lower, unit), isBeyond: true) }
            // Times are never below zero: of the zero bucket only the upper half counts.
            var place = bucket
            (place.lower, place.upper) = (max(bucket.lower, 0), max(bucket.upper, 0))
            let value = place.value(at: min(max(rank / bucket.count, 0), 1), isLinear: histogram.usesCustomBounds || place.lower == 0)
            return LatencyQuantile(LatencyGrid.span(value, unit))
        }
        return nil
    }
}

/// The series of a histogram, and what they rise by from sample to sample.
struct HistogramSeries {
    let id: SeriesID
    /// Of a classic histogram's bucket; nil for a native one.
    let bound: Double?

    /// Those of `family` that `matchers` accept: the native ones where there are any, else the buckets.
    static func all(of family: String, _ matchers: [LabelMatcher], _ metrics: MetricSnapshot) -> [HistogramSeries] {
        // A pattern that is wrong matches nothing; who wrote it was told when it was read.
        func select(_ name: String) -> [SeriesID] {
            (try? metrics.series(matching: [LabelMatcher(LabelSet.nameLabel, .equal, name)] + matchers)) ?? []
        }
        if LatencyGrid.isNative(family, metrics) { return select(family).map { HistogramSeries(id: $0, bound: nil) } }
        return select(family + "_bucket").compactMap { id in
            guard let bound = metrics.label("le", of: id).flatMap({ ClassicHistogram.bound($0) }), !bound.isNaN else { return nil }
            return HistogramSeries(id: id, bound: bound)
        }
    }

    /// Calls `body` for each sample but the first with its time and what was added to `tally` since the one before; a fall means it began at zero again.
    func forEachRise(_ metrics: MetricSnapshot, in range: ClosedRange<Timestamp>, _ body: (Timestamp, (inout LatencyTally) -> Void) -> Void)
    {
        guard let bound else { return forEachNativeRise(metrics, range, body) }
        var previous: Double?
        for sample in metrics.samples(of: id, in: range) where !sample.isStale && sample.value.isFinite {
            defer { previous = sample.value }
            guard let last = previous else { continue }
            let rise = sample.value >= last ? sample.value - last : sample.value
            body(sample.time) { $0.add(rise, below: bound) }
        }
    }

    private func forEachNativeRise(
        _ metrics: MetricSnapshot, _ range: ClosedRange<Timestamp>, _ body: (Timestamp, (inout LatencyTally) -> Void) -> Void
    ) {
        let columns = SampleColumns()
        metrics.read(id, in: range, into: columns)
        var previous: NativeHistogram?
        for (index, value) in columns.histograms where !Sample.isStale(value.sum) && value.resetHint != .gauge {
            defer { previous = value }
            guard let last = previous else { continue }
            body(Timestamp(milliseconds: columns.times[index])) { $0.add(Self.rise(from: last, to: value)) }
        }
    }

    private static func rise(from last: NativeHistogram, to value: NativeHistogram) -> NativeHistogram {
        var rise = value
        // Of another kind than the one before, it is a new beginning as well.
        if value.detectsReset(after: last) || (try? rise.subtract(last)) == nil { rise = value }
        rise.resetHint = .unknown
        return rise
    }
}
