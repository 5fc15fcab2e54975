import Telemetry

/// What the store holds, took, refused and let go; counts are of spans, log records and samples, since the start.
package struct StoreAccounting: Hashable, Sendable {
    package var budget = ByteCount(0)
    /// Bytes held, by signal; their sum stays within the budget.
    package var bytes: [Signal: Int] = [:]
    package var ingested: [Signal: UInt64] = [:]
    package var evicted: [Signal: UInt64] = [:]
    package var dropped: [Signal: [DropReason: UInt64]] = [:]
    /// When the oldest that is kept came; for metrics the time of the oldest sample. Absent where nothing is kept.
    package var oldest: [Signal: Timestamp] = [:]
    /// Kept now.
    package var spanCount = 0
    package var traceCount = 0
    package var logCount = 0
    package var seriesCount = 0
    package init() {}
    package var totalBytes: Int { bytes.values.reduce(0, +) }
}

extension StoreAccounting {
    mutating func take(_ state: borrowing TraceState, strings: Int) {
        bytes[.traces] = state.bytes + strings
        ingested[.traces] = state.ingested
        evicted[.traces] = state.evicted
        spanCount = state.spanCount
        traceCount = state.traceCount
        oldest[.traces] = (state.rows.blocks.sealed.first ?? state.rows.blocks.open)?.arrival
    }
    mutating func take(_ state: borrowing LogState) {
        bytes[.logs] = state.bytes
        ingested[.logs] = state.ingested
        evicted[.logs] = state.evicted
        logCount = state.count
        oldest[.logs] = (state.rows.blocks.sealed.first ?? state.rows.blocks.open)?.arrival
    }
    mutating func take(_ state: borrowing MetricState) {
        bytes[.metrics] = state.bytes
        ingested[.metrics] = state.ingested
        evicted[.metrics] = state.evicted
        seriesCount = state.seriesCount
        oldest[.metrics] = state.oldestTime
    }
}
