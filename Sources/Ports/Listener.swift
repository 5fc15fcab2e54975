import Synchronization
import Telemetry

/// One HTTP request as a handler sees it.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Without the query, percent-encoding left as it came.
    package var path: String
    /// Without the question mark.
    package var query: String
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    /// Inflated, within the limit.
    package var body: [UInt8]
    package init(method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
    /// The first header of that (lower-case) name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Answers requests. Called on the server's threads, several at once; it must not wait.
package protocol HTTPHandler: Sendable {
    func answer(_ request: HTTPRequest) -> HTTPResponse
    /// For answers that take time: sends one to `reply`, at once or later from another thread. What is answered by `answer` needs no other.
    func answer(_ request: HTTPRequest, to reply: HTTPReply)
    /// The answer to a request that the server refuses by itself (413, 415 for an unknown encoding, 400 for a torn body); `request.body` is empty. Also where the refusal is counted.
    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse
    /// True where the handler unpacks bodies of that `Content-Encoding` by itself: then they come as they are.
    func unpacks(_ encoding: String, at path: String) -> Bool
}

extension HTTPHandler {
    package func unpacks(_ encoding: String, at path: String) -> Bool { false }
}

extension HTTPHandler {
    package func answer(_ request: HTTPRequest, to reply: HTTPReply) { reply.send(answer(request)) }
}

/// Where the answer to one request goes.
package final class HTTPReply: Sendable {
    private let isSent = Atomic<Bool>(false)
    private let isGone = Atomic<Bool>(false)
    private let deliver: @Sendable (HTTPResponse) -> Void

    package init(_ deliver: @escaping @Sendable (HTTPResponse) -> Void) { self.deliver = deliver }
    /// Never sent: somebody waits for an answer that can't come any more.
    deinit { if !isSent.load(ordering: .relaxed) { deliver(HTTPResponse(status: 500)) } }

    /// The first counts, further ones are ignored.
    package func send(_ response: HTTPResponse) {
        if !isSent.exchange(true, ordering: .acquiringAndReleasing) { deliver(response) }
    }
    /// True once the client has gone away: there is nobody left to work for.
    package var isAbandoned: Bool { isGone.load(ordering: .relaxed) }
    /// Said by the server.
    package func abandon() { isGone.store(true, ordering: .relaxed) }
}

/// The outcome of one unary gRPC call.
package struct GRPCReply: Sendable {
    /// By the names of gRPC: 0 OK, 3 INVALID_ARGUMENT, 8 RESOURCE_EXHAUSTED, 12 UNIMPLEMENTED, 14 UNAVAILABLE, …
    package var status: Int
    package var message: String
    package var body: [UInt8]
    /// Sent as `google.rpc.RetryInfo` where the client should wait before it tries again.
    package var retryDelay: TimeSpan?
    package init(status: Int = 0, message: String = "", body: [UInt8] = [], retryDelay: TimeSpan? = nil) {
        self.status = status
        self.message = message
        self.body = body
        self.retryDelay = retryDelay
    }
}

/// Answers unary gRPC calls; as `HTTPHandler`.
package protocol GRPCHandler: Sendable {
    /// `path` is `/package.Service/Method`; `message` is inflated.
    func answer(path: String, message: [UInt8]) -> GRPCReply
    /// Told of a call that the server refused by itself: too large, torn, unknown compression.
    func refuse(path: String, reply: GRPCReply)
}

/// Where to listen: `127.0.0.1:4318`, `[::1]:4318`, or `unix:/path`. Port 0 takes a free one.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int
    package var unixPath: String?
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
        unixPath = nil
    }
    package init(unixPath: String) {
        host = ""
        port = 0
        self.unixPath = unixPath
    }
    /// From `host:port`, `:port` (loopback), a bare port (loopback) or `unix:/path`; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { return nil }
            self.init(unixPath: path)
            return
        }
        var host = "127.0.0.1"
        var digits = Substring(text)
        if let colon = text.lastIndex(of: ":") {
            host = String(text[..<colon])
            digits = text[text.index(after: colon)...]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
            } else if host.contains(":") {
                return nil
            }
            if host.isEmpty || host == "localhost" { host = "127.0.0.1" }
        }
        guard !digits.isEmpty, digits.allSatisfy(\.isASCII), digits.allSatisfy(\.isNumber), let port = Int(digits),
            (0...65535).contains(port)
        else {
            return nil
        }
        self.init(host: host, port: port)
    }
    package var description: String {
        if let unixPath { return "unix:" + unixPath }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

package struct ListenLimits: Hashable, Sendable {
    /// Of one request, before and after inflating; what the OTLP specification recommends. In memory a request may grow twelvefold.
    package var body: ByteCount
    package var connections: Int
    /// A connection that sends nothing for so long is closed, within a request too.
    package var idle: TimeSpan
    /// From the first byte of a request to its last; what comes slower is cut off.
    package var request: TimeSpan
    package init(
        body: ByteCount = .mebibytes(64), connections: Int = 512, idle: TimeSpan = .seconds(60), request: TimeSpan = .seconds(60)
    ) {
        self.body = body
        self.connections = connections
        self.idle = idle
        self.request = request
    }
}

package struct ListenFailure: Error, Hashable, Sendable {
    package var address: ListenAddress
    /// One clause, such as "the port is in use by another program".
    package var detail: String
    package init(address: ListenAddress, detail: String) {
        self.address = address
        self.detail = detail
    }
}

/// Serves HTTP/1.1 and gRPC on loopback or where it is told.
package protocol Listener: Sendable {
    /// Returns the address bound, with the real port. May be called several times, for several addresses.
    func serve(_ handler: any HTTPHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress
    func serve(_ handler: any GRPCHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress
    /// Answers what has begun, refuses what is new, closes all; returns when done or after `grace`.
    func stop(grace: TimeSpan)
}
