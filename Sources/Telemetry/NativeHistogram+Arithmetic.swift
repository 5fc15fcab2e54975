extension NativeHistogram {
    /// Every number but the bounds; a negative factor makes a gauge of it.
    package mutating func scale(by factor: Double) {
        change { $0 * factor }
        if factor < 0 { resetHint = .gauge }
    }
    /// By zero: infinite or no numbers, and no buckets.
    package mutating func divide(by divisor: Double) {
        if divisor == 0 {
            (positiveSpans, positiveBuckets, negativeSpans, negativeBuckets) = ([], [], [], [])
        }
        change { $0 / divisor }
        if divisor < 0 { resetHint = .gauge }
    }
    private mutating func change(_ change: (Double) -> Double) {
        zeroCount = change(zeroCount)
        count = change(count)
        sum = change(sum)
        for place in positiveBuckets.indices { positiveBuckets[place] = change(positiveBuckets[place]) }
        for place in negativeBuckets.indices { negativeBuckets[place] = change(negativeBuckets[place]) }
    }

    /// Adds `other`, without regard to rounding; see `HistogramSum.add`.
    package mutating func add(_ other: NativeHistogram) throws(HistogramSum.MixedSchemas) -> HistogramSum.Remarks {
        var sum = HistogramSum(self)
        let remarks = try sum.add(other)
        self = sum.sum
        return remarks
    }
    package mutating func subtract(_ other: NativeHistogram) throws(HistogramSum.MixedSchemas) -> HistogramSum.Remarks {
        var sum = HistogramSum(self)
        let remarks = try sum.subtract(other)
        self = sum.sum
        return remarks
    }

    /// Whether a number is infinite, as after a sum that left the numbers.
    package var hasOverflow: Bool {
        zeroCount.isInfinite || count.isInfinite || sum.isInfinite || positiveBuckets.contains { $0.isInfinite }
            || negativeBuckets.contains { $0.isInfinite }
    }

    /// Whether the counter that `previous` is of began anew before this sample: a count fell, or a bucket that was populated is gone.
    ///
    /// The hint decides where it says so. A finer schema or a narrower zero bucket comes with a reset only; a coarser one and a wider one are compared with
    /// `previous` brought to the same.
    package func detectsReset(after previous: NativeHistogram) -> Bool {
        switch resetHint {
        case .reset: return true
        case .notReset: return false
        case .unknown, .gauge: break
        }
        if count < previous.count { return true }
        if usesCustomBounds {
            if !previous.usesCustomBounds { return true }
            return detectsBucketReset(after: previous)
        }
        if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
        let positive = BucketCells(previous.positiveSpans, previous.positiveBuckets)
        let negative = BucketCells(previous.negativeSpans, previous.negativeBuckets)
        var zeroCount = previous.zeroCount
        if zeroThreshold != previous.zeroThreshold {
            let wide = previous.widerZero(than: zeroThreshold, positive, negative, lost: 0)
            if wide.threshold != zeroThreshold { return true }
            zeroCount = wide.count
        }
        if self.zeroCount < zeroCount { return true }
        let isInZero = { (index: Int) in bound(index) <= zeroThreshold }
        let steps = Int(previous.schema) - Int(schema)
        return BucketCells(positiveSpans, positiveBuckets).dropping(while: isInZero)
            .hasFewer(than: positive.reduced(by: steps).dropping(while: isInZero))
            || BucketCells(negativeSpans, negativeBuckets).dropping(while: isInZero)
                .hasFewer(than: negative.reduced(by: steps).dropping(while: isInZero))
    }

    /// Of custom bounds: where they differ, by the buckets that both have.
    private func detectsBucketReset(after previous: NativeHistogram) -> Bool {
        let (mine, theirs) = (BucketCells(positiveSpans, positiveBuckets), BucketCells(previous.positiveSpans, previous.positiveBuckets))
        if customBounds == previous.customBounds { return mine.hasFewer(than: theirs) }
        let common = Self.commonBounds(customBounds, previous.customBounds)
        return mine.mapped(from: customBounds, to: common).hasFewer(than: theirs.mapped(from: previous.customBounds, to: common))
    }
}

extension BucketCells {
    /// Whether a bucket has a smaller count than in `previous`, or isn't there though it was populated.
    fileprivate func hasFewer(than previous: BucketCells) -> Bool {
        var place = 0
        for (before, index) in previous.indexes.enumerated() {
            while place < indexes.count, indexes[place] < index { place += 1 }
            if place < indexes.count, indexes[place] == index {
                if counts[place] < previous.counts[before] { return true }
            } else if previous.counts[before] != 0 {
                return true
            }
        }
        return false
    }
}
