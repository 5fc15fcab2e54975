import Glibc
import Telemetry
import TestKit
import Wire

/// A Prometheus of one's own, on the loopback interface, its data in a temporary folder.
final class PrometheusServer {
    /// The one that `DOGWATCH_PROMETHEUS` names, or the one installed.
    static let path: String? = {
        if let path = getenv("DOGWATCH_PROMETHEUS") { return String(cString: path) }
        return ["/usr/bin/prometheus", "/usr/local/bin/prometheus"].first { access($0, X_OK) == 0 }
    }()

    private let folder = TemporaryFolder()
    private let port = HTTPClient.freePort()
    private let child: Child

    init?(path: String) {
        folder.write("{}", to: "prometheus.yml")
        child = Child(
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--storage.tsdb.retention.time=100y", "--web.listen-address=127.0.0.1:\(port)", "--web.enable-remote-write-receiver",
                "--log.level=error",
            ], path: path)
        let deadline = Program.now + Program.patience
        while ask("/-/ready")?.contains("200 OK") != true { if Program.now > deadline { return nil } }
    }
    deinit {
        child.signal(SIGTERM)
        _ = child.finish()
    }

    var version: String {
        let body = HTTPClient.body(ask("/api/v1/status/buildinfo"))
        return body.split(separator: "\"version\":\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) } ?? "unknown"
    }

    /// In HTTP 1.0, so that the answer comes in one piece.
    func ask(_ path: String) -> String? { HTTPClient.ask("GET \(path) HTTP/1.0\r\nHost: here\r\n\r\n", port: port) }

    /// Sends samples by remote write, each series a request; false where one is refused.
    func take(_ batch: MetricBatch) -> Bool {
        batch.series.allSatisfy { series in
            let body = Self.packed(RemoteWrite.encode(MetricBatch(series: [series])))
            let head =
                "POST /api/v1/write HTTP/1.0\r\nHost: here\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
                + "X-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: \(body.count)\r\n\r\n"
            return HTTPClient.ask(Array(head.utf8) + body, port: port)?.contains(" 204 ") == true
        }
    }
    /// Snappy that packs nothing: its length, and literals of 64 KiB.
    private static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var (out, rest) = ([UInt8](), bytes.count)
        while rest >= 0x80 {
            out.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
        for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
            let piece = bytes[start..<min(start + 1 << 16, bytes.count)]
            out += [61 << 2, UInt8((piece.count - 1) & 0xff), UInt8((piece.count - 1) >> 8)] + piece
        }
        return out
    }
}
