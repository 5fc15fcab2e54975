import Telemetry
import Testing

@Suite struct PackedSpansTests {
    @Test func spansComeBackAsTheyWere() {
        let attributes = [
            Attribute("a", .string("text")), Attribute("é", .int(-5)), Attribute("", .double(-0.5)), Attribute("b", .bool(true)),
            Attribute("c", .bool(false)), Attribute("d", .bytes([1, 2])), Attribute("e", .array([.string("x"), .empty])),
            Attribute("f", .map([Attribute("g", .int(1))])), Attribute("h", .empty), Attribute("i", .string("")),
        ]
        func span(_ id: UInt64) -> Span {
            Span(
                traceID: TraceID(high: 1, low: id), spanID: SpanID(id), parentSpanID: SpanID(id / 2), name: "GET /\(id)", kind: .client,
                start: PreciseTime(nanoseconds: 5), end: PreciseTime(nanoseconds: 3), status: .error, statusMessage: "broken",
                attributes: attributes,
                events: [
                    SpanEvent(time: PreciseTime(nanoseconds: 4), name: "e", attributes: attributes),
                    SpanEvent(time: PreciseTime(nanoseconds: -4), name: ""),
                ], links: [SpanLink(traceID: TraceID(high: 0, low: 9), spanID: SpanID(8), attributes: attributes)], traceState: "a=b",
                isShared: id % 2 == 0)
        }
        let batches = [
            SpanBatch(resource: Resource(attributes: attributes), scope: InstrumentationScope(name: "s"), spans: [span(1), span(2)]),
            SpanBatch(resource: Resource(), spans: []), SpanBatch(resource: Resource(), spans: [span(3)]),
        ]
        let packed = PackedSpans(batches)
        #expect(packed.count == 3)
        #expect(packed.batches == batches)
    }
}
