import Ports
import Telemetry
import TestKit
import Testing
import Wire

@testable import Collectors

@Suite struct ReceiverTests {
    private let sink = ArrivalList()
    private let clock = VirtualClock()
    private func receiver(_ kind: Source.Kind) -> Receiver { Receiver(source: Source(kind, "here"), sink: sink, clock: clock) }
    private var http: ReceiverOTLPHTTP { ReceiverOTLPHTTP(receiver: receiver(.otlpHTTP)) }
    private var grpc: ReceiverOTLPGRPC { ReceiverOTLPGRPC(receiver: receiver(.otlpGRPC)) }
    private var zipkin: ReceiverZipkin { ReceiverZipkin(receiver: receiver(.zipkin)) }

    private let json =
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"a","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#
    /// The same in protobuf: three messages around a span with its ids and times.
    private var protobuf: [UInt8] {
        func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
        func time(_ number: UInt8, _ value: UInt8) -> [UInt8] { [number << 3 | 1, value, 0, 0, 0, 0, 0, 0, 0] }
        let ids = field(1, [UInt8](repeating: 1, count: 16)) + field(2, [UInt8](repeating: 2, count: 8))
        return field(1, field(2, field(2, ids + field(5, [0x61]) + time(7, 1) + time(8, 2))))
    }

    private func post(_ path: String, _ type: String, _ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(method: "POST", path: path, headers: [("content-type", type)], body: body)
    }
    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }
    private func header(_ response: HTTPResponse, _ name: String) -> String? { response.headers.first { $0.name == name }?.value }
    private var spanCount: Int {
        sink.arrivals.reduce(0) { sum, arrival in
            if case .spans(let spans) = arrival.payload { sum + spans.count } else { sum }
        }
    }

    @Test func takesSpansInBothEncodingsAndAnswersInTheirs() {
        let asJSON = http.answer(post("/v1/traces", "application/json; charset=utf-8", Array(json.utf8)))
        #expect(asJSON.status == 200)
        #expect(text(asJSON) == "{}")
        #expect(header(asJSON, "Content-Type") == "application/json")
        let asProtobuf = http.answer(post("/v1/traces", "application/x-protobuf", protobuf))
        #expect(asProtobuf.status == 200)
        #expect(asProtobuf.body.isEmpty)
        #expect(spanCount == 2)
    }

    @Test func takesAnEmptyRequest() {
        #expect(http.answer(post("/v1/traces", "application/x-protobuf", [])).status == 200)
        #expect(http.answer(post("/v1/logs", "application/x-protobuf", [])).status == 200)
        #expect(sink.arrivals.isEmpty)
    }

    @Test func tellsWhatWasLeftOutAsPartialSuccess() {
        let answer = http.answer(
            post("/v1/traces", "application/json", Array(json.replacing("00f067aa0ba902b7", with: "0000000000000000").utf8)))
        #expect(answer.status == 200)
        #expect(text(answer).contains(#""rejectedSpans":"1""#))
        #expect(sink.troubles.map(\.reason) == [.invalidID])
    }

    @Test func refusesWhatItCannotReadInTheTypeOfTheRequest() {
        let answer = http.answer(post("/v1/traces", "application/json", Array("{".utf8)))
        #expect(answer.status == 400)
        #expect(text(answer).hasPrefix(#"{"code":3,"#))
        #expect(http.answer(post("/v1/traces", "application/x-protobuf", [0xff])).status == 400)
        #expect(sink.troubles.map(\.reason) == [.malformed, .malformed])
    }

    @Test func refusesOtherMethodsTypesAndPathsWithASentence() {
        let get = http.answer(HTTPRequest(method: "GET", path: "/v1/traces"))
        #expect(get.status == 405)
        #expect(header(get, "Allow") == "POST")
        #expect(http.answer(post("/v1/traces", "text/csv", [])).status == 415)
        #expect(text(http.answer(post("/v2/spans", "text/plain", []))).contains("POST /v1/traces"))
        #expect(http.answer(post("/v1/metrics", "text/csv", [])).status == 415)
        #expect(sink.troubles.map(\.signal) == [.traces, .traces, .metrics])
    }

    @Test func takesMetricsAndTellsWhatWasLeftOut() throws {
        let points = #"[{"asInt":"7","timeUnixNano":"1700000000000000000"},{"asDouble":1}]"#
        let body = #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a.b","gauge":{"dataPoints":\#(points)}}]}]}]}"#
        let answer = http.answer(post("/v1/metrics", "application/json", Array(body.utf8)))
        #expect(answer.status == 200)
        #expect(text(answer).contains(#""rejectedDataPoints":"1""#) && text(answer).contains("has no time"), "\(text(answer))")
        guard case .metrics(let batch)? = sink.arrivals.first?.payload else { return #expect(Bool(false), "no arrival") }
        #expect(batch.series.map(\.samples) == [[Sample(.seconds(1_700_000_000), 7)]])
        #expect(batch.series.first?.labels.metricName == "a_b")
        sink.admit(Admission(accepted: 0, rejected: 3, detail: "out of order sample"))
        #expect(text(http.answer(post("/v1/metrics", "application/json", Array(body.utf8)))).contains(#""rejectedDataPoints":"2""#))
    }

    @Test func asksTheClientsOfAnOverloadedSinkToComeBack() {
        sink.overload(true)
        let answer = http.answer(post("/v1/traces", "application/x-protobuf", protobuf))
        #expect(answer.status == 429)
        #expect(header(answer, "Retry-After") == "1")
        let reply = grpc.answer(path: ReceiverOTLPGRPC.tracesPath, message: protobuf)
        #expect(reply.status == 14)
        #expect(reply.retryDelay == .seconds(1))
        #expect(zipkin.answer(post("/api/v2/spans", "application/json", zipkinBody)).status == 429)
    }

    @Test func takesCallsOfTheTraceAndLogsServices() {
        #expect(grpc.answer(path: ReceiverOTLPGRPC.tracesPath, message: protobuf).status == 0)
        #expect(grpc.answer(path: ReceiverOTLPGRPC.logsPath, message: []).status == 0)
        #expect(spanCount == 1)
        #expect(grpc.answer(path: ReceiverOTLPGRPC.tracesPath, message: [0xff]).status == 3)
        #expect(grpc.answer(path: ReceiverOTLPGRPC.metricsPath, message: []).status == 0)
        #expect(grpc.answer(path: ReceiverOTLPGRPC.metricsPath, message: [0xff]).status == 3)
        #expect(grpc.answer(path: "/x/Y", message: []).status == 12)
    }

    @Test func hintsAtTheRightPortWhenProtocolsAreMixedUp() {
        _ = http.refuse(HTTPRequest(method: "PRI", path: "*"), status: 505, detail: "gRPC came")
        grpc.refuse(path: "", reply: GRPCReply(status: 13, message: "HTTP/1.1 came"))
        #expect(sink.troubles[0].detail.contains("4317"))
        #expect(sink.troubles[1].detail.contains("4318"))
    }

    private var zipkinBody: [UInt8] {
        Array(#"[{"traceId":"4bf92f3577b34da6","id":"00f067aa0ba902b7","name":"a","timestamp":1,"duration":1}]"#.utf8)
    }

    @Test func takesZipkinSpans() {
        #expect(zipkin.answer(post("/api/v2/spans", "application/json", zipkinBody)).status == 202)
        #expect(zipkin.answer(post("/api/v2/spans", "application/json", [])).status == 202)
        #expect(spanCount == 1)
        #expect(zipkin.answer(post("/api/v2/spans", "application/json", Array("{".utf8))).status == 400)
        #expect(zipkin.answer(post("/api/v2/spans", "application/x-protobuf", [])).status == 415)
        #expect(text(zipkin.answer(post("/api/v1/spans", "application/json", []))).contains("/api/v2/spans"))
        #expect(zipkin.answer(HTTPRequest(method: "GET", path: "/health")).status == 200)
    }

    @Test func opensWhatItIsToldAndSurvivesATakenPort() {
        let listener = FullHouse(taken: 4317)
        let set = ReceiverSet(.standard, listener: listener, sink: sink, clock: clock)
        #expect(Set(set.start().keys) == [.otlpHTTP, .zipkin])
        set.tellClosed()
        #expect(sink.states(of: "127.0.0.1:4318") == [.listening, .closed])
        #expect(sink.states(of: "127.0.0.1:4317") == [.failed])
        #expect(
            ReceiverSet(ReceiverSpec(otlpHTTP: nil, otlpGRPC: nil, zipkin: nil), listener: listener, sink: sink, clock: clock).start()
                .isEmpty)
    }

    private struct FullHouse: Listener {
        let taken: Int
        private func open(_ address: ListenAddress) throws(ListenFailure) -> ListenAddress {
            if address.port == taken { throw ListenFailure(address: address, detail: "the port is in use by another program") }
            return address
        }
        func serve(_ handler: any HTTPHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
            try open(address)
        }
        func serve(_ handler: any GRPCHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
            try open(address)
        }
        func stop(grace: TimeSpan) {}
    }
}
