import Ports
import Testing

@testable import Serving

@Suite struct HTTPReplyTests {
    @Test func anAnswerMayComeLaterFromAnotherThread() throws {
        let server = try TestServer(PatientHandler())
        let (slow, quick) = (RawClient(port: server.address.port), RawClient(port: server.address.port))
        slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        let kept = try #require(server.handler.next())
        quick.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(quick.answer()?.body == "/now")
        kept.reply.send(HTTPResponse(status: 200, body: Array("late".utf8)))
        kept.reply.send(HTTPResponse(status: 200, body: Array("twice".utf8)))
        #expect(slow.answer()?.body == "late")
        slow.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(slow.answer()?.body == "/now")
    }

    @Test func pipelinedRequestsWaitForTheirTurn() throws {
        let server = try TestServer(PatientHandler())
        let client = RawClient(port: server.address.port)
        client.send(["/a", "/now", "/b", "/now"].map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        let first = try #require(server.handler.next())
        #expect(server.handler.count == 0)
        first.reply.send(HTTPResponse(status: 200, body: Array("first".utf8)))
        let second = try #require(server.handler.next())
        second.reply.send(HTTPResponse(status: 200, body: Array("second".utf8)))
        #expect((0..<4).map { _ in client.answer()?.body } == ["first", "/now", "second", "/now"])
    }

    @Test func nonsenseBehindARequestDoesNotCostItsAnswer() throws {
        let server = try TestServer(PatientHandler())
        let client = RawClient(port: server.address.port)
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n\u{1}nonsense\r\n\r\n")
        let kept = try #require(server.handler.next())
        kept.reply.send(HTTPResponse(status: 200, body: Array("fine".utf8)))
        #expect(client.answer()?.body == "fine")
        #expect(client.isHungUp())
    }

    @Test func aForgottenReplyIsAnErrorNotAHang() throws {
        let server = try TestServer(PatientHandler())
        let client = RawClient(port: server.address.port)
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        do { _ = try #require(server.handler.next()) }
        #expect(client.answer()?.status == 500)
    }

    @Test func aClientThatHangsUpAbandonsItsRequest() throws {
        let server = try TestServer(PatientHandler())
        let client = RawClient(port: server.address.port)
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        let kept = try #require(server.handler.next())
        #expect(!kept.reply.isAbandoned)
        client.hangUp()
        // The loop hears of it when it hears of it: a new connection's answer comes after.
        let other = RawClient(port: server.address.port)
        for _ in 0..<1000 where !kept.reply.isAbandoned {
            other.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = other.answer()
        }
        #expect(kept.reply.isAbandoned)
        kept.reply.send(HTTPResponse(status: 200))
    }
}
