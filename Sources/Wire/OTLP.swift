import Telemetry

/// The two encodings of OTLP's messages.
package enum OTLPEncoding: Hashable, Sendable {
    case protobuf, json
    /// From a `Content-Type`, parameters and case not looked at; nil where it is neither.
    package init?(contentType: String) {
        let type = contentType.split(separator: ";", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        switch type.lowercased().filter({ $0 != " " && $0 != "\t" }) {
        case "application/x-protobuf", "application/protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }
    package var contentType: String { self == .protobuf ? "application/x-protobuf" : "application/json" }
}

/// OpenTelemetry's protocol: export requests to telemetry and answers to bytes. Safe to call from any thread.
package enum OTLP {
    /// The spans of an `ExportTraceServiceRequest` (or `TracesData`); spans with invalid ids are left out and counted.
    ///
    /// One group for each resource and scope that has spans, in the order of the wire. Throws where the request is not readable as a whole.
    package static func decodeTraces(
        _ body: [UInt8], as encoding: OTLPEncoding
    ) throws(WireError) -> (spans: PackedSpans, outcome: WireOutcome) {
        switch encoding {
        case .protobuf: return try decodeTracesProtobuf(body)
        case .json:
            let (batches, outcome) = try decodeTracesJSON(body, with: JSONReader())
            return (PackedSpans(batches), outcome)
        }
    }

    /// The records of an `ExportLogsServiceRequest` (or `LogsData`); `arrival` is the time of records that say none.
    package static func decodeLogs(
        _ body: [UInt8], as encoding: OTLPEncoding, arrival: Timestamp
    ) throws(WireError) -> (batches: [LogBatch], outcome: WireOutcome) {
        switch encoding {
        case .protobuf: try decodeLogsProtobuf(body, arrival: arrival)
        case .json: try decodeLogsJSON(body, arrival: arrival, with: JSONReader())
        }
    }

    /// The body of an `ExportTraceServiceResponse`: empty (protobuf) or `{}` when nothing was rejected and `message` is empty.
    package static func traceResponse(rejected: Int = 0, message: String = "", as encoding: OTLPEncoding) -> [UInt8] {
        response(rejected: rejected, message: message, countName: "rejectedSpans", as: encoding)
    }
    /// The body of an `ExportLogsServiceResponse`, likewise.
    package static func logResponse(rejected: Int = 0, message: String = "", as encoding: OTLPEncoding) -> [UInt8] {
        response(rejected: rejected, message: message, countName: "rejectedLogRecords", as: encoding)
    }
    /// The body of a `google.rpc.Status` with gRPC's `code`; with `retryAfter` its details hold a `google.rpc.RetryInfo`.
    package static func status(code: Int32, message: String, retryAfter: TimeSpan? = nil, as encoding: OTLPEncoding) -> [UInt8] {
        switch encoding {
        case .protobuf: statusProtobuf(code: code, message: message, retryAfter: retryAfter)
        case .json: statusJSON(code: code, message: message, retryAfter: retryAfter)
        }
    }
}
