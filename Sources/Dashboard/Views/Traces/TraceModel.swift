import Insight
import Store
import Telemetry

/// One opened trace, ready to be drawn as a waterfall.
struct TraceModel: Sendable {
    var id: TraceID
    var tree: TraceTree
    var path: CriticalPath
    var skew: ClockSkew
    /// True when `tree` has its clocks mended.
    var isMended: Bool
    var selfTimes: [TimeSpan]
    var strings: StringTable
    /// The logs of the trace; ids of spans are zero where a line names only the trace.
    var logs: [LogHeader]
    var logCount: Int
    /// What the pane beside shows.
    var detail: SpanDetail?

    func name(of span: Int) -> String { strings[tree.spans[span].name] }
    func service(of span: Int) -> String { strings[tree.spans[span].service] }
}

/// The selected span with all that it carries.
struct SpanDetail: Sendable {
    var header: SpanHeader
    var span: Span
    var resource: Resource
    var scope: InstrumentationScope
    /// Its own lines, in order of time.
    var logs: [(header: LogHeader, message: String)]
    var linked: [TraceSummary?]
    static let logLimit = 200
}

extension TraceModel {
    /// Nil where the store has no span of that trace.
    init?(_ id: TraceID, _ snapshot: StoreSnapshot, mends: Bool, selected: SpanRef?, wanted: SpanID?, previous: TraceModel?) {
        let spans = snapshot.traces.spans(ofTrace: id)
        guard !spans.isEmpty else { return nil }
        if let previous, previous.id == id, previous.tree.spans.count == spans.count, previous.isMended == (mends && previous.skew.isNeeded) {
            self = previous
        } else {
            let raw = TraceTree(spans)
            let skew = ClockSkew(raw, of: snapshot.traces)
            let isMended = mends && skew.isNeeded
            let tree = isMended ? raw.applying(skew) : raw
            self.init(
                id: id, tree: tree, path: CriticalPath(tree), skew: skew, isMended: isMended, selfTimes: tree.selfTimes(),
                strings: snapshot.traces.strings, logs: [], logCount: -1, detail: nil)
        }
        strings = snapshot.traces.strings
        if logCount != snapshot.logs.count {
            logs = snapshot.logs.records(ofTrace: id)
            logCount = snapshot.logs.count
        }
        let index = selected.flatMap { tree.index(of: $0) } ?? wanted.flatMap { tree.index(of: $0) } ?? tree.order.first
        detail = index.flatMap { makeDetail(tree.spans[$0], snapshot) }
    }

    private func makeDetail(_ header: SpanHeader, _ snapshot: StoreSnapshot) -> SpanDetail? {
        guard let span = snapshot.traces.span(header.ref) else { return nil }
        let own = logs.filter { $0.spanID == header.spanID }.prefix(SpanDetail.logLimit)
        return SpanDetail(
            header: header, span: span, resource: snapshot.traces.resource(of: header.ref) ?? Resource(),
            scope: snapshot.traces.scope(of: header.ref) ?? InstrumentationScope(),
            logs: own.map { ($0, snapshot.logs.message(of: $0.ref)) }, linked: span.links.map { snapshot.traces.summary(of: $0.traceID) })
    }
}
