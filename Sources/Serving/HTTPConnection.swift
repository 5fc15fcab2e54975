import NIOCore
import NIOHTTP1
import Ports
import Telemetry

/// One HTTP/1.1 connection: collects each request within its limits, hands it to the handler, writes the answer.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Of a request's line and headers together.
    static let headLimit = 64 << 10
    static let headerCountLimit = 200
    /// How long a refused client may go on sending, so that it gets to read the answer.
    static let linger = TimeAmount.seconds(2)

    enum Phase {
        case idle
        /// Some bytes of a request are there, but not yet its whole head.
        case head
        case body
        /// The handler has the request; what comes behind it waits.
        case answering
        /// Answered already: what still comes is thrown away until the client is through.
        case draining
    }

    let handler: any HTTPHandler
    let connections: Connections
    let makeDecompressor: @Sendable () -> any Decompressor
    private(set) var phase = Phase.idle
    private var pace: RequestPace
    private var request = HTTPRequest(method: "", path: "")
    private var version = HTTPVersion.http1_1
    private var encoding = BodyEncoding.identity
    private var keepsAlive = true
    private var isEnding = false
    private var reserved = 0
    private var holdsBackRead = false
    /// Parts of requests that came before the last one was answered; bounded by what one read brings.
    private var waiting: [NIOAny] = []
    private weak var reply: HTTPReply?
    private var timer: Scheduled<Void>?
    private var timerDue: NIODeadline?
    /// In front of the parser; set while the connection is open.
    private let wire: WireEnd

    private init(
        handler: any HTTPHandler, connections: Connections, makeDecompressor: @escaping @Sendable () -> any Decompressor, wire: WireEnd
    ) {
        self.handler = handler
        self.connections = connections
        self.makeDecompressor = makeDecompressor
        self.wire = wire
        pace = RequestPace(idle: connections.limits.idle, request: connections.limits.request)
    }

    static func configure(
        _ channel: any Channel, handler: any HTTPHandler, connections: Connections,
        makeDecompressor: @escaping @Sendable () -> any Decompressor
    ) throws {
        var bounds = NIOHTTPDecoderLimitConfiguration()
        bounds.maxHeaderFieldSize = headLimit
        bounds.maxHeaderListSize = headLimit
        bounds.maxHeaderFieldCount = headerCountLimit
        let wire = WireEnd()
        let decoder = HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: bounds)
        let connection = HTTPConnection(handler: handler, connections: connections, makeDecompressor: makeDecompressor, wire: wire)
        let check = ProtocolCheck(expecting: .http1, patience: .zero) { [unowned connection] in connection.foreignProtocol($0) }
        wire.onBytes = { [unowned connection] count, context in connection.bytesArrived(count, context) }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([wire, check])
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandlers([HTTPResponseEncoder(), connection])
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { schedule(context) }
    }
    func channelActive(context: ChannelHandlerContext) {
        pace.touched(at: .now())
        schedule(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        reply?.abandon()
        reply = nil
        waiting = []
        if phase == .head || phase == .body {
            _ = handler.refuse(takeRefused(), status: 400, detail: "the client hung up in the middle of its request")
        }
        phase = .idle
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .draining || isEnd(data) else { return }
        if phase == .answering { return waiting.append(data) }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let piece): collect(piece, context)
        case .end: phase == .draining ? context.close(promise: nil) : finish(context)
        }
    }
    private func isEnd(_ data: NIOAny) -> Bool { if case .end = unwrapInboundIn(data) { true } else { false } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = error as? HTTPParserError, phase != .draining else { return context.close(promise: nil) }
        if phase == .answering {
            // What came before the nonsense still gets its answer.
            keepsAlive = false
            wire.isDeaf = true
            return
        }
        let isHeadTooLarge = problem == .headerOverflow
        refuse(
            isHeadTooLarge ? 431 : 400,
            isHeadTooLarge ? "the request's headers are too large" : "it is no proper HTTP/1.1 request (\(problem))",
            context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isEnding = true
            if phase == .idle { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // A client that sends requests and does not read the answers must not fill our memory with them.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable, phase != .answering { context.read() } else { holdsBackRead = true }
    }
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resumeReading(context)
        context.fireChannelWritabilityChanged()
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard holdsBackRead, context.channel.isWritable, phase != .answering else { return }
        holdsBackRead = false
        context.read()
    }

    private func foreignProtocol(_ detail: String) {
        phase = .draining
        wire.isDeaf = true
        _ = handler.refuse(HTTPRequest(method: "PRI", path: "*"), status: 505, detail: detail)
    }

    // MARK: One request

    private func bytesArrived(_ count: Int, _ wireContext: ChannelHandlerContext) {
        let now = NIODeadline.now()
        pace.touched(at: now)
        if phase == .idle {
            phase = .head
            pace.began(at: now)
            if let due = timerDue, pace.due < due, let context = wire.connectionContext { schedule(context) }
        }
        guard phase == .head, let context = wire.connectionContext else { return }
        // Checked before the count is added: the piece that ends the head may hold a large part of the body too.
        if pace.headBytes > Self.headLimit {
            refuse(431, "the request's line and headers are larger than \(Self.headLimit) bytes", context)
        }
        pace.headBytes += count
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        phase = .body
        request = HTTPRequest(head)
        version = head.version
        keepsAlive = head.isKeepAlive
        let limit = connections.limits.body.bytes
        let name = request.header("content-encoding") ?? ""
        guard let encoding = handler.unpacks(name, at: request.path) ? .identity : BodyEncoding(name) else {
            return refuse(415, "its content encoding \"\(name)\" is not known here; \(BodyEncoding.spoken) are", context)
        }
        self.encoding = encoding
        let announced = request.header("content-length").flatMap { Int($0) } ?? 0
        if announced > limit { return refuse(413, tooLarge(announced), context) }
        request.body.reserveCapacity(min(announced, 1 << 20))
        if request.header("expect")?.lowercased() == "100-continue" { wire.write("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    private func collect(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
        let count = piece.readableBytes
        guard request.body.count + count <= connections.limits.body.bytes else {
            return refuse(413, tooLarge(request.body.count + count), context)
        }
        guard connections.reserve(count) else { return refuse(429, "too much is being received at once", context) }
        reserved += count
        request.body.append(contentsOf: piece.readableBytesView)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard encoding == .deflated, !request.body.isEmpty else { return answer(context) }
        let limit = connections.limits.body.bytes
        do throws(InflateFailure) {
            request.body = try makeDecompressor().inflate(request.body, limit: limit)
            answer(context)
        } catch {
            let request = takeRefused()
            phase = .idle
            pace.ended()
            switch error {
            case .malformed(let detail):
                respond(handler.refuse(request, status: 400, detail: detail), isHead: request.method == "HEAD", context)
            case .tooLarge(let limit):
                let detail = "its body is larger than \(limit) bytes when inflated"
                respond(handler.refuse(request, status: 413, detail: detail), isHead: request.method == "HEAD", context)
            }
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let request = takeRequest()
        let isHead = request.method == "HEAD"
        phase = .answering
        pace.ended()
        let place = NIOLoopBound((connection: self, context: context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let reply = HTTPReply { response in
            if loop.inEventLoop {
                place.value.connection.answered(response, isHead: isHead, place.value.context)
            } else {
                loop.execute { place.value.connection.answered(response, isHead: isHead, place.value.context) }
            }
        }
        self.reply = reply
        handler.answer(request, to: reply)
    }

    private func answered(_ response: HTTPResponse, isHead: Bool, _ context: ChannelHandlerContext) {
        guard phase == .answering, context.channel.isActive else { return }
        reply = nil
        phase = .idle
        pace.touched(at: .now())
        respond(response, isHead: isHead, context)
        takeWaiting(context)
        resumeReading(context)
    }

    /// Goes on with requests that were sent before their turn.
    private func takeWaiting(_ context: ChannelHandlerContext) {
        let parts = waiting
        waiting = []
        guard phase == .idle, !parts.isEmpty else { return }
        phase = .head
        pace.began(at: .now())
        for part in parts { channelRead(context: context, data: part) }
    }

    /// Says no before the request is through: answers, and closes when the client has read that.
    private func refuse(_ status: Int, _ detail: String, _ context: ChannelHandlerContext) {
        let refused = takeRefused()
        phase = .draining
        keepsAlive = false
        wire.isDeaf = status == 400 || status == 408 || status == 431
        var response = handler.refuse(refused, status: status, detail: detail)
        if status == 429, !response.headers.contains(where: { $0.name.lowercased() == "retry-after" }) {
            response.headers.append(("Retry-After", "1"))
        }
        write(response, isHead: refused.method == "HEAD", context)
        pace.lingers(until: .now() + Self.linger)
        schedule(context)
        context.close(mode: .output, promise: nil)
    }

    /// The request so far; what it had reserved is free again.
    private func takeRequest() -> HTTPRequest {
        connections.release(reserved)
        reserved = 0
        var taken = HTTPRequest(method: "", path: "")
        swap(&taken, &request)
        return taken
    }
    private func takeRefused() -> HTTPRequest {
        var refused = takeRequest()
        refused.body = []
        return refused
    }

    private func tooLarge(_ count: Int) -> String { "its body is larger than \(connections.limits.body.bytes) bytes (\(count) at least)" }

    // MARK: The answer

    private func respond(_ response: HTTPResponse, isHead: Bool, _ context: ChannelHandlerContext) {
        if isEnding { keepsAlive = false }
        write(response, isHead: isHead, context)
        if !keepsAlive {
            phase = .draining
            wire.isDeaf = true
            pace.lingers(until: .now() + Self.linger)
            schedule(context)
            context.close(mode: .output, promise: nil)
        }
    }

    private func write(_ response: HTTPResponse, isHead: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 2)
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        let isBodiless = response.status == 204 || response.status == 304
        if !isBodiless { headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count)) }
        if !keepsAlive {
            headers.add(name: "Connection", value: "close")
        } else if version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead, !isBodiless, !response.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: Time

    private func schedule(_ context: ChannelHandlerContext) {
        wire.connectionContext = context
        timer?.cancel()
        let due = pace.due
        timerDue = due
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in self?.timeCame(context) }
    }

    private func timeCame(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        guard pace.due <= .now() else { return schedule(context) }
        switch phase {
        case .idle, .draining: context.close(promise: nil)
        case .answering:
            // How long an answer may take is the handler's to say.
            pace.touched(at: .now())
            schedule(context)
        case .head, .body: refuse(408, "its request did not come to an end in time", context)
        }
    }
}

extension HTTPRequest {
    /// The body follows.
    init(_ head: HTTPRequestHead) {
        var target = head.uri[...]
        // The absolute form, as for proxies, means the same as its path.
        if !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") {
            let rest = target[scheme.upperBound...]
            target = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        self.init(
            method: head.method.rawValue, path: String(mark.map { target[..<$0] } ?? target),
            query: mark.map { String(target[target.index(after: $0)...]) } ?? "",
            headers: head.headers.map { (name: $0.name.lowercased(), value: $0.value) })
    }
}
