import Disk
import Recordings
import Telemetry
import TestKit

/// A small recording that tests write themselves: three services, a payment that fails, and what the log says of it.
struct Incident {
    static let traceCount = 60
    static let errorLines = 20
    let folder = TemporaryFolder()
    var path: String { folder.path + "/incident" }
    private let start = Timestamp.seconds(1_700_000_000)

    init() throws {
        let writer = try RecordingWriter(files: SystemFiles(), folder: path, version: "test")
        let receiver = Source(.otlpHTTP, "127.0.0.1:4318")
        writer.append(Arrival(source: receiver, time: start, payload: .status(SourceChange(.listening, "listening on 127.0.0.1:4318"))))
        for number in 0..<Self.traceCount {
            let time = start + .seconds(Int64(number))
            let isBad = number % 3 == 0
            writer.append(
                Arrival(source: receiver, time: time + .milliseconds(400), payload: .spans(Self.trace(number, time, isBad: isBad))))
            let line = Self.line(number, time, isBad: isBad)
            writer.append(
                Arrival(source: Source(.tail, "/var/log/shop/payment.log"), time: time + .milliseconds(500), payload: .lines(line)))
            if number % 5 == 0 { writer.append(Self.scrape(number, time + .milliseconds(600))) }
        }
        writer.close()
        if let failure = writer.takeFailure() { throw failure }
    }

    static func traceID(_ number: Int) -> TraceID { TraceID(high: 0xfeed, low: UInt64(number + 1)) }

    private static func trace(_ number: Int, _ time: Timestamp, isBad: Bool) -> [SpanBatch] {
        func span(_ id: UInt64, _ parent: UInt64, _ name: String, _ kind: SpanKind, _ from: Int64, _ to: Int64, fails: Bool) -> Span {
            Span(
                traceID: traceID(number), spanID: SpanID(UInt64(number) * 10 + id),
                parentSpanID: parent == 0 ? .zero : SpanID(UInt64(number) * 10 + parent),
                name: name, kind: kind, start: time.precise + .milliseconds(from), end: time.precise + .milliseconds(to),
                status: fails ? .error : .unset,
                statusMessage: fails ? "card refused" : "")
        }
        func batch(_ service: String, _ spans: [Span]) -> SpanBatch {
            SpanBatch(
                resource: Resource(attributes: [Attribute("service.name", .string(service)), Attribute("service.version", .string("1.0"))]),
                spans: spans)
        }
        return [
            batch(
                "gateway",
                [span(1, 0, "POST /checkout", .server, 0, 320, fails: isBad), span(2, 1, "order", .client, 10, 310, fails: isBad)]),
            batch("order", [span(3, 2, "checkout", .server, 15, 300, fails: isBad), span(4, 3, "charge", .client, 40, 290, fails: isBad)]),
            batch("payment", [span(5, 4, "authorise-card", .server, 45, 280, fails: isBad)]),
        ]
    }

    private static func line(_ number: Int, _ time: Timestamp, isBad: Bool) -> LogLines {
        let level = isBad ? "error" : "info"
        let message = isBad ? "card refused by acquirer" : "card authorised"
        let text =
            #"{"ts":\#(time.milliseconds),"level":"\#(level)","msg":"\#(message)","service":"payment","trace_id":"\#(traceID(number).hexadecimal)"}"#
        return LogLines(bytes: Array((text + "\n").utf8))
    }

    private static func scrape(_ number: Int, _ time: Timestamp) -> Arrival {
        let page = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} \(number * 7)\n"
        let scrape = Scrape(
            labels: LabelSet([Label("job", "payment"), Label("instance", "127.0.0.1:9100")]), body: Array(page.utf8), started: time,
            duration: .milliseconds(4), interval: .seconds(5))
        return Arrival(source: Source(.scrape, "http://127.0.0.1:9100/metrics"), time: time, payload: .scrape(scrape))
    }
}

extension Incident {
    /// Cuts the spans' file in the middle, as a machine does that loses its power.
    func cut() throws {
        let files = SystemFiles()
        let name = try files.names(inDirectory: path).first { $0.contains("spans") } ?? ""
        let bytes = try files.contents(of: path + "/" + name, limit: .mebibytes(16))
        try files.replace(path + "/" + name, with: Array(bytes[..<(bytes.count / 2)]))
    }
}
