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
        if hasLayout(of: other) { return combine(other, +) }
        var sum = HistogramSum(self)
        let remarks = try sum.add(other)
        self = sum.sum
        return remarks
    }
    package mutating func subtract(_ other: NativeHistogram) throws(HistogramSum.MixedSchemas) -> HistogramSum.Remarks {
        if hasLayout(of: other) { return combine(other, -) }
        var sum = HistogramSum(self)
        let remarks = try sum.subtract(other)
        self = sum.sum
        return remarks
    }
    /// Number by number, of one layout.
    @inline(__always)
    private mutating func combine(_ other: NativeHistogram, _ operation: (Double, Double) -> Double) -> HistogramSum.Remarks {
        let isCollision = takeHint(of: other)
        count = operation(count, other.count)
        sum = operation(sum, other.sum)
        zeroCount = operation(zeroCount, other.zeroCount)
        for place in positiveBuckets.indices { positiveBuckets[place] = operation(positiveBuckets[place], other.positiveBuckets[place]) }
        for place in negativeBuckets.indices { negativeBuckets[place] = operation(negativeBuckets[place], other.negativeBuckets[place]) }
        return isCollision ? .resetCollision : []
    }

    /// Whether both have the same buckets, place by place, none of them within the zero bucket: then nothing is to be reconciled.
    func hasLayout(of other: NativeHistogram) -> Bool {
        schema == other.schema && zeroThreshold == other.zeroThreshold && positiveSpans == other.positiveSpans
            && negativeSpans == other.negativeSpans && positiveBuckets.count == other.positiveBuckets.count
            && negativeBuckets.count == other.negativeBuckets.count && customBounds == other.customBounds
            && !reachesIntoZero(positiveSpans) && !reachesIntoZero(negativeSpans)
    }
    /// Whether the first bucket of a side lies within the zero bucket, where it counts for nothing when added.
    private func reachesIntoZero(_ spans: [BucketSpan]) -> Bool {
        guard zeroThreshold > 0, !usesCustomBounds, let first = spans.first else { return false }
        return bound(Int(first.offset)) <= zeroThreshold
    }
    /// The hint of a sum with `other`; true where both contradict each other.
    mutating func takeHint(of other: NativeHistogram) -> Bool {
        if other.resetHint == resetHint || resetHint == .gauge { return false }
        if other.resetHint == .gauge {
            resetHint = .gauge
            return false
        }
        let isCollision = resetHint != .unknown && other.resetHint != .unknown
        resetHint = .unknown
        return isCollision
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
        if hasLayout(of: previous) {
            return zeroCount < previous.zeroCount || Self.hasFewer(positiveBuckets, previous.positiveBuckets)
                || Self.hasFewer(negativeBuckets, previous.negativeBuckets)
        }
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

    /// With the hint that a store gives a sample, so that whoever reads it need not look at buckets again: not a reset where `previous`, the sample ahead
    /// in its series, shows none; unknown where it does, after a staleness marker and at the beginning (nil). A gauge stays one.
    package func hinted(after previous: NativeHistogram?) -> NativeHistogram {
        guard resetHint != .gauge else { return self }
        var copy = self
        copy.resetHint = .unknown
        if let previous, previous.resetHint != .gauge, !Sample.isStale(previous.sum), resetHint != .reset,
            !copy.detectsReset(after: previous)
        {
            copy.resetHint = .notReset
        }
        return copy
    }

    private static func hasFewer(_ counts: [Double], _ previous: [Double]) -> Bool {
        for place in 0..<min(counts.count, previous.count) where counts[place] < previous[place] { return true }
        return false
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
