import Ports
import Telemetry

/// Answers dogwatch's own HTTP API: `/metrics`, `/-/healthy`, `/-/ready`, and what Prometheus answers under `/api/v1/`.
package struct APIHandler: HTTPHandler {
    private static let served = ["/metrics", "/-/healthy", "/-/ready"]

    private let numbers: @Sendable () -> OwnNumbers
    private let isReady: @Sendable () -> Bool
    private let prometheus: PrometheusAPI?

    /// Both are asked on the server's threads, for each request anew.
    package init(
        prometheus: PrometheusAPI? = nil, isReady: @escaping @Sendable () -> Bool = { true }, numbers: @escaping @Sendable () -> OwnNumbers
    ) {
        self.prometheus = prometheus
        self.isReady = isReady
        self.numbers = numbers
    }

    package func answer(_ request: HTTPRequest, to reply: HTTPReply) {
        if let prometheus, request.path.hasPrefix(PrometheusAPI.prefix) { return prometheus.answer(request, to: reply) }
        reply.send(answer(request))
    }

    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard Self.served.contains(request.path) else {
            let served = Self.served + (prometheus == nil ? [] : [PrometheusAPI.prefix + "…"])
            return sentence(404, "nothing is served at \(request.path.prefix(200)); served here are \(served.joined(separator: ", "))")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return sentence(405, "\(request.path) takes GET, not \(request.method.prefix(20))", headers: [("Allow", "GET, HEAD")])
        }
        switch request.path {
        case "/metrics":
            let format = MetricsPage.Format(accept: request.header("accept") ?? "")
            return HTTPResponse(
                status: 200, headers: [("Content-Type", format.contentType)], body: MetricsPage.render(numbers(), as: format))
        case "/-/ready": return isReady() ? sentence(200, "dogwatch is ready.") : sentence(503, "dogwatch is starting.")
        default: return sentence(200, "dogwatch is healthy.")
        }
    }

    /// Nothing of a signal is lost by it, so there is nothing to count.
    package func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse { sentence(status, detail) }

    private func sentence(_ status: Int, _ text: String, headers: [(name: String, value: String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, body: Array((text + "\n").utf8))
    }
}
