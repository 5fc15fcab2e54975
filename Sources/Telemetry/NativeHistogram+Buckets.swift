extension NativeHistogram {
    /// A bucket with its bounds.
    package struct Bucket: Hashable, Sendable {
        package var lower: Double
        package var upper: Double
        package var includesLower: Bool
        package var includesUpper: Bool
        package var count: Double

        /// As the HTTP API of Prometheus tells it: 0 open at the left, 1 open at the right, 2 open at both ends, 3 closed.
        package var boundaryCode: Int { includesLower ? includesUpper ? 3 : 1 : includesUpper ? 0 : 2 }
    }

    package var usesCustomBounds: Bool { schema == Self.customSchema }

    /// Empty buckets that are told for among them, an empty zero bucket not; ascending. Where the zero bucket reaches into a bucket, that begins (or ends)
    /// at the zero threshold.
    package var allBuckets: [Bucket] { allBuckets(clipped: true) }
    /// `clipped` false: with their own bounds, and a zero bucket that is told for whatever its count.
    func allBuckets(clipped isClipped: Bool) -> [Bucket] {
        let threshold = isClipped ? zeroThreshold : 0
        var buckets: [Bucket] = []
        buckets.reserveCapacity(negativeBuckets.count + positiveBuckets.count + 1)
        forEachCell(negativeSpans, negativeBuckets) { buckets.append(Self.clipped(negativeBucket($0, $1), threshold)) }
        buckets.reverse()
        if isClipped ? zeroCount > 0 : zeroCount != 0 && !usesCustomBounds { buckets.append(zeroBucket) }
        forEachCell(positiveSpans, positiveBuckets) { buckets.append(Self.clipped(positiveBucket($0, $1), threshold)) }
        return buckets
    }
    package var zeroBucket: Bucket {
        Bucket(lower: -zeroThreshold, upper: zeroThreshold, includesLower: true, includesUpper: true, count: zeroCount)
    }

    /// The upper bound of a positive bucket.
    package func bound(_ index: Int) -> Double {
        guard usesCustomBounds else { return Self.exponentialBound(index, schema: schema) }
        return index < 0 ? -.infinity : index < customBounds.count ? customBounds[index] : .infinity
    }
    package func positiveBucket(_ index: Int, _ count: Double) -> Bucket {
        let (lower, upper) = (bound(index - 1), bound(index))
        if usesCustomBounds { return Bucket(lower: lower, upper: upper, includesLower: index == 0, includesUpper: true, count: count) }
        return Bucket(lower: lower, upper: upper, includesLower: lower < 0, includesUpper: upper > 0, count: count)
    }
    package func negativeBucket(_ index: Int, _ count: Double) -> Bucket {
        let (lower, upper) = (-bound(index), -bound(index - 1))
        return Bucket(lower: lower, upper: upper, includesLower: lower < 0, includesUpper: upper > 0, count: count)
    }
    private static func clipped(_ bucket: Bucket, _ threshold: Double) -> Bucket {
        var bucket = bucket
        if bucket.lower > 0, bucket.lower < threshold {
            bucket.lower = threshold
        } else if bucket.upper < 0, bucket.upper > -threshold {
            bucket.upper = -threshold
        }
        return bucket
    }

    /// Calls `body` with the index and the count of each bucket of one side, by ascending index.
    @inlinable package func forEachCell(_ spans: [BucketSpan], _ buckets: [Double], _ body: (_ index: Int, _ count: Double) -> Void) {
        var (index, place) = (0, 0)
        for span in spans {
            index += Int(span.offset)
            let end = min(place + Int(span.length), buckets.count)
            while place < end {
                body(index, buckets[place])
                index += 1
                place += 1
            }
        }
    }
}

extension NativeHistogram {
    /// No bucket of a finite number lies further out (2^8 · 1074); further ones are refused, so that arithmetic with indexes can't leave its numbers.
    static let furthestIndex = 1 << 24
    /// Buckets of one side, and spans: many more than any client makes (160), few enough for a hostile one.
    package static let bucketLimit = 1 << 16

    /// Why this is no histogram; nil where it is one. By the rules that Prometheus checks a histogram by before it is stored, and within bounds.
    package func problem(isInteger: Bool) -> String? {
        guard (-4...8).contains(schema) || usesCustomBounds else { return "its schema is \(schema), which is none of -4 to 8 and -53" }
        if let problem = spanProblem(positiveSpans, positiveBuckets) ?? spanProblem(negativeSpans, negativeBuckets) { return problem }
        if let problem = usesCustomBounds ? customProblem : customBounds.isEmpty ? nil : "it has custom bounds and an exponential schema" {
            return problem
        }
        var (total, isNegative) = (zeroCount, !(count >= 0 && zeroCount >= 0))
        for buckets in [positiveBuckets, negativeBuckets] {
            for count in buckets {
                total += count
                if !(count >= 0) { isNegative = true }
            }
        }
        if isNegative { return "a bucket has a negative count" }
        guard zeroThreshold >= 0 else { return zeroThreshold.isNaN ? "its zero threshold is no number" : "its zero threshold is negative" }
        // Of floating-point counts the sum is not exact; observations that are no number are in the count alone.
        let isOver = isInteger ? total > count : total - count > max(total, count) * 1e-9
        if isOver || isInteger && total != count && !sum.isNaN { return "its buckets have \(total) observations, its count says \(count)" }
        return nil
    }

    private func spanProblem(_ spans: [BucketSpan], _ buckets: [Double]) -> String? {
        guard spans.count <= Self.bucketLimit, buckets.count <= Self.bucketLimit else {
            return "it has more than \(Self.bucketLimit) buckets"
        }
        var (length, index) = (0, 0)
        for (place, span) in spans.enumerated() {
            if place > 0, span.offset < 0 { return "span \(place + 1) has the negative offset \(span.offset)" }
            length += Int(span.length)
            index += Int(span.offset)
            guard index >= -Self.furthestIndex, index + Int(span.length) <= Self.furthestIndex else {
                return "a bucket lies beyond all numbers"
            }
            index += Int(span.length)
        }
        return length == buckets.count ? nil : "its spans are of \(length) buckets, and it has \(buckets.count)"
    }

    private var customProblem: String? {
        if !negativeSpans.isEmpty || !negativeBuckets.isEmpty { return "it has custom bounds and negative buckets" }
        if zeroCount != 0 || zeroThreshold != 0 { return "it has custom bounds and a zero bucket" }
        if customBounds.count > Self.bucketLimit { return "it has more than \(Self.bucketLimit) custom bounds" }
        if zip(customBounds, customBounds.dropFirst()).contains(where: { !($0 < $1) }) { return "its custom bounds are not ascending" }
        if customBounds.contains(where: { !($0 < .infinity) }) { return "a custom bound is no finite number" }
        let last = positiveSpans.reduce(0) { $0 + Int($1.offset) + Int($1.length) }
        if (positiveSpans.first?.offset ?? 0) < 0 || last > customBounds.count + 1 {
            return "it has more buckets than its custom bounds make"
        }
        return nil
    }
}
