import Telemetry

/// Where a log record stands in the store; never used twice. Ascending in the order of arrival.
package struct LogRef: Hashable, Comparable, Sendable {
    package let block: UInt32
    package let row: UInt32
    @inlinable package init(block: UInt32, row: UInt32) {
        self.block = block
        self.row = row
    }
    @inlinable package static func < (a: LogRef, b: LogRef) -> Bool { (a.block, a.row) < (b.block, b.row) }
}

/// What most questions about a log record need; trivially copyable.
package struct LogHeader: Hashable, Sendable {
    package var ref: LogRef
    package var time: PreciseTime
    /// Zero where the record belongs to no trace.
    package var traceID: TraceID
    package var spanID: SpanID
    package var service: Symbol
    package var severity: Severity
}

/// What came of appending log records.
package struct LogOutcome: Hashable, Sendable {
    package var accepted = 0
    /// Larger than the store takes.
    package var tooLarge = 0
    package init() {}
    package var rejected: Int { tooLarge }
}
