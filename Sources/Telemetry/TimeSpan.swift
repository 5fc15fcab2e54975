/// A length of time in whole nanoseconds; may be negative. (`Swift.Duration` counts attoseconds in 128 bits, twice the size.)
package struct TimeSpan: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    @inlinable package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    package static let zero = TimeSpan(nanoseconds: 0)

    @inlinable package static func nanoseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count) }
    @inlinable package static func microseconds(_ count: Int64) -> TimeSpan { TimeSpan(scaled: count, by: 1000) }
    @inlinable package static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(scaled: count, by: 1_000_000) }
    @inlinable package static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(scaled: count, by: 1_000_000_000) }
    @inlinable package static func minutes(_ count: Int64) -> TimeSpan { TimeSpan(scaled: count, by: 60_000_000_000) }

    @inlinable init(scaled count: Int64, by factor: Int64) {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        nanoseconds = overflow ? (count < 0 ? .min : .max) : product
    }

    @inlinable package static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable package var seconds: Double { Double(nanoseconds) / 1e9 }
    @inlinable package var milliseconds: Double { Double(nanoseconds) / 1e6 }
    @inlinable package static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? (a.nanoseconds < 0 ? .min : .max) : sum)
    }
    @inlinable package static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? (a.nanoseconds < 0 ? .min : .max) : difference)
    }
}

/// A number of bytes.
package struct ByteCount: Hashable, Comparable, Sendable {
    package var bytes: Int
    @inlinable package init(_ bytes: Int) { self.bytes = bytes }
    @inlinable package static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
    package static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
}
