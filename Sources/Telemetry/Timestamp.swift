/// A moment in milliseconds since the Unix epoch, as Prometheus counts; sample and arrival times have this precision.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    @inlinable package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    @inlinable package static func seconds(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds &* 1000) }
    @inlinable package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package static let distantPast = Timestamp(milliseconds: .min / 4)
    package static let distantFuture = Timestamp(milliseconds: .max / 4)

    /// The same moment in nanoseconds; saturates outside the years 1677 to 2262.
    @inlinable package var precise: PreciseTime {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return PreciseTime(nanoseconds: overflow ? (milliseconds < 0 ? .min : .max) : product)
    }
    /// Moved by `span`, saturating.
    @inlinable package static func + (a: Timestamp, span: TimeSpan) -> Timestamp {
        let (sum, overflow) = a.milliseconds.addingReportingOverflow(span.nanoseconds / 1_000_000)
        return Timestamp(milliseconds: overflow ? (span.nanoseconds < 0 ? .min : .max) : sum)
    }
    @inlinable package static func - (a: Timestamp, span: TimeSpan) -> Timestamp { a + TimeSpan(nanoseconds: 0 &- span.nanoseconds) }
    /// The time from `b` to `a`, saturating.
    @inlinable package static func - (a: Timestamp, b: Timestamp) -> TimeSpan {
        let (difference, overflow) = a.milliseconds.subtractingReportingOverflow(b.milliseconds)
        return overflow ? TimeSpan(nanoseconds: a < b ? .min : .max) : .milliseconds(difference)
    }
}

/// A moment in nanoseconds since the Unix epoch: the times of spans and log records.
package struct PreciseTime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    @inlinable package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// From an unsigned wire value (OTLP `fixed64`); saturates in the year 2262.
    @inlinable package init(clamping nanoseconds: UInt64) { self.nanoseconds = Int64(clamping: nanoseconds) }
    @inlinable package static func < (a: PreciseTime, b: PreciseTime) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Cut to whole milliseconds, towards the past.
    @inlinable package var timestamp: Timestamp {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Timestamp(milliseconds: remainder < 0 ? quotient - 1 : quotient)
    }
    @inlinable package static func + (a: PreciseTime, span: TimeSpan) -> PreciseTime {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return PreciseTime(nanoseconds: overflow ? (span.nanoseconds < 0 ? .min : .max) : sum)
    }
    @inlinable package static func - (a: PreciseTime, span: TimeSpan) -> PreciseTime {
        let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(span.nanoseconds)
        return PreciseTime(nanoseconds: overflow ? (span.nanoseconds < 0 ? .max : .min) : difference)
    }
    @inlinable package static func - (a: PreciseTime, b: PreciseTime) -> TimeSpan {
        let (difference, overflow) = a.nanoseconds.subtractingReportingOverflow(b.nanoseconds)
        return TimeSpan(nanoseconds: overflow ? (a < b ? .min : .max) : difference)
    }
}
