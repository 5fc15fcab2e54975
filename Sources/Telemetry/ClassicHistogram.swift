/// The buckets of a classic Prometheus histogram at one moment: cumulative counts (or rates) by upper bound.
package struct ClassicHistogram: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        /// Inclusive; the last is `+Inf`.
        package var upperBound: Double
        package var count: Double
        package init(_ upperBound: Double, _ count: Double) {
            self.upperBound = upperBound
            self.count = count
        }
    }
    /// Ascending by bound, no bound twice, counts never falling.
    package let buckets: [Bucket]
    /// Counts had to be raised by more than rounding explains: the buckets were read at different moments.
    package let wasMadeMonotonic: Bool

    /// In any order; equal bounds are added up, and counts that fall are raised to the one before, as Prometheus does.
    package init(_ buckets: [Bucket]) {
        var merged: [Bucket] = []
        for bucket in buckets.sorted(by: { $0.upperBound < $1.upperBound }) where !bucket.upperBound.isNaN {
            if let last = merged.indices.last, merged[last].upperBound == bucket.upperBound {
                merged[last].count += bucket.count
            } else {
                merged.append(bucket)
            }
        }
        var wasRaised = false
        var previous = merged.first?.count ?? 0
        for index in merged.indices.dropFirst() {
            let count = merged[index].count
            let isNear = abs(count - previous) <= 1e-12 * max(abs(count), abs(previous))
            if count < previous || isNear {
                if !isNear { wasRaised = true }
                merged[index].count = previous
            } else {
                previous = count
            }
        }
        self.buckets = merged
        wasMadeMonotonic = wasRaised
    }

    /// The bound of a label `le`: a number, `+Inf` or `Inf`.
    package static func bound(_ label: some StringProtocol) -> Double? { Double(String(label)) }

    package var count: Double { buckets.last?.count ?? 0 }
    private var hasInfinity: Bool { buckets.last?.upperBound == .infinity }

    /// The `q`-quantile in the unit of the bounds, as Prometheus's `histogram_quantile`.
    ///
    /// Observations are taken as evenly spread within a bucket; the lowest begins at zero if its bound is positive. In the `+Inf` bucket
    /// the answer is the highest finite bound. NaN for fewer than two buckets, without `+Inf` or without observations; −Inf and +Inf for `q` outside 0…1.
    package func quantile(_ q: Double) -> Double { place(of: q).value }

    /// The quantile, and whether it only is known to lie beyond the highest finite bound (`>10s`). Nil where `quantile` is no number.
    package func boundedQuantile(_ q: Double) -> (value: Double, isBeyond: Bool)? {
        guard q >= 0, q <= 1 else { return nil }
        let place = place(of: q)
        return place.value.isNaN ? nil : place
    }

    private func place(of q: Double) -> (value: Double, isBeyond: Bool) {
        if q.isNaN { return (.nan, false) }
        if q < 0 { return (-.infinity, false) }
        if q > 1 { return (.infinity, false) }
        guard buckets.count >= 2, hasInfinity, count > 0 else { return (.nan, false) }
        let rank = q * count
        let finite = buckets.dropLast()
        guard let index = finite.firstIndex(where: { $0.count >= rank }) else { return (buckets[buckets.count - 2].upperBound, true) }
        let bucket = buckets[index]
        if index == 0, bucket.upperBound <= 0 { return (bucket.upperBound, false) }
        let low = index == 0 ? 0 : buckets[index - 1].upperBound
        let below = index == 0 ? 0 : buckets[index - 1].count
        return (low + (bucket.upperBound - low) * ((rank - below) / (bucket.count - below)), false)
    }
}
