import Glibc
import NIOCore
import NIOPosix
import Ports
import Synchronization
import Telemetry

/// Serves HTTP/1.1 and gRPC over unencrypted HTTP/2 with SwiftNIO. Handlers are called on its event loop threads.
package final class NIOListener: Listener {
    private let group: MultiThreadedEventLoopGroup
    private let services: ServiceList
    private let makeDecompressor: @Sendable () -> any Decompressor

    /// `makeDecompressor` gives what inflates request bodies; it must take gzip and zlib.
    package init(threads: Int = 1, makeDecompressor: @escaping @Sendable () -> any Decompressor) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
        services = ServiceList()
        self.makeDecompressor = makeDecompressor
    }

    package func serve(_ handler: any HTTPHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
        let makeDecompressor = makeDecompressor
        return try bind(address, limits: limits) { channel, connections in
            try HTTPConnection.configure(channel, handler: handler, connections: connections, makeDecompressor: makeDecompressor)
        } refusing: { channel in
            handler.refuseConnection(limits: limits)
            return Crowded.answer(over: channel)
        }
    }

    package func serve(_ handler: any GRPCHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
        let makeDecompressor = makeDecompressor
        return try bind(address, limits: limits) { channel, connections in
            try GRPCCall.configure(channel, handler: handler, connections: connections, makeDecompressor: makeDecompressor)
        } refusing: { channel in
            handler.refuse(path: "", reply: GRPCReply(status: 14, message: Crowded.detail(limits)))
            return channel.close()
        }
    }

    package func stop(grace: TimeSpan) {
        guard let stopped = services.beginStop() else { return }
        for channel in stopped.servers { try? channel.close().wait() }  // Fails for one that is closed already.
        for path in stopped.sockets { unlink(path) }
        stopped.connections.forEach { $0.quiesce() }
        let loop = group.next()
        let deadline = NIODeadline.now() + .nanoseconds(max(grace.nanoseconds, 0))
        let gone = EventLoopFuture.andAllComplete(stopped.connections.map { $0.allClosed(on: loop, by: deadline) }, on: loop)
        try? gone.wait()  // Completes by its deadline and never fails.
        try? group.syncShutdownGracefully()  // Fails only where it was shut down already.
    }

    private func bind(
        _ address: ListenAddress, limits: ListenLimits,
        accepting accept: @escaping @Sendable (any Channel, Connections) throws -> Void,
        refusing refuse: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws(ListenFailure) -> ListenAddress {
        guard !services.isStopped else { throw ListenFailure(address: address, detail: "the program is ending") }
        let connections = Connections(limits: limits)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
            }
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                guard connections.admit(channel) else { return refuse(channel) }
                return channel.eventLoop.makeCompletedFuture { try accept(channel, connections) }
            }
        let channel = try bindChannel(bootstrap, address)
        services.add(channel, connections, socket: address.unixPath)
        guard address.unixPath == nil, let port = channel.localAddress?.port else { return address }
        return ListenAddress(host: address.host, port: port)
    }

    private func bindChannel(_ bootstrap: ServerBootstrap, _ address: ListenAddress) throws(ListenFailure) -> any Channel {
        do {
            if let path = address.unixPath {
                if let trouble = clearStaleSocket(path) { throw ListenFailure(address: address, detail: trouble) }
                let channel = try bootstrap.bind(unixDomainSocketPath: path).wait()
                chmod(path, 0o600)
                return channel
            }
            let host = address.host.isEmpty ? "127.0.0.1" : address.host
            return try bootstrap.bind(host: host, port: address.port).wait()
        } catch let failure as ListenFailure {
            throw failure
        } catch {
            throw ListenFailure(address: address, detail: clause(for: error))
        }
    }
}

/// What one listener has open.
private final class ServiceList: Sendable {
    struct Services {
        var servers: [any Channel] = []
        var connections: [Connections] = []
        var sockets: [String] = []
        var isStopped = false
    }
    private let services = Mutex(Services())

    var isStopped: Bool { services.withLock { $0.isStopped } }

    func add(_ server: any Channel, _ connections: Connections, socket: String?) {
        services.withLock {
            $0.servers.append(server)
            $0.connections.append(connections)
            if let socket { $0.sockets.append(socket) }
        }
    }

    /// Nil where it was begun before.
    func beginStop() -> Services? {
        services.withLock { services in
            if services.isStopped { return nil }
            services.isStopped = true
            return services
        }
    }
}
