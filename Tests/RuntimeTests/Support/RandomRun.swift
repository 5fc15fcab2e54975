import Telemetry
import TestKit

/// A seeded run of all that collectors deliver: pages that change and fail, logs, spans of two halves, troubles and news of the sources.
struct RandomRun {
    static let metrics = Source(.otlpGRPC, "127.0.0.1:2")
    private var random: Seeded
    private var now = Timestamp.seconds(1_700_000_000)
    private var pages = [RandomPage(), RandomPage()]
    private var spans: [Span] = []
    private var nextID: UInt64 = 1

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func arrivals(_ count: Int) -> [Arrival] { (0..<count).map { _ in next() } }

    private mutating func next() -> Arrival {
        now = now + .milliseconds(Int64(int(0...1500)))
        switch int(0...10) {
        case 0...3: return scrape()
        case 4, 5:
            return Arrival(source: Source(.tail, "/var/log/\(one(of: ["order", "payment"])).log"), time: now, payload: .lines(lines()))
        case 6, 7:
            let kind = one(of: [Source.Kind.otlpHTTP, .otlpGRPC, .zipkin])
            return Arrival(source: Source(kind, "127.0.0.1:1"), time: now, payload: .spans(batches(isZipkin: kind == .zipkin)))
        case 8: return Arrival(source: Source(.otlpHTTP, "127.0.0.1:1"), time: now, payload: .logs(records()))
        case 9:
            let batch = RandomBatch(seed: UInt64(int(0...1 << 30)), start: now).batch()
            return Arrival(source: Self.metrics, time: now, payload: .metrics(batch))
        default: return news()
        }
    }

    // MARK: - By payload

    private mutating func scrape() -> Arrival {
        let target = int(0...1)
        var scrape = Scrape(
            labels: LabelSet([Label("job", "shop"), Label("instance", "10.0.0.\(target):80")]), started: now - .milliseconds(30),
            duration: .microseconds(Int64(int(1...40_000))), interval: .seconds(5), honorsLabels: target == 1)
        switch int(0...11) {
        case 0: scrape.failure = "the server answered 500"
        case 1: scrape.isFinal = true
        case 2: scrape.body = Array("<!doctype html><title>no metrics</title>\n".utf8)
        default:
            pages[target].change(&random)
            scrape.body = pages[target].text(at: now, target == 1)
            if target == 1 { scrape.contentType = "application/openmetrics-text; version=1.0.0" }
            if int(0...9) == 0 { scrape.sampleLimit = 2 }
        }
        return Arrival(source: Source(.scrape, "http://10.0.0.\(target):80/metrics"), time: now, payload: .scrape(scrape))
    }

    private mutating func lines() -> LogLines {
        var text = ""
        for _ in 0...int(0...5) {
            let time = now.milliseconds - Int64(int(0...3000))
            switch int(0...4) {
            case 0: text += "plain text, no JSON \(int(0...99))\n"
            case 1: text += "{\"broken\": \(int(0...99))\n"
            case 2: text += #"{"ts":\#(time),"level":"warn","msg":"slow","service":"cart","http":{"status":503,"path":"/a b"}}"# + "\n"
            default:
                text +=
                    #"{"time":"2023-11-14T22:13:20.\#(100 + int(0...899))Z","level":"ERROR","message":"x\u00e9","trace_id":"\#(hex(UInt64(int(1...50))))","n":\#(int(0...9)).5}"#
                text += "\n"
            }
        }
        let labels = int(0...1) == 0 ? [] : [Label("zone", "a")]
        return LogLines(bytes: Array(text.utf8), labels: labels, format: one(of: [.auto, .json]), fields: LogFieldNames())
    }

    private mutating func batches(isZipkin: Bool) -> [SpanBatch] {
        (0...int(0...2)).map { _ in
            let name = one(of: ["edge", "order", "payment"])
            var resource = Resource(attributes: [
                Attribute("service.name", .string(name)), Attribute("service.version", .string("1.\(int(0...2))")),
            ])
            if int(0...9) == 0 { resource = Resource() }
            let scope =
                isZipkin
                ? InstrumentationScope() : InstrumentationScope(name: "lib", version: "2", attributes: [Attribute("s", .bool(true))])
            return SpanBatch(resource: resource, scope: scope, spans: (0...int(0...4)).map { _ in span(isZipkin) })
        }
    }

    private mutating func span(_ isZipkin: Bool) -> Span {
        // Some come a second time, some as the other half of a call.
        if let old = spans.randomElement(using: &random), int(0...5) == 0 { return old }
        let id = SpanID(nextID)
        nextID += 1
        let parent = int(0...2) == 0 ? SpanID.zero : SpanID(UInt64(int(1...Int(nextID))))
        let start = now.precise + .nanoseconds(Int64(int(-2_000_000_000...0)))
        let span = Span(
            traceID: TraceID(high: UInt64(int(0...1)), low: UInt64(int(1...50))), spanID: id, parentSpanID: parent,
            name: "op \(int(0...9))",
            kind: one(of: SpanKind.allCases), start: start, end: start + .nanoseconds(Int64(int(-1000...90_000_000))),
            status: one(of: [.unset, .ok, .error]), statusMessage: int(0...3) == 0 ? "it \"failed\"\n" : "", attributes: attributes(),
            events: int(0...3) == 0 ? [SpanEvent(time: start, name: "exception", attributes: attributes())] : [],
            links: int(0...5) == 0 ? [SpanLink(traceID: TraceID(high: 9, low: 9), spanID: SpanID(9), attributes: attributes())] : [],
            traceState: int(0...5) == 0 ? "a=b,c=d" : "", isShared: isZipkin && int(0...3) == 0)
        spans.append(span)
        return span
    }

    private mutating func records() -> [LogBatch] {
        let record = LogRecord(
            time: now.precise - .nanoseconds(Int64(int(0...5_000_000))), severity: Severity(UInt8(int(0...24))), severityText: "SEV",
            message: "record \(int(0...99))", attributes: attributes(), traceID: TraceID(high: 0, low: UInt64(int(0...50))),
            spanID: SpanID(UInt64(int(0...50))))
        return [LogBatch(resource: Resource(attributes: [Attribute("service.name", .string("cart"))]), records: [record])]
    }

    private mutating func news() -> Arrival {
        if int(0...1) == 0 {
            let trouble = Trouble(
                signal: one(of: Signal.allCases), reason: one(of: DropReason.allCases), count: int(1...9), detail: "it was \"wrong\"\tthere"
            )
            return Arrival(source: Source(.zipkin, "127.0.0.1:1"), time: now, payload: .trouble(trouble))
        }
        let state = one(of: [SourceChange.State.listening, .waiting, .reading, .rotated, .truncated, .closed, .failed])
        return Arrival(source: Source(.tail, "/var/log/order.log"), time: now, payload: .status(SourceChange(state, "news \(int(0...9))")))
    }

    // MARK: - Chance

    private mutating func attributes() -> [Attribute] {
        let all = [
            Attribute("http.response.status_code", .int(Int64(int(100...599)))),
            Attribute("peer.service", .string("päyment\u{1F600}\u{0}")),
            Attribute("ratio", .double(Double(int(-999...999)) / 7)), Attribute("on", .bool(int(0...1) == 0)),
            Attribute("raw", .bytes([0, 255, 10])), Attribute("list", .array([.int(1), .string("two"), .array([])])),
            Attribute("map", .map([Attribute("deep", .double(.infinity)), Attribute("empty", .empty)])), Attribute("big", .int(.max)),
        ]
        return Array(all.shuffled(using: &random).prefix(int(0...4)))
    }
    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func one<Value>(of values: [Value]) -> Value { values[int(0...(values.count - 1))] }
    private func hex(_ value: UInt64) -> String { TraceID(high: 0, low: value).hexadecimal }
}

/// What a target exposes: counters that rise, series that come and go.
private struct RandomPage {
    private var counts: [Int: Int] = [:]

    mutating func change(_ random: inout Seeded) {
        for _ in 0..<4 { counts[Int.random(in: 0..<20, using: &random), default: 0] += Int.random(in: 0...50, using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0, let gone = counts.keys.sorted().randomElement(using: &random) { counts[gone] = nil }
    }

    func text(at now: Timestamp, _ isOpenMetrics: Bool) -> [UInt8] {
        var text = "# HELP requests Requests.\n# TYPE requests counter\n"
        for (route, count) in counts.sorted(by: { $0.key < $1.key }) {
            let exemplar = isOpenMetrics && route % 3 == 0 ? " # {trace_id=\"\(route)\"} \(count) \(now.milliseconds / 1000)" : ""
            text += "requests_total{route=\"/orders/\(route)\",instance=\"own\"} \(count)\(exemplar)\n"
        }
        text += "# TYPE load gauge\nload \(Double(counts.count) / 3)\n"
        return Array((text + (isOpenMetrics ? "# EOF\n" : "")).utf8)
    }
}
