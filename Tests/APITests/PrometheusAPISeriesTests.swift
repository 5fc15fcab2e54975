import Telemetry
import Testing

@testable import API

@Suite struct PrometheusAPISeriesTests {
    private let shop = Asking()

    @Test func listsSeriesOfAllSelectorsOnce() {
        #expect(
            shop.ask("series?match[]=up&match[]=%7Bjob%3D%22shop%22%7D&start=1699999000")
                == success(
                    #"[{"__name__":"http_requests_total","code":"200","instance":"a:1","job":"shop"},"#
                        + #"{"__name__":"http_requests_total","code":"500","instance":"a:1","job":"shop"},"#
                        + #"{"__name__":"up","instance":"a:1","job":"shop"},{"__name__":"up","instance":"b:2","job":"pay"}]"#))
        #expect(shop.ask("series", form: "match[]=gone&start=1699999000") == success("[]"))
        #expect(shop.ask("series", form: "match[]=gone") == success(#"[{"__name__":"gone","job":"old"}]"#))
    }

    @Test func limitsAreToldByAWarning() {
        let warning = #","warnings":["results truncated due to limit"]"#
        #expect(shop.ask("series?match[]=up&limit=1") == success(#"[{"__name__":"up","instance":"a:1","job":"shop"}]"#, warning))
        #expect(shop.ask("series?match[]=gone&limit=1") == success(#"[{"__name__":"gone","job":"old"}]"#))
        #expect(shop.ask("labels?limit=2") == success(#"["__name__","code"]"#, warning))
        #expect(shop.ask("label/job/values?limit=0") == success(#"["old","pay","shop","été"]"#))
    }

    @Test func listsLabelNames() {
        #expect(shop.ask("labels") == success(#"["__name__","code","instance","job"]"#))
        #expect(shop.ask("labels?match[]=up&match[]=gone") == success(#"["__name__","instance","job"]"#))
        #expect(shop.ask("labels", form: "match%5B%5D=nothing") == success("[]"))
    }

    @Test func aRangeThatEndsBeforeItBeginsIsEmpty() {
        for target in ["series?match[]=up&", "labels?", "label/job/values?"] {
            #expect(shop.ask(target + "start=2&end=1") == success("[]"))
        }
    }

    @Test func listsLabelValues() {
        #expect(shop.ask("label/__name__/values") == success(#"["gone","http.status","http_requests_total","up"]"#))
        #expect(shop.ask("label/job/values?match[]=up") == success(#"["pay","shop"]"#))
        #expect(shop.ask("label/job/values?start=1699999000&end=1700000000") == success(#"["pay","shop","été"]"#))
        #expect(shop.ask("label/U__job/values?match[]=up") == success(#"["pay","shop"]"#))
        #expect(shop.ask("label/no%20such/values") == success("[]"))
    }

    @Test func listsExemplarsOfTheSelectorsOfAQuery() {
        #expect(
            shop.ask("query_exemplars?query=rate(http_requests_total[5m])%20/%20up&start=1699999000&end=1700000000")
                == success(
                    #"[{"seriesLabels":{"__name__":"http_requests_total","code":"500","instance":"a:1","job":"shop"},"#
                        + #""exemplars":[{"labels":{"trace_id":"abc"},"value":"0.25","timestamp":1699999998.500}]}]"#))
        #expect(shop.ask("query_exemplars?query=up&start=1699999000&end=1700000000") == success("[]"))
    }

    static let refused: [(String, String)] = [
        ("series", "no match[] parameter provided"),
        ("series?match[]=", "invalid parameter \"match[]\": unknown position: parse error: unexpected end of input"),
        (
            "series?match[]=%7B%7D",
            "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher"
        ),
        ("series?match[]=up&limit=x", "invalid parameter \"limit\": cannot parse \"x\" to a valid limit"),
        ("series?match[]=up&limit=-1", "invalid parameter \"limit\": limit must be non-negative"),
        (
            "series?match[]=up&start=x",
            "invalid parameter \"start\": invalid time value for 'start': cannot parse \"x\" to a valid timestamp"
        ),
        ("labels?match[]=%7Bjob=~%22.*%22,code=%22%22%7D", "match[] must contain at least one non-empty matcher"),
        ("query_exemplars?query=up&start=2&end=1", "end timestamp must not be before start timestamp"),
        ("labels?match[]=up%7B", "1:4: parse error: unexpected end of input inside braces"),
        ("label//values", "invalid label name: \"\""), ("label/%zz/values", "invalid label name: \"%zz\""),
        ("query_exemplars?query=sum(", "1:5: parse error: unclosed left parenthesis"),
        ("labels?match[]=%ff", "error parsing form values: it is not UTF-8"),
    ]
    @Test(arguments: refused) func saysWhatIsWrong(_ target: String, _ message: String) {
        #expect(shop.ask(target) == failure(400, "bad_data", message))
    }

    @Test func whoeverHasGoneAwayIsNotWorkedFor() {
        #expect(shop.ask("series?match[]=up").hasPrefix("200"))
        let late = Asking { sources in
            let times = Ticks([Asking.noon, Asking.noon + .minutes(3)])
            sources.clock = { times.next() }
        }
        #expect(late.ask("series?match[]=up") == failure(503, "timeout", "context deadline exceeded"))
    }
}
