import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Ports
import Telemetry
import Testing

@testable import Serving

@Suite struct GRPCCallTests {
    private let tight = ListenLimits(body: ByteCount(1000))

    @Test func answersACall() throws {
        let server = try TestServer(calls: EchoCalls())
        let answer = try CallClient(port: server.address.port).call("/a.B/Echo", [framed(Array("hello".utf8))])
        #expect(answer.message == framed(Array("hello".utf8)))
        #expect(answer.headers[":status"] == "200")
        #expect(answer.headers["content-type"] == "application/grpc")
        #expect(answer.headers["grpc-status"] == "0")
    }

    @Test func takesAMessageCutIntoFramesAnywhere() throws {
        let server = try TestServer(calls: EchoCalls())
        let pieces = framed(Array("hello".utf8)).map { [$0] }
        #expect(try CallClient(port: server.address.port).call("/a.B/Echo", pieces).message == framed(Array("hello".utf8)))
    }

    @Test func takesAMessageLargerThanAllWindows() throws {
        let server = try TestServer(calls: EchoCalls())
        let large = framed([UInt8](repeating: 7, count: 5 << 20))
        #expect(try CallClient(port: server.address.port).call("/a.B/Echo", [large]).message == large)
    }

    @Test func inflatesACompressedMessage() throws {
        let server = try TestServer(calls: EchoCalls())
        let answer = try CallClient(port: server.address.port).call(
            "/a.B/Echo", [framed(gzip(Array("hello".utf8)), flag: 1)], encoding: "gzip")
        #expect(answer.message == framed(Array("hello".utf8)))
    }

    @Test func encodesTheMessageAndTheDelayOfAFailure() throws {
        let server = try TestServer(calls: EchoCalls())
        let headers = try CallClient(port: server.address.port).call("/a.B/Busy", [framed([])]).headers
        #expect(headers["grpc-status"] == "14")
        #expect(headers["grpc-message"] == "sp%C3%A4t, 100 %25")
        #expect(
            headers["grpc-status-details-bin"] == base64(statusDetails(status: 14, message: "spät, 100 %", retryDelay: .milliseconds(1500)))
        )
    }

    @Test func servesManyCallsOfOneConnection() throws {
        let server = try TestServer(calls: EchoCalls())
        let client = try CallClient(port: server.address.port)
        for number in 0..<100 { #expect(try client.call("/a.B/Echo", [framed([UInt8(number)])]).message == framed([UInt8(number)])) }
    }

    @Test func refusesWhatItCannotTake() throws {
        let server = try TestServer(calls: EchoCalls(), limits: tight)
        let client = try CallClient(port: server.address.port)
        let cases: [(status: String, pieces: [[UInt8]], encoding: String?)] = [
            ("8", [framed([UInt8](repeating: 0, count: 1001))], nil),
            ("8", [framed(gzip([UInt8](repeating: 0, count: 5000)), flag: 1)], "gzip"),
            ("12", [framed([1], flag: 1)], "zstd"), ("13", [framed([1], flag: 1)], nil), ("3", [framed([1, 2, 3], flag: 1)], "gzip"),
            ("3", [framed([1, 2, 3]).dropLast()], nil), ("3", [], nil), ("3", [framed([1], flag: 9)], nil),
            ("12", [framed([1]) + framed([2])], nil),
        ]
        for (status, pieces, encoding) in cases {
            let answer = try client.call("/a.B/Echo", pieces, encoding: encoding)
            #expect(answer.headers["grpc-status"] == status, "\(pieces.first?.prefix(8) ?? [])")
            #expect(answer.headers["grpc-accept-encoding"] == "identity,gzip,deflate")
        }
        #expect(server.handler.refusals.map { String($0.reply.status) } == cases.map(\.status))
        #expect(try client.call("/a.B/Echo", [framed([5])]).message == framed([5]))
    }

    @Test func answersAnUnknownMethodAsUnimplemented() throws {
        let server = try TestServer(calls: EchoCalls())
        #expect(try CallClient(port: server.address.port).call("/a.B/Nope", [framed([])]).headers["grpc-status"] == "12")
    }

    @Test func tellsAnHTTP1ClientThatItIsWrongHere() throws {
        let server = try TestServer(calls: EchoCalls())
        let client = RawClient(port: server.address.port)
        client.send("POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(client.answer()?.status == 400)
        #expect(server.handler.refusals.map(\.path) == [""])
    }

    @Test func cutsOffAClientThatSaysNothing() throws {
        let server = try TestServer(calls: EchoCalls(), limits: ListenLimits(idle: .milliseconds(50)))
        #expect(RawClient(port: server.address.port).isHungUp())
    }

    @Test func cutsOffACallThatDoesNotComeToAnEnd() throws {
        let server = try TestServer(calls: EchoCalls(), limits: ListenLimits(request: .milliseconds(50)))
        let answer = try CallClient(port: server.address.port).call("/a.B/Echo", [[0]], ends: false)
        #expect(answer.headers["grpc-status"] == "4")
    }

    @Test func saysGoodbyeWhenItStops() throws {
        let server = try TestServer(calls: EchoCalls())
        let client = try CallClient(port: server.address.port)
        _ = try client.call("/a.B/Echo", [framed([])])
        server.listener.stop(grace: .seconds(5))
        try client.closed()
        #expect(client.sawGoAway)
    }
}

private func framed(_ message: some Collection<UInt8>, flag: UInt8 = 0) -> [UInt8] {
    [flag] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
}

/// Makes one call after the other over one HTTP/2 connection.
private final class CallClient {
    struct Answer: Sendable {
        /// Headers and trailers together.
        var headers: [String: String] = [:]
        var message: [UInt8] = []
    }

    private struct State {
        var streams: NIOHTTP2Handler.StreamMultiplexer?
        var sawGoAway = false
    }
    private let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer
    private let state: NIOLoopBoundBox<State>

    init(port: Int) throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
        self.state = state
        // Within the initialiser, as the server's first frame may come at once.
        channel = try ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                state.value.streams = try pipeline.configureHTTP2Pipeline(
                    mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { $0.eventLoop.makeSucceededVoidFuture() }
                try pipeline.addHandler(GoAwayWatch { state.value.sawGoAway = true })
            }
        }.connect(host: "127.0.0.1", port: port).wait()
        streams = try #require(try loop.submit { state.value.streams }.wait())
    }
    deinit { channel.close(promise: nil) }

    var sawGoAway: Bool { (try? channel.eventLoop.submit { [state] in state.value.sawGoAway }.wait()) ?? false }
    func closed() throws { try channel.closeFuture.wait() }

    func call(_ path: String, _ pieces: [[UInt8]], encoding: String? = nil, ends: Bool = true) throws -> Answer {
        let done = channel.eventLoop.makePromise(of: Answer.self)
        let opened = channel.eventLoop.makePromise(of: (any Channel).self)
        streams.createStreamChannel(promise: opened) { stream in
            stream.eventLoop.makeCompletedFuture { try stream.pipeline.syncOperations.addHandler(Collector(done: done)) }
        }
        let stream = try opened.futureResult.wait()
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": path, ":authority": "x", "content-type": "application/grpc", "te": "trailers",
        ]
        if let encoding { headers.add(name: "grpc-encoding", value: encoding) }
        stream.write(HTTP2Frame.FramePayload.headers(.init(headers: headers)), promise: nil)
        for piece in pieces { stream.write(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer(bytes: piece)))), promise: nil) }
        if ends { stream.write(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)), promise: nil) }
        stream.flush()
        return try done.futureResult.wait()
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        private let done: EventLoopPromise<Answer>
        private var answer = Answer()
        init(done: EventLoopPromise<Answer>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let frame):
                for header in frame.headers { answer.headers[header.name] = header.value }
                if frame.endStream { done.succeed(answer) }
            case .data(let frame):
                if case .byteBuffer(let bytes) = frame.data { answer.message += bytes.readableBytesView }
            default: break
            }
        }
        func channelInactive(context: ChannelHandlerContext) { done.fail(ChannelError.eof) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
    }

    private final class GoAwayWatch: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        private let onGoAway: () -> Void
        init(onGoAway: @escaping () -> Void) { self.onGoAway = onGoAway }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .goAway = unwrapInboundIn(data).payload { onGoAway() }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}
