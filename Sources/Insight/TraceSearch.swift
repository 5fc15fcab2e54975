import Search
import Store
import Telemetry

/// A search of traces, ready to run over any snapshot. A trace matches when one of its spans does.
package struct TraceSearch: Sendable {
    package enum Order: Hashable, Sendable { case newest, slowest }

    package let search: ParsedSearch
    private let compiled: CompiledSearch

    /// Never fails: what can't be read is left out and told by `error`.
    package init(_ text: String) { self.init(ParsedSearch(text)) }
    package init(_ search: ParsedSearch) {
        self.search = search
        compiled = CompiledSearch(search, schema: .traces)
    }

    package var error: Diagnostic? { compiled.error }
    /// True where nothing is asked, so every trace matches.
    package var isEverything: Bool { compiled.matchesEverything }

    /// The traces that start within `range` and have a span that matches, seen through `lens`: `limit` of them in the order asked for, and how many there are in all.
    package func run(
        in snapshot: TraceSnapshot, range: Range<PreciseTime>, lens: Lens = Lens(), order: Order = .newest, limit: Int = 10_000
    ) -> TraceMatches {
        var traces = snapshot.summaries(startingIn: range).map { TraceMatch(summary: $0, spans: Int($0.spanCount), first: $0.root) }
        if !isEverything || !lens.isOpen {
            let found = compiled.isStructural ? structuralMatches(traces, lens, snapshot) : flatMatches(range, lens, snapshot)
            traces = traces.compactMap { trace in
                found[trace.summary.traceID].map { TraceMatch(summary: trace.summary, spans: $0.count, first: $0.first) }
            }
        }
        switch order {
        case .newest: traces.sort { ($1.summary.start, $0.summary.traceID) < ($0.summary.start, $1.summary.traceID) }
        case .slowest: traces.sort { ($1.summary.duration, $0.summary.traceID) < ($0.summary.duration, $1.summary.traceID) }
        }
        return TraceMatches(
            traces: Array(traces.prefix(limit)), total: traces.count, failed: traces.count { $0.summary.errorCount > 0 },
            spans: traces.reduce(0) { $0 + $1.spans })
    }

    /// The spans of one trace that match, in the order of `snapshot.spans(of:)`.
    package func matchingSpans(of trace: TraceSummary, in snapshot: TraceSnapshot) -> [SpanHeader] {
        let spans = snapshot.spans(of: trace)
        guard !isEverything else { return spans }
        var subject = SpanSubject(snapshot, compiled)
        let holds = SpanFamily(spans).evaluate(compiled, &subject)
        return spans.indices.filter { holds[$0] }.map { spans[$0] }
    }

    /// Each matching span that starts in `range`, in the order of arrival.
    package func forEachSpan(
        in snapshot: TraceSnapshot, range: Range<PreciseTime>, lens: Lens = Lens(), _ body: (borrowing SpanHeader) -> Void
    ) {
        if compiled.isStructural {
            for trace in snapshot.summaries(startingIn: range) {
                for span in matchingSpans(of: trace, in: snapshot) where SpanLens(lens, snapshot).accepts(span) { body(span) }
            }
            return
        }
        var subject = SpanSubject(snapshot, compiled)
        let lens = SpanLens(lens, snapshot)
        guard !lens.excludesAll else { return }
        snapshot.forEachSpan(startingIn: range) { header in
            guard lens.accepts(header) else { return }
            guard !isEverything else { return body(header) }
            subject.header = copy header
            if compiled.matches(&subject) { body(header) }
        }
    }

    /// True when the search holds for one span; a structural one is asked of whole traces, and holds for none alone.
    package func matches(_ header: borrowing SpanHeader, in snapshot: TraceSnapshot) -> Bool {
        guard !isEverything else { return true }
        guard !compiled.isStructural else { return false }
        var subject = SpanSubject(snapshot, compiled)
        subject.header = copy header
        return compiled.matches(&subject)
    }

    /// How many matching spans have which values under `fields`; the most frequent first, an absent field as the empty string.
    package func count(
        by fields: [String], in snapshot: TraceSnapshot, range: Range<PreciseTime>, lens: Lens = Lens()
    ) -> [(values: [String], count: Int)] {
        var counts: [[String]: Int] = [:]
        let fields = fields.map(SearchSchema.traces.field)
        forEachSpan(in: snapshot, range: range, lens: lens) { header in
            counts[fields.map { SpanSubject.text(of: $0, header, in: snapshot) }, default: 0] += 1
        }
        return counts.map { ($0.key, $0.value) }.sorted { ($1.count, $0.values.joined()) < ($0.count, $1.values.joined()) }
    }

    private typealias Found = [TraceID: (count: Int, first: SpanRef)]

    private func flatMatches(_ range: Range<PreciseTime>, _ lens: Lens, _ snapshot: TraceSnapshot) -> Found {
        var found: Found = [:]
        // Traces are chosen by their start; their spans may start later.
        let spans = range.lowerBound..<PreciseTime(nanoseconds: .max)
        forEachSpan(in: snapshot, range: spans, lens: lens) { header in
            found[header.traceID, default: (0, header.ref)].count += 1
        }
        return found
    }

    private func structuralMatches(_ traces: [TraceMatch], _ lens: Lens, _ snapshot: TraceSnapshot) -> Found {
        var found: Found = [:]
        let lens = SpanLens(lens, snapshot)
        guard !lens.excludesAll else { return found }
        for trace in traces {
            let matching = matchingSpans(of: trace.summary, in: snapshot).filter { lens.accepts($0) }
            if let first = matching.first { found[trace.summary.traceID] = (matching.count, first.ref) }
        }
        return found
    }
}

/// One trace of a search.
package struct TraceMatch: Sendable {
    package var summary: TraceSummary
    /// How many of its spans match.
    package var spans: Int
    /// The first of them; the root where everything matches.
    package var first: SpanRef
}

/// What a search of traces found.
package struct TraceMatches: Sendable {
    /// In the order asked for, up to the limit.
    package var traces: [TraceMatch]
    /// Beyond the limit too.
    package var total: Int
    /// How many of all have a failed span.
    package var failed: Int
    /// Matching spans in all traces.
    package var spans: Int
}

/// A lens made ready for span headers.
struct SpanLens {
    private let service: Symbol?
    private let operation: Symbol?
    private let version: Symbol?
    let excludesAll: Bool

    init(_ lens: Lens, _ snapshot: TraceSnapshot) {
        service = lens.service.flatMap(snapshot.strings.id(of:))
        operation = lens.operation.flatMap(snapshot.strings.id(of:))
        version = lens.version.flatMap(snapshot.strings.id(of:))
        excludesAll =
            lens.service != nil && service == nil || lens.operation != nil && operation == nil || lens.version != nil && version == nil
    }

    func accepts(_ header: borrowing SpanHeader) -> Bool {
        if excludesAll { return false }
        if let service, header.service != service { return false }
        if let operation, header.name != operation { return false }
        if let version, header.version != version { return false }
        return true
    }
}

extension TraceSearch {
    /// Names and values of the newest spans, for completion.
    package struct Candidates: SearchCandidates {
        private static let sampleSize = 2000
        private let snapshot: TraceSnapshot
        private let sample: [SpanHeader]

        package init(_ snapshot: TraceSnapshot) {
            self.snapshot = snapshot
            var sample: [SpanHeader] = []
            let stride = max(1, snapshot.spanCount / Self.sampleSize)
            var index = 0
            snapshot.forEachSpan(startingIn: .always) { header in
                if index % stride == 0 { sample.append(copy header) }
                index += 1
            }
            self.sample = sample
        }

        package func fieldNames() -> [String] {
            byFrequency(sample.lazy.flatMap { snapshot.span($0.ref)?.attributes.map(\.key) ?? [] })
        }
        package func values(of field: String) -> [String] {
            let field = SearchSchema.traces.field(field)
            return byFrequency(sample.lazy.map { SpanSubject.text(of: field, $0, in: snapshot) })
        }
    }
}
