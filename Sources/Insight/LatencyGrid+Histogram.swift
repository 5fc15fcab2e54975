import Store
import Telemetry

extension LatencyGrid {
    /// From the histogram `family`, native or classic (then its name without `_bucket`), of all its series that `matchers` accept, added up.
    ///
    /// Columns are never narrower than its scrape interval, so there may be fewer. Counts are exact: each is what the counters rose by.
    package init(
        _ snapshot: StoreSnapshot, histogram family: String, matching matchers: [LabelMatcher] = [], over window: TimeSpan,
        at now: Timestamp,
        columns: Int
    ) {
        let metrics = snapshot.metrics
        if Self.isNative(family, metrics) {
            self.init(snapshot, native: family, matchers, over: window, at: now, columns: columns)
            return
        }
        let wanted = [LabelMatcher(LabelSet.nameLabel, .equal, family + "_bucket")] + matchers
        // A pattern that is wrong matches nothing; who wrote it was told when it was read.
        let series = (try? metrics.series(matching: wanted)) ?? []
        let length = max(window, .milliseconds(1))
        let reach = now - length - length - .minutes(5)
        var readings: [BucketReading] = []
        for id in series {
            guard let bound = metrics.labels(of: id)["le"].flatMap({ ClassicHistogram.bound($0) }), !bound.isNaN else { continue }
            readings.append(BucketReading(bound: bound, samples: metrics.samples(of: id, in: reach...now)))
        }
        let interval = readings.lazy.compactMap { Self.interval(of: $0.samples) }.first ?? .seconds(1)
        let most = max(1, Int(length.nanoseconds / max(1, interval.nanoseconds)))
        self.init(.histogram(family), TimeBuckets(over: window, at: now, count: min(max(1, columns), most)))
        fill(readings, unit: Self.unit(of: family))
    }

    private struct BucketReading {
        let bound: Double
        let samples: [Sample]
    }

    /// The families that are histograms, ascending; of classic ones without `_bucket`.
    package static func histograms(in snapshot: StoreSnapshot) -> [String] {
        let metrics = snapshot.metrics
        let found = metrics.metricNames.compactMap { name in
            if name.hasSuffix("_bucket") { return String(name.dropLast(7)) }
            let type = metrics.metadata(family: name)?.type ?? .unknown
            return (type == .histogram || type == .unknown) && isNative(name, metrics) ? name : nil
        }
        return Set(found).sorted()
    }
    /// Nanoseconds of 1 in its bounds: by the unit in its name, and Envoy's times are in milliseconds.
    static func unit(of family: String) -> Double {
        let isMilliseconds =
            ["_milliseconds", "_ms"].contains { family.hasSuffix($0) } || (family.hasPrefix("envoy_") && !family.hasSuffix("_seconds"))
        return isMilliseconds ? 1e6 : family.hasSuffix("_microseconds") ? 1e3 : 1e9
    }

    private static func interval(of samples: [Sample]) -> TimeSpan? {
        guard samples.count >= 2 else { return nil }
        let gaps = zip(samples, samples.dropFirst()).map { $1.time - $0.time }.sorted()
        return gaps[gaps.count / 2]
    }

    private mutating func fill(_ readings: [BucketReading], unit: Double) {
        let bounds = Set(readings.map(\.bound)).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(bounds, bounds.indices))
        guard bounds.count >= 2, bounds.last == .infinity else { return }
        rows = Self.rows(bounds, unit)
        var cumulative = [Double](repeating: 0, count: bounds.count * columns.count)
        var earlier = [Double](repeating: 0, count: bounds.count)
        for index in columns.indices { columns[index].isCovered = false }
        for reading in readings {
            guard let row = places[reading.bound] else { continue }
            take(reading.samples, row: row, of: bounds.count, &cumulative, &earlier)
        }
        before = Self.parts(earlier[...])
        counts = []
        counts.reserveCapacity(cumulative.count)
        var whole = [Double](repeating: 0, count: bounds.count)
        for column in columns.indices {
            let part = cumulative[(column * bounds.count)..<((column + 1) * bounds.count)]
            for (row, value) in part.enumerated() { whole[row] += value }
            let cells = Self.parts(part)
            counts += cells.map { UInt32(clamping: $0) }
            columns[column].count = cells.reduce(0, +)
            setQuantiles(ofColumn: column, Self.histogram(bounds, part), unit)
        }
        histogram = Self.parts(whole[...])
        let all = Self.histogram(bounds, whole[...])
        (p50, p95, p99) = (Self.quantile(0.5, all, unit), Self.quantile(0.95, all, unit), Self.quantile(0.99, all, unit))
    }

    /// Adds up what one counter rose by, column by column; a fall means it began at zero again.
    private mutating func take(_ samples: [Sample], row: Int, of rowCount: Int, _ cumulative: inout [Double], _ earlier: inout [Double]) {
        var previous: Double?
        for sample in samples where !sample.isStale && sample.value.isFinite {
            defer { previous = sample.value }
            let time = sample.time.precise
            if time > buckets.start { columns[buckets.index(ofRiseAt: time)].isCovered = true }
            guard let last = previous else { continue }
            let rise = sample.value >= last ? sample.value - last : sample.value
            if buckets.holdsRise(at: time) {
                cumulative[buckets.index(ofRiseAt: time) * rowCount + row] += rise
            } else if buckets.holdsRiseBefore(at: time) {
                earlier[row] += rise
            }
        }
    }

    private mutating func setQuantiles(ofColumn column: Int, _ histogram: ClassicHistogram, _ unit: Double) {
        columns[column].p50 = Self.quantile(0.5, histogram, unit)
        columns[column].p95 = Self.quantile(0.95, histogram, unit)
        columns[column].p99 = Self.quantile(0.99, histogram, unit)
    }

    private static func rows(_ bounds: [Double], _ unit: Double) -> [Row] {
        bounds.indices.map { index in
            Row(
                lower: index == 0 ? .zero : span(bounds[index - 1], unit),
                upper: bounds[index] == .infinity ? nil : span(bounds[index], unit))
        }
    }
    static func span(_ value: Double, _ unit: Double) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(exactly: min(max(0, value * unit), 9e18).rounded()) ?? .max)
    }
    private static func histogram(_ bounds: [Double], _ counts: ArraySlice<Double>) -> ClassicHistogram {
        ClassicHistogram(zip(bounds, counts).map { ClassicHistogram.Bucket($0, $1) })
    }
    private static func quantile(_ q: Double, _ histogram: ClassicHistogram, _ unit: Double) -> LatencyQuantile? {
        histogram.boundedQuantile(q).map { LatencyQuantile(span($0.value, unit), isBeyond: $0.isBeyond) }
    }
    /// From cumulative counts to those of each bucket.
    private static func parts(_ cumulative: ArraySlice<Double>) -> [Int] {
        var reached = 0.0
        return cumulative.map { count in
            let part = max(0, count - reached)
            reached = max(reached, count)
            return Int(exactly: min(part, 4e9).rounded()) ?? 0
        }
    }
}
