import Telemetry

/// Telemetry by dice, of every shape.
struct RandomTelemetry {
    static func value(_ random: inout some RandomNumberGenerator, depth: Int = 2) -> AttributeValue {
        switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &random) {
        case 0: .empty
        case 1: .bool(.random(using: &random))
        case 2: .int([0, -1, .min, .max, .random(in: -1000...1000, using: &random)].randomElement(using: &random) ?? 0)
        case 3: .double([0, -0.5, .infinity, 1e300].randomElement(using: &random) ?? 0)
        case 4: .bytes((0..<Int.random(in: 0...20, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        case 5: .string(text(&random))
        case 6: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth - 1) })
        default: .map(attributes(&random, depth: depth - 1))
        }
    }
    static func text(_ random: inout some RandomNumberGenerator) -> String {
        let few = ["", "GET", "/orders/{id}", "é漢🐕\u{0}", "a longer value that is used often"]
        return Bool.random(using: &random)
            ? few.randomElement(using: &random) ?? ""
            : String(repeating: "x", count: .random(in: 0...40, using: &random)) + String(random.next())
    }
    static func attributes(_ random: inout some RandomNumberGenerator, depth: Int = 2) -> [Attribute] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
            Attribute(["http.request.method", "k", "", "order.id"].randomElement(using: &random) ?? "k", value(&random, depth: depth))
        }
    }
    static func time(_ random: inout some RandomNumberGenerator) -> PreciseTime {
        let odd: [Int64] = [0, .min, .max, 4_102_444_800_000_000_000]
        return PreciseTime(
            nanoseconds: Int.random(in: 0..<10, using: &random) == 0
                ? odd.randomElement(using: &random) ?? 0
                : .random(in: 1_700_000_000_000_000_000...1_700_000_100_000_000_000, using: &random))
    }
    static func span(_ random: inout some RandomNumberGenerator, traces: UInt64 = 40) -> Span {
        var span = Span(
            traceID: TraceID(high: 0, low: .random(in: 1...traces, using: &random)), spanID: SpanID(.random(in: 1...200, using: &random)),
            parentSpanID: SpanID(.random(in: 0...8, using: &random)), name: text(&random),
            kind: SpanKind.allCases.randomElement(using: &random) ?? .client,
            start: time(&random), end: time(&random), status: StatusCode(rawValue: .random(in: 0...2, using: &random)) ?? .ok,
            statusMessage: Bool.random(using: &random) ? "" : text(&random), attributes: attributes(&random),
            traceState: Bool.random(using: &random) ? "" : "a=b", isShared: Int.random(in: 0..<4, using: &random) == 0)
        if Bool.random(using: &random) {
            span.events = [SpanEvent(time: time(&random), name: text(&random), attributes: attributes(&random))]
        }
        if Bool.random(using: &random) {
            span.links = [SpanLink(traceID: TraceID(high: random.next(), low: 1), spanID: SpanID(7), attributes: attributes(&random))]
        }
        return span
    }
    static func resource(_ random: inout some RandomNumberGenerator) -> Resource {
        let name = ["order", "payment", "gateway", ""].randomElement(using: &random) ?? ""
        return Resource(attributes: [Attribute("service.name", .string(name)), Attribute("service.version", .string("1"))])
    }
    static func record(_ random: inout some RandomNumberGenerator) -> LogRecord {
        LogRecord(
            time: time(&random), severity: Severity(.random(in: 0...24, using: &random)), severityText: text(&random),
            message: text(&random),
            attributes: attributes(&random), traceID: TraceID(high: 0, low: .random(in: 0...20, using: &random)),
            spanID: SpanID(random.next()))
    }
}

extension Range<PreciseTime> {
    static let always = PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max)
    func includes(_ time: PreciseTime) -> Bool { contains(time) || upperBound.nanoseconds == .max && time == upperBound }
    static func random(_ random: inout some RandomNumberGenerator) -> Self {
        let (a, b) = (RandomTelemetry.time(&random), RandomTelemetry.time(&random))
        return Swift.min(a, b)..<Swift.max(a, b)
    }
}
