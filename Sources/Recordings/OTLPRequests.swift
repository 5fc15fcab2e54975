import Telemetry
import Wire

/// Requests as OTLP/JSON. Keeps the memory of its JSON reader between requests.
package final class OTLPRequests: RequestCodec {
    private let reader = JSONReader(limit: RecordingFormat.lineLimit)

    package init() {}

    package func encode(_ batches: [SpanBatch], into out: inout [UInt8]) { out += OTLP.encodeTraces(batches) }
    package func encode(_ batches: [LogBatch], into out: inout [UInt8]) { out += OTLP.encodeLogs(batches) }

    package func decodeSpans(_ request: UnsafeRawBufferPointer) throws(Diagnostic) -> [SpanBatch] {
        do { return try OTLP.decodeTracesJSON(Array(request), with: reader).batches } catch { throw Diagnostic(message: error.description) }
    }
    package func decodeLogs(_ request: UnsafeRawBufferPointer, arrival: Timestamp) throws(Diagnostic) -> [LogBatch] {
        do { return try OTLP.decodeLogsJSON(Array(request), arrival: arrival, with: reader).batches } catch {
            throw Diagnostic(message: error.description)
        }
    }
}
