import Glibc
import TestKit
import Testing

/// What senders of remote write are answered, over real sockets, and what a real Prometheus delivers.
@Suite struct RemoteWriteTests {
    /// One sample of `t_metric`, in protobuf by hand and packed by snappy as one literal.
    private func request(_ value: UInt8, at milliseconds: Int64) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
        func label(_ name: String, _ value: String) -> [UInt8] { field(1, field(1, Array(name.utf8)) + field(2, Array(value.utf8))) }
        var rest = UInt64(milliseconds)
        var time: [UInt8] = []
        while rest >= 0x80 {
            time.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        let number = withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { Array($0) }
        let sample = field(2, [9] + number + [16] + time + [UInt8(rest)])
        let bytes = field(1, label("__name__", "t_metric") + sample)
        return [UInt8(bytes.count), 60 << 2, UInt8(bytes.count - 1)] + bytes
    }
    private func post(_ body: [UInt8], _ server: Server, type: String = "application/x-protobuf") -> String {
        let head = [
            "POST /api/v1/write HTTP/1.1", "Host: here", "Content-Type: \(type)", "Content-Encoding: snappy",
            "X-Prometheus-Remote-Write-Version: 0.1.0", "Content-Length: \(body.count)", "Connection: close",
        ].joined(separator: "\r\n")
        return HTTPClient.ask(Array((head + "\r\n\r\n").utf8) + body, port: server.api) ?? "no answer"
    }

    @Test func sendersAreAnsweredSoThatTheyKnowWhatToSendAgain() throws {
        let server = try Server()
        let now = Int64(time(nil)) * 1000
        #expect(post(request(1, at: now - 5000), server).hasPrefix("HTTP/1.1 204"))
        #expect(post(request(1, at: now - 5000), server).hasPrefix("HTTP/1.1 204"), "the same once more is no fault")
        #expect(post(request(2, at: now), server).hasPrefix("HTTP/1.1 204"))
        let late = post(request(3, at: now - 3000), server)
        #expect(late.hasPrefix("HTTP/1.1 400") && late.contains("out of order sample"), "\(late)")
        let double = post(request(3, at: now), server)
        #expect(double.hasPrefix("HTTP/1.1 400") && double.contains("duplicate sample for timestamp"), "\(double)")
        let early = post(request(3, at: now + 3_600_000), server)
        #expect(early.hasPrefix("HTTP/1.1 400") && early.contains("out of bounds"), "\(early)")
        #expect(post([9, 9, 9], server).hasPrefix("HTTP/1.1 400"))
        #expect(post(request(1, at: now), server, type: "application/json").hasPrefix("HTTP/1.1 415"))
        #expect(HTTPClient.get("/api/v1/write", port: server.api)?.hasPrefix("HTTP/1.1 405") == true)
        #expect(server.query("t_metric") == "2")
        #expect(server.value("dogwatch_dropped_total{signal=\"metrics\",reason=\"out_of_order\"}") == 1)
    }

    private static let prometheus: String? = ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].first { access($0, X_OK) == 0 }

    @Test(.enabled(if: prometheus != nil, "prometheus is not installed"))
    func everySampleOfAPrometheusArrives() throws {
        let path = try #require(Self.prometheus)
        let server = try Server()
        let folder = TemporaryFolder()
        let port = HTTPClient.freePort()
        folder.write(
            """
            global: {scrape_interval: 250ms, scrape_timeout: 250ms, external_labels: {cluster: lab}}
            scrape_configs: [{job_name: self, static_configs: [{targets: ["127.0.0.1:\(port)"], labels: {instance: here}}]}]
            remote_write:
              - url: http://127.0.0.1:\(server.api)/api/v1/write
                queue_config: {batch_send_deadline: 100ms}
                metadata_config: {send_interval: 500ms}
            """, to: "prometheus.yml")
        let prometheus = Child(
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], path: path)
        #expect(server.waitForQuery("count_over_time(up{cluster=\"lab\"}[1m]) > bool 8", "1"), "\(prometheus.errorText)")
        // A span of time that is over: what Prometheus has of it, dogwatch must come to have.
        let end = Int(time(nil))
        let query =
            "query?query=" + #"{job="self",__name__=~"up|scrape_.*|go_.*|prometheus_tsdb_head_.*"}[30s]"#.percentEncoded + "&time=\(end)"
        let deadline = Program.now + Program.patience
        var (theirs, ours) = ("", "")
        repeat {
            // In HTTP 1.0, so that the answer comes in one piece.
            theirs = HTTPClient.body(HTTPClient.ask("GET /api/v1/\(query) HTTP/1.0\r\nHost: here\r\n\r\n", port: port))
            // Prometheus adds its external labels only to what it sends.
            ours = server.api(query).replacing(#""cluster":"lab","#, with: "")
        } while (theirs != ours || !theirs.contains("go_goroutines")) && Program.now < deadline
        #expect(theirs == ours && ours.contains("go_goroutines"), "\(theirs.prefix(2000))\n\(ours.prefix(2000))")
        #expect(server.query("count(prometheus_build_info)") == "1")
        #expect(server.value("dogwatch_dropped_total{signal=\"metrics\",reason=\"out_of_order\"}") ?? 0 == 0)
        while !server.api("metadata?metric=go_goroutines").contains(#""type":"gauge""#), Program.now < deadline {}
        #expect(server.api("metadata?metric=go_goroutines").contains(#""type":"gauge""#))
        prometheus.signal(SIGTERM)
        _ = prometheus.finish()
    }
}
