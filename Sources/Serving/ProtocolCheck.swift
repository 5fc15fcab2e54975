import NIOCore

/// Looks at the first bytes of a connection, and tells when they are of another protocol than the one served. Takes itself out of the pipeline after that.
final class ProtocolCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Expected { case http1, http2 }
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let expected: Expected
    private let onMismatch: (String) -> Void
    private var seen: ByteBuffer?
    private var isRefused = false
    private let patience: TimeAmount
    private var timer: Scheduled<Void>?

    /// `onMismatch` gets one clause that says what came instead.
    /// With `.http2`, a client that does not show within `patience` what it speaks is cut off.
    init(expecting expected: Expected, patience: TimeAmount, onMismatch: @escaping (String) -> Void) {
        self.expected = expected
        self.patience = patience
        self.onMismatch = onMismatch
    }

    // The HTTP/2 handler would send its settings at once, which a client of HTTP/1.1 can't read.
    func channelActive(context: ChannelHandlerContext) {
        guard expected == .http2 else { return context.fireChannelActive() }
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        var bytes = unwrapInboundIn(data)
        if var seen {
            seen.writeBuffer(&bytes)
            bytes = seen
        }
        seen = bytes
        switch verdict(bytes.readableBytesView) {
        case .undecided: break
        case .fine: letThrough(bytes, context)
        case .other(let detail): refuse(detail, context)
        }
    }

    private enum Verdict { case undecided, fine, other(String) }

    private func verdict(_ bytes: ByteBufferView) -> Verdict {
        let isPreface = zip(bytes, Self.preface).allSatisfy { $0 == $1 }
        switch expected {
        case .http1 where bytes.first == 0x16: return .other("the client speaks TLS, and this port speaks HTTP/1.1 without it")
        case .http1 where !isPreface: return .fine
        case .http1 where bytes.count >= 14: return .other("the client speaks HTTP/2 (gRPC), and this port speaks HTTP/1.1")
        case .http2 where bytes.first == 0x16: return .other("the client speaks TLS, and this port speaks gRPC without it")
        case .http2 where !isPreface: return .other("the client speaks HTTP/1.1 or something else, and this port speaks gRPC (HTTP/2)")
        case .http2 where bytes.count >= Self.preface.count: return .fine
        default: return .undecided
        }
    }

    private func letThrough(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        seen = nil
        if expected == .http2 { context.fireChannelActive() }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func refuse(_ detail: String, _ context: ChannelHandlerContext) {
        isRefused = true
        seen = nil
        onMismatch(detail)
        let text =
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(detail.utf8.count + 1)\r\n\r\n\(detail)\n"
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in channel.close(promise: nil) }
    }
}
