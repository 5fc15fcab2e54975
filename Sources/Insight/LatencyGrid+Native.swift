import Store
import Telemetry

extension LatencyGrid {
    /// Whether the metric of that name has native histograms.
    package static func isNative(_ family: String, _ metrics: MetricSnapshot) -> Bool {
        metrics.series(named: family).prefix(8).contains { metrics.endsInHistogram($0) }
    }

    /// Rows of a native histogram that are told apart: its schema is lowered until there are no more.
    private static let rowLimit = 40

    /// From the native histogram `family`; as a classic one otherwise.
    init(
        _ snapshot: StoreSnapshot, native family: String, _ matchers: [LabelMatcher], over window: TimeSpan, at now: Timestamp, columns: Int
    ) {
        let metrics = snapshot.metrics
        let series = HistogramSeries.all(of: family, matchers, metrics)
        let length = max(window, .milliseconds(1))
        let reach = (now - length - length - .minutes(5))...now
        let interval = series.lazy.prefix(8).compactMap { Self.interval(of: $0, metrics, reach) }.first ?? .seconds(1)
        let most = max(1, Int(length.nanoseconds / max(1, interval.nanoseconds)))
        self.init(.histogram(family), TimeBuckets(over: window, at: now, count: min(max(1, columns), most)))
        var tallies = [LatencyTally](repeating: LatencyTally(), count: self.columns.count)
        var earlier = LatencyTally()
        for index in self.columns.indices { self.columns[index].isCovered = false }
        for one in series {
            one.forEachRise(metrics, in: reach) { time, add in
                let time = time.precise
                if buckets.holdsRise(at: time) {
                    add(&tallies[buckets.index(ofRiseAt: time)])
                    self.columns[buckets.index(ofRiseAt: time)].isCovered = true
                } else if buckets.holdsRiseBefore(at: time) {
                    add(&earlier)
                }
            }
        }
        fill(tallies, earlier, unit: Self.unit(of: family))
    }

    private static func interval(of series: HistogramSeries, _ metrics: MetricSnapshot, _ range: ClosedRange<Timestamp>) -> TimeSpan? {
        let columns = SampleColumns()
        metrics.read(series.id, in: range, into: columns)
        guard columns.count >= 2 else { return nil }
        let gaps = (1..<columns.count).map { columns.times[$0] &- columns.times[$0 - 1] }.sorted()
        return .milliseconds(gaps[gaps.count / 2])
    }

    private mutating func fill(_ tallies: [LatencyTally], _ earlier: LatencyTally, unit: Double) {
        var whole = LatencyTally()
        for tally in tallies { if let sum = tally.native?.result { whole.add(sum) } }
        var all = whole
        if let sum = earlier.native?.result { all.add(sum) }
        guard let scale = all.native.flatMap({ NativeScale($0.result, rowLimit: Self.rowLimit) }) else { return }
        rows = scale.edges.indices.dropLast().map { index in
            let upper = scale.edges[index + 1]
            return Row(lower: Self.span(scale.edges[index], unit), upper: upper == .infinity ? nil : Self.span(upper, unit))
        }
        let count = { (tally: LatencyTally) in
            scale.counts(tally.native?.result).map { Int(exactly: min(max($0, 0), 4e9).rounded()) ?? 0 }
        }
        (histogram, before, counts) = (count(whole), count(earlier), [])
        for (column, tally) in tallies.enumerated() {
            let cells = count(tally)
            counts += cells.map { UInt32(clamping: $0) }
            columns[column].count = cells.reduce(0, +)
            columns[column].p50 = tally.quantile(0.5, unit: unit)
            columns[column].p95 = tally.quantile(0.95, unit: unit)
            columns[column].p99 = tally.quantile(0.99, unit: unit)
        }
        (p50, p95, p99) = (whole.quantile(0.5, unit: unit), whole.quantile(0.95, unit: unit), whole.quantile(0.99, unit: unit))
    }
}

/// The buckets in which native histograms are shown: without gaps from the least to the greatest that has observations.
private struct NativeScale {
    /// Ascending, from where the first bucket begins to where the last one ends.
    let edges: [Double]
    private let schema: Int32
    /// The exponential index of the bucket that the first row after the zero row stands for.
    private let first: Int
    private let hasZero: Bool

    init?(_ whole: NativeHistogram, rowLimit: Int) {
        guard whole.count > 0 else { return nil }
        if whole.usesCustomBounds {
            (schema, first, hasZero) = (whole.schema, 0, false)
            edges = [0] + whole.customBounds.filter { $0 > 0 } + [.infinity]
            return
        }
        var coarse = whole
        var range = Self.range(coarse)
        while let found = range, found.count > rowLimit, coarse.schema > -4 {
            coarse = coarse.reduced(toSchema: coarse.schema - 1)
            range = Self.range(coarse)
        }
        schema = coarse.schema
        hasZero = coarse.zeroCount > 0 || coarse.negativeBuckets.contains { $0 > 0 }
        first = range?.lowerBound ?? 0
        let lowest = coarse.schema
        let bounds = range.map { found in
            ((found.lowerBound - 1)...found.upperBound).map { NativeHistogram.exponentialBound($0, schema: lowest) }
        }
        edges = (hasZero || range == nil ? [0] : []) + (bounds ?? [max(coarse.zeroThreshold, 1e-9)])
    }
    private static func range(_ histogram: NativeHistogram) -> ClosedRange<Int>? {
        var (least, greatest) = (Int.max, Int.min)
        histogram.forEachCell(histogram.positiveSpans, histogram.positiveBuckets) { index, count in
            if count > 0 { (least, greatest) = (min(least, index), max(greatest, index)) }
        }
        return least <= greatest ? least...greatest : nil
    }

    /// By row; empty for no histogram too.
    func counts(_ histogram: NativeHistogram?) -> [Double] {
        var counts = [Double](repeating: 0, count: edges.count - 1)
        guard let histogram, let last = counts.indices.last else { return counts }
        if histogram.usesCustomBounds {
            for bucket in histogram.allBuckets {
                let row = edges.partitioningIndex { $0 >= bucket.upper } - 1
                counts[min(max(row, 0), last)] += bucket.count
            }
            return counts
        }
        let same = histogram.schema > schema ? histogram.reduced(toSchema: schema) : histogram
        counts[0] += same.zeroCount + same.negativeBuckets.reduce(0, +)
        same.forEachCell(same.positiveSpans, same.positiveBuckets) { index, count in
            counts[min(max(index - first + (hasZero ? 1 : 0), 0), last)] += count
        }
        return counts
    }
}
