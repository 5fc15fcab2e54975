import Telemetry

/// A span in its block.
struct SpanRow: Sendable {
    var header: SpanHeader
    var offset: UInt32
    /// The span of the same trace that came before; `SpanRef.none` for the first.
    var previous: SpanRef
}

extension SpanRef {
    static let none = SpanRef(block: .max, row: .max)
}

/// What of the variable part is there; in the first byte of it.
private struct SpanParts: OptionSet {
    let rawValue: UInt8
    static let name = SpanParts(rawValue: 1)
    static let statusMessage = SpanParts(rawValue: 2)
    static let traceState = SpanParts(rawValue: 4)
    static let end = SpanParts(rawValue: 8)
    static let events = SpanParts(rawValue: 16)
    static let links = SpanParts(rawValue: 32)
}

extension Footprint {
    static func of(_ span: Span) -> Int {
        var size = 32 + of(span.name) + of(span.statusMessage) + of(span.traceState) + of(span.attributes)
        for event in span.events { size += 10 + of(event.name) + of(event.attributes) }
        for link in span.links { size += 24 + of(link.attributes) }
        return size
    }
}

extension ArenaWriter {
    func span(_ span: Span, origin: UInt32, writesName: Bool) {
        var parts: SpanParts = []
        if writesName { parts.insert(.name) }
        if !span.statusMessage.isEmpty { parts.insert(.statusMessage) }
        if !span.traceState.isEmpty { parts.insert(.traceState) }
        if span.start + span.duration != span.end { parts.insert(.end) }
        if !span.events.isEmpty { parts.insert(.events) }
        if !span.links.isEmpty { parts.insert(.links) }
        byte(parts.rawValue)
        varint(UInt64(origin))
        attributes(span.attributes)
        if parts.contains(.name) { string(span.name) }
        if parts.contains(.statusMessage) { string(span.statusMessage) }
        if parts.contains(.traceState) { string(span.traceState) }
        if parts.contains(.end) { fixed(UInt64(bitPattern: span.end.nanoseconds)) }
        if parts.contains(.events) { events(span) }
        if parts.contains(.links) { links(span.links) }
    }
    private func events(_ span: Span) {
        varint(UInt64(span.events.count))
        for event in span.events {
            signed(event.time.nanoseconds &- span.start.nanoseconds)
            string(event.name)
            attributes(event.attributes)
        }
    }
    private func links(_ links: [SpanLink]) {
        varint(UInt64(links.count))
        for link in links {
            fixed(link.traceID.high)
            fixed(link.traceID.low)
            fixed(link.spanID.value)
            attributes(link.attributes)
        }
    }
}

extension ArenaReader {
    /// Past the first byte; where the origin stands.
    mutating func spanOrigin() -> UInt32 {
        _ = byte()
        return UInt32(truncatingIfNeeded: varint())
    }
    mutating func span(_ header: SpanHeader, strings: StringTable) -> Span {
        let parts = SpanParts(rawValue: byte())
        _ = varint()
        let attributes = attributes()
        var span = Span(
            traceID: header.traceID, spanID: header.spanID, parentSpanID: header.parentSpanID,
            name: parts.contains(.name) ? string() : strings[header.name], kind: header.kind, start: header.start, end: header.end,
            status: header.status, attributes: attributes, isShared: header.isShared)
        if parts.contains(.statusMessage) { span.statusMessage = string() }
        if parts.contains(.traceState) { span.traceState = string() }
        if parts.contains(.end) { span.end = PreciseTime(nanoseconds: Int64(bitPattern: fixed())) }
        if parts.contains(.events) { span.events = events(since: header.start) }
        if parts.contains(.links) { span.links = links() }
        return span
    }
    private mutating func events(since start: PreciseTime) -> [SpanEvent] {
        (0..<count()).map { _ in
            let time = PreciseTime(nanoseconds: start.nanoseconds &+ signed())
            let name = string()
            return SpanEvent(time: time, name: name, attributes: attributes())
        }
    }
    private mutating func links() -> [SpanLink] {
        (0..<count()).map { _ in
            let high = fixed()
            let low = fixed()
            let spanID = SpanID(fixed())
            return SpanLink(traceID: TraceID(high: high, low: low), spanID: spanID, attributes: attributes())
        }
    }
}
