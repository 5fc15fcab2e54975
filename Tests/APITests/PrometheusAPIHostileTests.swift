import Telemetry
import TestKit
import Testing

@testable import API

/// Whatever comes, an answer goes: success, an error with its type, or a plain refusal.
@Suite struct PrometheusAPIHostileTests {
    private static let paths = [
        "query", "query_range", "query_exemplars", "series", "labels", "label/job/values", "label/%zz/values", "label/U__%ff/values",
        "metadata",
        "targets", "targets/metadata", "format_query", "parse_query", "rules", "alerts", "status/tsdb", "status/config", "", "/",
        "label//values",
    ]
    private static let names = [
        "query", "time", "start", "end", "step", "timeout", "limit", "match[]", "match%5B%5D", "lookback_delta", "stats", "metric",
        "limit_per_metric", "match_target", "state", "type", "%", "%zz",
    ]
    private static let values = [
        "", "0", "-1", "1e308", "-1e308", "nan", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1700000000",
        "1e-320", "5m",
        "106751d", "999999y", "2023-11-14T22:13:20Z", "9999-12-31T23:59:59.999999999%2B23:59", "-292273086-05-16T16:47:06Z", "up", "%7B%7D",
        "%7Ba%3D~%22(%22%7D", "rate(up[5m])", "up[9999y:1ms]", "sum(", "%00", "%ff%fe", "%F0%9F%92%A9", ";", "&&==&", "all",
        "up%20@%209e18",
        "up%20offset%20-290y", "up[290y]%20offset%20290y", "count_values(%22%22,up)", "label_replace(up,%22%22,%22%22,%22%22,%22(%22)",
        "1%2B1",
        "vector(1)[1y:1s]", "time()%5E1e308", "-9223372036854775809",
    ]

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func everyRequestHasAnAnswer(seed: UInt64) {
        var random = Seeded(seed)
        let shop = Asking { $0.options.sampleLimit = 100_000 }
        for _ in 0..<250 {
            let path = Self.paths.randomElement(using: &random) ?? ""
            let pairs = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                "\(Self.names.randomElement(using: &random) ?? "")=\(Self.values.randomElement(using: &random) ?? "")"
            }
            let proper = [
                "query=\(Self.values.randomElement(using: &random) ?? "")", "match[]=up", "start=1699999000", "end=1700000000", "step=100",
            ]
            let form = (pairs + (Bool.random(using: &random) ? proper : [])).joined(separator: "&")
            let isPost = Bool.random(using: &random)
            let answer = isPost ? shop.ask(path, form: form) : shop.ask(path + "?" + form)
            let isProper =
                answer.hasPrefix("200 {\"status\":\"success\",\"data\":")
                || answer.hasPrefix("400 {\"status\":\"error\",\"errorType\":\"bad_data\",")
                || answer.hasPrefix("422 {\"status\":\"error\",\"errorType\":\"execution\",")
                || answer.hasPrefix("503 {\"status\":\"error\",\"errorType\":\"timeout\",")
                || answer == "404 404 page not found\n"
                || answer == "405 Method Not Allowed\n"
            #expect(isProper, "seed \(seed): \(isPost ? "POST" : "GET") \(path)?\(form): \(answer.prefix(300))")
        }
    }
}
