/// The 16 bytes that name a trace; all zero is invalid.
package struct TraceID: Hashable, Comparable, Sendable {
    package var high: UInt64
    package var low: UInt64
    @inlinable package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
    package static let zero = TraceID(high: 0, low: 0)
    @inlinable package var isValid: Bool { high | low != 0 }
    @inlinable package static func < (a: TraceID, b: TraceID) -> Bool { (a.high, a.low) < (b.high, b.low) }
    /// 32 lower-case digits.
    package var hexadecimal: String { paddedHexadecimal(high) + paddedHexadecimal(low) }
    /// From 1 to 32 hexadecimal digits of any case, padded on the left; nil for anything else and for zero.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard (1...32).contains(digits.count) else { return nil }
        guard let low = hexadecimalValue(digits.suffix(16)), let high = hexadecimalValue(digits.dropLast(16)) else { return nil }
        self.init(high: high, low: low)
        if !isValid { return nil }
    }
}

/// The 8 bytes that name a span within its trace; zero is invalid.
package struct SpanID: Hashable, Comparable, Sendable {
    package var value: UInt64
    @inlinable package init(_ value: UInt64) { self.value = value }
    package static let zero = SpanID(0)
    @inlinable package var isValid: Bool { value != 0 }
    @inlinable package static func < (a: SpanID, b: SpanID) -> Bool { a.value < b.value }
    /// 16 lower-case digits.
    package var hexadecimal: String { paddedHexadecimal(value) }
    /// From 1 to 16 hexadecimal digits of any case; nil for anything else and for zero.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard (1...16).contains(digits.count), let value = hexadecimalValue(digits[...]), value != 0 else { return nil }
        self.init(value)
    }
}

package enum SpanKind: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0, `internal`, server, client, producer, consumer
}

package enum StatusCode: UInt8, Hashable, Sendable { case unset = 0, ok, error }

/// Something that happened during a span, such as an exception.
package struct SpanEvent: Hashable, Sendable {
    package var time: PreciseTime
    package var name: String
    package var attributes: [Attribute]
    package init(time: PreciseTime, name: String, attributes: [Attribute] = []) {
        self.time = time
        self.name = name
        self.attributes = attributes
    }
}

/// A reference from a span to another, often of another trace.
package struct SpanLink: Hashable, Sendable {
    package var traceID: TraceID
    package var spanID: SpanID
    package var attributes: [Attribute]
    package init(traceID: TraceID, spanID: SpanID, attributes: [Attribute] = []) {
        self.traceID = traceID
        self.spanID = spanID
        self.attributes = attributes
    }
}

/// One unit of work within a trace, as OpenTelemetry defines it.
package struct Span: Hashable, Sendable {
    package var traceID: TraceID
    package var spanID: SpanID
    /// Zero for a root span.
    package var parentSpanID: SpanID
    package var name: String
    package var kind: SpanKind
    package var start: PreciseTime
    /// As sent: may lie before `start` where the sender's clock jumped.
    package var end: PreciseTime
    package var status: StatusCode
    package var statusMessage: String
    package var attributes: [Attribute]
    package var events: [SpanEvent]
    package var links: [SpanLink]
    package var traceState: String
    /// Zipkin's `shared`: the server half of a call that reports under its client's span id.
    package var isShared: Bool

    package init(
        traceID: TraceID, spanID: SpanID, parentSpanID: SpanID = .zero, name: String, kind: SpanKind = .unspecified,
        start: PreciseTime, end: PreciseTime, status: StatusCode = .unset, statusMessage: String = "", attributes: [Attribute] = [],
        events: [SpanEvent] = [], links: [SpanLink] = [], traceState: String = "", isShared: Bool = false
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.name = name
        self.kind = kind
        self.start = start
        self.end = end
        self.status = status
        self.statusMessage = statusMessage
        self.attributes = attributes
        self.events = events
        self.links = links
        self.traceState = traceState
        self.isShared = isShared
    }
    /// Never negative.
    package var duration: TimeSpan { max(.zero, end - start) }
    package subscript(key: String) -> AttributeValue? { attributes.first { $0.key == key }?.value }
}

/// Spans of one resource and scope.
package struct SpanBatch: Hashable, Sendable {
    package var resource: Resource
    package var scope: InstrumentationScope
    package var spans: [Span]
    package init(resource: Resource, scope: InstrumentationScope = .init(), spans: [Span]) {
        self.resource = resource
        self.scope = scope
        self.spans = spans
    }
}

private func paddedHexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

private func hexadecimalValue(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
        switch digit {
        case 0x30...0x39: value = value << 4 | UInt64(digit &- 0x30)
        case 0x61...0x66: value = value << 4 | UInt64(digit &- 0x57)
        case 0x41...0x46: value = value << 4 | UInt64(digit &- 0x37)
        default: return nil
        }
    }
    return value
}
