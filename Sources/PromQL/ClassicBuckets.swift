import Telemetry

/// One bucket of a classic histogram: observations up to `bound`.
struct ClassicBucket {
    var bound: Double
    var count: Double
}

extension [ClassicBucket] {
    /// Ascending, equal bounds put together. False where the highest is not +Inf: nothing can be said then.
    mutating func prepare() -> Bool {
        sort { $0.bound < $1.bound }
        guard last?.bound == .infinity else { return false }
        var out: [ClassicBucket] = []
        out.reserveCapacity(count)
        for bucket in self {
            if let before = out.last, before.bound == bucket.bound { out[out.count - 1].count += bucket.count } else { out.append(bucket) }
        }
        self = out
        return true
    }

    /// Lets no count fall below the one before: small differences quietly, others told.
    fileprivate mutating func makeMonotonic(at time: Int64) -> BucketRepair? {
        var repair: BucketRepair?
        var before = self[0].count
        for index in indices.dropFirst() {
            let current = self[index].count
            if current == before { continue }
            if isAlmostEqual(before, current) {
                self[index].count = before
            } else if current < before {
                self[index].count = before
                let one = BucketRepair(
                    lowest: self[index].bound, highest: self[index].bound, largestDrop: before - current, firstTime: time, lastTime: time)
                if repair != nil { repair?.extend(one) } else { repair = one }
            } else {
                before = current
            }
        }
        return repair
    }

    /// The `quantile` by straight lines within buckets, the lowest of which begins at zero where its bound is positive; in the +Inf bucket the highest finite bound.
    /// NaN without observations. As Prometheus's `histogram_quantile`.
    mutating func quantile(_ quantile: Double, at time: Int64) -> (value: Double, repair: BucketRepair?) {
        if quantile.isNaN { return (.nan, nil) }
        if quantile < 0 { return (-.infinity, nil) }
        if quantile > 1 { return (.infinity, nil) }
        guard prepare() else { return (.nan, nil) }
        let repair = makeMonotonic(at: time)
        guard count >= 2, self[count - 1].count != 0 else { return (.nan, repair) }
        var rank = quantile * self[count - 1].count
        let place = indices.dropLast().first { self[$0].count >= rank } ?? count - 1
        if place == count - 1 { return (self[count - 2].bound, repair) }
        if place == 0, self[0].bound <= 0 { return (self[0].bound, repair) }
        var (low, inside) = (0.0, self[place].count)
        if place > 0 {
            low = self[place - 1].bound
            inside -= self[place - 1].count
            rank -= self[place - 1].count
        }
        return (low + (self[place].bound - low) * (rank / inside), repair)
    }

    /// The share of observations between two values. As Prometheus's `histogram_fraction`.
    mutating func fraction(from lower: Double, to upper: Double) -> Double {
        guard prepare(), let total = last?.count, total != 0, !lower.isNaN, !upper.isNaN else { return .nan }
        if lower >= upper { return 0 }
        return (Swift.min(rank(of: upper) ?? total, total) - Swift.min(rank(of: lower) ?? total, total)) / total
    }
    /// How many observations are below `value`; nil above all bounds.
    private func rank(of value: Double) -> Double? {
        var (low, below) = (self[0].bound <= 0 ? -Double.infinity : 0, 0.0)
        for bucket in self {
            if low >= value { return below }
            if bucket.bound > value {
                return low == -.infinity ? bucket.count : below + (bucket.count - below) * (value - low) / (bucket.bound - low)
            }
            (low, below) = (bucket.bound, bucket.count)
        }
        return nil
    }
}

/// Within a part in 10¹² of their sum.
private func isAlmostEqual(_ a: Double, _ b: Double) -> Bool {
    if a == b { return true }
    let (sum, difference) = (a.magnitude + b.magnitude, (a - b).magnitude)
    if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < 1e-12 * .leastNormalMagnitude }
    return difference / Swift.min(sum, .greatestFiniteMagnitude) < 1e-12
}

extension BucketRepair {
    /// With another bucket of the same histogram.
    mutating func extend(_ other: BucketRepair) {
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        largestDrop = max(largestDrop, other.largestDrop)
    }
}
