import Telemetry

/// The buckets of an OTLP exponential histogram: bucket *i* covers `(b^i, b^(i+1)]`, `b = 2^(2^−scale)`; each side a run of them.
package struct ExponentialBuckets: Hashable, Sendable {
    /// One side of zero. Counts stand as Prometheus's floating-point histograms have them.
    package struct Side: Hashable, Sendable {
        package var offset = 0
        package var counts: [Double] = []
        package init(offset: Int = 0, counts: [Double] = []) {
            self.offset = offset
            self.counts = counts
        }
        var total: Double { counts.reduce(0, +) }
    }
    /// Prometheus's schemas.
    static let scales = -4...8
    /// Of one side when histograms are added up; wider ones get coarser buckets.
    static let widest = 320
    /// The zero bucket's half width where a client says none, as Prometheus has it.
    static let usualZeroThreshold = 1e-128
    /// No number lies further out, at any scale that is kept.
    private static let indexes = -(1 << 24)...(1 << 24)

    package var scale = 0
    package var zeroCount = 0.0
    package var zeroThreshold = 0.0
    package var positive = Side()
    package var negative = Side()
    package init() {}

    var total: Double { zeroCount + positive.total + negative.total }

    /// Why Prometheus could not keep it; nil where it can. Call after `coarsen(to: 8)`.
    var problem: String? {
        if scale < Self.scales.lowerBound { return "its scale is \(scale), and under \(Self.scales.lowerBound) is not kept" }
        for side in [positive, negative] where !side.counts.isEmpty {
            let last = side.offset.addingReportingOverflow(side.counts.count)
            guard Self.indexes.contains(side.offset), !last.overflow, Self.indexes.contains(last.partialValue) else {
                return "its buckets begin at \(side.offset), where no number lies"
            }
        }
        return zeroThreshold >= 0 && zeroThreshold < .infinity ? nil : "its zero threshold is \(zeroThreshold)"
    }

    /// Brings the scale down to `target` by merging neighbours; one that is lower already stays.
    mutating func coarsen(to target: Int) {
        guard scale > target else { return }
        let shift = scale - target
        positive.coarsen(by: shift)
        negative.coarsen(by: shift)
        scale = target
    }

    /// Adds the counts of `other`, in the coarser of both scales and the wider of both zero buckets.
    mutating func add(_ other: ExponentialBuckets) {
        var other = other
        coarsen(to: other.scale)
        other.coarsen(to: scale)
        // Either may grow to the end of a bucket, and then the other has to follow.
        while zeroThreshold != other.zeroThreshold {
            widenZero(to: other.zeroThreshold)
            other.widenZero(to: zeroThreshold)
        }
        while scale > Self.scales.lowerBound,
            positive.width(with: other.positive) > Self.widest || negative.width(with: other.negative) > Self.widest
        {
            coarsen(to: scale - 1)
            other.coarsen(to: scale)
        }
        zeroCount += other.zeroCount
        positive.add(other.positive)
        negative.add(other.negative)
    }

    /// Takes buckets into the zero bucket that lie in it; it grows to the end of a bucket that it would cut.
    private mutating func widenZero(to threshold: Double) {
        guard threshold > zeroThreshold else { return }
        zeroThreshold = threshold
        var before = 0.0
        while before != zeroThreshold {
            before = zeroThreshold
            takeBucketsIntoZero()
        }
    }
    private mutating func takeBucketsIntoZero() {
        for side in [\ExponentialBuckets.positive, \.negative] {
            let (offset, counts) = (self[keyPath: side].offset, self[keyPath: side].counts)
            var taken = 0
            while taken < counts.count, lowerBound(offset + taken) < zeroThreshold {
                if counts[taken] > 0 {
                    zeroCount += counts[taken]
                    zeroThreshold = max(zeroThreshold, lowerBound(offset + taken + 1))
                }
                taken += 1
            }
            self[keyPath: side].counts.removeFirst(taken)
            self[keyPath: side].offset += taken
        }
    }

    /// Of bucket `index`: 2 to the power of `index / 2^scale`.
    private func lowerBound(_ index: Int) -> Double {
        guard scale > 0 else { return Double(sign: .plus, exponent: Int(clamping: index << -scale), significand: 1) }
        let (whole, part) = (index >> scale, index & (1 << scale - 1))
        return Double(sign: .plus, exponent: whole, significand: ExponentialPower.of(part, scale))
    }

    /// As Prometheus has it: its bucket *i* is OTLP's *i* − 1, and runs of empty buckets are left out.
    func native(count: Double, sum: Double) -> NativeHistogram {
        var histogram = NativeHistogram(
            schema: Int32(scale), zeroThreshold: zeroThreshold > 0 ? zeroThreshold : Self.usualZeroThreshold, zeroCount: zeroCount,
            count: count, sum: sum)
        (histogram.positiveSpans, histogram.positiveBuckets) = positive.spans
        (histogram.negativeSpans, histogram.negativeBuckets) = negative.spans
        return histogram
    }
}

/// 2^(part / 2^scale), by square roots alone: no library of functions is needed for it.
private enum ExponentialPower {
    static func of(_ part: Int, _ scale: Int) -> Double {
        var power = 1.0
        var root = 2.0
        for bit in stride(from: scale - 1, through: 0, by: -1) {
            root = root.squareRoot()
            if part >> bit & 1 == 1 { power *= root }
        }
        return power
    }
}

extension ExponentialBuckets.Side {
    /// Empty buckets up to so many are kept, as a span costs more than they do.
    private static let gap = 2

    mutating func coarsen(by shift: Int) {
        guard !counts.isEmpty else { return offset = shift < Int.bitWidth ? offset >> shift : offset < 0 ? -1 : 0 }
        let shift = min(shift, Int.bitWidth - 1)
        let first = offset >> shift
        var merged = [Double](repeating: 0, count: (offset + counts.count - 1) >> shift - first + 1)
        for (index, count) in counts.enumerated() { merged[(offset + index) >> shift - first] += count }
        (offset, counts) = (first, merged)
    }

    /// How many buckets both together span.
    func width(with other: Self) -> Int {
        if counts.isEmpty { return other.counts.count }
        if other.counts.isEmpty { return counts.count }
        return max(offset + counts.count, other.offset + other.counts.count) - min(offset, other.offset)
    }

    mutating func add(_ other: Self) {
        guard !other.counts.isEmpty else { return }
        guard !counts.isEmpty else { return self = other }
        let first = min(offset, other.offset)
        var sum = [Double](repeating: 0, count: width(with: other))
        for (index, count) in counts.enumerated() { sum[offset - first + index] = count }
        for (index, count) in other.counts.enumerated() { sum[other.offset - first + index] += count }
        (offset, counts) = (first, sum)
    }

    /// Empty buckets at the ends and long runs of them within are left out.
    var spans: ([NativeHistogram.BucketSpan], [Double]) {
        var spans: [NativeHistogram.BucketSpan] = []
        var kept: [Double] = []
        /// One past the last bucket kept.
        var end = 0
        for (index, count) in counts.enumerated() where count != 0 {
            let place = offset + index + 1
            if !spans.isEmpty, place - end <= Self.gap {
                for _ in end..<place { kept.append(0) }
                spans[spans.count - 1].length += UInt32(place - end + 1)
            } else {
                spans.append(.init(offset: Int32(clamping: spans.isEmpty ? place : place - end), length: 1))
            }
            kept.append(count)
            end = place + 1
        }
        return (spans, kept)
    }
}
