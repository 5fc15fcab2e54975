import Insight
import Store
import Telemetry
import Testing

@Suite struct TraceSearchTests {
    private let store = TelemetryStore()

    init() {
        // gateway → order → SELECT (failed), 900 ms; gateway → cart, 50 ms; an orphan that is its own ancestor.
        add(1, "gateway", [(1, 0, "POST /orders", .server, 900, .unset)])
        add(
            1, "order", [(2, 1, "POST /orders", .server, 800, .error), (3, 2, "SELECT", .client, 700, .error)],
            [Attribute("db.system.name", .string("postgresql"))])
        add(2, "gateway", [(1, 0, "GET /cart", .server, 50, .unset)], at: 10)
        add(2, "cart", [(2, 1, "GET /cart", .server, 40, .unset)], at: 10)
        add(3, "loop", [(1, 2, "a", .internal, 5, .unset), (2, 1, "b", .internal, 5, .unset)], at: 20)
    }

    @Test(arguments: [
        ("", 3), ("service=order", 1), ("status=error", 1), ("not status=error", 3), ("duration>500ms", 1),
        ("trace.duration>500ms service=gateway", 1),
        ("trace.duration<500ms service=gateway", 1), ("root", 2), ("root name=\"GET /cart\"", 1), ("kind=client", 1), ("name~^POST", 1),
        ("db.system.name=postgresql", 1), ("postgres", 1), ("SELECT", 1), ("version=v1", 3), ("trace=00000000000000010000000000000002", 1),
        ("(service=gateway) >> (db.system.name=postgresql status=error)", 1), ("service=gateway > kind=client", 0),
        ("service=gateway > service=cart", 1),
        ("service=cart >> service=gateway", 0), ("service=gateway > (service=order > kind=client)", 0),
        ("(service=gateway > service=order) > kind=client", 1),
        ("(name=a) >> (name=b)", 1), ("(name=a) >> (name=a)", 1), ("not (service=gateway >> kind=client) service=gateway", 2),
    ])
    func searchesFindWhatTheySay(_ text: String, _ count: Int) {
        let search = TraceSearch(text)
        #expect(search.error == nil)
        #expect(search.run(in: store.snapshot().traces, range: .always).total == count)
    }

    @Test func tracesComeInTheOrderAskedFor() {
        let traces = store.snapshot().traces
        #expect(TraceSearch("").run(in: traces, range: .always).traces.map(\.summary.traceID.low) == [3, 2, 1])
        let slowest = TraceSearch("").run(in: traces, range: .always, order: .slowest, limit: 1)
        #expect(slowest.traces.map(\.summary.traceID.low) == [1])
        #expect(slowest.total == 3)
        #expect(slowest.failed == 1)
        #expect(slowest.spans == 7)
    }

    @Test func rangeAndLensNarrow() {
        let traces = store.snapshot().traces
        #expect(TraceSearch("").run(in: traces, range: time(5)..<time(15)).total == 1)
        #expect(TraceSearch("").run(in: traces, range: .always, lens: Lens(service: "gateway")).total == 2)
        #expect(TraceSearch("root").run(in: traces, range: .always, lens: Lens(service: "cart")).total == 0)
        #expect(TraceSearch("").run(in: traces, range: .always, lens: Lens(service: "gateway", operation: "GET /cart")).total == 1)
        #expect(TraceSearch("").run(in: traces, range: .always, lens: Lens(service: "nobody")).total == 0)
    }

    @Test func spansOfOneTraceAreMarked() throws {
        let traces = store.snapshot().traces
        let trace = try #require(traces.summary(of: TraceID(high: 1, low: 1)))
        #expect(TraceSearch("status=error").matchingSpans(of: trace, in: traces).map(\.spanID) == [SpanID(2), SpanID(3)])
        #expect(TraceSearch("").matchingSpans(of: trace, in: traces).count == 3)
    }

    @Test func countsAreGroupedByFields() {
        let counts = TraceSearch("").count(by: ["service"], in: store.snapshot().traces, range: .always)
        #expect(counts.map(\.count) == [2, 2, 2, 1])
        #expect(counts.last?.values == ["cart"])
    }

    @Test func completionProposesWhatExists() {
        let candidates = TraceSearch.Candidates(store.snapshot().traces)
        #expect(candidates.fieldNames() == ["db.system.name"])
        #expect(candidates.values(of: "status") == ["unset", "error"])
    }

    private func time(_ seconds: Int64) -> PreciseTime { Timestamp.seconds(1_700_000_000 + seconds).precise }

    private func add(
        _ trace: UInt64, _ service: String,
        _ spans: [(id: UInt64, parent: UInt64, name: String, kind: SpanKind, milliseconds: Int64, status: StatusCode)],
        _ attributes: [Attribute] = [], at seconds: Int64 = 0
    ) {
        let resource = Resource(attributes: [Attribute("service.name", .string(service)), Attribute("service.version", .string("v1"))])
        let spans = spans.map { span in
            Span(
                traceID: TraceID(high: 1, low: trace), spanID: SpanID(span.id), parentSpanID: SpanID(span.parent), name: span.name,
                kind: span.kind,
                start: time(seconds) + .milliseconds(Int64(span.id)),
                end: time(seconds) + .milliseconds(Int64(span.id) + span.milliseconds),
                status: span.status, attributes: attributes)
        }
        store.append([SpanBatch(resource: resource, spans: spans)], at: time(seconds).timestamp)
    }
}
