import Telemetry

/// An `ExportTraceServiceRequest` in protobuf, as an exporter sends it; field numbers as in `opentelemetry/proto`.
struct ProtobufRequest {
    private(set) var bytes: [UInt8] = []

    init(_ batches: [SpanBatch]) {
        for batch in batches {
            message(1) { spans in
                spans.message(1) { resource in resource.attributes(1, batch.resource.attributes) }
                spans.message(2) { scope in
                    for span in batch.spans { scope.message(2) { $0.write(span) } }
                }
            }
        }
    }

    private init() {}

    private mutating func write(_ span: Span) {
        bytes(1, bigEndian(span.traceID.high) + bigEndian(span.traceID.low))
        bytes(2, bigEndian(span.spanID.value))
        if span.parentSpanID.isValid { bytes(4, bigEndian(span.parentSpanID.value)) }
        bytes(5, Array(span.name.utf8))
        number(6, UInt64(span.kind.rawValue))
        fixed(7, UInt64(clamping: span.start.nanoseconds))
        fixed(8, UInt64(clamping: span.end.nanoseconds))
        attributes(9, span.attributes)
        if span.status != .unset { message(15) { $0.number(3, UInt64(span.status.rawValue)) } }
    }

    private mutating func attributes(_ field: UInt64, _ attributes: [Attribute]) {
        for attribute in attributes {
            message(field) { pair in
                pair.bytes(1, Array(attribute.key.utf8))
                pair.message(2) { value in
                    if case .string(let text) = attribute.value { value.bytes(1, Array(text.utf8)) }
                    if case .int(let number) = attribute.value { value.number(3, UInt64(bitPattern: number)) }
                }
            }
        }
    }

    private mutating func message(_ field: UInt64, _ body: (inout ProtobufRequest) -> Void) {
        var inner = ProtobufRequest()
        body(&inner)
        bytes(field, inner.bytes)
    }

    private mutating func bytes(_ field: UInt64, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    private mutating func fixed(_ field: UInt64, _ value: UInt64) {
        varint(field << 3 | 1)
        bytes += bigEndian(value).reversed()
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private func bigEndian(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }
}
