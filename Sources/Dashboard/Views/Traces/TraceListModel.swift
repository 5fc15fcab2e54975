import Canvas
import Insight
import Store
import Telemetry

/// A row of the list of traces.
struct TraceListRow: Sendable {
    var summary: TraceSummary
    var service: String
    var name: String
}

/// The traces that begin in the window and that the search finds.
struct TraceListModel: Sendable {
    var rows: [TraceListRow]
    /// All that match, for the scatter; `total` of them, `failed` of these with a failed span.
    var points: [TraceList.Point]
    var total: Int
    var failed: Int
    /// Nil where there is nothing to scale by.
    var durationRange: ClosedRange<Double>?
    /// From end to end of the scatter.
    var range: Range<PreciseTime>
    var search: String
    static let limit = 5_000
    /// The scatter moves in so many steps over its width.
    private static let plotSteps: Int64 = 120

    init(_ snapshot: StoreSnapshot, _ context: ViewContext, search: String, order: TracesView.Order) {
        self.search = search
        let end = context.plotEnd(Self.plotSteps)
        range = (end - context.window).precise..<end.precise
        let traces = snapshot.traces
        let matches = TraceSearch(search).run(
            in: traces, range: context.range, lens: context.lens, limit: .max)
        let list = TraceList(matches.traces.map(\.summary), strings: traces.strings, order: order.inList, limit: Self.limit)
        total = list.total
        failed = list.failed
        points = list.points
        let least = points.lazy.map(\.duration.nanoseconds).min().map { max(Double($0), 1_000) }
        durationRange = least.map { $0...max(Double(list.greatest.nanoseconds), $0 * 10) }
        rows = list.rows.map { TraceListRow(summary: $0.summary, service: $0.rootService, name: $0.rootName) }
    }

    var isCut: Bool { rows.count < total }

    static func column(of order: TracesView.Order) -> String {
        switch order {
        case .newest: "time"
        case .slowest: "duration"
        case .failed: "errors"
        }
    }
    static func order(ofColumn column: String) -> TracesView.Order? { TracesView.Order.allCases.first { self.column(of: $0) == column } }

    func whyEmpty(_ model: TracesView.Model) -> String {
        if !search.isEmpty { return "No trace of this window fits the filter; / changes it, Esc clears it, - makes the window longer." }
        if !model.context.lens.isOpen { return "No trace of this window has a span of \(model.context.lens); F clears the lens." }
        return "No trace begins in this window; - makes it longer, 0 goes to now."
    }

    static let exportColumns = ["trace_id", "start_unix_ns", "duration_seconds", "service", "name", "spans", "errors", "services"]
    var exportTable: ExportTable { ExportTable(columns: Self.exportColumns, rows: rows.map(\.exportRow)) }
}

extension TraceListRow {
    var exportRow: [String] {
        [
            summary.traceID.hexadecimal, String(summary.start.nanoseconds), String(summary.duration.seconds), service, name,
            String(summary.spanCount), String(summary.errorCount), String(summary.serviceCount),
        ]
    }
}

extension TracesView.Order {
    fileprivate var inList: TraceList.Order {
        switch self {
        case .newest: .newest
        case .slowest: .slowest
        case .failed: .failed
        }
    }
}

extension TraceModel {
    /// A row a span, in the order of the waterfall.
    var exportTable: ExportTable {
        ExportTable(
            columns: [
                "span_id", "parent_span_id", "depth", "service", "name", "kind", "start_unix_ns", "duration_seconds", "self_seconds",
                "status",
            ],
            rows: tree.order.map { index in
                let span = tree.spans[index]
                return [
                    span.spanID.hexadecimal, span.parentSpanID.isValid ? span.parentSpanID.hexadecimal : "", String(tree.depth(of: index)),
                    service(of: index), name(of: index), span.kind.name, String(span.start.nanoseconds), String(span.duration.seconds),
                    String(selfTimes[index].seconds), span.status == .error ? "error" : span.status == .ok ? "ok" : "unset",
                ]
            })
    }
}
