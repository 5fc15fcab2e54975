import Store
import Telemetry

/// Traces as rows in the order asked for, and as points of a scatter of duration over time.
package struct TraceList: Sendable {
    package enum Order: String, Hashable, Sendable, CaseIterable { case newest, slowest, failed }

    package struct Row: Hashable, Sendable {
        package let summary: TraceSummary
        package let rootService: String
        package let rootName: String
        package var traceID: TraceID { summary.traceID }
        package var isFailed: Bool { summary.errorCount > 0 }
    }
    package struct Point: Hashable, Sendable {
        package let traceID: TraceID
        package let start: PreciseTime
        package let duration: TimeSpan
        package let isFailed: Bool
    }

    /// Sorted, at most `limit`.
    package private(set) var rows: [Row] = []
    /// Of all traces, in the order of the store.
    package private(set) var points: [Point] = []
    /// All that matched, and the failed among them.
    package private(set) var total = 0
    package private(set) var failed = 0
    /// How much the longest took, for the scale.
    package private(set) var greatest = TimeSpan.zero

    /// `summaries` are those to show: of the window, or what a search found.
    package init(_ summaries: [TraceSummary], strings: StringTable, order: Order, limit: Int = 10_000) {
        self.init(summaries, order: order, limit: limit) { strings[$0] }
    }

    init(_ summaries: [TraceSummary], order: Order, limit: Int = 10_000, text: (Symbol) -> String) {
        total = summaries.count
        points = summaries.map { Point(traceID: $0.traceID, start: $0.start, duration: $0.duration, isFailed: $0.errorCount > 0) }
        failed = points.count { $0.isFailed }
        greatest = points.lazy.map(\.duration).max() ?? .zero
        rows = Self.sorted(summaries, order).prefix(max(0, limit)).map {
            Row(summary: $0, rootService: text($0.rootService), rootName: text($0.rootName))
        }
    }

    private static func sorted(_ summaries: [TraceSummary], _ order: Order) -> [TraceSummary] {
        switch order {
        case .newest: summaries.sorted { ($1.start, $0.traceID) < ($0.start, $1.traceID) }
        case .slowest: summaries.sorted { ($1.duration, $0.traceID) < ($0.duration, $1.traceID) }
        case .failed:
            // Failed ones first, the newest of them on top.
            summaries.sorted {
                let (a, b) = ($0.errorCount > 0 ? 0 : 1, $1.errorCount > 0 ? 0 : 1)
                return a != b ? a < b : ($1.start, $0.traceID) < ($0.start, $1.traceID)
            }
        }
    }

    /// The summaries of the traces that begin in the window and, under a lens, have a span that it accepts.
    package static func summaries(in snapshot: StoreSnapshot, lens: Lens, over window: TimeSpan, at now: Timestamp) -> [TraceSummary] {
        let range = TimeBuckets(over: window, at: now, count: 1).range
        let all = snapshot.traces.summaries(startingIn: range)
        guard !lens.isOpen else { return all }
        let filter = LensFilter(lens, in: snapshot.traces)
        guard !filter.isImpossible else { return [] }
        var wanted: Set<TraceID> = []
        // Spans of a trace that began in time may start after the window's end only where clocks are wrong.
        snapshot.traces.forEachSpan(startingIn: range) { if filter.accepts($0) { wanted.insert($0.traceID) } }
        return all.filter { wanted.contains($0.traceID) }
    }
}
