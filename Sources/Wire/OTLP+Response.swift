import Telemetry

extension OTLP {
    static func response(rejected: Int, message: String, countName: String, as encoding: OTLPEncoding) -> [UInt8] {
        let isClean = rejected <= 0 && message.isEmpty
        switch encoding {
        case .protobuf:
            guard !isClean else { return [] }
            var partial = ProtobufWriter()
            partial.varint(1, UInt64(max(rejected, 0)))
            partial.string(2, message)
            var whole = ProtobufWriter()
            whole.message(1, partial.bytes)
            return whole.bytes
        case .json:
            var json = JSONWriter()
            json.beginObject()
            if !isClean {
                json.key("partialSuccess")
                json.beginObject()
                if rejected > 0 { json.member(countName, String(rejected)) }
                json.member("errorMessage", message)
                json.endObject()
            }
            json.endObject()
            return json.bytes
        }
    }

    private static let retryInfoType = "type.googleapis.com/google.rpc.RetryInfo"

    static func statusProtobuf(code: Int32, message: String, retryAfter: TimeSpan?) -> [UInt8] {
        var status = ProtobufWriter()
        status.varint(1, UInt64(bitPattern: Int64(code)))
        status.string(2, message)
        if let retryAfter {
            let delay = max(retryAfter, .zero).nanoseconds
            var duration = ProtobufWriter()
            duration.varint(1, UInt64(delay / 1_000_000_000))
            duration.varint(2, UInt64(delay % 1_000_000_000))
            var retry = ProtobufWriter()
            retry.message(1, duration.bytes)
            var any = ProtobufWriter()
            any.string(1, retryInfoType)
            any.message(2, retry.bytes)
            status.message(3, any.bytes)
        }
        return status.bytes
    }

    static func statusJSON(code: Int32, message: String, retryAfter: TimeSpan?) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("code", code)
        json.member("message", message)
        if let retryAfter {
            json.key("details")
            json.beginArray()
            json.beginObject()
            json.member("@type", retryInfoType)
            json.member("retryDelay", secondsText(max(retryAfter, .zero)))
            json.endObject()
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    /// As protobuf's JSON writes a `Duration`: `1.5s`.
    private static func secondsText(_ span: TimeSpan) -> String {
        let (seconds, rest) = span.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest != 0 else { return "\(seconds)s" }
        let digits = String(rest)
        return "\(seconds).\(String(repeating: "0", count: 9 - digits.utf8.count))\(digits)s"
    }
}
