import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct OTLPEncodeTests {
    @Test(arguments: 0..<60 as Range<UInt64>) func tracesComeBackEqual(seed: UInt64) throws {
        var random = RandomTelemetry(seed)
        let batches = (0..<3).map { _ in random.spanBatch() }
        let back = try OTLP.decodeTraces(OTLP.encodeTraces(batches), as: .json)
        #expect(describe(back.spans.batches) == describe(batches), "seed \(seed)")
        #expect(back.outcome == WireOutcome(), "seed \(seed)")
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func logsComeBackEqual(seed: UInt64) throws {
        var random = RandomTelemetry(seed)
        let batches = (0..<3).map { _ in random.logBatch() }
        let back = try OTLP.decodeLogs(OTLP.encodeLogs(batches), as: .json, arrival: .seconds(1))
        #expect(describe(back.batches) == describe(batches), "seed \(seed)")
    }

    @Test func aLineIsOneLine() {
        var random = RandomTelemetry(7)
        #expect(!OTLP.encodeTraces([random.spanBatch()]).contains(0x0a))
    }

    @Test func cleanAnswersAreEmpty() {
        #expect(OTLP.traceResponse(as: .protobuf).isEmpty)
        #expect(OTLP.logResponse(as: .json) == Array("{}".utf8))
    }

    @Test func partialSuccessNamesItsCount() {
        let json = OTLP.traceResponse(rejected: 2, message: "bad \"ids\"", as: .json)
        #expect(String(decoding: json, as: UTF8.self) == #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad \"ids\""}}"#)
        #expect(OTLP.logResponse(rejected: 300, message: "x", as: .protobuf) == [0x0a, 6, 0x08, 0xac, 0x02, 0x12, 1, 0x78])
    }

    @Test func statusCarriesItsDelay() {
        let json = OTLP.status(code: 14, message: "later", retryAfter: .milliseconds(1500), as: .json)
        let details = #"[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.500000000s"}]"#
        #expect(String(decoding: json, as: UTF8.self) == #"{"code":14,"message":"later","details":"# + details + "}")
        let bytes = OTLP.status(code: 3, message: "no", as: .protobuf)
        #expect(bytes == [0x08, 3, 0x12, 2, 0x6e, 0x6f])
    }

    /// NaN is not equal to itself, so what is compared is how it reads.
    private func describe<Value>(_ value: Value) -> String { String(reflecting: value) }

    @Test func recordsBeyondTheLimitOfARequestAreCountedNotMade() throws {
        let over = 3
        // An empty record is a tag and a length of zero.
        var scope: [UInt8] = []
        for _ in 0..<(WireLimit.itemsPerRequest + over) { scope += [0x12, 0] }
        func message(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
            var writer = ProtobufWriter()
            writer.message(UInt32(tag), body)
            return writer.bytes
        }
        let request = message(1, message(2, scope))
        let (batches, outcome) = try OTLP.decodeLogs(request, as: .protobuf, arrival: .seconds(1))
        #expect(batches.map(\.records.count) == [WireLimit.itemsPerRequest])
        #expect(outcome.rejected == [.tooLarge: over])
        #expect(outcome.detail.contains("1000000"))
    }
}

/// Random telemetry that OTLP can carry.
struct RandomTelemetry {
    var random: Seeded
    init(_ seed: UInt64) { random = Seeded(seed) }

    mutating func text() -> String {
        let words = [
            "", "a", "GET /users/{id}", "\"\\\u{8}\n\r\t\u{0}\u{1f}", "é\u{1F600}", "http.request.method",
            String(repeating: "x", count: 300),
        ]
        return words[Int.random(in: 0..<words.count, using: &random)]
    }
    mutating func value(_ depth: Int = 0) -> AttributeValue {
        switch Int.random(in: 0..<(depth > 3 ? 7 : 9), using: &random) {
        case 0: .string(text())
        case 1: .bool(Bool.random(using: &random))
        case 2: .int([Int64.min, .max, 0, -1][Int.random(in: 0..<4, using: &random)])
        case 3: .double([Double.nan, .infinity, -.infinity, 0.1, -1e300, 5e-300, 3][Int.random(in: 0..<7, using: &random)])
        case 4: .bytes((0..<Int.random(in: 0..<6, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        case 5: .empty
        case 6: .string("plain")
        case 7: .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth + 1) })
        default: .map(attributes(depth + 1))
        }
    }
    mutating func attributes(_ depth: Int = 0) -> [Attribute] {
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in Attribute(text(), value(depth)) }
    }
    mutating func time() -> PreciseTime { PreciseTime(nanoseconds: Int64.random(in: 0...Int64.max, using: &random)) }
    mutating func id() -> UInt64 { UInt64.random(in: 1...UInt64.max, using: &random) }
    mutating func span() -> Span {
        Span(
            traceID: TraceID(high: id(), low: id()), spanID: SpanID(id()), parentSpanID: SpanID(Bool.random(using: &random) ? 0 : id()),
            name: text(), kind: SpanKind(number: id() % 6), start: time(), end: time(), status: StatusCode(number: id() % 3),
            statusMessage: text(), attributes: attributes(),
            events: (0..<Int(id() % 3)).map { _ in SpanEvent(time: time(), name: text(), attributes: attributes()) },
            links: (0..<Int(id() % 3)).map { _ in
                SpanLink(traceID: TraceID(high: 0, low: id()), spanID: SpanID(id()), attributes: attributes())
            },
            traceState: text(), isShared: Bool.random(using: &random))
    }
    mutating func spanBatch() -> SpanBatch {
        SpanBatch(
            resource: Resource(attributes: attributes()),
            scope: InstrumentationScope(name: text(), version: text(), attributes: attributes()),
            spans: (0...Int(id() % 4)).map { _ in span() })
    }
    mutating func logBatch() -> LogBatch {
        LogBatch(
            resource: Resource(attributes: attributes()),
            records: (0...Int(id() % 4)).map { _ in
                // Time 0 means unknown on the wire, and a level of 0 with a word is guessed by the word.
                LogRecord(
                    time: PreciseTime(nanoseconds: Int64(id() >> 2) + 1), severity: Severity(UInt8(1 + id() % 24)), severityText: text(),
                    message: text(), attributes: attributes(), traceID: TraceID(high: id(), low: id()), spanID: SpanID(id()))
            })
    }
}
