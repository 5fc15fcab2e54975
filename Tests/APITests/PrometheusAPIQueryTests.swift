import Telemetry
import Testing

@testable import API

@Suite struct PrometheusAPIQueryTests {
    private let shop = Asking()

    @Test func answersInstantQueries() {
        #expect(shop.ask("query?query=1.5&time=1700000000.5") == success(#"{"resultType":"scalar","result":[1700000000.5,"1.5"]}"#))
        #expect(shop.ask("query", form: "query=%22a%22") == success(#"{"resultType":"string","result":[1700000000,"a"]}"#))
        #expect(
            shop.ask("query", form: "query=up%7Bjob%3D%22shop%22%7D")
                == success(
                    #"{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a:1","job":"shop"},"value":[1700000000,"1"]}]}"#
                ))
        #expect(shop.ask("query?query=up&time=2023-11-14T22:00:00Z") == success(#"{"resultType":"vector","result":[]}"#))
        #expect(
            shop.ask("query?query=http_requests_total%7Bcode=%22200%22%7D[30s]")
                == success(
                    #"{"resultType":"matrix","result":[{"metric":{"__name__":"http_requests_total","code":"200","instance":"a:1","job":"shop"},"#
                        + #""values":[[1699999985,"28.5"],[1700000000,"30"]]}]}"#))
    }

    @Test func answersRangeQueries() {
        #expect(
            shop.ask("query_range?query=sum(up)&start=1699999925&end=1700000000&step=25")
                == success(
                    #"{"resultType":"matrix","result":[{"metric":{},"values":[[1699999950,"1"],[1699999975,"1"],[1700000000,"1"]]}]}"#))
        #expect(
            shop.ask("query_range", form: "query=1&start=2023-11-14T22:13:20Z&end=1700000060&step=1m")
                == success(#"{"resultType":"matrix","result":[{"metric":{},"values":[[1700000000,"1"],[1700000060,"1"]]}]}"#))
    }

    @Test func lookbackAndLimitAndStatisticsAreAsAskedFor() {
        #expect(shop.ask("query?query=up&lookback_delta=5s") == success(#"{"resultType":"vector","result":[]}"#))
        let limited = shop.ask("query?query=up&limit=1")
        #expect(limited.hasSuffix(#","warnings":["results truncated due to limit"]}"#))
        #expect(shop.ask("query?query=up&limit=2").contains("warnings") == false)
        let statistics = shop.ask("query?query=up&stats=all")
        #expect(
            statistics.contains(#""samples":{"totalQueryableSamplesPerStep":[[1700000000,2]],"totalQueryableSamples":2,"peakSamples":"#))
        #expect(shop.ask("query?query=up&stats=1").contains("totalQueryableSamplesPerStep") == false)
        #expect(shop.ask("query?query=up").contains("stats") == false)
    }

    @Test func annotationsStandBesideTheData() {
        #expect(
            shop.ask("query?query=rate(up[5m])").hasSuffix(
                #","infos":["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"up\" (1:6)"]}"#)
        )
    }

    static let refused: [(String, String)] = [
        ("query", "invalid parameter \"query\": unknown position: parse error: no expression found in input"),
        ("query?query=up%7B", "invalid parameter \"query\": 1:4: parse error: unexpected end of input inside braces"),
        ("query?query=up&time=x", "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp"),
        ("query?query=up&timeout=x", "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration"),
        ("query?query=up&lookback_delta=x", "error parsing lookback delta duration: cannot parse \"x\" to a valid duration"),
        ("query_range?query=up", "invalid parameter \"start\": cannot parse \"\" to a valid timestamp"),
        ("query_range?query=up&start=1", "invalid parameter \"end\": cannot parse \"\" to a valid timestamp"),
        ("query_range?query=up&start=1&end=0&step=1", "invalid parameter \"end\": end timestamp must not be before start time"),
        ("query_range?query=up&start=1&end=2", "invalid parameter \"step\": cannot parse \"\" to a valid duration"),
        (
            "query_range?query=up&start=1&end=2&step=0",
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"
        ),
        (
            "query_range?query=up&start=0&end=11001&step=1",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
        ),
        (
            "query_range?query=up[5m]&start=0&end=1&step=1",
            "invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"
        ),
    ]
    @Test(arguments: refused) func saysWhatIsWrong(_ target: String, _ message: String) {
        #expect(shop.ask(target) == failure(400, "bad_data", message))
    }

    @Test func elevenThousandPointsAreAllowed() {
        #expect(shop.ask("query_range?query=up&start=0&end=11000&step=1").hasPrefix("200"))
    }

    @Test func whatCannotBeDoneIsAnExecutionError() {
        let both = "up%20*%20on()%20up"
        #expect(
            shop.ask("query?query=\(both)").hasPrefix(
                "422 {\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"found duplicate series"))
        let small = Asking { $0.options.sampleLimit = 1 }
        #expect(
            small.ask("query?query=up")
                == failure(422, "execution", "query processing would load too many samples into memory in query execution"))
    }

    @Test func whatTakesTooLongIsATimeout() {
        let slow = Asking { sources in
            let times = Ticks([Asking.noon, Asking.noon, Asking.noon + .minutes(3)])
            sources.clock = { times.next() }
        }
        #expect(
            slow.ask("query_range?query=sum(rate(http_requests_total[5m]))&start=1699989000&end=1700000000&step=1")
                == failure(503, "timeout", "query timed out in expression evaluation"))
        let queued = Asking { sources in
            let times = Ticks([Asking.noon, Asking.noon + .seconds(2)])
            sources.clock = { times.next() }
        }
        #expect(queued.ask("query?query=up&timeout=1s") == failure(503, "timeout", "query timed out in query queue"))
    }

    /// As Go writes JSON: what HTML would read is escaped, but not in the labels of series.
    @Test func textsAreSafeInPages() {
        #expect(
            shop.ask("query?query=%22%3Ca%26b%3E%22") == success(#"{"resultType":"string","result":[1700000000,"\u003ca\u0026b\u003e"]}"#))
        #expect(shop.ask("format_query?query=a%3Eb") == success(#""a \u003e b""#))
        #expect(
            shop.ask("query?query=label_replace(vector(1),%22x%22,%22%3C%22,%22%22,%22%22)")
                == success(#"{"resultType":"vector","result":[{"metric":{"x":"<"},"value":[1700000000,"1"]}]}"#))
    }

    @Test func expressionsAreFormattedAndTaken() {
        #expect(shop.ask("format_query?query=foo%2Fbar") == success(#""foo / bar""#))
        #expect(
            shop.ask(
                "parse_query?query=sum by(job)(rate(x%7Ba%3D~%22b%22%7D[5m] offset 1m)) %2B on() group_left 2%2A-y".split(separator: " ")
                    .joined(separator: "+")
            )
            .hasPrefix(
                #"200 {"status":"success","data":{"type":"binaryExpr","op":"+","lhs":{"type":"aggregation","op":"sum","expr":{"type":"call","func":{"name":"rate""#
            ))
        #expect(
            shop.ask("parse_query?query=x%5B5m%5D+%40+start()")
                == success(
                    #"{"type":"matrixSelector","range":300000,"name":"x","matchers":[{"name":"__name__","value":"x","type":"="}],"offset":0,"timestamp":null,"startOrEnd":"start"}"#
                ))
        #expect(shop.ask("format_query?query=)").hasPrefix("400"))
    }
}
