import Telemetry

/// Levels as numbers, and the parts of an access log.
enum LogLevel {
    /// Of bunyan and pino (10, 20, … 60), or of syslog (0 to 7) where the line is known to be of that kind.
    static func severity(_ number: Int64, isSyslog: Bool) -> Severity? {
        if isSyslog, (0...7).contains(number) {
            return [Severity(24), Severity(22), .fatal, .error, .warn, Severity(10), .info, .debug][Int(number)]
        }
        switch number {
        case 10: return .trace
        case 20: return .debug
        case 30: return .info
        case 40: return .warn
        case 50: return .error
        case 60: return .fatal
        default: return nil
        }
    }
}

/// What an access log says of a request, found by the usual names of attributes.
struct RequestParts {
    private(set) var method = ""
    private(set) var path = ""
    private(set) var status: Int64?
    private var milliseconds = ""
    private var flags = ""

    init(_ attributes: [Attribute]) {
        for attribute in attributes { take(attribute) }
    }

    private mutating func take(_ attribute: Attribute) {
        switch attribute.key {
        case "method", "http.method", "http.request.method", "request_method", "req.method", "verb": method = attribute.value.text
        case "path", "http.path", "url.path", "uri", "request_uri", "req.url", "http.target", "RequestPath": path = attribute.value.text
        case "status", "status_code", "http.status_code", "http.response.status_code", "response_code", "res.statusCode",
            "DownstreamStatus":
            if let number = attribute.value.number, number >= 0, number < 1000 { status = Int64(number) }
        case "duration_ms", "elapsed_ms", "latency_ms", "responseTime", "duration": milliseconds = Self.text(attribute)
        case "flags", "response_flags": flags = attribute.value.text == "-" ? "" : attribute.value.text
        default: break
        }
    }
    /// A bare `duration` has no known unit, so none is written.
    private static func text(_ attribute: Attribute) -> String {
        attribute.key == "duration" ? attribute.value.text : attribute.value.text + " ms"
    }

    /// `GET /users/login 429 3 ms`; nil where the line is no request.
    var message: String? {
        guard !method.isEmpty || !path.isEmpty, status != nil || !path.isEmpty else { return nil }
        return [method, path, status.map(String.init) ?? "", milliseconds, flags].filter { !$0.isEmpty }.joined(separator: " ")
    }
    /// By the status: 5xx is an error, 4xx a warning, other answers are information; unspecified where the line is no request.
    var severity: Severity {
        guard let status, !method.isEmpty || !path.isEmpty else { return .unspecified }
        switch status {
        case 500...599: return .error
        case 400...499: return .warn
        // Envoy writes 0 where the client was gone before an answer.
        case 0: return .warn
        default: return .info
        }
    }
}

/// Ids of traces and spans in the forms that logs have.
enum LogIDs {
    /// 1 to 32 hexadecimal digits, dashes between them allowed (UUID), or X-Ray's `1-5759e988-bd862e3fe1be46a994272793`, also behind `Root=`.
    static func traceID(_ bytes: UnsafeBufferPointer<UInt8>) -> TraceID? {
        if bytes.count <= 32, let number = hexadecimalNumber(bytes) { return valid(number) }
        guard bytes.count <= 128 else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        for part in text.split(separator: ";") where part.hasPrefix("Root=") { text = String(part.dropFirst(5)) }
        var digits = text.split(separator: "-").map { Array($0.utf8) }
        if digits.count == 3, digits[0] == [UInt8(ascii: "1")], digits[1].count == 8, digits[2].count == 24 { digits.removeFirst() }
        let joined = Array(digits.joined())
        guard joined.count == 32 else { return nil }
        return joined.withUnsafeBufferPointer { hexadecimalNumber($0) }.flatMap(valid)
    }

    /// W3C's `00-<trace>-<span>-01`.
    static func traceparent(_ bytes: UnsafeBufferPointer<UInt8>) -> (TraceID, SpanID)? {
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash else { return nil }
        guard let trace = hexadecimalNumber(UnsafeBufferPointer(rebasing: bytes[3..<35])).flatMap(valid),
            let span = hexadecimalNumber(UnsafeBufferPointer(rebasing: bytes[36..<52])), span.low != 0
        else { return nil }
        return (trace, SpanID(span.low))
    }
    private static func valid(_ number: (high: UInt64, low: UInt64)) -> TraceID? {
        let id = TraceID(high: number.high, low: number.low)
        return id.isValid ? id : nil
    }
}
