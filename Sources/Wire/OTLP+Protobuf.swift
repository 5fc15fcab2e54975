import Telemetry

extension OTLP {
    static func decodeTracesProtobuf(_ body: [UInt8]) throws(WireError) -> (spans: PackedSpans, outcome: WireOutcome) {
        guard body.count <= Int(UInt32.max) else { throw .tooLarge(what: "a request", limit: Int(UInt32.max)) }
        let result: Result<(spans: PackedSpans, outcome: WireOutcome), WireError> = body.withUnsafeBufferPointer { bytes in
            var decoder = ProtobufTraces()
            do throws(WireError) {
                if var reader = ProtobufReader(bytes) { try decoder.request(&reader) }
                return .success((decoder.spans, decoder.context.outcome))
            } catch { return .failure(error) }
        }
        var decoded = try result.get()
        decoded.spans.bytes = body
        return decoded
    }

    static func decodeLogsProtobuf(
        _ body: [UInt8], arrival: Timestamp
    ) throws(WireError) -> (batches: [LogBatch], outcome: WireOutcome) {
        let result: Result<(batches: [LogBatch], outcome: WireOutcome), WireError> = body.withUnsafeBufferPointer { bytes in
            var decoder = ProtobufLogs(arrival: arrival)
            do throws(WireError) {
                if var reader = ProtobufReader(bytes) { try decoder.request(&reader) }
                return .success((decoder.batches, decoder.context.outcome))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}

extension OTLPContext {
    /// `Resource`; its attributes are added to `resource`, as protobuf merges a message that comes twice.
    mutating func resource(_ message: ProtobufReader, into resource: inout Resource) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try attribute(reader.message(), into: &resource.attributes)
            default: try reader.skip(field)
            }
        }
    }

    mutating func scope(_ message: ProtobufReader, into scope: inout InstrumentationScope) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): scope.name = name(try reader.bytes())
            case tag(2, .bytes): scope.version = name(try reader.bytes())
            case tag(3, .bytes): try attribute(reader.message(), into: &scope.attributes)
            default: try reader.skip(field)
            }
        }
    }

    /// `KeyValue`, appended to `attributes` while there is room.
    mutating func attribute(_ message: ProtobufReader, into attributes: inout [Attribute], depth: Int = 0) throws(WireError) {
        guard hasRoom(attributes.count, limit: WireLimit.attributesPerItem, for: "attributes") else { return }
        var reader = message
        var key = ""
        var value = AttributeValue.empty
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): key = name(try reader.bytes())
            case tag(2, .bytes): value = try anyValue(reader.message(), depth: depth)
            default: try reader.skip(field)
            }
        }
        attributes.append(Attribute(key, value))
    }

    /// `AnyValue`; of a oneof the last member counts.
    mutating func anyValue(
        _ message: ProtobufReader, depth: Int, limit: Int = WireLimit.valueBytes
    ) throws(WireError) -> AttributeValue {
        var reader = message
        var value = AttributeValue.empty
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): value = .string(string(try reader.bytes(), limit: limit))
            case tag(2, .varint): value = .bool(try reader.varint() != 0)
            case tag(3, .varint): value = .int(Int64(bitPattern: try reader.varint()))
            case tag(4, .fixed64): value = .double(Double(bitPattern: try reader.fixed64()))
            case tag(5, .bytes): value = try array(reader.message(), depth: depth + 1)
            case tag(6, .bytes): value = try map(reader.message(), depth: depth + 1)
            case tag(7, .bytes): value = .bytes(blob(try reader.bytes()))
            default: try reader.skip(field)
            }
        }
        return value
    }

    private mutating func array(_ message: ProtobufReader, depth: Int) throws(WireError) -> AttributeValue {
        guard depth <= WireLimit.valueDepth else { return tooDeep() }
        var reader = message
        var values: [AttributeValue] = []
        while let field = try reader.tag() {
            guard field == tag(1, .bytes), hasRoom(values.count, limit: WireLimit.attributesPerItem, for: "values") else {
                try reader.skip(field)
                continue
            }
            values.append(try anyValue(reader.message(), depth: depth))
        }
        return .array(values)
    }

    private mutating func map(_ message: ProtobufReader, depth: Int) throws(WireError) -> AttributeValue {
        guard depth <= WireLimit.valueDepth else { return tooDeep() }
        var reader = message
        var members: [Attribute] = []
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try attribute(reader.message(), into: &members, depth: depth)
            default: try reader.skip(field)
            }
        }
        return .map(members)
    }
}
