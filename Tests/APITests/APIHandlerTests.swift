import Ports
import Testing

@testable import API

@Suite struct APIHandlerTests {
    private let handler = APIHandler(isReady: { false }) { OwnNumbers() }
    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func answersMetricsInTheFormatAskedFor() {
        let response = handler.answer(HTTPRequest(method: "GET", path: "/metrics", headers: [("accept", "application/openmetrics-text")]))
        #expect(response.status == 200)
        #expect(response.headers.first?.value == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(text(response).hasSuffix("# EOF\n"))
    }

    @Test func tellsHealthFromReadiness() {
        #expect(handler.answer(HTTPRequest(method: "GET", path: "/-/healthy")).status == 200)
        #expect(handler.answer(HTTPRequest(method: "GET", path: "/-/ready")).status == 503)
        #expect(APIHandler { OwnNumbers() }.answer(HTTPRequest(method: "HEAD", path: "/-/ready")).status == 200)
    }

    @Test func namesWhatIsServed() {
        let response = handler.answer(HTTPRequest(method: "GET", path: "/nope"))
        #expect(response.status == 404)
        #expect(text(response) == "nothing is served at /nope; served here are /metrics, /-/healthy, /-/ready\n")
    }

    @Test func takesNoPost() {
        let response = handler.answer(HTTPRequest(method: "POST", path: "/metrics"))
        #expect(response.status == 405)
        #expect(response.headers.contains { $0.name == "Allow" && $0.value == "GET, HEAD" })
    }
}
