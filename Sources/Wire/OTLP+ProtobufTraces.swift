import Telemetry

/// Reads an `ExportTraceServiceRequest`.
struct ProtobufTraces: ProtobufEnvelope {
    var context = OTLPContext()
    var batches: [SpanBatch] = []

    mutating func scopeItems(_ message: ProtobufReader, of resource: Resource) throws(WireError) {
        var batch = SpanBatch(resource: resource, spans: [])
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try context.scope(reader.message(), into: &batch.scope)
            case tag(2, .bytes):
                let message = try reader.message()
                if context.takesItem(), let span = try span(message) { batch.spans.append(span) }
            default: try reader.skip(field)
            }
        }
        if !batch.spans.isEmpty { batches.append(batch) }
    }

    /// A span, or nil where its ids are not valid.
    private mutating func span(_ message: ProtobufReader) throws(WireError) -> Span? {
        var span = Span(traceID: .zero, spanID: .zero, name: "", start: PreciseTime(nanoseconds: 0), end: PreciseTime(nanoseconds: 0))
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): span.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(2, .bytes): span.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(3, .bytes): span.traceState = context.string(try reader.bytes())
            case tag(4, .bytes): span.parentSpanID = spanID(try reader.bytes()) ?? .zero
            case tag(5, .bytes): span.name = context.name(try reader.bytes())
            case tag(6, .varint): span.kind = SpanKind(number: try reader.varint())
            case tag(7, .fixed64): span.start = PreciseTime(clamping: try reader.fixed64())
            case tag(8, .fixed64): span.end = PreciseTime(clamping: try reader.fixed64())
            case tag(9, .bytes): try context.attribute(reader.message(), into: &span.attributes)
            case tag(11, .bytes): try event(reader.message(), into: &span)
            case tag(13, .bytes): try link(reader.message(), into: &span)
            case tag(15, .bytes): try status(reader.message(), into: &span)
            default: try reader.skip(field)
            }
        }
        guard span.traceID.isValid, span.spanID.isValid else {
            let name = span.name
            let which = span.traceID.isValid ? "span id" : "trace id"
            context.outcome.reject(.invalidID, "span \"\(name.prefix(60))\" has an invalid \(which)")
            return nil
        }
        return span
    }

    private mutating func event(_ message: ProtobufReader, into span: inout Span) throws(WireError) {
        guard context.hasRoom(span.events.count, limit: WireLimit.eventsPerSpan, for: "events") else { return }
        var event = SpanEvent(time: PreciseTime(nanoseconds: 0), name: "")
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): event.time = PreciseTime(clamping: try reader.fixed64())
            case tag(2, .bytes): event.name = context.name(try reader.bytes())
            case tag(3, .bytes): try context.attribute(reader.message(), into: &event.attributes)
            default: try reader.skip(field)
            }
        }
        span.events.append(event)
    }

    private mutating func link(_ message: ProtobufReader, into span: inout Span) throws(WireError) {
        guard context.hasRoom(span.links.count, limit: WireLimit.linksPerSpan, for: "links") else { return }
        var link = SpanLink(traceID: .zero, spanID: .zero)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): link.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(2, .bytes): link.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(4, .bytes): try context.attribute(reader.message(), into: &link.attributes)
            default: try reader.skip(field)
            }
        }
        guard link.traceID.isValid, link.spanID.isValid else { return context.outcome.noteCut("a link has an invalid id") }
        span.links.append(link)
    }

    private mutating func status(_ message: ProtobufReader, into span: inout Span) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(2, .bytes): span.statusMessage = context.string(try reader.bytes())
            case tag(3, .varint): span.status = StatusCode(number: try reader.varint())
            default: try reader.skip(field)
            }
        }
    }
}

extension SpanKind {
    /// By OTLP's number; what it does not know is unspecified.
    init(number: UInt64) { self = UInt8(exactly: number).flatMap(SpanKind.init(rawValue:)) ?? .unspecified }
}
extension StatusCode {
    init(number: UInt64) { self = UInt8(exactly: number).flatMap(StatusCode.init(rawValue:)) ?? .unset }
}
