import Telemetry

/// Reads an `ExportLogsServiceRequest`.
struct ProtobufLogs: ProtobufEnvelope {
    var context = OTLPContext()
    var batches: [LogBatch] = []
    let arrival: Timestamp
    init(arrival: Timestamp) { self.arrival = arrival }

    mutating func scopeItems(_ message: ProtobufReader, of resource: Resource) throws(WireError) {
        var batch = LogBatch(resource: resource, records: [])
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try context.scope(reader.message(), into: &batch.scope)
            case tag(2, .bytes):
                let message = try reader.message()
                if context.takesItem() { batch.records.append(try record(message)) }
            default: try reader.skip(field)
            }
        }
        if !batch.records.isEmpty { batches.append(batch) }
    }

    private mutating func record(_ message: ProtobufReader) throws(WireError) -> LogRecord {
        var draft = OTLPLogDraft()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): draft.time = try reader.fixed64()
            case tag(11, .fixed64): draft.observedTime = try reader.fixed64()
            case tag(2, .varint): draft.severityNumber = try reader.varint()
            case tag(3, .bytes): draft.severityText = context.name(try reader.bytes())
            case tag(5, .bytes): draft.body = try context.anyValue(reader.message(), depth: 0, limit: WireLimit.messageBytes)
            case tag(6, .bytes): try context.attribute(reader.message(), into: &draft.attributes)
            case tag(9, .bytes): draft.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(10, .bytes): draft.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(12, .bytes): draft.eventName = context.name(try reader.bytes())
            default: try reader.skip(field)
            }
        }
        return draft.record(arrival: arrival)
    }
}

/// A log record as OTLP has it, before it becomes ours.
struct OTLPLogDraft {
    var time: UInt64 = 0
    var observedTime: UInt64 = 0
    var severityNumber: UInt64 = 0
    var severityText = ""
    var body = AttributeValue.empty
    var attributes: [Attribute] = []
    var traceID = TraceID.zero
    var spanID = SpanID.zero
    var eventName = ""

    func record(arrival: Timestamp) -> LogRecord {
        let moment = time != 0 ? time : observedTime
        var severity = severityNumber <= 24 ? Severity(UInt8(severityNumber)) : .unspecified
        if severity == .unspecified, !severityText.isEmpty { severity = Severity(named: severityText) ?? .unspecified }
        var record = LogRecord(
            time: moment != 0 ? PreciseTime(clamping: moment) : arrival.precise, severity: severity, severityText: severityText,
            message: Self.message(of: body), attributes: attributes, traceID: traceID, spanID: spanID)
        if !eventName.isEmpty { record.attributes.append(Attribute("event.name", .string(eventName))) }
        if record.message.isEmpty { record.message = eventName }
        if case .map(let members) = body { Self.flatten(members, under: "", into: &record.attributes) }
        return record
    }

    private static func message(of body: AttributeValue) -> String {
        switch body {
        case .array, .map:
            var json = JSONWriter()
            json.plain(body)
            return json.text
        default: return body.text
        }
    }

    /// Members as attributes with dotted names; lists stay values.
    private static func flatten(_ members: [Attribute], under prefix: String, into attributes: inout [Attribute]) {
        for member in members {
            guard attributes.count < WireLimit.attributesPerItem else { return }
            let key = prefix.isEmpty ? member.key : prefix + "." + member.key
            if case .map(let inner) = member.value {
                flatten(inner, under: key, into: &attributes)
            } else {
                attributes.append(Attribute(key, member.value))
            }
        }
    }
}

extension JSONWriter {
    /// A value as ordinary JSON: lists and maps as such, bytes as base64.
    mutating func plain(_ value: AttributeValue) {
        switch value {
        case .string(let text): string(text)
        case .bool(let flag): bool(flag)
        case .int(let number): int(number)
        case .double(let number): double(number)
        case .bytes(let bytes): string(Base64.encode(bytes))
        case .array(let values):
            beginArray()
            for value in values { plain(value) }
            endArray()
        case .map(let members):
            beginObject()
            for member in members {
                key(member.key)
                plain(member.value)
            }
            endObject()
        case .empty: null()
        }
    }
}
