import NIOCore
import NIOHTTP2
import Ports
import Telemetry

/// One unary gRPC call: an HTTP/2 stream with one message each way.
final class GRPCCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private static let windowSize = 1 << 20
    private static let frameSize = 256 << 10
    private static let headerListSize = 16 << 10
    private static let streamLimit = 128

    private let handler: any GRPCHandler
    private let connections: Connections
    private let makeDecompressor: @Sendable () -> any Decompressor
    private var path = ""
    private var encodingName: String?
    private var reader: GRPCMessageReader
    private var reserved = 0
    private var isAnswered = false
    private var deadline: Scheduled<Void>?

    private init(handler: any GRPCHandler, connections: Connections, makeDecompressor: @escaping @Sendable () -> any Decompressor) {
        self.handler = handler
        self.connections = connections
        self.makeDecompressor = makeDecompressor
        reader = GRPCMessageReader(limit: connections.limits.body.bytes)
    }

    static func configure(
        _ channel: any Channel, handler: any GRPCHandler, connections: Connections,
        makeDecompressor: @escaping @Sendable () -> any Decompressor
    ) throws {
        let check = ProtocolCheck(expecting: .http2, patience: .nanoseconds(max(1, connections.limits.idle.nanoseconds))) {
            handler.refuse(path: "", reply: GRPCReply(status: 13, message: $0))
        }
        let limits = connections.limits
        let management = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: .nanoseconds(max(1, limits.idle.nanoseconds)), maxAge: nil, maxGraceTime: .seconds(5),
                keepalive: .init(pingInterval: .nanoseconds(max(1, limits.idle.nanoseconds)), ackTimeout: .seconds(20))))
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamLimit),
            HTTP2Setting(parameter: .initialWindowSize, value: windowSize),
            HTTP2Setting(parameter: .maxFrameSize, value: frameSize), HTTP2Setting(parameter: .maxHeaderListSize, value: headerListSize),
        ]
        connection.targetWindowSize = windowSize
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = windowSize
        try channel.pipeline.syncOperations.addHandler(check)
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream,
            streamDelegate: management.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let call = GRPCCall(handler: handler, connections: connections, makeDecompressor: makeDecompressor)
                try stream.pipeline.syncOperations.addHandler(call)
            }
        }
        try channel.pipeline.syncOperations.addHandlers([management, ConnectionErrors()])
    }

    // MARK: What the stream tells

    func handlerAdded(context: ChannelHandlerContext) {
        let span = TimeAmount.nanoseconds(max(1, connections.limits.request.nanoseconds))
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: span) { [weak self] in self?.timeCame(context) }
    }
    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        connections.release(reserved)
        reserved = 0
        if !isAnswered {
            isAnswered = true
            handler.refuse(path: path, reply: GRPCReply(status: 1, message: "the client broke off its call"))
        }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if path.isEmpty { begin(frame, context) }
            if frame.endStream { finish(context) }
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data { collect(bytes, context) }
            if frame.endStream { finish(context) }
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: The call

    private func begin(_ frame: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
        let headers = frame.headers
        path = headers.first(name: ":path") ?? ""
        encodingName = headers.first(name: "grpc-encoding")
        guard headers.first(name: ":method") == "POST", headers.first(name: "content-type")?.hasPrefix("application/grpc") == true else {
            isAnswered = true
            handler.refuse(path: path, reply: GRPCReply(status: 13, message: "it is an HTTP/2 request, but no gRPC call"))
            write(.headers(.init(headers: [":status": "415"], endStream: true)), context)
            context.flush()
            return
        }
    }

    private func collect(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !isAnswered else { return }
        let count = bytes.readableBytes
        guard connections.reserve(count) else {
            return refuse(GRPCReply(status: 8, message: "too much is being received at once", retryDelay: .seconds(1)), context)
        }
        reserved += count
        do throws(GRPCMessageReader.Failure) { try reader.append(bytes.readableBytesView) } catch { refuse(error.reply, context) }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard !isAnswered else { return }
        do throws(GRPCMessageReader.Failure) {
            let message = try reader.finish(encodingName: encodingName, makeDecompressor: makeDecompressor)
            answer(handler.answer(path: path, message: message), context)
        } catch { refuse(error.reply, context) }
    }

    private func refuse(_ reply: GRPCReply, _ context: ChannelHandlerContext) {
        handler.refuse(path: path, reply: reply)
        answer(reply, context)
    }

    private func timeCame(_ context: ChannelHandlerContext) {
        if !isAnswered { refuse(GRPCReply(status: 4, message: "the call did not come to an end in time"), context) }
        context.close(promise: nil)
    }

    /// What the client still sends is thrown away: a reset now would hide the answer from some clients.
    private func answer(_ reply: GRPCReply, _ context: ChannelHandlerContext) {
        isAnswered = true
        connections.release(reserved)
        reserved = 0
        reader = GRPCMessageReader(limit: 0)
        let opening = [(":status", "200"), ("content-type", "application/grpc"), ("grpc-accept-encoding", BodyEncoding.spoken)]
        var trailers = grpcTrailers(for: reply)
        if reply.status == 0 {
            write(.headers(.init(headers: .init(opening))), context)
            var frame = ByteBuffer()
            frame.reserveCapacity(reply.body.count + 5)
            frame.writeInteger(UInt8(0))
            frame.writeInteger(UInt32(clamping: reply.body.count))
            frame.writeBytes(reply.body)
            write(.data(.init(data: .byteBuffer(frame))), context)
        } else {
            trailers = opening + trailers
        }
        write(.headers(.init(headers: .init(trailers), endStream: true)), context)
        context.flush()
    }

    private func write(_ payload: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(payload), promise: nil)
    }
}

/// An error of the connection itself (a flood, a broken frame) ends it; NIO has sent the GOAWAY that says why.
private final class ConnectionErrors: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
