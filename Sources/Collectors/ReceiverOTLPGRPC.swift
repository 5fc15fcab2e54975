import Ports
import Telemetry
import Wire

/// OTLP over gRPC: the `Export` of the trace, the logs and the metrics service.
struct ReceiverOTLPGRPC: GRPCHandler {
    static let tracesPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    static let logsPath = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
    static let metricsPath = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"

    let receiver: Receiver
    private let translator = OTLPTranslator()

    init(receiver: Receiver) { self.receiver = receiver }

    func answer(path: String, message: [UInt8]) -> GRPCReply {
        do throws(WireError) {
            switch path {
            case Self.tracesPath: return try takeSpans(message)
            case Self.logsPath: return try takeLogs(message)
            case Self.metricsPath: return try takeMetrics(message)
            default:
                return unimplemented(
                    .traces, "there is no \(path.prefix(200)) here; the Export of OTLP's TraceService, LogsService and MetricsService is")
            }
        } catch {
            receiver.tell(signal(of: path), error.reason, error.description)
            return GRPCReply(status: error.reason == .tooLarge ? 8 : 3, message: error.description)
        }
    }

    func refuse(path: String, reply: GRPCReply) {
        // Without a path it never came to a call: the client speaks something else.
        let hint = path.isEmpty && reply.status == 13 ? "; OTLP over HTTP goes to the HTTP port (4318 where nothing else is said)" : ""
        receiver.tell(signal(of: path), reason(reply.status), reply.message + hint)
    }

    private func takeSpans(_ message: [UInt8]) throws(WireError) -> GRPCReply {
        let (spans, outcome) = try OTLP.decodeTraces(message, as: .protobuf)
        guard case .taken(let rejected, let text) = receiver.take(spans, outcome) else { return overloaded }
        return GRPCReply(body: OTLP.traceResponse(rejected: rejected, message: text, as: .protobuf))
    }
    private func takeLogs(_ message: [UInt8]) throws(WireError) -> GRPCReply {
        let (batches, outcome) = try OTLP.decodeLogs(message, as: .protobuf, arrival: receiver.clock.now)
        guard case .taken(let rejected, let text) = receiver.take(batches, outcome) else { return overloaded }
        return GRPCReply(body: OTLP.logResponse(rejected: rejected, message: text, as: .protobuf))
    }

    private func takeMetrics(_ message: [UInt8]) throws(WireError) -> GRPCReply {
        let (batches, outcome) = try OTLP.decodeMetrics(message, as: .protobuf)
        guard case .taken(let rejected, let text) = receiver.take(batches, outcome, by: translator) else { return overloaded }
        return GRPCReply(body: OTLP.metricResponse(rejected: rejected, message: text, as: .protobuf))
    }

    private var overloaded: GRPCReply {
        GRPCReply(status: 14, message: "more comes than can be taken; come back later", retryDelay: Receiver.retryDelay)
    }
    private func unimplemented(_ signal: Signal, _ sentence: String) -> GRPCReply {
        receiver.tell(signal, .unsupported, sentence)
        return GRPCReply(status: 12, message: sentence)
    }

    private func signal(of path: String) -> Signal { path == Self.logsPath ? .logs : path == Self.metricsPath ? .metrics : .traces }
    private func reason(_ status: Int) -> DropReason {
        switch status {
        case 8: .tooLarge
        case 12: .unsupported
        case 13: .unsupported
        case 14: .overloaded
        default: .malformed
        }
    }
}
