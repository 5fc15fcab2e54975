import Glibc
import Telemetry

extension NativeHistogram {
    /// The `quantile` by Prometheus's rules: within a bucket evenly by the logarithm, in the zero bucket and between custom bounds evenly by value.
    ///
    /// Observations that are no number count as above all others; what that does to the result is remarked about `metric` at `range`.
    func quantile(_ quantile: Double, _ metric: String, _ run: Evaluation, _ range: SourceRange) -> Double {
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        if count == 0 || quantile.isNaN { return .nan }
        // From the near end, for accuracy; but what is no number is only told from below.
        let isUpwards = sum.isNaN || quantile < 0.5
        let buckets = isUpwards ? allBuckets : allBuckets.reversed()
        var rank = (isUpwards ? quantile : 1 - quantile) * count
        guard let found = Self.find(rank, buckets) else {
            if sum.isNaN { rank > 0 ? run.notes.quantileOfNaN(metric: metric, range) : run.notes.quantileSkewed(metric: metric, range) }
            return sum.isNaN || rank == 0 ? .nan : 0
        }
        var bucket = found.bucket
        if !usesCustomBounds, bucket.lower < 0, bucket.upper > 0 {
            if negativeBuckets.isEmpty, !positiveBuckets.isEmpty { bucket.lower = 0 }
            if positiveBuckets.isEmpty, !negativeBuckets.isEmpty { bucket.upper = 0 }
        } else if usesCustomBounds, bucket.lower == -.infinity {
            if bucket.upper <= 0 { return bucket.upper }
            bucket.lower = 0
        } else if usesCustomBounds, bucket.upper == .infinity {
            return bucket.lower
        }
        let below = min(found.total, count)
        guard below >= rank else {
            guard sum.isNaN else { return bucket.upper }
            run.notes.quantileOfNaN(metric: metric, range)
            return .nan
        }
        rank = isUpwards ? rank - (below - bucket.count) : below - rank
        // Where the sum is no number, Prometheus goes on through all buckets and answers from the last one.
        if sum.isNaN, found.index + 1 < buckets.count {
            let rest = buckets[(found.index + 1)...]
            if rest.reduce(below, { $0 + $1.count }) < count { run.notes.quantileSkewed(metric: metric, range) }
            bucket = rest.last ?? bucket
        } else if sum.isNaN, below < count {
            run.notes.quantileSkewed(metric: metric, range)
        }
        return bucket.value(at: rank / bucket.count, isLinear: usesCustomBounds)
    }
    /// The bucket in which the observations reach `rank`, or the last.
    private static func find(_ rank: Double, _ buckets: [Bucket]) -> (index: Int, bucket: Bucket, total: Double)? {
        var total = 0.0
        for (index, bucket) in buckets.enumerated() where bucket.count != 0 {
            total += bucket.count
            if total >= rank { return (index, bucket, total) }
        }
        return buckets.last.map { (buckets.count - 1, $0, total) }
    }

    /// The share of all observations between two values; those that are no number are in none.
    func fraction(from lower: Double, to upper: Double, _ metric: String, _ run: Evaluation, _ range: SourceRange) -> Double {
        if count == 0 || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        let buckets = allBuckets
        var total = count
        if sum.isNaN {
            total = buckets.reduce(0) { $0 + $1.count }
            if total < count { run.notes.fractionOfNaN(metric: metric, range) }
        }
        let (low, high) = (rank(of: lower, buckets) ?? total, rank(of: upper, buckets) ?? total)
        return (min(high, total) - min(low, total)) / count
    }
    /// How many observations are below `value`; nil above all buckets.
    private func rank(of value: Double, _ buckets: [Bucket]) -> Double? {
        var below = 0.0
        for bucket in buckets {
            var bucket = bucket
            let isZero = bucket.lower <= 0 && bucket.upper >= 0
            if isZero, negativeBuckets.isEmpty, !positiveBuckets.isEmpty { bucket.lower = 0 }
            if isZero, positiveBuckets.isEmpty, !negativeBuckets.isEmpty { bucket.upper = 0 }
            if bucket.lower >= value { return below }
            if bucket.upper > value {
                if (usesCustomBounds || isZero) && bucket.lower == -.infinity { return bucket.count }
                return below + bucket.count * bucket.share(below: value, isLinear: usesCustomBounds || isZero)
            }
            below += bucket.count
        }
        return nil
    }

    /// Each bucket's observations taken as in its middle.
    var variance: Double {
        let mean = sum / count
        var (total, rest) = (0.0, 0.0)
        for bucket in allBuckets where bucket.count != 0 {
            let middle =
                if usesCustomBounds { (bucket.upper + bucket.lower) / 2 } else if bucket.lower <= 0, bucket.upper >= 0 { 0.0 } else {
                    (bucket.upper * bucket.lower).squareRoot() * (bucket.upper < 0 ? -1 : 1)
                }
            addKahan(bucket.count * (middle - mean) * (middle - mean), &total, &rest)
        }
        return (total + rest) / count
    }
}

extension NativeHistogram.Bucket {
    /// Where, within the bucket, a share of its observations is below.
    package func value(at share: Double, isLinear: Bool) -> Double {
        if isLinear || lower <= 0 && upper >= 0 { return lower + (upper - lower) * share }
        let (low, high) = (log2(lower.magnitude), log2(upper.magnitude))
        return lower > 0 ? exp2(low + (high - low) * share) : -exp2(high + (low - high) * (1 - share))
    }
    /// The share of the bucket's width below a value within it: by the logarithm, unless `isLinear`.
    func share(below value: Double, isLinear: Bool) -> Double {
        if isLinear { return (value - lower) / (upper - lower) }
        let (low, high, place) = (log2(lower.magnitude), log2(upper.magnitude), log2(value.magnitude))
        return value > 0 ? (place - low) / (high - low) : 1 - (place - high) / (low - high)
    }
}
