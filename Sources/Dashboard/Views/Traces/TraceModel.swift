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
    /// The lines of the waterfall, less what lies below a span of `folded`.
    var rows: [TraceRow] = []
    private var folded: Set<SpanRef> = []
    /// The spans that the search finds; empty where nothing is searched.
    var hits: Set<SpanRef> = []
    private var search = ""
    /// Of the whole trace, so that drawing need not look at every span.
    var start: PreciseTime
    var duration: TimeSpan
    var errorCount: Int
    /// The services that the trace waited for most, the first first.
    var waits: [(service: Symbol, share: Double)]
    var strings: StringTable
    /// The logs of the trace; ids of spans are zero where a line names only the trace.
    var logs: [LogHeader]
    var logCount: Int
    /// By operation; counted when they are asked for.
    private(set) var statistics: SpanStatistics?
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
    init?(
        _ id: TraceID, _ snapshot: StoreSnapshot, mends: Bool, folded: Set<SpanRef>, search: String, selected: SpanRef?, wanted: SpanID?,
        previous: TraceModel?
    ) {
        guard let summary = snapshot.traces.summary(of: id) else { return nil }
        if let previous, previous.id == id, previous.tree.spans.count == summary.spanCount,
            previous.isMended == (mends && previous.skew.isNeeded)
        {
            self = previous
        } else {
            let spans = snapshot.traces.spans(ofTrace: id)
            guard !spans.isEmpty else { return nil }
            self.init(id, spans, snapshot, mends: mends)
        }
        strings = snapshot.traces.strings
        if rows.isEmpty || self.folded != folded {
            rows = tree.rows(folded: folded)
            self.folded = folded
        }
        if self.search != search {
            let wanted = TraceSearch(search)
            hits = wanted.isEverything ? [] : Set(wanted.matchingSpans(of: summary, in: snapshot.traces).lazy.map(\.ref))
            self.search = search
        }
        if logCount != snapshot.logs.count {
            logs = snapshot.logs.records(ofTrace: id)
            logCount = snapshot.logs.count
        }
        let index = selected.flatMap { tree.index(of: $0) } ?? wanted.flatMap { tree.index(of: $0) } ?? tree.order.first
        detail = index.flatMap { makeDetail(tree.spans[$0], snapshot) }
    }

    mutating func countOperations() { if statistics == nil { statistics = SpanStatistics(tree, path: path) } }

    private init(_ id: TraceID, _ spans: [SpanHeader], _ snapshot: StoreSnapshot, mends: Bool) {
        let raw = TraceTree(spans)
        skew = ClockSkew(raw, of: snapshot.traces)
        isMended = mends && skew.isNeeded
        tree = isMended ? raw.applying(skew) : raw
        path = CriticalPath(tree)
        self.id = id
        selfTimes = tree.selfTimes()
        start = tree.start
        duration = tree.duration
        errorCount = tree.spans.count { $0.status == .error }
        waits = path.shares(by: tree).prefix(3).map { ($0.service, $0.share) }
        strings = snapshot.traces.strings
        logs = []
        logCount = -1
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
