import Telemetry

/// Reads an `ExportTraceServiceRequest`.
struct ProtobufTraces: ProtobufEnvelope {
    var context = OTLPContext()
    var spans = PackedSpans()
    /// Those of the span being read: they may stand between its events, whose own go straight to the rest.
    private var attributes: [PackedSpans.Attribute] = []

    mutating func scopeItems(_ message: ProtobufReader, of resource: Resource) throws(WireError) {
        var scope = InstrumentationScope()
        let start = spans.rows.count
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try context.scope(reader.message(), into: &scope)
            case tag(2, .bytes):
                let message = try reader.message()
                if context.takesItem() { try span(message) }
            default: try reader.skip(field)
            }
        }
        guard spans.rows.count > start else { return }
        spans.groups.append(PackedSpans.Group(resource: resource, scope: scope, rows: start..<spans.rows.count))
    }

    /// A span, left out where its ids are not valid.
    private mutating func span(_ message: ProtobufReader) throws(WireError) {
        var row = PackedSpans.Row()
        let (firstEvent, firstLink) = (spans.events.count, spans.links.count)
        attributes.removeAll(keepingCapacity: true)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): row.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(2, .bytes): row.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(3, .bytes): row.traceState = context.text(try reader.text(), of: reader)
            case tag(4, .bytes): row.parentSpanID = spanID(try reader.bytes()) ?? .zero
            case tag(5, .bytes): row.name = context.text(try reader.text(), of: reader)
            case tag(6, .varint): row.kind = SpanKind(number: try reader.varint())
            case tag(7, .fixed64): row.start = PreciseTime(clamping: try reader.fixed64())
            case tag(8, .fixed64): row.end = PreciseTime(clamping: try reader.fixed64())
            case tag(9, .bytes):
                let message = try reader.message()
                if attributes.count < WireLimit.attributesPerItem
                    || context.hasRoom(attributes.count, limit: WireLimit.attributesPerItem, for: "attributes")
                {
                    attributes.append(try attribute(message))
                }
            case tag(11, .bytes): try event(reader.message(), after: firstEvent)
            case tag(13, .bytes): try link(reader.message(), after: firstLink)
            case tag(15, .bytes): try status(reader.message(), into: &row)
            default: try reader.skip(field)
            }
        }
        guard row.traceID.isValid, row.spanID.isValid else { return reject(row, reader, firstEvent, firstLink) }
        row.attributes = PackedSpans.Slice(spans.attributes.count, count: attributes.count)
        spans.attributes.append(contentsOf: attributes)
        row.events = PackedSpans.Slice(firstEvent, count: spans.events.count - firstEvent)
        row.links = PackedSpans.Slice(firstLink, count: spans.links.count - firstLink)
        spans.rows.append(row)
    }

    private mutating func reject(_ row: PackedSpans.Row, _ reader: ProtobufReader, _ firstEvent: Int, _ firstLink: Int) {
        let which = row.traceID.isValid ? "span id" : "trace id"
        context.outcome.reject(
            .invalidID, "span \"\(String(decoding: reader.bytes(of: row.name), as: UTF8.self).prefix(60))\" has an invalid \(which)")
        spans.events.removeSubrange(firstEvent...)
        spans.links.removeSubrange(firstLink...)
    }

    /// `KeyValue`.
    private mutating func attribute(_ message: ProtobufReader) throws(WireError) -> PackedSpans.Attribute {
        var reader = message
        var attribute = PackedSpans.Attribute(key: .empty, value: PackedSpans.Value(.empty))
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): attribute.key = context.text(try reader.text(), of: reader)
            case tag(2, .bytes): attribute.value = try value(reader.message())
            default: try reader.skip(field)
            }
        }
        return attribute
    }

    /// `AnyValue`; of a oneof the last member counts.
    private mutating func value(_ message: ProtobufReader) throws(WireError) -> PackedSpans.Value {
        var reader = message
        var value = PackedSpans.Value(.empty)
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): value = PackedSpans.Value(text: context.text(try reader.text(), of: reader))
            case tag(2, .varint): value = PackedSpans.Value(try reader.varint() != 0 ? .yes : .no)
            case tag(3, .varint): value = PackedSpans.Value(.int, try reader.varint())
            case tag(4, .fixed64): value = PackedSpans.Value(.double, try reader.fixed64())
            case tag(5, .bytes), tag(6, .bytes), tag(7, .bytes):
                // Rare, and of any shape: read as a whole.
                spans.nested.append(try context.anyValue(message, depth: 0))
                return PackedSpans.Value(.nested, UInt64(spans.nested.count - 1))
            default: try reader.skip(field)
            }
        }
        return value
    }

    private mutating func attributes(_ reader: ProtobufReader, _ slice: inout PackedSpans.Slice) throws(WireError) {
        guard context.hasRoom(Int(slice.count), limit: WireLimit.attributesPerItem, for: "attributes") else { return }
        if slice.count == 0 { slice = PackedSpans.Slice(spans.attributes.count, count: 0) }
        let attribute = try attribute(reader)
        spans.attributes.append(attribute)
        slice.count += 1
    }

    private mutating func event(_ message: ProtobufReader, after first: Int) throws(WireError) {
        guard context.hasRoom(spans.events.count - first, limit: WireLimit.eventsPerSpan, for: "events") else { return }
        var event = PackedSpans.Event(time: 0, name: .empty, attributes: .none)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): event.time = PreciseTime(clamping: try reader.fixed64()).nanoseconds
            case tag(2, .bytes): event.name = context.text(try reader.text(), of: reader)
            case tag(3, .bytes): try attributes(reader.message(), &event.attributes)
            default: try reader.skip(field)
            }
        }
        spans.events.append(event)
    }

    private mutating func link(_ message: ProtobufReader, after first: Int) throws(WireError) {
        guard context.hasRoom(spans.links.count - first, limit: WireLimit.linksPerSpan, for: "links") else { return }
        var link = PackedSpans.Link(traceID: .zero, spanID: .zero, attributes: .none)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): link.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(2, .bytes): link.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(4, .bytes): try attributes(reader.message(), &link.attributes)
            default: try reader.skip(field)
            }
        }
        guard link.traceID.isValid, link.spanID.isValid else { return context.outcome.noteCut("a link has an invalid id") }
        spans.links.append(link)
    }

    private mutating func status(_ message: ProtobufReader, into row: inout PackedSpans.Row) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(2, .bytes): row.statusMessage = context.text(try reader.text(), of: reader)
            case tag(3, .varint): row.status = StatusCode(number: try reader.varint())
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
