import Telemetry

/// Traces as Jaeger's query API and its UI's download have them: `{"data": [trace…]}`, or one trace bare.
package enum JaegerJSON {
    /// The spans of a file, one batch for each process of each trace; spans with invalid ids are left out and counted.
    package static func decode(_ body: [UInt8]) throws(WireError) -> (batches: [SpanBatch], outcome: WireOutcome) {
        try JSONReader().read(body) { root throws(WireError) in
            var decoder = JaegerDecoder()
            if let data = root["data"] {
                var index = 0
                for trace in try data.list("data") {
                    do throws(WireError) { try decoder.trace(trace) } catch { throw error.within("data[\(index)]") }
                    index += 1
                }
            } else {
                try decoder.trace(root)
            }
            return (decoder.batches, decoder.context.outcome)
        }
    }
}

private struct JaegerDecoder {
    var context = OTLPContext()
    var batches: [SpanBatch] = []
    /// Where the batch of a process stands, within one trace.
    private var places: [String: Int] = [:]

    mutating func trace(_ json: JSONValue) throws(WireError) {
        guard let spans = json["spans"] else {
            throw .malformed(place: "spans", "this is no trace of Jaeger: the list of spans is missing")
        }
        places = [:]
        if let processes = json["processes"] {
            for (key, process) in try processes.object("processes") where !process.isNull { try open(key.string, process) }
        }
        var index = 0
        for element in try spans.list("spans") where !element.isNull {
            do throws(WireError) { try add(element) } catch { throw error.within("spans[\(index)]") }
            index += 1
        }
        batches.removeAll { $0.spans.isEmpty }
    }

    private mutating func open(_ key: String, _ process: JSONValue) throws(WireError) {
        var attributes: [Attribute] = []
        if let name = process["serviceName"]?.string, !name.isEmpty { attributes.append(Attribute("service.name", .string(name))) }
        if let tags = process["tags"] { attributes += try self.tags(tags, "tags") }
        places[key] = batches.count
        batches.append(SpanBatch(resource: Resource(attributes: attributes), spans: []))
    }

    private mutating func add(_ json: JSONValue) throws(WireError) {
        _ = try json.object("")
        guard let span = try span(json) else { return }
        let key = json["processID"]?.string ?? ""
        if let process = json["process"], places[key] == nil { try open(key, process) }
        if places[key] == nil {
            places[key] = batches.count
            batches.append(SpanBatch(resource: Resource(), spans: []))
        }
        if let place = places[key] { batches[place].spans.append(span) }
    }

    private mutating func span(_ json: JSONValue) throws(WireError) -> Span? {
        let name = json["operationName"].flatMap(\.text).map { context.name($0.bytes) } ?? ""
        guard let trace = json["traceID"].flatMap(\.jaegerTraceID), let id = json["spanID"].flatMap(\.jaegerSpanID) else {
            context.outcome.reject(.invalidID, "span \"\(name.prefix(60))\" has an invalid id")
            return nil
        }
        let start = microseconds(try json["startTime"]?.wireUnsigned("startTime") ?? 0)
        let length = TimeSpan.microseconds(Int64(clamping: try json["duration"]?.wireUnsigned("duration") ?? 0))
        var span = Span(traceID: trace, spanID: id, name: name, start: start, end: start + length)
        if let tags = json["tags"] { span.attributes = try self.tags(tags, "tags") }
        Self.interpret(&span)
        try references(json, of: &span)
        if let logs = json["logs"] { try self.logs(logs, of: &span) }
        return span
    }

    /// The tags that stand for fields of a span, taken out of its attributes.
    private static func interpret(_ span: inout Span) {
        var code: String?
        var description = ""
        var isError = false
        span.attributes.removeAll { tag in
            switch tag.key {
            case "span.kind": span.kind = kind(tag.value.text)
            case "otel.status_code": code = tag.value.text.uppercased()
            case "otel.status_description": description = tag.value.text
            case "w3c.tracestate": span.traceState = tag.value.text
            case "internal.span.format": break
            case "error":
                isError = tag.value.text == "true"
                return tag.value == .bool(true) || tag.value == .bool(false)
            default: return false
            }
            return true
        }
        span.status = code == "OK" ? .ok : code == "ERROR" || isError ? .error : .unset
        span.statusMessage = description
    }
    private static func kind(_ name: String) -> SpanKind {
        switch name {
        case "server": .server
        case "client": .client
        case "producer": .producer
        case "consumer": .consumer
        case "internal": .internal
        default: .unspecified
        }
    }

    /// The first CHILD_OF of the same trace is the parent, else the first reference into it; the others are links.
    private mutating func references(_ json: JSONValue, of span: inout Span) throws(WireError) {
        var links: [(link: SpanLink, isChild: Bool)] = []
        for element in try json["references"]?.list("references") ?? json.elements where element.kind == .object {
            guard context.hasRoom(links.count, limit: WireLimit.linksPerSpan, for: "references") else { break }
            guard let trace = element["traceID"].flatMap(\.jaegerTraceID), let id = element["spanID"].flatMap(\.jaegerSpanID) else {
                continue
            }
            links.append((SpanLink(traceID: trace, spanID: id), element["refType"]?.string != "FOLLOWS_FROM"))
        }
        let own = span.traceID
        let parent = links.firstIndex { $0.isChild && $0.link.traceID == own } ?? links.firstIndex { $0.link.traceID == own }
        if let parent {
            span.parentSpanID = links.remove(at: parent).link.spanID
        } else if let old = json["parentSpanID"].flatMap(\.jaegerSpanID) {
            span.parentSpanID = old
        }
        span.links = links.map(\.link)
    }

    private mutating func logs(_ json: JSONValue, of span: inout Span) throws(WireError) {
        for element in try json.list("logs") where element.kind == .object {
            guard context.hasRoom(span.events.count, limit: WireLimit.eventsPerSpan, for: "logs") else { return }
            var event = SpanEvent(time: microseconds(try element["timestamp"]?.wireUnsigned("logs.timestamp") ?? 0), name: "")
            if let fields = element["fields"] { event.attributes = try tags(fields, "logs.fields") }
            if let place = event.attributes.firstIndex(where: { $0.key == "event" }) {
                event.name = event.attributes.remove(at: place).value.text
            }
            span.events.append(event)
        }
    }

    private mutating func tags(_ json: JSONValue, _ place: String) throws(WireError) -> [Attribute] {
        var attributes: [Attribute] = []
        for element in try json.list(place) where element.kind == .object {
            guard context.hasRoom(attributes.count, limit: WireLimit.attributesPerItem, for: "tags") else { break }
            let key = element["key"].flatMap(\.text).map { context.name($0.bytes) } ?? ""
            attributes.append(Attribute(key, element["value"].map { tagValue($0, type: element["type"]?.string ?? "") } ?? .empty))
        }
        return attributes
    }
    private func tagValue(_ value: JSONValue, type: String) -> AttributeValue {
        switch type {
        // A tag whose value is not of its type is kept as it is: the error says nothing more.
        case "int64": (try? value.wireInt("")).map { .int($0) } ?? value.attributeValue(depth: 0)
        case "float64": (try? value.wireDouble("")).map { .double($0) } ?? value.attributeValue(depth: 0)
        case "bool": value.bool.map { .bool($0) } ?? value.string.map { .bool($0 == "true") } ?? value.attributeValue(depth: 0)
        case "binary": value.text.flatMap { Base64.decode($0.bytes) }.map { .bytes($0) } ?? value.attributeValue(depth: 0)
        default: value.attributeValue(depth: 0)
        }
    }
}

extension JSONValue {
    /// Leading zeros may be cut off.
    fileprivate var jaegerTraceID: TraceID? {
        guard let number = text.flatMap({ hexadecimalNumber($0.bytes) }) else { return nil }
        let id = TraceID(high: number.high, low: number.low)
        return id.isValid ? id : nil
    }
    fileprivate var jaegerSpanID: SpanID? {
        guard let text, text.bytes.count <= 16, let number = hexadecimalNumber(text.bytes), number.low != 0 else { return nil }
        return SpanID(number.low)
    }
}
