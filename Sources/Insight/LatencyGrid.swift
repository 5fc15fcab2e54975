import Store
import Telemetry

/// A heatmap of latency: time across, latency up in nearly logarithmic rows, with quantiles for each column.
package struct LatencyGrid: Sendable {
    package enum Origin: Hashable, Sendable {
        /// Spans, by what stands for a request under the lens.
        case spans(RequestBasis)
        /// The classic histogram of that name.
        case histogram(String)
    }
    /// One row; `upper` is nil for what lies beyond the last bound of a histogram.
    package struct Row: Hashable, Sendable {
        package let lower: TimeSpan
        package let upper: TimeSpan?
    }
    package struct Column: Hashable, Sendable {
        package var count = 0
        package var errors = 0
        /// Nil where nothing was measured.
        package var p50: LatencyQuantile?
        package var p95: LatencyQuantile?
        package var p99: LatencyQuantile?
        /// False where nothing came at all, as opposed to zero requests; only a histogram can tell.
        package var isCovered = true
    }

    package let origin: Origin
    package let buckets: TimeBuckets
    /// Ascending; each begins where the one before ends.
    package internal(set) var rows: [Row] = []
    /// Oldest first.
    package internal(set) var columns: [Column]
    /// Of the whole window, by row.
    package internal(set) var histogram: [Int] = []
    /// By row, of the same length of time just before the window.
    package internal(set) var before: [Int] = []
    package internal(set) var p50: LatencyQuantile?
    package internal(set) var p95: LatencyQuantile?
    package internal(set) var p99: LatencyQuantile?
    var counts: [UInt32] = []
    var errors: [UInt32] = []
    let selection: SpanSelection?

    package func count(column: Int, row: Int) -> Int { cell(column, row).map { Int(counts[$0]) } ?? 0 }
    package func errors(column: Int, row: Int) -> Int { cell(column, row).map { $0 < errors.count ? Int(errors[$0]) : 0 } ?? 0 }
    /// The greatest count of a cell, for the colour scale.
    package var greatestCount: Int { Int(counts.max() ?? 0) }
    package var total: Int { histogram.reduce(0, +) }
    package var isEmpty: Bool { total == 0 }
    /// By row, of one column.
    package func histogram(ofColumn column: Int) -> [Int] { rows.indices.map { count(column: column, row: $0) } }
    /// The row that holds `span`, for drawing a quantile; nil outside.
    package func row(of span: TimeSpan) -> Int? {
        guard let first = rows.first, span >= first.lower else { return nil }
        let row = rows.partitioningIndex { $0.upper.map { span < $0 } ?? true }
        return row < rows.count ? row : nil
    }

    private func cell(_ column: Int, _ row: Int) -> Int? {
        columns.indices.contains(column) && rows.indices.contains(row) ? column * rows.count + row : nil
    }

    init(_ origin: Origin, _ buckets: TimeBuckets, selection: SpanSelection? = nil) {
        self.origin = origin
        self.buckets = buckets
        self.selection = selection
        columns = [Column](repeating: Column(), count: buckets.count)
    }
}

/// Which spans a heatmap counts.
struct SpanSelection: Sendable {
    let lens: Lens
    let onlyErrors: Bool
    let basis: RequestBasis

    @inline(__always) func accepts(_ span: borrowing SpanHeader, _ filter: LensFilter) -> Bool {
        if onlyErrors, span.status != .error { return false }
        guard filter.accepts(span) else { return false }
        switch basis {
        case .entrySpans: return span.kind.isEntry
        case .rootSpans: return !span.parentSpanID.isValid
        case .allSpans, .none: return true
        }
    }
}
