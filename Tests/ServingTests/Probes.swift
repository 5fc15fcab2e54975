import Disk
import Dispatch
import Ports
import Synchronization
import Telemetry

@testable import Serving

/// Answers with what it was asked, and keeps what it was told to refuse.
final class EchoHandler: HTTPHandler {
    struct Refusal: Hashable {
        var path: String
        var status: Int
        var detail: String
    }
    private let list = Mutex<[Refusal]>([])
    var refusals: [Refusal] { list.withLock { $0 } }

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let text =
            "\(request.method) \(request.path)?\(request.query) \(request.body.count) \(String(decoding: request.body.prefix(100), as: UTF8.self))"
        return HTTPResponse(
            status: request.path == "/nothing" ? 204 : 200, headers: [("X-Seen", request.header("x-test") ?? "")], body: Array(text.utf8))
    }
    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse {
        list.withLock { $0.append(Refusal(path: request.path, status: status, detail: detail)) }
        return HTTPResponse(status: status, body: Array(detail.utf8))
    }
}

/// Keeps what it is asked, to be answered when the test says so.
final class PatientHandler: HTTPHandler {
    private let kept = Mutex<[(path: String, reply: HTTPReply)]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func answer(_ request: HTTPRequest) -> HTTPResponse { HTTPResponse(status: 200, body: Array(request.path.utf8)) }
    func answer(_ request: HTTPRequest, to reply: HTTPReply) {
        if request.path == "/now" { return reply.send(answer(request)) }
        kept.withLock { $0.append((request.path, reply)) }
        arrived.signal()
    }
    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse { HTTPResponse(status: status) }

    /// The oldest request that is not answered yet; waits for it.
    func next() -> (path: String, reply: HTTPReply)? {
        guard arrived.wait(timeout: .now() + 10) == .success else { return nil }
        return kept.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
    var count: Int { kept.withLock { $0.count } }
}

final class EchoCalls: GRPCHandler {
    private let list = Mutex<[(path: String, reply: GRPCReply)]>([])
    var refusals: [(path: String, reply: GRPCReply)] { list.withLock { $0 } }

    func answer(path: String, message: [UInt8]) -> GRPCReply {
        switch path {
        case "/a.B/Echo": GRPCReply(body: message)
        case "/a.B/Busy": GRPCReply(status: 14, message: "spät, 100 %", retryDelay: .milliseconds(1500))
        default: GRPCReply(status: 12, message: "no such method")
        }
    }
    func refuse(path: String, reply: GRPCReply) { list.withLock { $0.append((path, reply)) } }
}

/// A server of one handler on a free port, stopped when released.
final class TestServer<Handler> {
    let listener = NIOListener { GzipDecompressor() }
    let handler: Handler
    let address: ListenAddress

    init(_ handler: Handler, on address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 0), limits: ListenLimits = ListenLimits())
        throws
    where Handler: HTTPHandler {
        self.handler = handler
        self.address = try listener.serve(handler, on: address, limits: limits)
    }
    init(calls handler: Handler, limits: ListenLimits = ListenLimits()) throws where Handler: GRPCHandler {
        self.handler = handler
        address = try listener.serve(handler, on: ListenAddress(host: "127.0.0.1", port: 0), limits: limits)
    }
    deinit { listener.stop(grace: .zero) }
}

func gzip(_ bytes: [UInt8]) -> [UInt8] {
    let compressor = GzipCompressor(level: 6)
    return compressor.compress(bytes) + compressor.finish()
}
