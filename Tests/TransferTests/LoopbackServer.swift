import Glibc
import Synchronization

/// A server of raw sockets on a free port of 127.0.0.1, or on a socket in the file system; each connection has its own thread.
final class LoopbackServer: Sendable {
    /// One connection: what came last, and how to answer.
    struct Connection {
        let descriptor: Int32
        /// The head of the request, in the spelling of the client.
        let head: String

        @discardableResult func send(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
        @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }
        /// A whole answer that leaves the connection open.
        func answer(_ status: String = "200 OK", type: String = "text/plain; version=0.0.4", headers: String = "", body: [UInt8]) {
            send("HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\(headers)\r\n")
            send(body)
        }
        /// Waits until the client closes.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
        /// Whether the client has closed after so many milliseconds.
        func isEnded(within milliseconds: Int32) -> Bool {
            var one = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&one, 1, milliseconds) != 0
        }
    }
    typealias Handler = @Sendable (Connection) -> Void

    let port: UInt16
    private let listening: Int32
    private let accepted = Mutex(0)
    private let handler: Handler

    /// How many connections were made.
    var connections: Int { accepted.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    init(_ handler: @escaping Handler) {
        self.handler = handler
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listening
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                precondition(bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0, "no free port on loopback")
                getsockname(descriptor, pointer, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        start()
    }

    init(unixPath: String, _ handler: @escaping Handler) {
        self.handler = handler
        port = 0
        listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8) }
        let descriptor = listening
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                precondition(
                    bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 64) == 0, "no socket")
            }
        }
        start()
    }
    deinit { close(listening) }

    func stop() { shutdown(listening, Int32(SHUT_RDWR)) }

    private func start() {
        inThread { [self] in
            while case let descriptor = Glibc.accept(listening, nil, nil), descriptor >= 0 {
                accepted.withLock { $0 += 1 }
                inThread { [self] in serve(descriptor) }
            }
        }
    }

    private func serve(_ descriptor: Int32) {
        var pending: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        let end = Array("\r\n\r\n".utf8)
        while case let count = recv(descriptor, &piece, piece.count, 0), count > 0 {
            pending += piece[..<count]
            guard pending.count >= 4, Array(pending.suffix(4)) == end else { continue }
            handler(Connection(descriptor: descriptor, head: String(decoding: pending, as: UTF8.self)))
            pending = []
        }
        close(descriptor)
    }
}

private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func inThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Work(body)).toOpaque()
    pthread_create(&thread, nil, runWork, context)
    pthread_detach(thread)
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}
