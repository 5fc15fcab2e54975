import Telemetry

/// What is measured with: always the same, made from counters rather than from chance.
enum Material {
    static let start = Timestamp.seconds(1_790_000_000)
    static let services = ["edge", "user", "catalog", "cart", "order", "payment", "inventory", "mail", "search"]

    /// A second's spans as an exporter sends them: `traces` traces of ten spans over nine services, eight attributes each.
    static func spans(second: Int, traces: Int = 100) -> [SpanBatch] {
        (0..<10).map { depth in
            let service = services[(second + depth) % services.count]
            let resource = Resource(attributes: [
                Attribute("service.name", .string(service)), Attribute("service.version", .string("1.2.3")),
                Attribute("host.name", .string("machine-\(depth)")),
            ])
            return SpanBatch(resource: resource, spans: (0..<traces).map { span(second, trace: $0, depth) })
        }
    }

    private static func span(_ second: Int, trace: Int, _ depth: Int) -> Span {
        let begin = (start + .seconds(Int64(second))).precise + .microseconds(Int64(trace * 9_000 + depth * 300))
        let isError = trace % 50 == 0
        return Span(
            traceID: TraceID(high: UInt64(second + 1), low: UInt64(trace + 1)), spanID: SpanID(UInt64(depth + 1)),
            parentSpanID: SpanID(UInt64(depth)), name: "GET /orders/\(depth)", kind: depth % 2 == 0 ? .client : .server, start: begin,
            end: begin + .microseconds(Int64(40_000 - depth * 3_000)), status: isError ? .error : .unset,
            attributes: [
                Attribute("http.request.method", .string("GET")), Attribute("url.path", .string("/orders/\(second)")),
                Attribute("http.response.status_code", .int(isError ? 500 : 200)), Attribute("server.address", .string("order")),
                Attribute("server.port", .int(8080)), Attribute("network.protocol.version", .string("1.1")),
                Attribute("user_agent.original", .string("shop-client/1.0 (linux)")),
                Attribute("order.id", .string("order-\(second)-\(trace)")),
            ])
    }

    /// One trace of `count` spans, at most `depth` deep, over twelve services.
    static func tree(of count: Int, depth limit: Int = 8) -> [SpanBatch] {
        var depths: [Int] = []
        var parents: [Int] = []
        var spans: [[Span]] = Array(repeating: [], count: 12)
        for number in 0..<count {
            let back = number &* 2_654_435_761 % 200
            var parent = number == 0 ? -1 : max(0, number - 1 - back)
            while parent >= 0, depths[parent] >= limit { parent = parents[parent] }
            parents.append(parent)
            depths.append(parent < 0 ? 0 : depths[parent] + 1)
            let begin = start.precise + .microseconds(Int64(number * 20))
            let length = number == 0 ? count * 20 : 900
            let attributes = [Attribute("url.path", .string("/things/\(number)")), Attribute("http.response.status_code", .int(200))]
            spans[number % 12].append(
                Span(
                    traceID: TraceID(high: 9, low: 9), spanID: SpanID(UInt64(number + 1)), parentSpanID: SpanID(UInt64(parent + 1)),
                    name: "GET /things/\(number % 40)", kind: number % 2 == 0 ? .client : .server, start: begin,
                    end: begin + .microseconds(Int64(length)), attributes: attributes))
        }
        return spans.enumerated().map { index, spans in
            SpanBatch(resource: Resource(attributes: [Attribute("service.name", .string("service-\(index)"))]), spans: spans)
        }
    }

    /// A second's log records of one service.
    static func records(second: Int, count: Int = 1000) -> LogBatch {
        let time = (start + .seconds(Int64(second))).precise
        let resource = Resource(attributes: [Attribute("service.name", .string(services[second % services.count]))])
        var records: [LogRecord] = []
        for number in 0..<count {
            let isError = number % 40 == 0
            let status = isError ? 503 : 200
            let attributes = [
                Attribute("order.id", .string("order-\(second)-\(number)")), Attribute("http.status", .int(200)),
                Attribute("route", .string("/orders/{id}")),
            ]
            records.append(
                LogRecord(
                    time: time + .microseconds(Int64(number * 900)), severity: isError ? .error : .info,
                    severityText: isError ? "error" : "info",
                    message: "request \(second) finished for order \(number) with status \(status) in \(number) ms", attributes: attributes,
                    traceID: TraceID(high: UInt64(second + 1), low: UInt64(number / 10 + 1)), spanID: SpanID(UInt64(number % 10 + 1))))
        }
        return LogBatch(resource: resource, records: records)
    }

    /// JSON lines as services write them.
    static func lines(_ count: Int) -> [UInt8] {
        var text = ""
        for number in 0..<count {
            let level = number % 40 == 0 ? "error" : "info"
            let trace = TraceID(high: 1, low: UInt64(number / 10 + 1)).hexadecimal
            text += """
                {"ts":"2026-09-21T14:\(10 + number % 50):\(10 + number % 49).\(100 + number % 900)Z","level":"\(level)","service":"order",\
                "message":"order \(number) placed","trace_id":"\(trace)","span_id":"\(SpanID(UInt64(number + 1)).hexadecimal)",\
                "http":{"method":"POST","route":"/orders","status":200,"duration_ms":\(number % 900).25}}

                """
        }
        return Array(text.utf8)
    }

    /// A page of `series` counters, buckets, sums and gauges with six labels, 140 bytes a line, of which about half have moved since the version before.
    static func page(_ series: Int, version: Int) -> [UInt8] {
        var text = "# TYPE http_requests_total counter\n"
        for number in 0..<series * 4 / 10 {
            text += """
                http_requests_total{service="shop-\(number % 10)",handler="/api/v1/things/\(number / 40)",method="GET",code="\(200 + number % 9)",\
                zone="eu-west-1\(number / 36 % 4)",pod="shop-\(number % 10)-2654435761"} \(number % 5 < 2 ? number * 7 : number * 31 + version * 13)

                """
        }
        text += "# TYPE http_request_duration_seconds histogram\n"
        for number in 0..<series / 2 {
            let labels = "service=\"shop-\(number % 10)\",handler=\"/api/v1/things/\(number / 14)\",method=\"GET\",zone=\"eu-west-1a\""
            text +=
                number % 14 == 13
                ? "http_request_duration_seconds_sum{\(labels)} \(Double(number + version) * 0.04312771)\n"
                : "http_request_duration_seconds_bucket{\(labels),le=\"\(number % 14)\"} \(number + (number / 14 % 5 < 3 ? version * 3 : 0))\n"
        }
        text += "# TYPE container_memory_working_set_bytes gauge\n"
        for number in 0..<series - series * 4 / 10 - series / 2 {
            let bytes = 10_000 + (number * 7919 + version * 4096) % 90_000
            text += """
                container_memory_working_set_bytes{namespace="prod",pod="shop-\(number)-2654435761",container="c\(number % 3)",\
                node="node-\(number % 16)"} 1.\(bytes)e+09

                """
        }
        return Array(text.utf8)
    }

    static func scrape(_ body: [UInt8], round: Int) -> Arrival {
        let time = start + .seconds(Int64(round * 5))
        return Arrival(
            source: Source(.scrape, "http://shop:9901/metrics"), time: time,
            payload: .scrape(
                Scrape(
                    labels: LabelSet([Label("job", "shop"), Label("instance", "shop:9901")]), body: body,
                    contentType: "text/plain; version=0.0.4",
                    started: time, duration: .milliseconds(12), interval: .seconds(5))))
    }
}
