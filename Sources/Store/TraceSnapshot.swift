import Synchronization
import Telemetry

/// The spans of one version of the store.
package struct TraceSnapshot: Sendable {
    package let strings: StringTable
    let blocks: RowBlocks<SpanRow>
    let table: SegmentedTable<TraceSummary>
    private let index: TraceIndex
    package let spanCount: Int
    package let traceCount: Int

    init(_ state: borrowing TraceState, strings: StringTable) {
        self.strings = strings
        blocks = state.rows.blocks
        table = state.summaries
        spanCount = state.spanCount
        traceCount = state.traceCount
        index = TraceIndex()
    }

    /// Each span that starts in `range`, in the order of arrival. A range up to the end of time includes it. About 10 ns a span.
    package func forEachSpan(startingIn range: Range<PreciseTime>, _ body: (borrowing SpanHeader) -> Void) {
        blocks.forEach { view in
            guard view.overlaps(range) else { return }
            for index in 0..<view.count {
                let row = view.block.row(index)
                if range.holds(row.pointee.header.start), !view.isDead(index) { body(row.pointee.header) }
            }
        }
    }

    package func header(_ ref: SpanRef) -> SpanHeader? { blocks.row(block: ref.block, ref.row)?.row.pointee.header }

    /// The whole span, as it came.
    package func span(_ ref: SpanRef) -> Span? {
        guard let (block, row) = blocks.row(block: ref.block, ref.row) else { return nil }
        var reader = block.reader(at: row.pointee.offset)
        return reader.span(row.pointee.header, strings: strings)
    }
    package func resource(of ref: SpanRef) -> Resource? {
        var reader = origin(of: ref)
        return reader?.resource()
    }
    package func scope(of ref: SpanRef) -> InstrumentationScope? {
        var reader = origin(of: ref)
        return reader?.scope()
    }
    /// One attribute of the span itself, without decoding the others.
    package func attribute(_ key: String, of ref: SpanRef) -> AttributeValue? {
        guard let (block, row) = blocks.row(block: ref.block, ref.row) else { return nil }
        var reader = block.reader(at: row.pointee.offset)
        _ = reader.spanOrigin()
        return reader.attribute(key)
    }
    private func origin(of ref: SpanRef) -> ArenaReader? {
        guard let (block, row) = blocks.row(block: ref.block, ref.row) else { return nil }
        var reader = block.reader(at: row.pointee.offset)
        return block.reader(at: reader.spanOrigin())
    }

    /// The spans of one trace, ascending by start, then arrival; empty where the trace is not kept.
    package func spans(ofTrace id: TraceID) -> [SpanHeader] { summary(of: id).map(spans) ?? [] }

    /// As `spans(ofTrace:)`, sparing the search for the trace. `trace` must be of this snapshot.
    package func spans(of trace: TraceSummary) -> [SpanHeader] {
        var out: [SpanHeader] = []
        out.reserveCapacity(Int(trace.spanCount))
        var ref = trace.last
        while ref != .none, let row = blocks.row(block: ref.block, ref.row)?.row {
            out.append(row.pointee.header)
            ref = row.pointee.previous
        }
        out.sort { ($0.start, $0.ref) < ($1.start, $1.ref) }
        return out
    }

    /// One for each trace that starts in `range`, in the order in which the traces were first seen.
    package func summaries(startingIn range: Range<PreciseTime>) -> [TraceSummary] {
        var out: [TraceSummary] = []
        if range.lowerBound.nanoseconds == .min { out.reserveCapacity(traceCount) }
        for segment in table.segments { for trace in segment where trace.spanCount > 0 && range.holds(trace.start) { out.append(trace) } }
        return out
    }

    /// The first call on a snapshot indexes its traces (about 10 ns each), later ones are quick.
    package func summary(of id: TraceID) -> TraceSummary? { index.summary(of: id, in: table, count: traceCount) }
}

/// Traces by id: an open hash table over the summaries of one snapshot, made when first asked for.
private final class TraceIndex: Sendable {
    private let places = Mutex<[UInt32]>([])

    func summary(of id: TraceID, in table: SegmentedTable<TraceSummary>, count: Int) -> TraceSummary? {
        guard count > 0 else { return nil }
        return places.withLock { places in
            if places.isEmpty { places = Self.built(over: table, count: count) }
            var place = Self.hash(id) & (places.count - 1)
            while places[place] != 0 {
                let summary = table[table.base + Int(places[place] - 1)]
                if summary.traceID == id { return summary }
                place = (place + 1) & (places.count - 1)
            }
            return nil
        }
    }

    private static func built(over table: SegmentedTable<TraceSummary>, count: Int) -> [UInt32] {
        var size = 16
        while size < count * 2 { size *= 2 }
        var places = [UInt32](repeating: 0, count: size)
        var offset: UInt32 = 0
        for segment in table.segments {
            for trace in segment {
                offset += 1
                if trace.spanCount == 0 { continue }
                var place = hash(trace.traceID) & (size - 1)
                while places[place] != 0 { place = (place + 1) & (size - 1) }
                places[place] = offset
            }
        }
        return places
    }
    /// Seeded for each run, as ids are chosen by strangers.
    private static func hash(_ id: TraceID) -> Int { id.hashValue & .max }
}
