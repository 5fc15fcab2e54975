import PromQL
import Telemetry
import Testing

@Suite struct QueryCompletionTests {
    /// Proposals where the text has a `|`.
    private func complete(_ text: String) -> QueryCompletion? {
        let cursor = text.firstIndex(of: "|").map { text.distance(from: text.startIndex, to: $0) } ?? text.count
        return QueryCompletion(text.replacing("|", with: ""), cursor: cursor, from: Seen())
    }
    private func texts(_ text: String) -> [String] { complete(text)?.candidates.map(\.text) ?? [] }

    @Test func metricsAndFunctionsStandWhereAnOperandMay() {
        #expect(texts("http") == ["http_requests_total", "http_size"])
        #expect(texts("sum(rate(http_r|[5m]))") == ["http_requests_total"])
        #expect(texts("1 + size") == ["http_size"])
        #expect(complete("sum(rat")?.range == 4..<7)
        let rate = complete("rate")?.candidates.first
        #expect(rate?.text == "rate(" && rate?.kind == .function && rate?.detail == "rate(range vector)")
        #expect(texts("up").first == "up")
    }

    @Test func aMetricTellsWhatItIs() {
        let candidate = complete("http_s")?.candidates.first
        #expect(candidate?.detail == "gauge in bytes" && candidate?.summary == "Sizes." && candidate?.kind == .metric)
    }

    @Test func labelsAreThoseOfTheMetric() {
        #expect(texts("http_requests_total{") == ["code", "job", "\"x.y\""])
        #expect(texts("http_requests_total{job=\"a\", c|}") == ["code"])
        #expect(texts("{__name__=\"http_size\", ") == ["kind"])
        #expect(texts("{\"http_size\", k") == ["kind"])
        #expect(texts("sum by (|) (rate(http_requests_total[5m]))") == ["code", "job", "\"x.y\""])
        #expect(texts("sum(http_size) by (k") == ["kind"])
        #expect(texts("up * on (j") == ["job"])
    }

    @Test func valuesAreQuoted() {
        #expect(texts("http_requests_total{code=") == ["\"200\"", "\"4\\\"4\""])
        let completion = complete("http_requests_total{code=~\"2|\"}")
        #expect(completion?.candidates.map(\.text) == ["\"200\""] && completion?.range == 26..<28)
        #expect(texts("{__name__=\"http_s") == ["\"http_size\""])
        #expect(texts("{\"http_s") == ["\"http_size\""])
    }

    @Test func durationsStandInBrackets() {
        #expect(texts("rate(up[").first == "30s")
        #expect(texts("rate(up[1|])") == ["1m", "10m", "15m", "1h", "12h", "1d", "1w"])
        #expect(texts("up offset 1d") == [])
    }

    @Test func keywordsFollowWhatTheyBelongTo() {
        #expect(texts("sum(up) b") == ["by"])
        #expect(texts("sum w") == ["without"])
        #expect(texts("up u") == ["unless"])
        #expect(texts("up * o").first == "on")
        #expect(texts("up > b").first == "bool")
        #expect(texts("up * on (job) gr").prefix(2) == ["group_left", "group_right"])
    }

    @Test func nothingIsProposedInStringsCommentsAndForWhatIsComplete() {
        for text in ["label_replace(up, \"jo", "up # rat", "http_size{kind=\"a\"", "zzz", "http_size{kind=\"a\"}"] {
            #expect(texts(text) == [], "\(text)")
        }
        #expect(complete("http_size") == nil)
        #expect(QueryCompletion("up", cursor: -4, from: Seen())?.range == 0..<0)
    }

    @Test func charactersCountAsTheUserSeesThem() {
        let completion = complete("label_replace(up, \"é🏳️‍🌈\", \"\", \"\", \"\") + http_s")
        #expect(completion?.range == 38..<44)
    }

    @Test func anyTextAtAnyCursorIsAnswered() {
        for seed in UInt64(0)..<300 {
            var random = RandomQuery(seed)
            let query = random.query()
            for cursor in 0...query.count {
                guard let completion = QueryCompletion(query, cursor: cursor, from: Seen()) else { continue }
                #expect(completion.range.upperBound == cursor && completion.candidates.count <= QueryCompletion.limit)
            }
        }
    }
}

private struct Seen: QueryCandidates {
    func metricNames() -> [String] { ["up", "http_requests_total", "http_size"] }
    func labelNames(of metric: String?) -> [String] {
        switch metric {
        case "http_requests_total": ["__name__", "code", "job", "x.y"]
        case "http_size": ["kind"]
        default: ["job"]
        }
    }
    func labelValues(_ label: String, of metric: String?) -> [String] { label == "code" ? ["200", "4\"4"] : [] }
    func metadata(of metric: String) -> MetricMetadata? {
        metric == "http_size" ? MetricMetadata(type: .gauge, help: "Sizes.", unit: "bytes") : nil
    }
}
