import Telemetry

/// Reads an `ExportTraceServiceRequest` in JSON.
struct JSONTraces {
    var context = OTLPContext()
    var batches: [SpanBatch] = []

    mutating func request(_ root: JSONValue) throws(WireError) {
        for (key, list) in try root.object("") where !list.isNull && key == "resourceSpans" {
            var index = 0
            for element in try list.list("resourceSpans") {
                do throws(WireError) { try resourceSpans(element) } catch { throw error.within("resourceSpans[\(index)]") }
                index += 1
            }
        }
    }

    private mutating func resourceSpans(_ json: JSONValue) throws(WireError) {
        if json.isNull { return }
        _ = try json.object("")
        let resource = try json["resource"].map { value throws(WireError) in try context.resource(value) } ?? Resource()
        guard let list = json["scopeSpans"] else { return }
        var index = 0
        for element in try list.list("scopeSpans") where !element.isNull {
            do throws(WireError) { try scopeSpans(element, of: resource) } catch { throw error.within("scopeSpans[\(index)]") }
            index += 1
        }
    }

    private mutating func scopeSpans(_ json: JSONValue, of resource: Resource) throws(WireError) {
        _ = try json.object("")
        let scope = try json["scope"].map { value throws(WireError) in try context.scope(value) } ?? InstrumentationScope()
        guard let list = json["spans"] else { return }
        var batch = SpanBatch(resource: resource, scope: scope, spans: [])
        var index = 0
        for element in try list.list("spans") where !element.isNull {
            do throws(WireError) {
                if context.takesItem(), let span = try span(element) { batch.spans.append(span) }
            } catch { throw error.within("spans[\(index)]") }
            index += 1
        }
        if !batch.spans.isEmpty { batches.append(batch) }
    }

    private mutating func span(_ json: JSONValue) throws(WireError) -> Span? {
        var span = Span(traceID: .zero, spanID: .zero, name: "", start: PreciseTime(nanoseconds: 0), end: PreciseTime(nanoseconds: 0))
        for (key, value) in try json.object("") where !value.isNull { try field(key, value, of: &span) }
        guard span.traceID.isValid, span.spanID.isValid else {
            let name = span.name
            let which = span.traceID.isValid ? "span id" : "trace id"
            context.outcome.reject(.invalidID, "span \"\(name.prefix(60))\" has an invalid \(which)")
            return nil
        }
        return span
    }

    private mutating func field(_ key: JSONText, _ value: JSONValue, of span: inout Span) throws(WireError) {
        if key == "traceId" {
            span.traceID = try value.otlpTraceID("traceId")
        } else if key == "spanId" {
            span.spanID = try value.otlpSpanID("spanId")
        } else if key == "parentSpanId" {
            span.parentSpanID = try value.otlpSpanID("parentSpanId")
        } else if key == "name" {
            span.name = context.name(try value.requireText("name").bytes)
        } else if key == "kind" {
            span.kind = try value.spanKind()
        } else if key == "startTimeUnixNano" {
            span.start = PreciseTime(clamping: try value.wireUnsigned("startTimeUnixNano"))
        } else if key == "endTimeUnixNano" {
            span.end = PreciseTime(clamping: try value.wireUnsigned("endTimeUnixNano"))
        } else if key == "attributes" {
            span.attributes = try context.attributes(value)
        } else if key == "events" {
            try events(value, of: &span)
        } else if key == "links" {
            try links(value, of: &span)
        } else if key == "status" {
            try status(value, of: &span)
        } else if key == "traceState" {
            span.traceState = context.string(try value.requireText("traceState").bytes)
        } else if key == OTLP.sharedKey {
            span.isShared = value.bool ?? false
        }
    }

    private mutating func events(_ json: JSONValue, of span: inout Span) throws(WireError) {
        for element in try json.list("events") where !element.isNull {
            guard context.hasRoom(span.events.count, limit: WireLimit.eventsPerSpan, for: "events") else { return }
            var event = SpanEvent(time: PreciseTime(nanoseconds: 0), name: "")
            for (key, value) in try element.object("events[\(span.events.count)]") where !value.isNull {
                if key == "timeUnixNano" {
                    event.time = PreciseTime(clamping: try value.wireUnsigned("events[\(span.events.count)].timeUnixNano"))
                } else if key == "name" {
                    event.name = context.name(try value.requireText("events[\(span.events.count)].name").bytes)
                } else if key == "attributes" {
                    event.attributes = try context.attributes(value)
                }
            }
            span.events.append(event)
        }
    }

    private mutating func links(_ json: JSONValue, of span: inout Span) throws(WireError) {
        for element in try json.list("links") where !element.isNull {
            guard context.hasRoom(span.links.count, limit: WireLimit.linksPerSpan, for: "links") else { return }
            var link = SpanLink(traceID: .zero, spanID: .zero)
            for (key, value) in try element.object("links[\(span.links.count)]") where !value.isNull {
                if key == "traceId" {
                    link.traceID = try value.otlpTraceID("links[\(span.links.count)].traceId")
                } else if key == "spanId" {
                    link.spanID = try value.otlpSpanID("links[\(span.links.count)].spanId")
                } else if key == "attributes" {
                    link.attributes = try context.attributes(value)
                }
            }
            guard link.traceID.isValid, link.spanID.isValid else {
                context.outcome.noteCut("a link has an invalid id")
                continue
            }
            span.links.append(link)
        }
    }

    private mutating func status(_ json: JSONValue, of span: inout Span) throws(WireError) {
        for (key, value) in try json.object("status") where !value.isNull {
            if key == "message" {
                span.statusMessage = context.string(try value.requireText("status.message").bytes)
            } else if key == "code" {
                span.status = try value.statusCode()
            }
        }
    }
}

extension JSONValue {
    /// 32 hexadecimal digits; zero where the length or a digit is wrong, which rejects the span and not the request.
    func otlpTraceID(_ name: String) throws(WireError) -> TraceID {
        guard let (high, low) = try requireText(name).hexadecimal(digits: 32) else { return .zero }
        return TraceID(high: high, low: low)
    }
    func otlpSpanID(_ name: String) throws(WireError) -> SpanID {
        SpanID(try requireText(name).hexadecimal(digits: 16)?.low ?? 0)
    }
    /// A number, or the name (`SPAN_KIND_SERVER`), which is not valid OTLP but easy to understand.
    fileprivate func spanKind() throws(WireError) -> SpanKind {
        guard let text else { return SpanKind(number: UInt64(clamping: try wireInt("kind"))) }
        if let number = text.decimal { return SpanKind(number: number) }
        switch text.string {
        case "SPAN_KIND_UNSPECIFIED": return .unspecified
        case "SPAN_KIND_INTERNAL": return .internal
        case "SPAN_KIND_SERVER": return .server
        case "SPAN_KIND_CLIENT": return .client
        case "SPAN_KIND_PRODUCER": return .producer
        case "SPAN_KIND_CONSUMER": return .consumer
        default: throw .malformed(place: "kind", "it is not a kind of span")
        }
    }
    fileprivate func statusCode() throws(WireError) -> StatusCode {
        guard let text else { return StatusCode(number: UInt64(clamping: try wireInt("status.code"))) }
        if let number = text.decimal { return StatusCode(number: number) }
        switch text.string {
        case "STATUS_CODE_UNSET": return .unset
        case "STATUS_CODE_OK": return .ok
        case "STATUS_CODE_ERROR": return .error
        default: throw .malformed(place: "status.code", "it is not a status code")
        }
    }
}
