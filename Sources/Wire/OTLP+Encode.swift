import Telemetry

extension OTLP {
    /// Our key on a span for Zipkin's `shared`; other readers ignore it, as they must.
    static let sharedKey: StaticString = "zipkinShared"

    /// `TracesData` as one line of JSON without the newline; `decodeTraces` gives equal batches back (of batches that have spans).
    package static func encodeTraces(_ batches: [SpanBatch]) -> [UInt8] {
        var json = JSONWriter()
        json.list(under: "resourceSpans", batches) { json, batch in
            json.resource(batch.resource)
            json.list("scopeSpans", [batch]) { json, batch in
                json.scope(batch.scope)
                json.list("spans", batch.spans) { json, span in json.span(span) }
            }
        }
        return json.bytes
    }

    /// `LogsData` as one line of JSON without the newline, likewise.
    package static func encodeLogs(_ batches: [LogBatch]) -> [UInt8] {
        var json = JSONWriter()
        json.list(under: "resourceLogs", batches) { json, batch in
            json.resource(batch.resource)
            json.list("scopeLogs", [batch]) { json, batch in
                json.scope(batch.scope)
                json.list("logRecords", batch.records) { json, record in json.record(record) }
            }
        }
        return json.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func list<Element>(under name: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        beginObject()
        key(name)
        beginArray()
        for element in elements { object(element, write) }
        endArray()
        endObject()
    }
    /// A list of objects, left out when empty.
    fileprivate mutating func list<Element>(_ name: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        guard !elements.isEmpty else { return }
        key(name)
        beginArray()
        for element in elements { object(element, write) }
        endArray()
    }
    private mutating func object<Element>(_ element: Element, _ write: (inout JSONWriter, Element) -> Void) {
        beginObject()
        write(&self, element)
        endObject()
    }

    fileprivate mutating func resource(_ resource: Resource) {
        key("resource")
        beginObject()
        attributes(resource.attributes)
        endObject()
    }
    fileprivate mutating func scope(_ scope: InstrumentationScope) {
        key("scope")
        beginObject()
        if !scope.name.isEmpty { member("name", scope.name) }
        if !scope.version.isEmpty { member("version", scope.version) }
        attributes(scope.attributes)
        endObject()
    }

    fileprivate mutating func span(_ span: Span) {
        member("traceId", span.traceID.hexadecimal)
        member("spanId", span.spanID.hexadecimal)
        if span.parentSpanID.isValid { member("parentSpanId", span.parentSpanID.hexadecimal) }
        member("name", span.name)
        member("kind", span.kind.rawValue)
        time("startTimeUnixNano", span.start)
        time("endTimeUnixNano", span.end)
        if !span.traceState.isEmpty { member("traceState", span.traceState) }
        attributes(span.attributes)
        list("events", span.events) { json, event in
            json.time("timeUnixNano", event.time)
            json.member("name", event.name)
            json.attributes(event.attributes)
        }
        list("links", span.links) { json, link in
            json.member("traceId", link.traceID.hexadecimal)
            json.member("spanId", link.spanID.hexadecimal)
            json.attributes(link.attributes)
        }
        if span.status != .unset || !span.statusMessage.isEmpty {
            key("status")
            beginObject()
            if !span.statusMessage.isEmpty { member("message", span.statusMessage) }
            if span.status != .unset { member("code", span.status.rawValue) }
            endObject()
        }
        if span.isShared { member(OTLP.sharedKey.description, true) }
    }

    fileprivate mutating func record(_ record: LogRecord) {
        time("timeUnixNano", record.time)
        if record.severity != .unspecified { member("severityNumber", record.severity.number) }
        if !record.severityText.isEmpty { member("severityText", record.severityText) }
        key("body")
        any(.string(record.message))
        attributes(record.attributes)
        if record.traceID.isValid { member("traceId", record.traceID.hexadecimal) }
        if record.spanID.isValid { member("spanId", record.spanID.hexadecimal) }
    }

    /// OTLP's times are unsigned: what lies before 1970 becomes 1970.
    private mutating func time(_ name: String, _ time: PreciseTime) { member(name, String(max(time.nanoseconds, 0))) }

    private mutating func attributes(_ attributes: [Attribute]) {
        guard !attributes.isEmpty else { return }
        key("attributes")
        keyValues(attributes)
    }
    private mutating func keyValues(_ attributes: [Attribute]) {
        beginArray()
        for attribute in attributes {
            beginObject()
            member("key", attribute.key)
            key("value")
            any(attribute.value)
            endObject()
        }
        endArray()
    }
    private mutating func any(_ value: AttributeValue) {
        beginObject()
        switch value {
        case .string(let text): member("stringValue", text)
        case .bool(let flag): member("boolValue", flag)
        case .int(let number): member("intValue", String(number))
        case .double(let number):
            key("doubleValue")
            double(number)
        case .bytes(let bytes): member("bytesValue", Base64.encode(bytes))
        case .array(let values):
            key("arrayValue")
            anyValues(values)
        case .map(let members):
            key("kvlistValue")
            beginObject()
            key("values")
            keyValues(members)
            endObject()
        case .empty: break
        }
        endObject()
    }
    private mutating func anyValues(_ values: [AttributeValue]) {
        beginObject()
        key("values")
        beginArray()
        for value in values { any(value) }
        endArray()
        endObject()
    }
}
