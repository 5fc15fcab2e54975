import Telemetry

/// One unchanging version of the store. Keep it for a moment only: what is evicted meanwhile stays in memory until it goes.
package struct StoreSnapshot: Sendable {
    /// Grows with each change.
    package let version: UInt64
    package let metrics: MetricSnapshot
    package let traces: TraceSnapshot
    package let logs: LogSnapshot
    /// In the order of their first mention.
    package let sources: [SourceStatus]
    package let accounting: StoreAccounting
}
