import Telemetry

/// A native histogram with its buckets by number: slow and plain, to compare with and to make test data.
struct DenseHistogram: Equatable {
    var schema: Int32
    var zeroThreshold: Double
    var zeroCount: Double
    var count: Double
    var sum: Double
    var positive: [Int: Double]
    var negative: [Int: Double]
    var bounds: [Double]

    init(_ histogram: NativeHistogram) {
        schema = histogram.schema
        zeroThreshold = histogram.zeroThreshold
        zeroCount = histogram.zeroCount
        count = histogram.count
        sum = histogram.sum
        positive = Self.buckets(histogram.positiveSpans, histogram.positiveBuckets)
        negative = Self.buckets(histogram.negativeSpans, histogram.negativeBuckets)
        bounds = histogram.customBounds
    }

    private static func buckets(_ spans: [NativeHistogram.BucketSpan], _ counts: [Double]) -> [Int: Double] {
        var (index, next, buckets) = (0, 0, [Int: Double]())
        for span in spans {
            index += Int(span.offset)
            for _ in 0..<span.length where next < counts.count {
                buckets[index] = counts[next]
                (index, next) = (index + 1, next + 1)
            }
        }
        return buckets
    }

    /// With the buckets of a coarser exponential schema.
    func reduced(to coarser: Int32) -> DenseHistogram {
        guard schema > coarser, coarser != NativeHistogram.customSchema else { return self }
        var out = self
        let shift = Int(schema - coarser)
        let merge = { (buckets: [Int: Double]) in
            buckets.reduce(into: [Int: Double]()) { $0[(($1.key - 1) >> shift) + 1, default: 0] += $1.value }
        }
        (out.schema, out.positive, out.negative) = (coarser, merge(positive), merge(negative))
        return out
    }

    /// False for what the model leaves to others.
    func canAdd(_ other: DenseHistogram) -> Bool {
        zeroThreshold == other.zeroThreshold && bounds == other.bounds && schema <= other.schema
    }
    /// `other` added `factor` times, in the resolution of self.
    func adding(_ other: DenseHistogram, times factor: Double) -> DenseHistogram {
        precondition(
            zeroThreshold == other.zeroThreshold && bounds == other.bounds, "the model adds histograms of one zero bucket and bounds")
        var out = self
        let other = other.reduced(to: schema)
        out.count += factor * other.count
        out.sum += factor * other.sum
        out.zeroCount += factor * other.zeroCount
        out.positive.merge(other.positive.mapValues { factor * $0 }, uniquingKeysWith: +)
        out.negative.merge(other.negative.mapValues { factor * $0 }, uniquingKeysWith: +)
        return out
    }

    func histogram(_ hint: NativeHistogram.ResetHint) -> NativeHistogram {
        var out = NativeHistogram(
            resetHint: hint, schema: schema, zeroThreshold: zeroThreshold, zeroCount: zeroCount, count: count, sum: sum,
            customBounds: bounds)
        (out.positiveSpans, out.positiveBuckets) = Self.spans(positive)
        (out.negativeSpans, out.negativeBuckets) = Self.spans(negative)
        return out
    }

    private static func spans(_ buckets: [Int: Double]) -> ([NativeHistogram.BucketSpan], [Double]) {
        var (spans, counts, end) = ([NativeHistogram.BucketSpan](), [Double](), 0)
        for (index, count) in buckets.sorted(by: { $0.key < $1.key }) {
            if index == end, !spans.isEmpty {
                spans[spans.count - 1].length += 1
            } else {
                spans.append(NativeHistogram.BucketSpan(offset: Int32(index - end), length: 1))
            }
            counts.append(count)
            end = index + 1
        }
        return (spans, counts)
    }

    /// True when a counter that was `earlier` can only have become this by a reset, or is kept in other buckets.
    func isNewChunk(after earlier: DenseHistogram) -> Bool {
        if schema != earlier.schema || zeroThreshold != earlier.zeroThreshold || bounds != earlier.bounds { return true }
        if count < earlier.count || zeroCount < earlier.zeroCount { return true }
        return earlier.positive.contains { positive[$0.key, default: 0] < $0.value }
            || earlier.negative.contains { negative[$0.key, default: 0] < $0.value }
    }

    /// Equal but for 1e-6 of each number; empty buckets don't count.
    func isClose(to other: DenseHistogram) -> Bool {
        schema == other.schema && zeroThreshold == other.zeroThreshold && bounds == other.bounds && areClose(zeroCount, other.zeroCount)
            && areClose(count, other.count) && areClose(sum, other.sum) && sameBuckets(positive, other.positive)
            && sameBuckets(negative, other.negative)
    }
    private func sameBuckets(_ a: [Int: Double], _ b: [Int: Double]) -> Bool {
        Set(a.keys).union(b.keys).allSatisfy { areClose(a[$0] ?? 0, b[$0] ?? 0) }
    }
}

/// Equal as Prometheus's acceptance runs take it: to 1e-6 of both, infinities by sign, one NaN as another, but staleness markers only as such.
func areClose(_ a: Double, _ b: Double) -> Bool {
    if Sample.isStale(a) || Sample.isStale(b) { return Sample.isStale(a) && Sample.isStale(b) }
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    if a == b { return true }
    let (sum, difference) = (abs(a) + abs(b), abs(a - b))
    if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < 1e-6 * .leastNormalMagnitude }
    return difference / min(sum, .greatestFiniteMagnitude) < 1e-6
}
