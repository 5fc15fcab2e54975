import Telemetry

extension Zipkin {
    static func decode(
        _ body: [UInt8], arrival: Timestamp, with reader: JSONReader
    ) throws(WireError) -> (batches: [SpanBatch], outcome: WireOutcome) {
        try reader.read(body) { root throws(WireError) in
            guard root.kind == .array else { throw .malformed(place: "", "a list of spans belongs here") }
            var decoder = ZipkinDecoder(arrival: arrival)
            var index = 0
            for element in root.elements {
                guard index < WireLimit.itemsPerRequest else {
                    throw .tooLarge(what: "the number of spans in a request", limit: WireLimit.itemsPerRequest)
                }
                do throws(WireError) { try decoder.add(element) } catch { throw error.within("[\(index)]") }
                index += 1
            }
            return (decoder.batches, decoder.context.outcome)
        }
    }
}

/// Gathers spans into batches by resource and scope.
private struct ZipkinDecoder {
    struct Origin: Hashable {
        var resource: Resource
        var scope: InstrumentationScope
    }
    var context = OTLPContext()
    var batches: [SpanBatch] = []
    private var places: [Origin: Int] = [:]
    private let arrival: Timestamp

    init(arrival: Timestamp) { self.arrival = arrival }

    mutating func add(_ json: JSONValue) throws(WireError) {
        let draft = try read(json)
        let origin = Origin(resource: draft.resource, scope: draft.scope)
        let span = try draft.span(arrival: arrival)
        if let place = places[origin] {
            batches[place].spans.append(span)
        } else {
            places[origin] = batches.count
            batches.append(SpanBatch(resource: origin.resource, scope: origin.scope, spans: [span]))
        }
    }

    private mutating func read(_ json: JSONValue) throws(WireError) -> ZipkinDraft {
        var draft = ZipkinDraft()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "traceId" {
                draft.traceID = try value.zipkinID("traceId", digits: 32).map { TraceID(high: $0.high, low: $0.low) }
            } else if key == "id" {
                draft.spanID = try value.zipkinID("id", digits: 16).map { SpanID($0.low) }
            } else if key == "parentId" {
                draft.parent = try value.zipkinID("parentId", digits: 16).map { SpanID($0.low) } ?? .zero
            } else if key == "kind" {
                draft.kind = try value.zipkinKind()
            } else if key == "name" {
                draft.name = context.name(try value.requireText("name").bytes)
            } else if key == "timestamp" {
                draft.timestamp = try value.wireUnsigned("timestamp")
            } else if key == "duration" {
                draft.duration = try value.wireUnsigned("duration")
            } else if key == "localEndpoint" {
                draft.local = try context.endpoint(value, "localEndpoint")
            } else if key == "remoteEndpoint" {
                draft.remote = try context.endpoint(value, "remoteEndpoint")
            } else if key == "annotations" {
                try annotations(value, of: &draft)
            } else if key == "tags" {
                try tags(value, of: &draft)
            } else if key == "shared" {
                draft.isShared = value.bool ?? false
            } else if key == "binaryAnnotations" {
                throw .malformed(place: "binaryAnnotations", "this is a span of Zipkin v1; send v2 spans, or have the tracer send OTLP")
            }
        }
        return draft
    }

    private mutating func annotations(_ json: JSONValue, of draft: inout ZipkinDraft) throws(WireError) {
        for element in try json.list("annotations") where !element.isNull {
            guard context.hasRoom(draft.events.count, limit: WireLimit.eventsPerSpan, for: "annotations") else { return }
            var event = SpanEvent(time: PreciseTime(nanoseconds: 0), name: "")
            for (key, value) in try element.object("annotations") where !value.isNull {
                if key == "timestamp" {
                    event.time = microseconds(try value.wireUnsigned("annotations.timestamp"))
                } else if key == "value" {
                    event.name = context.name(try value.requireText("annotations.value").bytes)
                } else if key == "endpoint" {
                    throw .malformed(
                        place: "annotations.endpoint", "this is a span of Zipkin v1; send v2 spans, or have the tracer send OTLP")
                }
            }
            draft.events.append(event)
        }
    }

    private mutating func tags(_ json: JSONValue, of draft: inout ZipkinDraft) throws(WireError) {
        for (key, value) in try json.object("tags") where !value.isNull {
            guard context.hasRoom(draft.tags.count, limit: WireLimit.attributesPerItem, for: "tags") else { return }
            draft.tags.append((context.name(key.bytes), try context.tagText(value)))
        }
    }
}

extension OTLPContext {
    /// A tag's value; some tracers send numbers and booleans where Zipkin has strings.
    fileprivate mutating func tagText(_ value: JSONValue) throws(WireError) -> String {
        if let text = value.text { return string(text.bytes) }
        if let number = value.int { return String(number) }
        if let number = value.double { return String(number) }
        if let flag = value.bool { return flag ? "true" : "false" }
        throw .malformed(place: "tags", "a string belongs here")
    }

    fileprivate mutating func endpoint(_ json: JSONValue, _ name: String) throws(WireError) -> ZipkinEndpoint {
        var endpoint = ZipkinEndpoint()
        for (key, value) in try json.object(name) where !value.isNull {
            if key == "serviceName" {
                endpoint.service = self.name(try value.requireText(name + ".serviceName").bytes)
            } else if key == "ipv4" {
                endpoint.address = self.name(try value.requireText(name + ".ipv4").bytes)
            } else if key == "ipv6", endpoint.address.isEmpty {
                endpoint.address = self.name(try value.requireText(name + ".ipv6").bytes)
            } else if key == "port" {
                endpoint.port = try value.wireInt(name + ".port")
            }
        }
        return endpoint
    }
}

extension JSONValue {
    /// 1 to `digits` hexadecimal digits of any case; nil for zero.
    fileprivate func zipkinID(_ name: String, digits: Int) throws(WireError) -> (high: UInt64, low: UInt64)? {
        let text = try requireText(name)
        guard text.bytes.count <= digits, let number = hexadecimalNumber(text.bytes) else {
            throw .malformed(place: name, "1 to \(digits) hexadecimal digits belong here")
        }
        return number.high | number.low == 0 ? nil : number
    }
    fileprivate func zipkinKind() throws(WireError) -> SpanKind {
        switch try requireText("kind").string.uppercased() {
        case "CLIENT": return .client
        case "SERVER": return .server
        case "PRODUCER": return .producer
        case "CONSUMER": return .consumer
        case "INTERNAL", "": return .internal
        default: throw .malformed(place: "kind", "CLIENT, SERVER, PRODUCER or CONSUMER belongs here")
        }
    }
}
