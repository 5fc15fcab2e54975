import Ports
import Telemetry
import Wire

/// Zipkin's `/api/v2/spans` in JSON.
struct ReceiverZipkin: HTTPHandler {
    private static let served = "served here is POST /api/v2/spans"

    let receiver: Receiver

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let path = trimmed(request.path)
        switch path {
        case "/api/v2/spans": return post(request)
        case "/api/v1/spans": return reject(status: 404, "Zipkin's v1 spans are not taken; let the reporter send v2 JSON to /api/v2/spans")
        case "/health" where request.method == "GET" || request.method == "HEAD": return .sentence(200, "fine")
        default:
            let sentence = "nothing is served at \(path.prefix(200)); \(Self.served)"
            return request.method == "POST" ? reject(status: 404, sentence) : .sentence(404, sentence)
        }
    }

    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse { reject(status: status, detail) }

    private func post(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "POST" else {
            return .sentence(405, "/api/v2/spans takes POST, not \(request.method.prefix(20))", headers: [("Allow", "POST")])
        }
        let type = request.header("content-type")?.lowercased() ?? ""
        if type.contains("protobuf") || type.contains("thrift") {
            return reject(status: 415, "Zipkin spans are taken in JSON, not as \(type.prefix(100)); set the reporter's encoding to JSON")
        }
        do throws(WireError) {
            let (batches, outcome) = try Zipkin.decode(request.body, arrival: receiver.clock.now)
            guard case .taken = receiver.take(PackedSpans(batches), outcome) else {
                return .sentence(429, "more comes than can be taken; come back later", headers: [retryAfter])
            }
            return HTTPResponse(status: 202)
        } catch {
            receiver.tell(.traces, error.reason, error.description)
            return .sentence(error.reason == .tooLarge ? 413 : 400, error.description)
        }
    }

    private func reject(status: Int, _ sentence: String) -> HTTPResponse {
        receiver.tell(.traces, DropReason(status: status), sentence)
        return .sentence(status, sentence, headers: status == 429 || status == 503 ? [retryAfter] : [])
    }
}
