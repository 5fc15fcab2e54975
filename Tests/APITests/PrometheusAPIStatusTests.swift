import Ports
import Synchronization
import Telemetry
import Testing

@testable import API

@Suite struct PrometheusAPIStatusTests {
    private let shop = Asking { sources in
        var up = TargetFacts(
            labels: LabelSet([Label("instance", "a:1"), Label("job", "shop")]), discoveredLabels: LabelSet([Label("__address__", "a:1")]),
            pool: "shop",
            url: "http://a:1/metrics", interval: .seconds(15), timeout: .seconds(10))
        up.health = .up
        up.lastScrape = Asking.noon - .milliseconds(250)
        up.lastDuration = .milliseconds(12)
        var down = TargetFacts(
            labels: LabelSet([Label("instance", "b:2"), Label("job", "pay")]), discoveredLabels: LabelSet([]), pool: "pay",
            url: "http://b:2/metrics",
            interval: .seconds(60), timeout: .seconds(10))
        down.health = .down
        down.lastError = "connection refused"
        sources.targets = { [up, down] in [up, down] }
        sources.server.flags = [("storage.memory", "512MiB")]
        sources.server.configuration = "scrape_configs: []\n"
    }

    @Test func tellsMetadata() {
        #expect(
            shop.ask("metadata")
                == success(
                    #"{"http_requests_total":[{"type":"counter","help":"Requests \"served\".","unit":""}],"up":[{"type":"gauge","help":"","unit":"x"}]}"#
                ))
        #expect(shop.ask("metadata?metric=up") == success(#"{"up":[{"type":"gauge","help":"","unit":"x"}]}"#))
        #expect(shop.ask("metadata?metric=none") == success("{}"))
        #expect(shop.ask("metadata?limit=1").contains("up\":") == false)
        #expect(shop.ask("metadata?limit=x") == failure(400, "bad_data", "limit must be a number"))
    }

    @Test func tellsTargets() {
        let pay =
            #"{"discoveredLabels":{},"labels":{"instance":"b:2","job":"pay"},"scrapePool":"pay","scrapeUrl":"http://b:2/metrics","globalUrl":"http://b:2/metrics","#
            + #""lastError":"connection refused","lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,"health":"down","scrapeInterval":"1m","scrapeTimeout":"10s"}"#
        let shopText =
            #"{"discoveredLabels":{"__address__":"a:1"},"labels":{"instance":"a:1","job":"shop"},"scrapePool":"shop","scrapeUrl":"http://a:1/metrics","#
            + #""globalUrl":"http://a:1/metrics","lastError":"","lastScrape":"2023-11-14T22:13:19.750Z","lastScrapeDuration":0.012,"health":"up","scrapeInterval":"15s","scrapeTimeout":"10s"}"#
        let dropped = #""droppedTargets":[],"droppedTargetCounts":{}}"#
        #expect(shop.ask("targets") == success(#"{"activeTargets":[\#(shopText),\#(pay)],\#(dropped)"#))
        #expect(shop.ask("targets?scrapePool=pay&state=active") == success(#"{"activeTargets":[\#(pay)],\#(dropped)"#))
        #expect(shop.ask("targets?state=dropped") == success(#"{"activeTargets":[],\#(dropped)"#))
    }

    @Test func tellsWhatATargetSaysOfItsMetrics() {
        #expect(
            shop.ask("targets/metadata?match_target=%7Bjob=~%22p.*%22%7D")
                == success(#"[{"target":{"instance":"b:2","job":"pay"},"metric":"up","type":"gauge","help":"","unit":"x"}]"#))
        #expect(
            shop.ask("targets/metadata?metric=http_requests_total")
                == success(#"[{"target":{"instance":"a:1","job":"shop"},"type":"counter","help":"Requests \"served\".","unit":""}]"#))
        #expect(shop.ask("targets/metadata?metric=none") == success("[]"))
        #expect(shop.ask("targets/metadata?limit=1").hasPrefix("200"))
        #expect(
            shop.ask("targets/metadata?match_target=%7B")
                == failure(400, "bad_data", "invalid parameter \"match_target\": 1:2: parse error: unexpected end of input inside braces"))
    }

    @Test func tellsOfTheProgram() {
        #expect(shop.ask("status/config") == success(#"{"yaml":"scrape_configs: []\n"}"#))
        #expect(shop.ask("status/flags") == success(#"{"storage.memory":"512MiB"}"#))
        #expect(shop.ask("status/buildinfo").contains(#""version":"3.5.0+dogwatch.0.1.0""#))
        #expect(shop.ask("status/runtimeinfo").contains(#""serverTime":"2023-11-14T22:13:20Z""#))
        #expect(shop.ask("status/walreplay") == success(#"{"min":0,"max":0,"current":0}"#))
        #expect(shop.ask("rules?type=alert") == success(#"{"groups":[]}"#))
        #expect(shop.ask("rules?type=x") == failure(400, "bad_data", "invalid parameter \"type\": not supported value \"x\""))
        #expect(shop.ask("alerts") == success(#"{"alerts":[]}"#))
        #expect(shop.ask("alertmanagers") == success(#"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#))
    }

    @Test func tellsWhatTheSeriesAreMadeOf() {
        let counted = Asking { sources in
            var store = Asking.shop
            store.statistics.series = 6
            store.statistics.labelPairs = 12
            store.statistics.chunks = 7
            store.statistics.oldest = Asking.noon - .minutes(5)
            store.statistics.newest = Asking.noon
            store.statistics.seriesPerMetric = [.init("up", 2), .init("gone", 1)]
            store.statistics.seriesPerPair = [.init("job=shop", 3)]
            sources.store = { [store] in store }
        }
        #expect(
            counted.ask("status/tsdb")
                == success(
                    #"{"headStats":{"numSeries":6,"numLabelPairs":12,"chunkCount":7,"minTime":1699999700000,"maxTime":1700000000000},"#
                        + #""seriesCountByMetricName":[{"name":"up","value":2},{"name":"gone","value":1}],"labelValueCountByLabelName":[],"#
                        + #""memoryInBytesByLabelName":[],"seriesCountByLabelValuePair":[{"name":"job=shop","value":3}]}"#))
        #expect(shop.ask("status/tsdb").contains(#""minTime":9223372036854775807,"maxTime":-9223372036854775808"#))
        #expect(shop.ask("status/tsdb?limit=0") == failure(400, "bad_data", "limit must be a positive number"))
    }

    @Test func methodsAreThoseOfPrometheus() {
        #expect(shop.ask("nope") == "404 404 page not found\n")
        #expect(shop.ask("label/job") == "404 404 page not found\n")
        #expect(shop.ask("metadata", method: "POST") == "405 Method Not Allowed\n")
        #expect(shop.ask("query", method: "DELETE") == "405 Method Not Allowed\n")
        #expect(shop.ask("query", method: "OPTIONS") == "204 ")
    }

    @Test func otherOriginsMayRead() throws {
        let plain = try #require(shop.response("alerts"))
        #expect(plain.headers.map(\.name) == ["Content-Type", "Vary"])
        let crossing = try #require(shop.response("alerts", headers: [(name: "origin", value: "http://grafana.local")]))
        #expect(crossing.headers.contains { $0.name == "Access-Control-Allow-Origin" && $0.value == "*" })
        #expect(crossing.headers.contains { $0.name == "Access-Control-Allow-Methods" && $0.value == "GET, POST, OPTIONS" })
    }

    @Test func largeAnswersArePackedForWhoUnpacks() throws {
        let packing = Asking { $0.pack = { Array("packed".utf8) + [UInt8(truncatingIfNeeded: $0.count)] } }
        func encoding(_ target: String, _ accepted: String) -> String? {
            packing.response(target, headers: [(name: "accept-encoding", value: accepted)])?
                .headers.first { $0.name == "Content-Encoding" }?.value
        }
        let large = "query?query=vector(1)&time=1&x=" + String(repeating: "y", count: 10)
        let many = "query_range?query=up&start=1699999000&end=1700000000&step=1"
        #expect(encoding(many, "deflate, gzip;q=0.5, br") == "gzip" && encoding(many, "GZIP") == "gzip" && encoding(many, "*") == "gzip")
        #expect(encoding(many, "deflate") == nil && encoding(many, "gzip;q=0") == nil && encoding(many, "gzip; q=0.000, *") == nil)
        #expect(encoding(many, "") == nil && encoding(large, "gzip") == nil)
        let plain = try #require(packing.response(many))
        let packed = try #require(packing.response(many, headers: [(name: "accept-encoding", value: "gzip")]))
        #expect(packed.body == Array("packed".utf8) + [UInt8(truncatingIfNeeded: plain.body.count)])
        #expect(plain.headers.contains { $0.name == "Vary" && $0.value == "Origin, Accept-Encoding" })
    }

    @Test func whatWaitsTakesBoundedMemory() {
        let line = Mutex<[@Sendable () -> Void]>([])
        let slow = Asking { sources in
            sources.run = { work in
                line.withLock { $0.append(work) }
                return true
            }
        }
        let form = String(repeating: "y", count: RequestForm.sizeLimit + 1)
        let answers = (0..<8).map { _ in slow.ask("query", form: form) }
        #expect(answers.filter { $0 == "no answer" }.count == 6)
        #expect(answers.filter { $0.hasPrefix("503") }.count == 2)
        for work in line.withLock({ $0 }) { work() }
        #expect(slow.ask("query", form: form) == "no answer")
    }

    @Test func aFullQueueIsToldAtOnce() throws {
        let full = Asking { $0.run = { _ in false } }
        #expect(full.ask("query?query=1") == failure(503, "unavailable", "too many queries are waiting already; ask again later"))
        #expect(full.ask("alerts").hasPrefix("200"))
    }
}
