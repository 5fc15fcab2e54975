import Disk
import Glibc
import Ports
import Telemetry
import Testing

@testable import Serving

@Suite struct NIOListenerTests {
    private func temporaryPath() -> String { "/tmp/dogwatch-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock" }

    @Test func saysThatAPortIsTaken() throws {
        let server = try TestServer(EchoHandler())
        let other = NIOListener { GzipDecompressor() }
        defer { other.stop(grace: .zero) }
        #expect(throws: ListenFailure(address: server.address, detail: "the port is in use by another program")) {
            try other.serve(EchoHandler(), on: server.address, limits: ListenLimits())
        }
    }

    @Test func saysThatAnAddressIsNotOurs() throws {
        let listener = NIOListener { GzipDecompressor() }
        defer { listener.stop(grace: .zero) }
        let address = ListenAddress(host: "192.0.2.1", port: 0)
        #expect(throws: ListenFailure(address: address, detail: "this machine has no such address")) {
            try listener.serve(EchoHandler(), on: address, limits: ListenLimits())
        }
    }

    @Test func servesUnixSocketsAndClearsStaleOnes() throws {
        let path = temporaryPath()
        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        #expect(code == 0)
        close(stale)

        let server = try TestServer(EchoHandler(), on: ListenAddress(unixPath: path))
        let client = RawClient(unixPath: path)
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.answer()?.status == 200)
        #expect(throws: ListenFailure(address: ListenAddress(unixPath: path), detail: "the socket is in use by another program")) {
            try server.listener.serve(EchoHandler(), on: ListenAddress(unixPath: path), limits: ListenLimits())
        }
        server.listener.stop(grace: .zero)
        #expect(access(path, F_OK) != 0)
    }

    @Test func leavesAFileThatIsNoSocketAlone() throws {
        let path = temporaryPath()
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        defer { unlink(path) }
        #expect(throws: ListenFailure(address: ListenAddress(unixPath: path), detail: "a file that is no socket stands there")) {
            _ = try TestServer(EchoHandler(), on: ListenAddress(unixPath: path))
        }
    }

    @Test func answersWhatHasBegunBeforeItStops() throws {
        let server = try TestServer(EchoHandler())
        let idle = RawClient(port: server.address.port)
        idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(idle.answer()?.status == 200)
        let busy = RawClient(port: server.address.port)
        busy.send("POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(busy.answer()?.status == 100)

        let listener = server.listener
        let stopper = Thread { listener.stop(grace: .seconds(10)) }
        #expect(idle.isHungUp())
        busy.send("hi")
        let answer = busy.answer()
        #expect(answer?.body == "POST /b? 2 hi")
        // With or before the answer's `Connection: close`: the two connections learn of the end one after the other.
        #expect(busy.isHungUp())
        stopper.join()
    }

    @Test func cutsOffAtTheEndOfItsGrace() throws {
        let server = try TestServer(EchoHandler())
        let busy = RawClient(port: server.address.port)
        busy.send("POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(busy.answer()?.status == 100)
        server.listener.stop(grace: .milliseconds(20))
        #expect(busy.isHungUp())
        #expect(throws: ListenFailure.self) { try server.listener.serve(EchoHandler(), on: server.address, limits: ListenLimits()) }
    }
}

/// A POSIX thread that can be waited for.
private final class Thread {
    private final class Body { let run: @Sendable () -> Void; init(_ run: @escaping @Sendable () -> Void) { self.run = run } }
    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        pthread_create(
            &handle, nil,
            { pointer in
                if let pointer { Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
    }
    func join() { pthread_join(handle, nil) }
}
