import Ports
import Telemetry
import Wire

/// OTLP over HTTP: takes spans, log records and metrics at `/v1/traces`, `/v1/logs` and `/v1/metrics`, in protobuf and JSON, and answers in the type of the request.
struct ReceiverOTLPHTTP: HTTPHandler {
    private static let served = "served here are POST /v1/traces, POST /v1/logs and POST /v1/metrics"

    let receiver: Receiver
    private let translator = OTLPTranslator()

    init(receiver: Receiver) { self.receiver = receiver }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let path = trimmed(request.path)
        switch path {
        case "/v1/traces", "/v1/logs", "/v1/metrics": return export(request, Self.signal(of: path))
        case "/health" where request.method == "GET" || request.method == "HEAD": return .sentence(200, "fine")
        default:
            let sentence = "nothing is served at \(path.prefix(200)); \(Self.served)"
            // Only what carries telemetry counts as lost: a browser that looks in does not.
            return request.method == "POST" ? reject(request, .traces, status: 404, sentence) : .sentence(404, sentence)
        }
    }

    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse {
        let hint = request.method == "PRI" ? "; OTLP over gRPC goes to the gRPC port (4317 where nothing else is said)" : ""
        return reject(request, Self.signal(of: trimmed(request.path)), status: status, detail + hint)
    }

    private static func signal(of path: String) -> Signal { path == "/v1/logs" ? .logs : path == "/v1/metrics" ? .metrics : .traces }

    private func export(_ request: HTTPRequest, _ signal: Signal) -> HTTPResponse {
        guard request.method == "POST" else {
            return .sentence(405, "\(trimmed(request.path)) takes POST, not \(request.method.prefix(20))", headers: [("Allow", "POST")])
        }
        let contentType = request.header("content-type") ?? ""
        guard let encoding = OTLPEncoding(contentType: contentType) else {
            let sentence = "the content type \"\(contentType.prefix(100))\" is not OTLP; application/x-protobuf and application/json are"
            return reject(request, signal, status: 415, sentence)
        }
        do throws(WireError) {
            switch signal {
            case .traces: return try takeSpans(request, encoding)
            case .logs: return try takeLogs(request, encoding)
            case .metrics: return try takeMetrics(request, encoding)
            }
        } catch {
            receiver.tell(signal, error.reason, error.description)
            let status = error.reason == .tooLarge ? 413 : 400
            return failure(encoding, status: status, error.description)
        }
    }

    private func takeSpans(_ request: HTTPRequest, _ encoding: OTLPEncoding) throws(WireError) -> HTTPResponse {
        let (spans, outcome) = try OTLP.decodeTraces(request.body, as: encoding)
        guard case .taken(let rejected, let message) = receiver.take(spans, outcome) else { return overloaded(encoding) }
        return success(encoding, OTLP.traceResponse(rejected: rejected, message: message, as: encoding))
    }
    private func takeLogs(_ request: HTTPRequest, _ encoding: OTLPEncoding) throws(WireError) -> HTTPResponse {
        let (batches, outcome) = try OTLP.decodeLogs(request.body, as: encoding, arrival: receiver.clock.now)
        guard case .taken(let rejected, let message) = receiver.take(batches, outcome) else { return overloaded(encoding) }
        return success(encoding, OTLP.logResponse(rejected: rejected, message: message, as: encoding))
    }

    private func takeMetrics(_ request: HTTPRequest, _ encoding: OTLPEncoding) throws(WireError) -> HTTPResponse {
        let (batches, outcome) = try OTLP.decodeMetrics(request.body, as: encoding)
        guard case .taken(let rejected, let message) = receiver.take(batches, outcome, by: translator) else { return overloaded(encoding) }
        return success(encoding, OTLP.metricResponse(rejected: rejected, message: message, as: encoding))
    }

    private func success(_ encoding: OTLPEncoding, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: 200, headers: [("Content-Type", encoding.contentType)], body: body)
    }
    private func overloaded(_ encoding: OTLPEncoding) -> HTTPResponse {
        failure(encoding, status: 429, "more comes than can be taken; come back later")
    }

    private func reject(_ request: HTTPRequest, _ signal: Signal, status: Int, _ sentence: String) -> HTTPResponse {
        receiver.tell(signal, DropReason(status: status), sentence)
        return failure(request.header("content-type").flatMap(OTLPEncoding.init(contentType:)), status: status, sentence)
    }

    /// A `google.rpc.Status` in the type of the request, where that is known.
    private func failure(_ encoding: OTLPEncoding?, status: Int, _ sentence: String) -> HTTPResponse {
        let mayRetry = status == 429 || status == 503
        guard let encoding else { return .sentence(status, sentence, headers: mayRetry ? [retryAfter] : []) }
        let body = OTLP.status(
            code: grpcCode(status), message: sentence, retryAfter: mayRetry ? Receiver.retryDelay : nil, as: encoding)
        return HTTPResponse(status: status, headers: [("Content-Type", encoding.contentType)] + (mayRetry ? [retryAfter] : []), body: body)
    }

    /// The gRPC status that means the same.
    private func grpcCode(_ status: Int) -> Int32 {
        switch status {
        case 404, 415, 505: 12
        case 408: 4
        case 413, 429: 8
        case 503: 14
        default: 3
        }
    }
}
