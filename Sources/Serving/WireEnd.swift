import NIOCore

/// The end of a connection's pipeline that is next to the network: tells of bytes before they are parsed, and lets raw bytes out.
final class WireEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var onBytes: ((Int, ChannelHandlerContext) -> Void)?
    /// True when nothing that comes is of interest any more.
    var isDeaf = false
    /// Of the handler at the other end.
    var connectionContext: ChannelHandlerContext?
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connectionContext = nil
        onBytes = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isDeaf { return }
        onBytes?(unwrapInboundIn(data).readableBytes, context)
        if !isDeaf { context.fireChannelRead(data) }
    }

    func write(_ text: String) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
