/// A sum of native histograms that keeps, beside each number, what rounding took from it; as Prometheus adds them up.
package struct HistogramSum: Sendable {
    /// What there is to remark on an addition.
    package struct Remarks: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// One side is marked as after a counter's reset, the other as not.
        package static let resetCollision = Remarks(rawValue: 1)
        /// The custom bounds differed: those in common are left.
        package static let reconciledBounds = Remarks(rawValue: 2)
    }
    /// Custom bounds and an exponential schema don't go together.
    package struct MixedSchemas: Error {}

    /// The sum without what was lost.
    package private(set) var sum: NativeHistogram
    private var lostZeroCount = 0.0
    private var lostCount = 0.0
    private var lostSum = 0.0
    /// As many as the sum has buckets, or none: nothing was lost.
    private var lostPositive: [Double] = []
    private var lostNegative: [Double] = []

    package init(_ first: NativeHistogram) { sum = first }

    /// The sum; buckets may be empty.
    package var result: NativeHistogram {
        var result = sum
        result.zeroCount += lostZeroCount
        result.count += lostCount
        result.sum += lostSum
        for place in lostPositive.indices { result.positiveBuckets[place] += lostPositive[place] }
        for place in lostNegative.indices { result.negativeBuckets[place] += lostNegative[place] }
        return result
    }
    package mutating func scale(by factor: Double) {
        sum.scale(by: factor)
        changeLost { $0 * factor }
    }
    /// By a number other than zero.
    package mutating func divide(by divisor: Double) {
        sum.divide(by: divisor)
        changeLost { $0 / divisor }
    }
    private mutating func changeLost(_ change: (Double) -> Double) {
        lostZeroCount = change(lostZeroCount)
        lostCount = change(lostCount)
        lostSum = change(lostSum)
        for place in lostPositive.indices { lostPositive[place] = change(lostPositive[place]) }
        for place in lostNegative.indices { lostNegative[place] = change(lostNegative[place]) }
    }

    /// Adds `other`: at the lower of both schemas, with the wider of both zero buckets, or with the custom bounds that both have.
    package mutating func add(_ other: NativeHistogram) throws(MixedSchemas) -> Remarks { try combine(other, sign: 1) }
    package mutating func subtract(_ other: NativeHistogram) throws(MixedSchemas) -> Remarks { try combine(other, sign: -1) }

    private mutating func combine(_ other: NativeHistogram, sign: Double) throws(MixedSchemas) -> Remarks {
        guard sum.usesCustomBounds == other.usesCustomBounds else { throw MixedSchemas() }
        var remarks: Remarks = sum.takeHint(of: other) ? .resetCollision : []
        addKahan(sign * other.count, &sum.count, &lostCount)
        addKahan(sign * other.sum, &sum.sum, &lostSum)
        if sum.usesCustomBounds {
            if sum.customBounds == other.customBounds {
                addBuckets(of: other, sign)
            } else {
                remarks.insert(.reconciledBounds)
                reconcileBounds(other, sign)
            }
        } else {
            let (other, otherLost) = reconcileZeroBuckets(other)
            addKahan(sign * other.zeroCount, &sum.zeroCount, &lostZeroCount)
            addKahan(sign * otherLost, &sum.zeroCount, &lostZeroCount)
            addBuckets(of: other, sign)
        }
        return remarks
    }

    private mutating func addBuckets(of other: NativeHistogram, _ sign: Double) {
        if sum.hasLayout(of: other) {
            Self.addInPlace(other.positiveBuckets, sign, &sum.positiveBuckets, &lostPositive)
            Self.addInPlace(other.negativeBuckets, sign, &sum.negativeBuckets, &lostNegative)
            return
        }
        let schema = min(sum.schema, other.schema)
        let (mine, theirs) = (Int(sum.schema) - Int(schema), Int(other.schema) - Int(schema))
        sum.schema = schema
        let isInZero = { [sum] (index: Int) in !sum.usesCustomBounds && sum.bound(index) <= sum.zeroThreshold }
        let positive = BucketCells(other.positiveSpans, other.positiveBuckets).reduced(by: theirs).dropping(while: isInZero)
        let negative = BucketCells(other.negativeSpans, other.negativeBuckets).reduced(by: theirs).dropping(while: isInZero)
        set(positive: cells.positive.reduced(by: mine).adding(positive, sign: sign))
        set(negative: cells.negative.reduced(by: mine).adding(negative, sign: sign))
    }
    private static func addInPlace(_ counts: [Double], _ sign: Double, _ sums: inout [Double], _ lost: inout [Double]) {
        if lost.count != sums.count { lost = Array(repeating: 0, count: sums.count) }
        for place in 0..<min(sums.count, counts.count) { addKahan(sign * counts[place], &sums[place], &lost[place]) }
    }

    private var cells: (positive: BucketCells, negative: BucketCells) {
        (
            BucketCells(sum.positiveSpans, sum.positiveBuckets, lost: lostPositive),
            BucketCells(sum.negativeSpans, sum.negativeBuckets, lost: lostNegative)
        )
    }
    private mutating func set(positive cells: BucketCells) {
        (sum.positiveSpans, sum.positiveBuckets, lostPositive) = (cells.spans, cells.counts, cells.lost)
    }
    private mutating func set(negative cells: BucketCells) {
        (sum.negativeSpans, sum.negativeBuckets, lostNegative) = (cells.spans, cells.counts, cells.lost)
    }

    private mutating func reconcileBounds(_ other: NativeHistogram, _ sign: Double) {
        let common = NativeHistogram.commonBounds(sum.customBounds, other.customBounds)
        let theirs = BucketCells(other.positiveSpans, other.positiveBuckets).mapped(from: other.customBounds, to: common)
        set(positive: cells.positive.mapped(from: sum.customBounds, to: common).adding(theirs, sign: sign).compacted())
        sum.customBounds = common
    }

    /// Widens the zero buckets of both until they are the same and end in no populated bucket; returns `other` so changed, and what rounding took from
    /// its zero count.
    private mutating func reconcileZeroBuckets(_ other: NativeHistogram) -> (NativeHistogram, lost: Double) {
        guard sum.zeroThreshold != other.zeroThreshold else { return (other, 0) }
        var (other, lost) = (HistogramSum(other), 0.0)
        while sum.zeroThreshold != other.sum.zeroThreshold {
            if sum.zeroThreshold > other.sum.zeroThreshold {
                other.widenZero(to: sum.zeroThreshold)
                lost = other.lostZeroCount
            } else if other.sum.zeroThreshold > sum.zeroThreshold {
                widenZero(to: other.sum.zeroThreshold)
            } else {
                break
            }
        }
        return (other.sum, lost)
    }
    private mutating func widenZero(to threshold: Double) {
        let (positive, negative) = cells
        let wide = sum.widerZero(than: threshold, positive, negative, lost: lostZeroCount)
        (sum.zeroThreshold, sum.zeroCount, lostZeroCount) = (wide.threshold, wide.count, wide.lost)
        let bound = { [sum] (index: Int) in sum.bound(index - 1) < wide.threshold }
        set(positive: positive.dropping(while: bound).compacted())
        set(negative: negative.dropping(while: bound).compacted())
    }
}

extension NativeHistogram {
    static func commonBounds(_ a: [Double], _ b: [Double]) -> [Double] {
        var (common, place) = ([Double](), 0)
        for bound in a {
            while place < b.count, b[place] < bound { place += 1 }
            if place < b.count, b[place] == bound { common.append(bound) }
        }
        return common
    }

    /// The zero bucket if it were as wide as `threshold`, or wider where that lies within a populated bucket.
    func widerZero(
        than threshold: Double, _ positive: BucketCells, _ negative: BucketCells, lost: Double
    ) -> (threshold: Double, count: Double, lost: Double) {
        var threshold = threshold
        while true {
            var (count, lost, reached) = (zeroCount, lost, threshold)
            for cells in [positive, negative] {
                for (place, index) in cells.indexes.enumerated() where bound(index - 1) < reached {
                    addKahan(cells.counts[place], &count, &lost)
                    addKahan(cells.lost[place], &count, &lost)
                    if bound(index) > reached {
                        if cells.counts[place] != 0 { reached = bound(index) }
                        break
                    }
                }
            }
            if reached == threshold || !(reached > threshold) { return (threshold, count, lost) }
            threshold = reached
        }
    }
}
