import Ports
import Telemetry
import Wire

/// Prometheus's remote write 1.0: what an agent or a Prometheus sends, at `/api/v1/write` of the API.
package struct ReceiverRemoteWrite: HTTPHandler {
    package static let path = "/api/v1/write"
    /// Of one request when it is unpacked; senders pack 2 000 samples at most, a few hundred kB.
    private static let bodyLimit = 64 << 20

    private let receiver: Receiver

    /// `address`: where the API listens, which is what the user knows the source by.
    package init(address: String, sink: any ArrivalSink, clock: any WatchClock) {
        receiver = Receiver(source: Source(.remoteWrite, address + Self.path), sink: sink, clock: clock)
    }

    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "POST" else {
            return .sentence(405, "\(Self.path) takes POST, not \(request.method.prefix(20))", headers: [("Allow", "POST")])
        }
        if let sentence = problem(of: request) { return reject(status: 415, sentence) }
        do throws(WireError) {
            let (batch, outcome) = try RemoteWrite.decode(try Snappy.unpack(request.body, limit: Self.bodyLimit))
            switch receiver.take(batch, outcome) {
            // Senders try again after a 5xx; after a 429 only where they are told to.
            case .overloaded: return .sentence(503, "more comes than can be taken; come back later", headers: [retryAfter])
            case .taken(let rejected, let message): return rejected > 0 ? .sentence(400, message) : HTTPResponse(status: 204)
            }
        } catch {
            receiver.tell(.metrics, error.reason, error.description)
            return .sentence(error.reason == .tooLarge ? 413 : 400, error.description)
        }
    }

    package func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse { reject(status: status, detail) }
    package func unpacks(_ encoding: String, at path: String) -> Bool { encoding.lowercased() == "snappy" }

    /// Why it is not remote write 1.0; nil where it is.
    private func problem(of request: HTTPRequest) -> String? {
        let type = (request.header("content-type") ?? "").lowercased()
        if type.contains("io.prometheus.write.v2") {
            return "remote write 2.0 is not taken; let the sender use prometheus.WriteRequest (1.0)"
        }
        if !type.isEmpty, !type.hasPrefix("application/x-protobuf") {
            return "remote write comes as application/x-protobuf, not as \(type.prefix(100))"
        }
        let encoding = (request.header("content-encoding") ?? "snappy").lowercased()
        return encoding == "snappy" ? nil : "remote write is packed by snappy, not by \(encoding.prefix(40))"
    }

    private func reject(status: Int, _ sentence: String) -> HTTPResponse {
        receiver.tell(.metrics, DropReason(status: status), sentence)
        return .sentence(status, sentence, headers: status == 429 || status == 503 ? [retryAfter] : [])
    }
}
