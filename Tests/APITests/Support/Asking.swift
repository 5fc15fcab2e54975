import Ports
import Synchronization
import Telemetry
import TestKit

@testable import API

/// Asks an API over a model store, without a network.
struct Asking {
    static let noon = Timestamp(milliseconds: 1_700_000_000_000)
    var api: PrometheusAPI

    init(_ change: (inout APISources) -> Void = { _ in }) {
        var sources = APISources(store: { [store = Self.shop] in store }, now: { Self.noon }, clock: { Self.noon })
        sources.server.version = "0.1.0"
        change(&sources)
        api = PrometheusAPI(sources)
    }

    static var shop: ModelStore {
        var store = ModelStore()
        let samples = (0...20).map { Sample(noon - .seconds(Int64(300 - $0 * 15)), Double($0) * 1.5) }
        store.add(["__name__": "http_requests_total", "job": "shop", "instance": "a:1", "code": "200"], samples)
        store.add(
            ["__name__": "http_requests_total", "job": "shop", "instance": "a:1", "code": "500"], samples,
            exemplars: [
                Exemplar(labels: LabelSet([Label("trace_id", "abc")]), value: 0.25, time: noon - .milliseconds(1500))
            ])
        store.add(["__name__": "up", "job": "shop", "instance": "a:1"], [Sample(noon - .seconds(70), 1), Sample(noon - .seconds(10), 1)])
        store.add(["__name__": "up", "job": "pay", "instance": "b:2"], [Sample(noon - .seconds(10), 0)])
        store.add(["__name__": "gone", "job": "old"], [Sample(noon - .minutes(600), 1)])
        store.add(["__name__": "http.status", "job": "été"], [Sample(noon, 3)])
        store.families = [
            "http_requests_total": MetricMetadata(type: .counter, help: "Requests \"served\"."),
            "up": MetricMetadata(type: .gauge, help: "", unit: "x"),
        ]
        return store
    }

    func response(_ target: String, method: String = "GET", form: String? = nil, headers: [(name: String, value: String)] = [])
        -> HTTPResponse?
    {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = headers
        if form != nil { headers.append((name: "content-type", value: "application/x-www-form-urlencoded")) }
        let request = HTTPRequest(
            method: form == nil ? method : "POST", path: "/api/v1/" + (parts.first ?? ""), query: parts.count > 1 ? String(parts[1]) : "",
            headers: headers,
            body: Array((form ?? "").utf8))
        let box = Mutex<HTTPResponse?>(nil)
        api.answer(request, to: HTTPReply { response in box.withLock { $0 = response } })
        return box.withLock { $0 }
    }
    /// Status and body.
    func ask(_ target: String, method: String = "GET", form: String? = nil) -> String {
        guard let response = response(target, method: method, form: form) else { return "no answer" }
        return "\(response.status) \(String(decoding: response.body, as: UTF8.self))"
    }
}

func success(_ data: String, _ rest: String = "") -> String { "200 {\"status\":\"success\",\"data\":\(data)\(rest)}" }
func failure(_ status: Int, _ type: String, _ message: String) -> String {
    let escaped = message.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
    return "\(status) {\"status\":\"error\",\"errorType\":\"\(type)\",\"error\":\"\(escaped)\"}"
}
