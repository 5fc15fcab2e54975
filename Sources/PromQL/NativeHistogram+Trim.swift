import Telemetry

extension NativeHistogram {
    /// `histogram </ bound` (experimental): only the observations up to `bound`; of the bucket that holds it in proportion.
    func trimmed(above bound: Double) -> NativeHistogram { trimmed(Trim(bound: bound, keepsLower: true, isCustom: usesCustomBounds)) }
    /// `histogram >/ bound` (experimental).
    func trimmed(below bound: Double) -> NativeHistogram { trimmed(Trim(bound: bound, keepsLower: false, isCustom: usesCustomBounds)) }

    private func trimmed(_ trim: Trim) -> NativeHistogram {
        var out = self
        var (newCount, newSum, isChanged) = (0.0, 0.0, false)
        func keep(_ bucket: Bucket, _ kept: (count: Double, middle: Double)) -> Double {
            newCount += kept.count
            // Nothing kept adds nothing, wherever its middle would be.
            if kept.count != 0 { newSum += kept.middle * kept.count }
            if kept.count != bucket.count { isChanged = true }
            return kept.count
        }
        var (positive, negative) = ([Double](), [Double]())
        forEachCell(positiveSpans, positiveBuckets) { index, count in
            let bucket = positiveBucket(index, count)
            positive.append(count == 0 ? 0 : keep(bucket, trim.apply(to: bucket, isPositive: true)))
        }
        forEachCell(negativeSpans, negativeBuckets) { index, count in
            let bucket = negativeBucket(index, count)
            negative.append(count == 0 ? 0 : keep(bucket, trim.apply(to: bucket, isPositive: false)))
        }
        if zeroCount > 0 {
            let (hasNegative, hasPositive) = (negativeBuckets.contains { $0 != 0 }, positiveBuckets.contains { $0 != 0 })
            out.zeroCount = keep(zeroBucket, trim.applyToZero(zeroBucket, hasNegative: hasNegative, hasPositive: hasPositive))
        }
        guard isChanged else { return self }
        (out.positiveBuckets, out.negativeBuckets, out.count, out.sum) = (positive, negative, newCount, newSum)
        return out.compacted()
    }
}

/// What stays of a bucket, and around which value.
private struct Trim {
    let bound: Double
    let keepsLower: Bool
    let isCustom: Bool

    func apply(to bucket: NativeHistogram.Bucket, isPositive: Bool) -> (count: Double, middle: Double) {
        let (isKept, isCut) = keepsLower ? (bucket.upper <= bound, bucket.lower < bound) : (bucket.lower >= bound, bucket.upper > bound)
        if isKept { return (bucket.count, middle(bucket.lower, bucket.upper, isPositive)) }
        guard isCut else { return (0, 0) }
        if bucket.lower == -.infinity || bucket.upper == .infinity { return cutInfinite(bucket) }
        let below = bound <= bucket.lower ? 0 : bound >= bucket.upper ? 1 : bucket.share(below: bound, isLinear: isCustom)
        return keepsLower
            ? (bucket.count * below, middle(bucket.lower, bound, isPositive))
            : (bucket.count - bucket.count * below, middle(bound, bucket.upper, isPositive))
    }

    /// How observations lie in an endless bucket isn't known: it goes whole, or begins at zero where its upper bound is positive.
    private func cutInfinite(_ bucket: NativeHistogram.Bucket) -> (count: Double, middle: Double) {
        if bucket.lower == -.infinity {
            let isFinite = !bucket.upper.isInfinite
            if keepsLower {
                if bound > 0, bucket.upper > 0, isFinite { return (bucket.count * bound / bucket.upper, bound / 2) }
                return bucket.upper <= 0 ? (bucket.count, bound) : (0, 0)
            }
            if bound == -.infinity { return (bucket.count, 0) }
            if bound >= 0, bucket.upper > bound, isFinite { return (bucket.count * (1 - bound / bucket.upper), (bound + bucket.upper) / 2) }
            return (0, 0)
        }
        return keepsLower ? (0, 0) : bound >= bucket.lower ? (bucket.count, bound) : (0, 0)
    }

    func applyToZero(_ bucket: NativeHistogram.Bucket, hasNegative: Bool, hasPositive: Bool) -> (count: Double, middle: Double) {
        let lower = hasPositive && !hasNegative ? 0 : bucket.lower
        let upper = hasNegative && !hasPositive ? 0 : bucket.upper
        if bound <= lower { return keepsLower ? (0, 0) : (bucket.count, (lower + upper) / 2) }
        if bound >= upper { return keepsLower ? (bucket.count, (lower + upper) / 2) : (0, 0) }
        return keepsLower
            ? (bucket.count * (bound - lower) / (upper - lower), (lower + bound) / 2)
            : (bucket.count * (upper - bound) / (upper - lower), (bound + upper) / 2)
    }

    private func middle(_ lower: Double, _ upper: Double, _ isPositive: Bool) -> Double {
        if lower.isInfinite { return upper.isInfinite ? 0 : upper > 0 ? upper / 2 : upper }
        if upper.isInfinite { return lower }
        if isCustom { return (lower + upper) / 2 }
        return (lower * upper).magnitude.squareRoot() * (isPositive ? 1 : -1)
    }
}
