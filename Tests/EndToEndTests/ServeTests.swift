import Glibc
import Telemetry
import TestKit
import Testing

/// `dogwatch serve` over real sockets.
@Suite struct ServeTests {
    private func request(_ spans: [String], service: String? = "edge") -> String {
        let resource = service.map { #"{"attributes":[{"key":"service.name","value":{"stringValue":"\#($0)"}}]}"# } ?? "{}"
        return #"{"resourceSpans":[{"resource":\#(resource),"scopeSpans":[{"spans":[\#(spans.joined(separator: ","))]}]}]}"#
    }
    private func span(_ id: Int, parent: Int? = nil, start: String = "1700000000000000000", end: String = "1700000000100000000") -> String {
        let parent = parent.map { #""parentSpanId":"000000000000000\#($0)","# } ?? ""
        return
            #"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"000000000000000\#(id)",\#(parent)"name":"a","startTimeUnixNano":"\#(start)","endTimeUnixNano":"\#(end)"}"#
    }

    @Test func itCollectsAnswersAndEndsOnSIGTERM() throws {
        let server = try Server()
        #expect(HTTPClient.get("/-/healthy", port: server.api)?.hasPrefix("HTTP/1.1 200") == true)
        let answer = HTTPClient.post("/v1/traces", port: server.http, type: "application/json", request([span(1), span(2, parent: 1)]))
        #expect(answer?.hasPrefix("HTTP/1.1 200") == true, "\(answer ?? "")")
        let zipkin =
            #"[{"traceId":"1","id":"2","name":"get","timestamp":1700000000000000,"duration":5,"localEndpoint":{"serviceName":"edge"}}]"#
        #expect(HTTPClient.post("/api/v2/spans", port: server.zipkin, type: "application/json", zipkin)?.hasPrefix("HTTP/1.1 202") == true)
        #expect(server.wait(for: "dogwatch_spans_received_total", 3))
        server.child.signal(SIGTERM)
        let run = server.child.finish()
        #expect(run.code == 0 && run.output.isEmpty, "\(run)")
    }

    @Test func strangeSpansAreTakenAndBadOnesCounted() throws {
        let server = try Server()
        func post(_ body: String) -> String { HTTPClient.post("/v1/traces", port: server.http, type: "application/json", body) ?? "" }
        #expect(post(request([span(1)], service: nil)).hasPrefix("HTTP/1.1 200"), "without a service")
        #expect(post(request([span(2, parent: 2)])).hasPrefix("HTTP/1.1 200"), "its own parent")
        #expect(
            post(request([span(3, start: "1", end: "2"), span(4, start: "4102444800000000000", end: "4102444801000000000")])).hasPrefix(
                "HTTP/1.1 200"))
        #expect(post(request([span(1), span(1)])).hasPrefix("HTTP/1.1 200"), "what comes again")
        #expect(post(request([span(0)])).contains(#""rejectedSpans":"1""#))
        #expect(post("{").hasPrefix("HTTP/1.1 400"))
        #expect(server.wait(for: "dogwatch_spans_received_total", 4))
        #expect(server.value(#"dogwatch_dropped_total{signal="traces",reason="duplicate"}"#) == 2)
        #expect(server.value(#"dogwatch_dropped_total{signal="traces",reason="invalid_id"}"#) == 1)
        #expect(server.value(#"dogwatch_dropped_total{signal="traces",reason="malformed"}"#) == 1)
    }

    @Test func whatIsRecordedIsFoundAgain() throws {
        let folder = TemporaryFolder()
        let server = try Server(["--record", folder.path + "/rec", "--logs", folder.path + "/*.log"])
        folder.write("{\"level\":\"error\",\"msg\":\"no\"}\n", to: "app.log")
        _ = HTTPClient.post("/v1/traces", port: server.http, type: "application/json", request([span(1), span(2, parent: 1)]))
        #expect(server.wait(for: "dogwatch_log_lines_received_total", 1))
        server.child.signal(SIGTERM)
        #expect(server.child.finish().code == 0)
        #expect(Run(["traces", "service=edge", "--recording", folder.path + "/rec", "--count"]).output == "1\n")
        #expect(Run(["logs", "level=error", "--recording", folder.path + "/rec", "--count"]).output == "1\n")
        let again = Run(["serve", "--record", folder.path + "/rec"])
        #expect(again.code == 2 && again.error.contains("already"), "a recording is never overwritten")
    }

    @Test func aPortInUseIsToldAndHarmsNothingElse() throws {
        let first = try Server()
        let second = Child([
            "serve", "--otlp-http", "127.0.0.1:\(first.http)", "--otlp-grpc", "off", "--zipkin", "127.0.0.1:0",
        ])
        #expect(second.waitForError("serving"))
        #expect(second.errorText.contains("can't listen on 127.0.0.1:\(first.http)"), "\(second.errorText)")
        #expect(second.errorText.contains("zipkin 127.0.0.1:0: listening on 127.0.0.1:"), "\(second.errorText)")
        second.signal(SIGTERM)
        #expect(second.finish().code == 0)
        let third = Run(["serve", "--otlp-http", "off", "--otlp-grpc", "off", "--zipkin", "off", "--api", "127.0.0.1:\(first.api)"])
        #expect(third.code == 1 && third.error.contains("--api 127.0.0.1:\(first.api)"), "\(third.error)")
    }

    @Test func aTargetThatAnswersWithAWebPageIsToldAndCounted() throws {
        let server = try Server()
        // dogwatch's own health page is no exposition.
        let other = try Server([
            "--scrape", "http://127.0.0.1:\(server.api)/-/healthy", "--scrape", "http://127.0.0.1:\(server.api)/metrics",
        ])
        try #require(other.child.waitForError("/-/healthy"), "told on standard error")
        #expect(other.wait(for: #"dogwatch_dropped_total{signal="metrics",reason="malformed"}"#, 1))
        #expect(other.value("dogwatch_active_series") ?? 0 > 10, "the other target's series are there")
    }
}
