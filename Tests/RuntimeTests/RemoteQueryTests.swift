import Ports
import PromQL
import Telemetry
import Testing

@testable import Runtime

@Suite struct RemoteQueryTests {
    private func answer(_ body: String, status: Int = 200) throws -> RemoteAnswer {
        try RemoteQuery.answer(FetchAnswer(status: status, contentType: "application/json", body: Array(body.utf8), duration: .zero))
    }

    @Test func asksByForm() {
        let instant = RemoteQuery.instant(at: Timestamp(milliseconds: 1_700_000_000_050)).request(
            "up{a=\"é\"}", url: "host:9090/prefix/", timeout: .seconds(30))
        #expect(instant.url == "http://host:9090/prefix/api/v1/query")
        #expect(instant.method == "POST")
        #expect(String(decoding: instant.body, as: UTF8.self) == "query=up%7Ba%3D%22%C3%A9%22%7D&timeout=30s&time=1700000000.050")
        let range = RemoteQuery.range(from: .seconds(-1), through: .seconds(60), step: .milliseconds(500)).request(
            "1", url: "https://x", timeout: .seconds(30))
        #expect(range.url == "https://x/api/v1/query_range")
        #expect(String(decoding: range.body, as: UTF8.self) == "query=1&timeout=30s&start=-1.000&end=60.000&step=0.5")
    }

    @Test func readsResultsOfEveryType() throws {
        let time = Timestamp(milliseconds: 1_435_781_451_781)
        #expect(
            try answer(#"{"status":"success","data":{"resultType":"scalar","result":[1435781451.781,"1"]}}"#).value == .scalar(time, 1))
        #expect(
            try answer(#"{"status":"success","data":{"resultType":"string","result":[1435781451.781,"x"]}}"#).value == .string(time, "x"))
        let up = LabelSet([Label("__name__", "up"), Label("job", "a")])
        #expect(
            try answer(
                #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a","__name__":"up"},"value":[1435781451.781,"-Inf"]}]},"warnings":["w"],"infos":["i"]}"#
            ).value == .vector([ResultSeries(labels: up, floats: [Sample(time, -.infinity)])]))
        let matrix = try answer(
            #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"1e-7"]],"histograms":[[3,{"count":"4","sum":"2.5","buckets":[[0,"1","2","4"]]}]]}]},"warnings":["w"],"infos":["i"]}"#
        )
        #expect(
            matrix.value
                == .matrix([
                    ResultSeries(
                        labels: LabelSet([]), floats: [Sample(.seconds(1), 1), Sample(.seconds(2), 1e-7)],
                        histograms: [HistogramSample(.seconds(3), NativeHistogram(count: 4, sum: 2.5))])
                ]))
        #expect(matrix.warnings == ["w"] && matrix.infos == ["i"])
    }

    @Test func tellsRefusalsFromNonsense() {
        #expect(throws: RemoteQueryError.refused(type: "bad_data", message: "no")) {
            try answer(#"{"status":"error","errorType":"bad_data","error":"no"}"#, status: 400)
        }
        for body in [
            "", "<html>", "{}", #"{"status":"success"}"#, #"{"status":"success","data":{"resultType":"odd","result":[]}}"#,
            #"{"status":"success","data":{"resultType":"scalar","result":[1]}}"#,
            #"{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}}"#,
            #"{"status":"success","data":{"resultType":"vector","result":[{"histogram":[1,2]}]}}"#,
        ] {
            #expect {
                try answer(body, status: 404)
            } throws: { error in
                if case .unreadable(404, _)? = error as? RemoteQueryError { true } else { false }
            }
        }
    }
}
