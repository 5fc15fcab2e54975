import Ports
import PromQL
import Synchronization
import Telemetry

/// `/api/v1/…`, as Prometheus 3 answers it.
package struct PrometheusAPI: Sendable {
    /// Bytes from which on an answer is packed.
    private static let packingBegin = 1024
    static let prefix = "/api/v1/"

    enum Endpoint: Hashable, Sendable {
        case query, queryRange, queryExemplars, formatQuery, parseQuery
        case series, labels, labelValues(String), metadata, targets, targetMetadata
        case rules, alerts, alertmanagers, config, flags, runtimeInformation, buildInformation, seriesStatistics, walReplay

        init?(path: String) {
            switch path {
            case "query": self = .query
            case "query_range": self = .queryRange
            case "query_exemplars": self = .queryExemplars
            case "format_query": self = .formatQuery
            case "parse_query": self = .parseQuery
            case "series": self = .series
            case "labels": self = .labels
            case "metadata": self = .metadata
            case "targets": self = .targets
            case "targets/metadata": self = .targetMetadata
            case "rules": self = .rules
            case "alerts": self = .alerts
            case "alertmanagers": self = .alertmanagers
            case "status/config": self = .config
            case "status/flags": self = .flags
            case "status/runtimeinfo": self = .runtimeInformation
            case "status/buildinfo": self = .buildInformation
            case "status/tsdb": self = .seriesStatistics
            case "status/walreplay": self = .walReplay
            default:
                let parts = path.split(separator: "/", omittingEmptySubsequences: false)
                guard parts.count == 3, parts[0] == "label", parts[2] == "values" else { return nil }
                self = .labelValues(String(parts[1]))
            }
        }

        var takesPost: Bool {
            switch self {
            case .query, .queryRange, .queryExemplars, .formatQuery, .parseQuery, .series, .labels: true
            default: false
            }
        }
        /// What looks at many series, or may have much to read, and so does not run on the server's own threads.
        var takesTime: Bool {
            switch self {
            case .rules, .alerts, .alertmanagers, .targets, .config, .flags, .runtimeInformation, .buildInformation, .walReplay: false
            default: true
            }
        }
    }

    /// What one request goes by.
    struct Call: Sendable {
        var form: RequestForm
        var arrived: Timestamp
        var isAbandoned: @Sendable () -> Bool
    }
    /// What stands beside the data of an answer.
    struct Notes {
        var warnings: [String] = []
        var infos: [String] = []
    }

    let sources: APISources
    private let waiting = WaitingForms()
    package init(_ sources: APISources) { self.sources = sources }

    func answer(_ request: HTTPRequest, to reply: HTTPReply) {
        let headers = crossOrigin(request)
        guard let endpoint = Endpoint(path: String(request.path.dropFirst(Self.prefix.count))) else {
            return reply.send(plain(404, "404 page not found\n", headers))
        }
        switch request.method {
        case "OPTIONS": return reply.send(HTTPResponse(status: 204, headers: headers))
        case "GET", "HEAD": break
        case "POST" where endpoint.takesPost: break
        default:
            return reply.send(
                plain(405, "Method Not Allowed\n", headers + [("Allow", endpoint.takesPost ? "GET, OPTIONS, POST" : "GET, OPTIONS")]))
        }
        begin(endpoint, request, headers, reply)
    }

    private func begin(_ endpoint: Endpoint, _ request: HTTPRequest, _ headers: [(name: String, value: String)], _ reply: HTTPReply) {
        let (arrived, size) = (sources.clock(), request.body.count)
        let work = { @Sendable [self] in
            let isAbandoned = { @Sendable [weak reply] in reply?.isAbandoned ?? true }
            if !isAbandoned() { reply.send(response(endpoint, request, arrived, headers, isAbandoned)) }
        }
        guard endpoint.takesTime else { return work() }
        if waiting.enter(size) {
            let isTaken = sources.run { [waiting] in
                work()
                waiting.leave(size)
            }
            if isTaken { return }
            waiting.leave(size)
        }
        let failure = APIFailure(.unavailable, "too many queries are waiting already; ask again later")
        reply.send(Self.response(failure, headers + [("Retry-After", "1")]))
    }

    private func response(
        _ endpoint: Endpoint, _ request: HTTPRequest, _ arrived: Timestamp, _ headers: [(name: String, value: String)],
        _ isAbandoned: @escaping @Sendable () -> Bool
    ) -> HTTPResponse {
        var json = JSONBytes(capacity: 1 << 12)
        var notes = Notes()
        json.raw("{\"status\":\"success\",\"data\":")
        do throws(APIFailure) {
            let call = Call(form: try RequestForm(request), arrived: arrived, isAbandoned: isAbandoned)
            try write(endpoint, call, &json, &notes)
        } catch {
            return Self.response(error, headers)
        }
        if !notes.warnings.isEmpty {
            json.raw(",\"warnings\":")
            json.array(notes.warnings) { $0.string($1) }
        }
        if !notes.infos.isEmpty {
            json.raw(",\"infos\":")
            json.array(notes.infos) { $0.string($1) }
        }
        json.raw("}")
        guard request.takesGzip, json.count >= Self.packingBegin, let pack = sources.pack else {
            return HTTPResponse(status: 200, headers: Self.contentType + headers, body: json.bytes)
        }
        return HTTPResponse(
            status: 200, headers: Self.contentType + headers + [("Content-Encoding", "gzip")], body: pack(json.bytes))
    }

    private func write(_ endpoint: Endpoint, _ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        switch endpoint {
        case .query: try writeInstant(call, &json, &notes)
        case .queryRange: try writeRange(call, &json, &notes)
        case .queryExemplars: try writeExemplars(call, &json)
        case .formatQuery: try writeFormatted(call, &json)
        case .parseQuery: try writeParsed(call, &json)
        case .series: try writeSeries(call, &json, &notes)
        case .labels: try writeLabelNames(call, &json, &notes)
        case .labelValues(let name): try writeLabelValues(name, call, &json, &notes)
        case .metadata: try writeMetadata(call, &json)
        case .targets: writeTargets(call, &json)
        case .targetMetadata: try writeTargetMetadata(call, &json)
        case .rules: try writeRules(call, &json)
        case .alerts: writeAlerts(&json)
        case .alertmanagers: writeAlertmanagers(&json)
        case .config: writeConfiguration(&json)
        case .flags: writeFlags(&json)
        case .runtimeInformation: writeRuntime(&json)
        case .buildInformation: writeBuild(&json)
        case .seriesStatistics: try writeSeriesStatistics(call, &json)
        case .walReplay: json.raw("{\"min\":0,\"max\":0,\"current\":0}")
        }
    }

    // MARK: Envelopes

    private static let contentType = [(name: "Content-Type", value: "application/json")]

    static func response(_ failure: APIFailure, _ headers: [(name: String, value: String)]) -> HTTPResponse {
        var json = JSONBytes()
        json.raw("{\"status\":\"error\",\"errorType\":")
        json.string(failure.kind.rawValue)
        json.raw(",\"error\":")
        json.string(failure.message)
        json.raw("}")
        return HTTPResponse(status: failure.kind.status, headers: contentType + headers, body: json.bytes)
    }
    private func plain(_ status: Int, _ text: String, _ headers: [(name: String, value: String)]) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, body: Array(text.utf8))
    }
    private static let varies = "Origin, Accept-Encoding"
    /// What lets a page of another origin read the answer, as Prometheus allows unless told otherwise.
    private func crossOrigin(_ request: HTTPRequest) -> [(name: String, value: String)] {
        guard let origin = request.header("origin"), !origin.isEmpty else { return [("Vary", Self.varies)] }
        return [
            ("Vary", Self.varies), ("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin"),
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"), ("Access-Control-Expose-Headers", "Date"),
            ("Access-Control-Allow-Origin", "*"),
        ]
    }
}

/// The memory that requests take until they have had their turn.
private final class WaitingForms: Sendable {
    private static let limit = 64 << 20
    private let bytes = Atomic<Int>(0)

    /// False where it would be too much with what waits already.
    func enter(_ count: Int) -> Bool {
        let before = bytes.add(count, ordering: .relaxed).oldValue
        if before == 0 || before + count <= Self.limit { return true }
        leave(count)
        return false
    }
    func leave(_ count: Int) { bytes.subtract(count, ordering: .relaxed) }
}

extension HTTPRequest {
    /// By its `Accept-Encoding`: `gzip`, or `*`, of a quality above 0.
    fileprivate var takesGzip: Bool {
        var others: Bool?
        for part in (header("accept-encoding") ?? "").lowercased().split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let isRefused = words.dropFirst().contains { $0.hasPrefix("q=") && (Double($0.dropFirst(2)) ?? 1) <= 0 }
            switch words.first {
            case "gzip", "x-gzip": return !isRefused
            case "*": others = !isRefused
            default: break
            }
        }
        return others ?? false
    }
}

extension JSONBytes {
    mutating func array<Elements: Sequence>(_ elements: Elements, _ write: (inout JSONBytes, Elements.Element) -> Void) {
        byte(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { byte(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, element)
        }
        byte(UInt8(ascii: "]"))
    }
    mutating func labels(_ labels: LabelSet) {
        byte(UInt8(ascii: "{"))
        var isFirst = true
        for label in labels.labels {
            if !isFirst { byte(UInt8(ascii: ",")) }
            isFirst = false
            labelText(label.name)
            byte(UInt8(ascii: ":"))
            labelText(label.value)
        }
        byte(UInt8(ascii: "}"))
    }
}
