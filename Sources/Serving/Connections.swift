import NIOCore
import Ports
import Synchronization
import Telemetry

/// The open connections of one address, and the bytes of the requests that are under way on them.
final class Connections: Sendable {
    /// Of all requests of one address together; further ones are told to come back later.
    static let bytesUnderWayLimit = 256 << 20

    let limits: ListenLimits
    private let bytesUnderWay = Atomic<Int>(0)
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(limits: ListenLimits) { self.limits = limits }

    /// Takes the connection in until it closes; false where there are too many.
    func admit(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isAdmitted = open.withLock { open in
            guard open.count < limits.connections else { return false }
            open[key] = channel
            return true
        }
        if isAdmitted { channel.closeFuture.whenComplete { [self] _ in open.withLock { _ = $0.removeValue(forKey: key) } } }
        return isAdmitted
    }

    /// False, and nothing reserved, where that would be too much.
    func reserve(_ bytes: Int) -> Bool {
        let (_, sum) = bytesUnderWay.add(bytes, ordering: .relaxed)
        if sum <= Self.bytesUnderWayLimit { return true }
        release(bytes)
        return false
    }
    func release(_ bytes: Int) { bytesUnderWay.subtract(bytes, ordering: .relaxed) }

    /// Asks each connection to finish what has begun and to close.
    func quiesce() {
        for channel in open.withLock({ Array($0.values) }) { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Completes when no connection is left; at `deadline` the rest is cut off.
    func allClosed(on loop: any EventLoop, by deadline: NIODeadline) -> EventLoopFuture<Void> {
        let channels = open.withLock { Array($0.values) }
        let cut = loop.scheduleTask(deadline: deadline) { channels.forEach { $0.close(promise: nil) } }
        return EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: loop).always { _ in cut.cancel() }
    }
}

/// What a connection beyond the limit is told.
enum Crowded {
    static func detail(_ limits: ListenLimits) -> String { "there are \(limits.connections) connections already" }

    static func answer(over channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Farewell()) }
    }

    /// Says 503 and closes.
    private final class Farewell: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            let text = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in channel.close(promise: nil) }
        }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    }
}

extension HTTPHandler {
    func refuseConnection(limits: ListenLimits) {
        _ = refuse(HTTPRequest(method: "", path: ""), status: 503, detail: Crowded.detail(limits))
    }
}
