import Telemetry

/// How long things took, in buckets whose width grows with the value: small, mergeable, exact enough.
///
/// 32 buckets for each doubling, as HdrHistogram has them: a quantile is at most 1.6 % (1/64) off the value of its rank.
/// Count, sum, least and greatest are exact. Below 64 ns it is exact altogether.
package struct LatencyDistribution: Hashable, Sendable {
    /// Of bucket `base + index`; grows at both ends in steps of one doubling.
    private var counts: [UInt32] = []
    private var base = 0
    package private(set) var count = 0
    private var total: Double = 0
    private var least: Int64 = .max
    private var greatest: Int64 = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var minimum: TimeSpan? { isEmpty ? nil : TimeSpan(nanoseconds: least) }
    package var maximum: TimeSpan? { isEmpty ? nil : TimeSpan(nanoseconds: greatest) }
    package var mean: TimeSpan? {
        isEmpty ? nil : TimeSpan(nanoseconds: Int64(exactly: (total / Double(count)).rounded(.towardZero)) ?? .max)
    }
    package var sumSeconds: Double { total / 1e9 }

    /// Negative values count as zero.
    @inline(__always) package mutating func add(_ span: TimeSpan) {
        let value = max(0, span.nanoseconds)
        let bucket = Self.bucket(of: value)
        if bucket < base || bucket >= base + counts.count { makeRoom(for: bucket...bucket) }
        counts[bucket - base] &+= 1
        count += 1
        total += Double(value)
        least = min(least, value)
        greatest = max(greatest, value)
    }

    package mutating func merge(_ other: LatencyDistribution) {
        guard !other.isEmpty else { return }
        makeRoom(for: other.base...(other.base + other.counts.count - 1))
        for (index, added) in other.counts.enumerated() { counts[other.base - base + index] &+= added }
        count += other.count
        total += other.total
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
    }

    /// The value of rank ⌈q·count⌉, nil where there is none; `q` from 0 to 1.
    package func quantile(_ q: Double) -> TimeSpan? {
        guard !isEmpty, q >= 0, q <= 1 else { return nil }
        let rank = max(1, Int((q * Double(count)).rounded(.up)))
        if rank >= count { return maximum }
        var seen = 0
        for (index, added) in counts.enumerated() {
            seen += Int(added)
            if seen >= rank {
                let bounds = Self.bounds(of: base + index)
                let middle = bounds.lowerBound + (bounds.upperBound - bounds.lowerBound - 1) / 2
                return TimeSpan(nanoseconds: min(max(middle, least), greatest))
            }
        }
        return maximum
    }

    /// As `quantile`, where values beyond `limit` are only known to lie beyond it: `>10s`.
    package func quantile(_ q: Double, limit: TimeSpan) -> LatencyQuantile? {
        quantile(q).map { $0 > limit ? LatencyQuantile(limit, isBeyond: true) : LatencyQuantile($0) }
    }

    private mutating func makeRoom(for buckets: ClosedRange<Int>) {
        let low = buckets.lowerBound / 32 * 32
        let high = (buckets.upperBound / 32 + 1) * 32
        if counts.isEmpty {
            base = low
            counts = [UInt32](repeating: 0, count: high - low)
            return
        }
        if low < base {
            counts.insert(contentsOf: repeatElement(0, count: base - low), at: 0)
            base = low
        }
        if high > base + counts.count { counts += repeatElement(0, count: high - base - counts.count) }
    }

    /// The number of the bucket of a value of at least zero; nearly proportional to its logarithm, 32 a doubling.
    @inline(__always) static func bucket(of value: Int64) -> Int {
        if value < 32 { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        return (exponent - 4) << 5 + Int(value >> Int64(exponent - 5)) & 31
    }
    /// The values of a bucket in nanoseconds.
    static func bounds(of bucket: Int) -> Range<Int64> {
        if bucket < 64 { return Int64(bucket)..<Int64(bucket + 1) }
        let shift = Int64(min(bucket >> 5, 58) - 1)
        let low = Int64(32 + bucket & 31) << shift
        let (high, overflow) = low.addingReportingOverflow(1 << shift)
        return low..<(overflow ? .max : high)
    }
}

/// A quantile as it may be shown: where it fell beyond the last bound only that is known.
package struct LatencyQuantile: Hashable, Sendable {
    package var value: TimeSpan
    /// The true value is greater than `value`: `>10s`.
    package var isBeyond: Bool
    package init(_ value: TimeSpan, isBeyond: Bool = false) {
        self.value = value
        self.isBeyond = isBeyond
    }
}
