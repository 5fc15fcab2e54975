import Telemetry

/// Reads an `ExportLogsServiceRequest` in JSON.
struct JSONLogs {
    var context = OTLPContext()
    var batches: [LogBatch] = []
    let arrival: Timestamp
    init(arrival: Timestamp) { self.arrival = arrival }

    mutating func request(_ root: JSONValue) throws(WireError) {
        for (key, list) in try root.object("") where !list.isNull && key == "resourceLogs" {
            var index = 0
            for element in try list.list("resourceLogs") where !element.isNull {
                do throws(WireError) { try resourceLogs(element) } catch { throw error.within("resourceLogs[\(index)]") }
                index += 1
            }
        }
    }

    private mutating func resourceLogs(_ json: JSONValue) throws(WireError) {
        _ = try json.object("")
        let resource = try json["resource"].map { value throws(WireError) in try context.resource(value) } ?? Resource()
        guard let list = json["scopeLogs"] else { return }
        var index = 0
        for element in try list.list("scopeLogs") where !element.isNull {
            do throws(WireError) { try scopeLogs(element, of: resource) } catch { throw error.within("scopeLogs[\(index)]") }
            index += 1
        }
    }

    private mutating func scopeLogs(_ json: JSONValue, of resource: Resource) throws(WireError) {
        _ = try json.object("")
        let scope = try json["scope"].map { value throws(WireError) in try context.scope(value) } ?? InstrumentationScope()
        guard let list = json["logRecords"] else { return }
        var batch = LogBatch(resource: resource, scope: scope, records: [])
        var index = 0
        for element in try list.list("logRecords") where !element.isNull {
            do throws(WireError) { if context.takesItem() { batch.records.append(try record(element)) } } catch {
                throw error.within("logRecords[\(index)]")
            }
            index += 1
        }
        if !batch.records.isEmpty { batches.append(batch) }
    }

    private mutating func record(_ json: JSONValue) throws(WireError) -> LogRecord {
        var draft = OTLPLogDraft()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "timeUnixNano" {
                draft.time = try value.wireUnsigned("timeUnixNano")
            } else if key == "observedTimeUnixNano" {
                draft.observedTime = try value.wireUnsigned("observedTimeUnixNano")
            } else if key == "severityNumber" {
                draft.severityNumber = try value.severityNumber()
            } else if key == "severityText" {
                draft.severityText = context.name(try value.requireText("severityText").bytes)
            } else if key == "body" {
                draft.body = try context.anyValue(value, depth: 0, limit: WireLimit.messageBytes)
            } else if key == "attributes" {
                draft.attributes = try context.attributes(value)
            } else if key == "traceId" {
                draft.traceID = try value.otlpTraceID("traceId")
            } else if key == "spanId" {
                draft.spanID = try value.otlpSpanID("spanId")
            } else if key == "eventName" {
                draft.eventName = context.name(try value.requireText("eventName").bytes)
            }
        }
        return draft.record(arrival: arrival)
    }
}

extension JSONValue {
    /// A number, or the name (`SEVERITY_NUMBER_ERROR2`).
    fileprivate func severityNumber() throws(WireError) -> UInt64 {
        guard let text else { return UInt64(clamping: try wireInt("severityNumber")) }
        if let number = text.decimal { return number }
        let name = text.string
        let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
        for (index, level) in levels.enumerated() where name.hasPrefix("SEVERITY_NUMBER_" + level) {
            let step = UInt64(name.dropFirst(16 + level.utf8.count)) ?? 1
            return UInt64(index * 4) + min(max(step, 1), 4)
        }
        return 0
    }
}
