import Telemetry

/// What a key of a JSON log line stands for.
enum LogRole: UInt8, CaseIterable {
    case time, level, severityNumber, message, traceID, datadogTraceID, traceparent, spanID, datadogSpanID, service, none

    /// The usual names, the surest first.
    var usualNames: [String] {
        switch self {
        case .time:
            [
                "timestamp", "@timestamp", "time", "ts", "datetime", "date", "eventTime", "event_time", "asctime", "start_time",
                "timeStamp",
                "Timestamp", "@t", "t", "time_unix_nano", "timeUnixNano", "_time", "Time", "TIME",
            ]
        case .level:
            [
                "level", "severity", "log.level", "levelname", "lvl", "loglevel", "log_level", "logLevel", "severity_text", "severityText",
                "Level", "LEVEL", "@l", "priority", "PRIORITY", "syslog.severity.name",
            ]
        case .severityNumber: ["severity_number", "severityNumber", "SeverityNumber"]
        case .message:
            [
                "message", "msg", "text", "body", "Message", "MESSAGE", "short_message", "@m", "event", "log", "@mt", "fields.message",
            ]
        case .traceID:
            ["trace_id", "traceId", "traceID", "trace.id", "otelTraceID", "TraceId", "traceid", "x_b3_traceid", "xray_trace_id", "trace"]
        case .datadogTraceID: ["dd.trace_id"]
        case .traceparent: ["traceparent", "traceParent", "trace_parent"]
        case .spanID: ["span_id", "spanId", "spanID", "span.id", "otelSpanID", "SpanId", "spanid"]
        case .datadogSpanID: ["dd.span_id"]
        case .service:
            [
                "service.name", "service", "service_name", "serviceName", "resource.service.name", "app", "application", "otelServiceName",
                "dd.service",
            ]
        case .none: []
        }
    }
}

/// Keys of JSON log lines by their bytes: the string that is made once, and its role. Bounded: when full, a new key is made each time.
struct LogKeyTable {
    struct Entry {
        var hash: UInt64
        var key: String
        var role: LogRole
        /// Lower is surer.
        var rank: UInt8
    }
    private static let slots = 1024
    private var table = [Entry?](repeating: nil, count: slots)
    private var count = 0

    /// The usual names, and before them those of `names`.
    init(_ names: LogFieldNames) {
        let configured: [(String?, LogRole)] = [
            (names.timestamp, .time), (names.level, .level), (names.message, .message), (names.traceID, .traceID), (names.spanID, .spanID),
            (names.service, .service),
        ]
        for (name, role) in configured { if let name { insert(name, role, rank: 0) } }
        for role in LogRole.allCases {
            for (index, name) in role.usualNames.enumerated() { insert(name, role, rank: UInt8(clamping: index + 1)) }
        }
    }

    private mutating func insert(_ name: String, _ role: LogRole, rank: UInt8) {
        var name = name
        name.withUTF8 { _ = find($0, orAdd: (role, rank)) }
    }

    /// The entry of a key; a new key has no role.
    mutating func entry(_ bytes: UnsafeBufferPointer<UInt8>) -> Entry { find(bytes, orAdd: (.none, 0)) }

    private mutating func find(_ bytes: UnsafeBufferPointer<UInt8>, orAdd new: (role: LogRole, rank: UInt8)) -> Entry {
        let hash = NamePool.hash(bytes)
        var slot = Int(truncatingIfNeeded: hash & UInt64(Self.slots - 1))
        while let known = table[slot] {
            if known.hash == hash, NamePool.equal(known.key, bytes) { return known }
            slot = (slot &+ 1) & (Self.slots - 1)
        }
        let entry = Entry(hash: hash, key: String(decoding: bytes, as: UTF8.self), role: new.role, rank: new.rank)
        if count < Self.slots / 2, bytes.count <= 256 {
            count += 1
            table[slot] = entry
        }
        return entry
    }
}
