import Ports
import Recordings
import Synchronization
import Telemetry
import TestKit

/// Writes a number for each request and knows the request by it again: what a recording does with requests, without what OTLP/JSON does.
final class NumberedRequests: RequestCodec {
    private let spans = Mutex<[[SpanBatch]]>([])
    private let logs = Mutex<[[LogBatch]]>([])

    func encode(_ batches: [SpanBatch], into out: inout [UInt8]) {
        out += "{\"number\":\(spans.withLock { $0.append(batches); return $0.count - 1 })}".utf8
    }
    func encode(_ batches: [LogBatch], into out: inout [UInt8]) {
        out += "{\"number\":\(logs.withLock { $0.append(batches); return $0.count - 1 })}".utf8
    }
    func decodeSpans(_ request: UnsafeRawBufferPointer) throws(Diagnostic) -> [SpanBatch] {
        let number = try number(request)
        return spans.withLock { $0[number] }
    }
    func decodeLogs(_ request: UnsafeRawBufferPointer, arrival: Timestamp) throws(Diagnostic) -> [LogBatch] {
        let number = try number(request)
        return logs.withLock { $0[number] }
    }
    private func number(_ request: UnsafeRawBufferPointer) throws(Diagnostic) -> Int {
        let text = String(decoding: request, as: UTF8.self)
        guard text.hasPrefix("{\"number\":"), text.hasSuffix("}"), let number = Int(text.dropFirst(10).dropLast()) else {
            throw Diagnostic(message: "no request: \(text)")
        }
        return number
    }
}

/// Arrivals of all kinds with awkward contents, ascending in time.
func randomArrivals(_ count: Int, seed: UInt64, from start: Timestamp = .seconds(1_700_000_000)) -> [Arrival] {
    var random = Seeded(seed)
    var now = start
    var page = randomPage(&random)
    return (0..<count).map { index in
        now = now + .milliseconds(Int64.random(in: 0...4000, using: &random))
        let name = ["a", "http://gateway:9901/stats \"quoted\"", "söurce\u{1}\n"][Int.random(in: 0..<3, using: &random)]
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            page = changed(page, &random)
            return Arrival(source: Source(.scrape, name), time: now, payload: .scrape(randomScrape(page, now, &random)))
        case 1: return Arrival(source: Source(.tail, name), time: now, payload: .lines(randomLines(&random)))
        case 2: return Arrival(source: Source(.otlpHTTP, name), time: now, payload: .spans(randomSpans(index, now, &random)))
        case 3:
            let record = LogRecord(time: now.precise, severity: .warn, message: "message \(index)")
            return Arrival(source: Source(.otlpGRPC, name), time: now, payload: .logs([LogBatch(resource: Resource(), records: [record])]))
        case 4: return Arrival(source: Source(.tail, name), time: now, payload: .status(SourceChange(.rotated, "moved \(index) \"away\"")))
        case 5:
            let batch = RandomBatch(seed: UInt64(index), start: now).batch()
            return Arrival(source: Source(.otlpHTTP, name), time: now, payload: .metrics(batch))
        default:
            let trouble = Trouble(signal: .traces, reason: .tooLarge, count: index, detail: "too large\n")
            return Arrival(source: Source(.zipkin, name), time: now, payload: .trouble(trouble))
        }
    }
}

func randomPage(_ random: inout Seeded) -> [UInt8] {
    var text = "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
    for route in 0..<Int.random(in: 1...40, using: &random) {
        text += "requests_total{route=\"/orders/{id} \(route)\",code=\"200\"} \(Int.random(in: 0...100_000, using: &random))\n"
    }
    return Array(text.utf8)
}

/// `page` with some lines changed, left out, doubled, or cut.
func changed(_ page: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var lines = page.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
    for _ in 0..<Int.random(in: 0...8, using: &random) {
        let index = Int.random(in: lines.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: lines[index] += Array("\(Int.random(in: 0...9, using: &random))".utf8)
        case 1: if lines.count > 1 { lines.remove(at: index) }
        case 2: lines.insert(lines[index], at: index)
        case 3: lines.insert(Array("+ ~= new{} 1".utf8), at: index)
        default: if !lines[index].isEmpty { lines[index].removeLast() }
        }
    }
    return Array(lines.joined(separator: [0x0a]))
}

private func randomScrape(_ page: [UInt8], _ now: Timestamp, _ random: inout Seeded) -> Scrape {
    let hasFailed = Int.random(in: 0..<6, using: &random) == 0
    return Scrape(
        labels: LabelSet([Label("job", "shop"), Label("instance", "10.0.0.1:80")]), body: hasFailed ? [] : page,
        contentType: "text/plain; version=0.0.4",
        started: now - .milliseconds(20), duration: .microseconds(19_876), interval: .seconds(5),
        failure: hasFailed ? "the server answered 500" : nil,
        isFinal: hasFailed, honorsLabels: Bool.random(using: &random), sampleLimit: Int.random(in: 0...2, using: &random),
        labelLimits: LabelLimits(count: Int.random(in: 0...1, using: &random), valueLength: Int.random(in: 0...1, using: &random)),
        honorsTimestamps: Bool.random(using: &random), takesNativeHistograms: Bool.random(using: &random),
        keepsClassicHistograms: Bool.random(using: &random))
}

private func randomLines(_ random: inout Seeded) -> LogLines {
    let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) } + [0x0a]
    let fields =
        Bool.random(using: &random) ? LogFieldNames() : LogFieldNames(timestamp: "t.s", level: "\u{7f}", traceID: "tid", service: "svc")
    return LogLines(
        bytes: bytes, labels: Bool.random(using: &random) ? [] : [Label("b", "2"), Label("a", "é")], format: .json, fields: fields)
}

private func randomSpans(_ index: Int, _ now: Timestamp, _ random: inout Seeded) -> [SpanBatch] {
    let spans = (0..<Int.random(in: 1...4, using: &random)).map { number in
        Span(
            traceID: TraceID(high: 1, low: UInt64(index + 1)), spanID: SpanID(UInt64(number + 1)), name: "GET /", kind: .server,
            start: now.precise,
            end: now.precise + .milliseconds(3), isShared: Bool.random(using: &random))
    }
    return [SpanBatch(resource: Resource(attributes: [Attribute("service.name", .string("order"))]), spans: spans)]
}

/// All of an arrival as text, for comparing.
func described(_ arrival: Arrival) -> String {
    guard case .metrics(let batch) = arrival.payload else { return "\(arrival)" }
    return "\(arrival.source) \(arrival.time) \(batch.series) \(batch.metadata.sorted { $0.key < $1.key })"
}
