import Ports
import Telemetry
import TestKit
import Testing

@testable import Serving

@Suite struct HTTPConnectionTests {
    private let tight = ListenLimits(body: ByteCount(1000), idle: .seconds(30), request: .seconds(30))

    @Test func answersSeveralRequestsOnOneConnection() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        for number in 0..<3 {
            client.send("GET /some/path%20?q=\(number) HTTP/1.1\r\nHost: x\r\nX-Test: yes\r\n\r\n")
            let answer = client.answer()
            #expect(answer?.body == "GET /some/path%20?q=\(number) 0 ")
            #expect(answer?.headers["x-seen"] == "yes")
        }
    }

    @Test func answersPipelinedRequestsInTheirOrder() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send((0..<50).map { "POST /\($0) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" }.joined())
        #expect((0..<50).map { _ in client.answer()?.body } == (0..<50).map { "POST /\($0)? 2 hi" })
    }

    @Test func takesARequestThatComesByteByByte() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        for byte in Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody".utf8) { client.send([byte]) }
        #expect(client.answer()?.body == "POST /a? 4 body")
    }

    @Test func takesChunkedBodies() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        #expect(client.answer()?.body == "POST /a? 7 abcdefg")
    }

    @Test func inflatesWhatIsCompressed() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        let body = gzip(Array("hello".utf8))
        for name in ["gzip", "GZIP", "deflate"] {
            client.send(
                Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Encoding: \(name)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
            #expect(client.answer()?.body == "POST /a? 5 hello")
        }
    }

    @Test func refusesATornGzipBodyAndGoesOn() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        let body = gzip(Array("hello hello hello".utf8)).dropLast(6)
        client.send(Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
        #expect(client.answer()?.status == 400)
        client.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.answer()?.status == 200)
        #expect(server.handler.refusals == [.init(path: "/a", status: 400, detail: "the compressed body is cut off")])
    }

    @Test func refusesABodyThatInflatesBeyondTheLimit() throws {
        let server = try TestServer(EchoHandler(), limits: tight)
        let client = RawClient(port: server.address.port)
        for (size, status) in [(1000, 200), (1001, 413), (50_000, 413)] {
            let body = gzip([UInt8](repeating: 0, count: size))
            client.send(Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
            #expect(client.answer()?.status == status)
        }
    }

    @Test func refusesAnAnnouncedBodyBeforeItComes() throws {
        let server = try TestServer(EchoHandler(), limits: tight)
        let client = RawClient(port: server.address.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
        let answer = client.answer()
        #expect(answer?.status == 413)
        #expect(answer?.headers["connection"] == "close")
        #expect(client.isHungUp())
    }

    @Test func refusesAChunkedBodyWhenItGrowsTooLarge() throws {
        let server = try TestServer(EchoHandler(), limits: tight)
        let client = RawClient(port: server.address.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<3 { client.send("190\r\n" + String(repeating: "x", count: 400) + "\r\n") }
        #expect(client.answer()?.status == 413)
    }

    @Test func saysContinueToAClientThatWaitsForIt() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(client.answer()?.status == 100)
        client.send("hi")
        #expect(client.answer()?.body == "POST /a? 2 hi")
    }

    @Test func refusesAnUnknownEncodingByName() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nhi")
        let answer = client.answer()
        #expect(answer?.status == 415)
        #expect(answer?.body == "its content encoding \"br\" is not known here; identity,gzip,deflate are")
    }

    @Test func sendsNoBodyToHead() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.answer(isHead: true)?.headers["content-length"] == "11")
        #expect(client.answer()?.status == 204)
        #expect(client.answer()?.body == "GET /b? 0 ")
    }

    @Test func closesWhenTheClientAsksForIt() throws {
        let server = try TestServer(EchoHandler())
        for request in ["GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n"] {
            let client = RawClient(port: server.address.port)
            client.send(request)
            #expect(client.answer()?.status == 200)
            #expect(client.isHungUp())
        }
    }

    @Test(arguments: [
        "\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ])
    func refusesWhatIsNoHTTP(bytes: String) throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send(bytes)
        #expect(client.answer()?.status == 400)
        #expect(client.isHungUp())
        #expect(server.handler.refusals.map(\.status) == [400])
    }

    @Test(arguments: [1, 400]) func refusesEndlessHeaders(lineLength: Int) throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("GET / HTTP/1.1\r\n")
        for number in 0..<(300_000 / (lineLength + 12))
        where !client.send("h\(number): " + String(repeating: "v", count: lineLength) + "\r\n") { break }
        #expect(client.answer()?.status == 431)
    }

    @Test func refusesAnEndlessRequestLine() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("GET /")
        for _ in 0..<100 where !client.send(String(repeating: "a", count: 4000)) { break }
        #expect(client.answer()?.status == 431)
    }

    @Test(arguments: ["GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123"])
    func cutsOffAClientThatDoesNotComeToAnEnd(start: String) throws {
        let server = try TestServer(EchoHandler(), limits: ListenLimits(idle: .seconds(30), request: .milliseconds(50)))
        let client = RawClient(port: server.address.port)
        client.send(start)
        #expect(client.answer()?.status == 408)
        #expect(client.isHungUp())
    }

    @Test func closesAnIdleConnectionWithoutAWord() throws {
        let server = try TestServer(EchoHandler(), limits: ListenLimits(idle: .milliseconds(50)))
        #expect(RawClient(port: server.address.port).isHungUp())
        #expect(server.handler.refusals.isEmpty)
    }

    @Test func tellsAGRPCClientThatItIsWrongHere() throws {
        let server = try TestServer(EchoHandler())
        let client = RawClient(port: server.address.port)
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(client.answer()?.status == 400)
        #expect(
            server.handler.refusals == [
                .init(path: "*", status: 505, detail: "the client speaks HTTP/2 (gRPC), and this port speaks HTTP/1.1")
            ])
    }

    @Test func tellsAClientBeyondTheLimitToComeBack() throws {
        let server = try TestServer(EchoHandler(), limits: ListenLimits(connections: 1))
        let first = RawClient(port: server.address.port)
        first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(first.answer()?.status == 200)
        let second = RawClient(port: server.address.port)
        #expect(second.answer()?.status == 503)
        #expect(server.handler.refusals.map(\.status) == [503])
    }

    @Test func survivesRandomBytes() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let server = try TestServer(EchoHandler(), limits: tight)
        let words = [
            "GET ", "POST ", "/", " HTTP/1.1\r\n", "\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "5\r\n", "PRI", "\0",
            "é", ": ",
        ]
        for _ in 0..<200 {
            let client = RawClient(port: server.address.port)
            client.send((0..<20).map { _ in words.randomElement(using: &random) ?? "" }.joined())
            client.hangUp()
        }
        let client = RawClient(port: server.address.port)
        client.send("GET /still HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.answer()?.body == "GET /still? 0 ", "seed \(seed)")
    }
}
