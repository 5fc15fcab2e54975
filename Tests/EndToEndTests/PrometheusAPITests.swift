import Glibc
import TestKit
import Testing

/// The API over real sockets, as promtool, Grafana and a browser speak to it.
@Suite struct PrometheusAPITests {
    private static let begin = 1_700_000_000

    private func serving() throws -> (server: Server, incident: Incident) {
        let incident = try Incident()
        return (try Server(["--load", incident.path]), incident)
    }
    private func body(_ answer: String?) -> String {
        guard let answer, let end = answer.firstRange(of: "\r\n\r\n") else { return "no answer" }
        return String(answer[end.upperBound...])
    }
    private func form(_ path: String, _ body: String, _ server: Server) -> String {
        self.body(HTTPClient.post("/api/v1/" + path, port: server.api, type: "application/x-www-form-urlencoded", body))
    }

    // MARK: As Grafana asks

    @Test func answersTheRequestsOfADashboard() throws {
        let (server, _) = try serving()
        let series = #"{"__name__":"http_requests_total","code":"200","instance":"127.0.0.1:9100","job":"payment"}"#
        #expect(
            form("query", "query=http_requests_total&time=\(Self.begin + 20)", server)
                == #"{"status":"success","data":{"resultType":"vector","result":[{"metric":\#(series),"value":[1700000020,"105"]}]}}"#)
        #expect(
            form(
                "query_range",
                "end=\(Self.begin + 30)&query=sum%28increase%28http_requests_total%5B10s%5D%29%29&start=\(Self.begin + 20)&step=10", server)
                == #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1700000020,"70"],[1700000030,"70"]]}]}}"#
        )
        #expect(form("series", "match%5B%5D=http_requests_total", server) == #"{"status":"success","data":[\#(series)]}"#)
        #expect(
            form("labels", "match%5B%5D=http_requests_total&start=\(Self.begin)&end=\(Self.begin + 60)", server)
                == #"{"status":"success","data":["__name__","code","instance","job"]}"#)
        #expect(
            body(HTTPClient.get("/api/v1/label/job/values?start=\(Self.begin)&end=\(Self.begin + 60)", port: server.api))
                == #"{"status":"success","data":["payment"]}"#)
        #expect(
            body(HTTPClient.get("/api/v1/metadata?metric=http_requests_total", port: server.api))
                == #"{"status":"success","data":{"http_requests_total":[{"type":"counter","help":"","unit":""}]}}"#)
        #expect(form("query", "query=1%2B1", server).contains(#""result":["#))
        #expect(body(HTTPClient.get("/api/v1/status/buildinfo", port: server.api)).contains(#""version":"3."#))
        #expect(
            body(HTTPClient.get("/api/v1/rules", port: server.api)).hasPrefix(
                #"{"status":"success","data":{"groups":[{"name":"dogwatch.collecting","file":"starter","rules":[{"#))
    }

    /// From "save and test" to a panel with exemplars, as Grafana's Prometheus data source goes on.
    @Test func aDataSourceFindsItsWay() throws {
        let folder = TemporaryFolder()
        folder.write(
            """
            # TYPE http_requests counter
            # HELP http_requests Served.
            http_requests_total{code="200",job="shop"} 5 1700000000
            http_requests_total{code="200",job="shop"} 35 1700000015
            http_requests_total{code="500",job="shop"} 1 1700000000
            http_requests_total{code="500",job="shop"} 2 1700000015 # {trace_id="4bf9"} 0.25 1700000014.5
            # TYPE queue gauge
            queue{job="shop"} 3 1700000015
            # EOF

            """, to: "shop.om")
        let server = try Server(["--load", folder.path + "/shop.om"])
        func get(_ path: String) -> String { body(HTTPClient.get("/api/v1/" + path, port: server.api)) }
        let window = "start=1700000000&end=1700000020"
        let success = #"{"status":"success","data":"#

        #expect(get("status/buildinfo").hasPrefix(success + #"{"version":"3."#))
        #expect(
            form("query", "query=1%2B1&time=1700000020.123", server)
                == success + #"{"resultType":"scalar","result":[1700000020.123,"2"]}}"#)
        #expect(get("label/__name__/values?\(window)&limit=40000") == success + #"["http_requests_total","queue"]}"#)
        #expect(
            get("label/__name__/values?match%5B%5D=%7Bjob%3D%22shop%22%2C__name__%3D~%22.*req.*%22%7D&\(window)")
                == success + #"["http_requests_total"]}"#)
        #expect(
            get("metadata?limit=40000") == success
                + #"{"http_requests":[{"type":"counter","help":"Served.","unit":""}],"queue":[{"type":"gauge","help":"","unit":""}]}}"#)
        #expect(form("labels", "match%5B%5D=http_requests_total&\(window)", server) == success + #"["__name__","code","job"]}"#)
        #expect(get("label/code/values?match%5B%5D=http_requests_total&\(window)") == success + #"["200","500"]}"#)
        #expect(
            form("series", "match%5B%5D=%7B__name__%3D%22http_requests_total%22%7D&limit=40000&\(window)", server) == success
                + #"[{"__name__":"http_requests_total","code":"200","job":"shop"},{"__name__":"http_requests_total","code":"500","job":"shop"}]}"#
        )
        #expect(
            form("query_range", "query=sum+by%28code%29%28increase%28http_requests_total%5B20s%5D%29%29&step=15&\(window)", server)
                == success
                + #"{"resultType":"matrix","result":[{"metric":{"code":"200"},"values":[[1700000015,"35"]]},"#
                + #"{"metric":{"code":"500"},"values":[[1700000015,"1.3333333333333333"]]}]}}"#)
        #expect(
            form("query_exemplars", "query=sum+by%28code%29%28increase%28http_requests_total%5B20s%5D%29%29&\(window)", server) == success
                + #"[{"seriesLabels":{"__name__":"http_requests_total","code":"500","job":"shop"},"#
                + #""exemplars":[{"labels":{"trace_id":"4bf9"},"value":"0.25","timestamp":1700000014.500}]}]}"#)
        #expect(form("query", "query=queue&time=1700000020", server).contains(#""value":[1700000020,"3"]"#))
        #expect(get("rules?type=record") == success + #"{"groups":[]}}"#)
        #expect(get("status/tsdb").contains(#""numSeries":3,"#))
        let packed = HTTPClient.ask(
            "GET /api/v1/query_range?query=queue&step=1&\(window) HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
            port: server.api)
        #expect(packed?.contains("Content-Encoding: gzip") == false, "what is small is sent as it is")
        let large = HTTPClient.ask(
            "GET /api/v1/query_range?query=time()&start=0&end=1000&step=1 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
            port: server.api)
        #expect(large?.contains("Content-Encoding: gzip") == true)
    }

    @Test func saysWhatIsWrongWithAStatus() throws {
        let (server, _) = try serving()
        let wrong = HTTPClient.get("/api/v1/query?query=up%7B", port: server.api) ?? ""
        #expect(wrong.hasPrefix("HTTP/1.1 400"))
        #expect(
            body(wrong)
                == #"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error: unexpected end of input inside braces"}"#
        )
        #expect(HTTPClient.get("/api/v1/nothing", port: server.api)?.hasPrefix("HTTP/1.1 404") == true)
        let crossing = HTTPClient.ask(
            "OPTIONS /api/v1/query HTTP/1.1\r\nHost: x\r\nOrigin: http://grafana\r\nConnection: close\r\n\r\n", port: server.api)
        #expect(
            crossing?.hasPrefix("HTTP/1.1 204") == true && crossing?.contains("Access-Control-Allow-Origin: *") == true, "\(crossing ?? "")"
        )
    }

    /// A query that would take hours neither keeps others waiting nor the program from ending.
    @Test func aHeavyQueryHoldsNobodyUp() throws {
        let (server, _) = try serving()
        let heavy = "sum_over_time(sum_over_time(http_requests_total%5B1h:1ms%5D)%5B1h:1ms%5D)"
        let child = Child(["query", "1", "--url", "http://127.0.0.1:\(server.api)"])
        let answer = HTTPClient.get("/api/v1/query?query=\(heavy)&time=\(Self.begin + 60)&timeout=300ms", port: server.api) ?? ""
        #expect(answer.hasPrefix("HTTP/1.1 503") || answer.hasPrefix("HTTP/1.1 422"), "\(answer.prefix(300))")
        #expect(child.finish().code == 0)
        #expect(HTTPClient.get("/-/healthy", port: server.api)?.hasPrefix("HTTP/1.1 200") == true)
        server.child.signal(SIGTERM)
        #expect(server.child.finish().code == 0)
    }

    // MARK: promtool

    private static let tool: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first { access($0, X_OK) == 0 }

    private func promtool(_ arguments: [String], _ server: Server, then expression: [String] = []) throws -> Run {
        let path = try #require(Self.tool)
        return Child(["query"] + arguments + ["http://127.0.0.1:\(server.api)"] + expression, path: path).finish()
    }

    @Test(.enabled(if: tool != nil, "promtool is not installed"))
    func promtoolReadsInstantsRangesSeriesAndLabels() throws {
        let (server, _) = try serving()
        let instant = try promtool(["instant", "--time", "\(Self.begin + 20)"], server, then: ["http_requests_total"])
        #expect(
            instant.output == "http_requests_total{code=\"200\", instance=\"127.0.0.1:9100\", job=\"payment\"} => 105 @[1700000020]\n",
            "\(instant)")
        let range = try promtool(
            ["range", "--start", "\(Self.begin + 10)", "--end", "\(Self.begin + 30)", "--step", "10s"], server,
            then: ["sum(http_requests_total)"])
        #expect(range.output == "{} =>\n35 @[1700000010]\n105 @[1700000020]\n175 @[1700000030]\n", "\(range)")
        let window = ["--start", "\(Self.begin)", "--end", "\(Self.begin + 60)"]
        let series = try promtool(["series", "--match", "http_requests_total"] + window, server)
        #expect(
            series.output == "{__name__=\"http_requests_total\", code=\"200\", instance=\"127.0.0.1:9100\", job=\"payment\"}\n", "\(series)"
        )
        let labels = try promtool(["labels"] + window, server, then: ["job"])
        #expect(labels.output == "payment\n", "\(labels)")
        let wrong = try promtool(["instant"], server, then: ["up{"])
        #expect(
            wrong.code == 1 && wrong.error.contains("bad_data") && wrong.error.contains("unexpected end of input inside braces"), "\(wrong)"
        )
        #expect(try promtool(["instant", "-o", "json"], server, then: ["1.5e-7"]).output.contains("\"0.00000015\""))
    }
}
