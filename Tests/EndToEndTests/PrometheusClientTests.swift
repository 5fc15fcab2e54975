import TestKit
import Testing

/// Pages of Prometheus's own client library, where Python has it.
@Suite(.enabled(if: Python.has("prometheus_client"), "needs Python with prometheus_client; DOGWATCH_PYTHON names another one"))
struct PrometheusClientTests {
    private static let program = """
        import sys, time
        from prometheus_client import start_http_server, CollectorRegistry, Counter, Gauge, Histogram, Summary, Info, Enum
        registry = CollectorRegistry()
        Counter("orders", "Orders \\"placed\\".", ["region"], registry=registry).labels("eu\\n\\"1\\"").inc(41, {"trace_id": "abc123"})
        Gauge("queue_depth", "Waiting.", registry=registry).set(-2.5)
        histogram = Histogram("latency_seconds", "Latency.", buckets=(0.1, 1), registry=registry)
        for value in (0.05, 0.5, 5): histogram.observe(value)
        Summary("size_bytes", "Sizes.", registry=registry).observe(1e9)
        Info("build", "Build.", registry=registry).info({"version": "1.2"})
        Enum("state", "State.", states=["up", "down"], registry=registry).state("down")
        server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
        print(server.server_port, "listens", file=sys.stderr, flush=True)
        time.sleep(300)
        """

    @Test(arguments: ["OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"])
    func aPageOfThePythonClientIsTakenInEveryFormItHas(_ form: String) throws {
        let client = Child(["-c", Self.program], path: Python.path)
        #expect(client.waitForError(" listens"))
        let port = try #require(client.errorText.split(separator: " ").first.flatMap { Int($0) })
        let folder = TemporaryFolder()
        folder.write(
            """
            scrape_configs:
              - job_name: python
                scrape_interval: 200ms
                scrape_protocols: [\(form)]
                static_configs: [{targets: ["127.0.0.1:\(port)"], labels: {instance: here}}]
            """, to: "dogwatch.yaml")
        let server = try Server(["--config", folder.path + "/dogwatch.yaml"])
        #expect(server.waitForQuery("up{job=\"python\"}", "1"))
        let values = [
            ("orders_total{region=\"eu\\n\\\"1\\\"\"}", "41"), ("queue_depth", "-2.5"), ("latency_seconds_bucket{le=\"0.1\"}", "1"),
            ("latency_seconds_bucket{le=\"+Inf\"}", "3"), ("latency_seconds_sum", "5.55"), ("latency_seconds_count", "3"),
            ("size_bytes_sum", "1000000000"), ("build_info{version=\"1.2\"}", "1"), ("state{state=\"down\"}", "1"),
            ("state{state=\"up\"}", "0"), ("count(orders_created)", "1"), ("scrape_samples_scraped", "15"),
        ]
        for (query, value) in values { #expect(server.query(query) == value, "\(query)") }
        let metadata = server.api("metadata")
        #expect(metadata.contains(#""type":"counter","help":"Orders \"placed\".""#), "\(metadata)")
        let exemplars = server.api("query_exemplars?query=orders_total&start=0&end=99999999999")
        #expect(exemplars.contains(#""trace_id":"abc123""#) == (form == "OpenMetricsText1.0.0"), "\(exemplars)")
    }
}

extension Server {
    /// The body of an answer of the API.
    func api(_ path: String) -> String { HTTPClient.body(HTTPClient.get("/api/v1/" + path, port: api)) }

    /// What `expression` comes to where that is one value; else the whole answer.
    func query(_ expression: String, at time: Double? = nil) -> String {
        let path = "query?query=" + expression.percentEncoded + (time.map { "&time=\($0)" } ?? "")
        let body = api(path)
        let values = body.split(separator: "\"value\":[").dropFirst()
        guard values.count == 1, let value = values.first?.split(separator: "\"").dropFirst().first else { return body }
        return String(value)
    }

    /// Asks until `expression` is `value`.
    func waitForQuery(_ expression: String, _ value: String) -> Bool {
        let deadline = Program.now + Program.patience
        while Program.now < deadline { if query(expression) == value { return true } }
        return false
    }
}

extension String {
    var percentEncoded: String {
        utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
