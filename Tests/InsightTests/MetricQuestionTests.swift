import Insight
import Store
import Telemetry
import Testing

@Suite struct MetricQuestionTests {
    private func catalog(_ names: [String], _ types: [String: MetricType] = [:], labels: [String: String] = [:]) -> MetricCatalog {
        MetricCatalog(names: names, metadata: { types[$0].map { MetricMetadata(type: $0) } }, hasLabel: { labels[$0] == $1 })
    }
    private func forms(_ catalog: MetricCatalog) -> [String] { catalog.entries.map { "\($0.name): \($0.form.rawValue)" } }
    private func facts(series: Int = 1, labels: [String: Int] = [:], interval: TimeSpan? = .seconds(15), latest: Double? = nil)
        -> MetricFacts
    {
        var facts = MetricFacts()
        facts.seriesCount = series
        facts.labels = labels
        facts.interval = interval
        facts.latest = latest
        return facts
    }
    private func ask(_ name: String, _ form: MetricEntry.Form, _ facts: MetricFacts? = nil) -> [String] {
        MetricQuestion(MetricEntry(name: name, form: form), facts ?? self.facts()).expressions
    }

    // MARK: - The catalog

    @Test func putsTheSeriesOfAFamilyTogether() {
        let names = ["a_bucket", "a_count", "a_sum", "b_count", "b_sum", "c", "c_count", "c_sum", "d_total", "d_created", "up"]
        let told = catalog(names, ["a": .histogram, "b": .summary, "c": .summary, "d_total": .counter], labels: ["c": "quantile"])
        #expect(forms(told) == ["a: histogram", "b: plain summary", "c: summary", "d_total: counter", "up: status"])
        let untold = catalog(names, labels: ["c": "quantile"])
        #expect(forms(untold) == forms(told))
    }

    @Test func takesAMetricThatOnlySoundsLikeAPartForItself() {
        #expect(
            forms(catalog(["queue_count", "users_sum", "ice_bucket_total"])) == [
                "ice_bucket_total: counter", "queue_count: gauge", "users_sum: gauge",
            ])
        #expect(forms(catalog(["_bucket", "_sum"])) == ["_bucket: gauge", "_sum: gauge"])
    }

    @Test func knowsANativeHistogramByItsType() {
        let entry = catalog(["latency_seconds"], ["latency_seconds": .histogram]).entries.first
        #expect(entry?.form == .nativeHistogram)
        #expect(entry?.unit == "seconds")
    }

    @Test func findsTheTypeOfAnOpenMetricsCounterUnderItsFamily() {
        let found = catalog(["jobs_total", "build_info"], ["jobs": .counter, "build": .info])
        #expect(forms(found) == ["build_info: info", "jobs_total: counter"])
        #expect(found["jobs_total"]?.metadata.type == .counter)
    }

    @Test func findsAFamilyByTheNameOfAPart() {
        let found = catalog(["a_bucket", "a_count", "a_sum"])
        #expect(found["a_count"]?.name == "a")
        #expect(found["a_bucket"]?.parts == ["a_bucket", "a_sum", "a_count"])
        #expect(found["b"] == nil)
    }

    // MARK: - Questions

    @Test func asksForTheRateOfACounter() {
        #expect(ask("x_total", .counter) == ["rate(x_total[1m])"])
        #expect(ask("x_total", .counter, facts(series: 400, labels: ["code": 5, "instance": 40])) == ["sum by (code) (rate(x_total[1m]))"])
        #expect(ask("x_total", .counter, facts(series: 400, labels: ["pod": 9, "shard": 7])) == ["sum by (shard) (rate(x_total[1m]))"])
        #expect(ask("x_total", .counter, facts(series: 400, labels: ["user": 400])) == ["sum(rate(x_total[1m]))"])
    }

    @Test func asksOverAtLeastFourScrapes() {
        #expect(ask("x_total", .counter, facts(interval: .seconds(30))) == ["rate(x_total[2m])"])
        #expect(ask("x_total", .counter, facts(interval: .seconds(1))) == ["rate(x_total[1m])"])
        #expect(ask("x_total", .counter, facts(interval: nil)) == ["rate(x_total[1m])"])
        #expect(ask("x_total", .counter, facts(interval: .minutes(10_000))) == ["rate(x_total[1d])"])
    }

    @Test func asksForTheAgeOfAMoment() {
        #expect(ask("process_start_time_seconds", .moment, facts(latest: 1.79e9)) == ["time() - process_start_time_seconds"])
        #expect(ask("cpu_time_seconds", .moment, facts(latest: 12)) == ["cpu_time_seconds"])
    }

    @Test func asksForTheSpreadOfAHistogram() {
        let classic = MetricQuestion(MetricEntry(name: "h", form: .classicHistogram), facts())
        #expect(classic.picture == .heatmap)
        #expect(classic.expressions.first == "sum by (le) (rate(h_bucket[1m]))")
        #expect(classic.expressions.last == "histogram_quantile(0.99, sum by (le) (rate(h_bucket[1m])))")
        #expect(ask("h", .nativeHistogram)[1] == "histogram_quantile(0.5, sum(rate(h[1m])))")
        #expect(ask("h", .gaugeHistogram)[0] == "sum by (le) (h_bucket)")
    }

    @Test func asksTheRestForThemselves() {
        #expect(ask("up", .status) == ["up"])
        #expect(MetricQuestion(MetricEntry(name: "up", form: .status), facts()).picture == .statuses)
        #expect(MetricQuestion(MetricEntry(name: "b_info", form: .info), facts()).picture == .labels)
        #expect(ask("s", .summary) == [#"s{quantile!=""}"#])
        #expect(ask("s", .plainSummary) == ["sum(rate(s_sum[1m])) / sum(rate(s_count[1m]))"])
    }

    @Test func quotesWhatIsNoPlainName() {
        #expect(ask("http.server.requests", .counter) == [#"rate({"http.server.requests"}[1m])"#])
        #expect(ask("NaN", .gauge) == [#"{"NaN"}"#])
        #expect(QueryText.selector("a\"b\\\n", [LabelMatcher("my.label", .matches, "x|\u{1b}")]) == #"{"a\"b\\\n","my.label"=~"x|\x1b"}"#)
        #expect(QueryText.selector("a:b", [LabelMatcher("c", .equal, "d")]) == #"a:b{c="d"}"#)
    }

    @Test func looksAtTheSeriesThemselves() {
        let store = TelemetryStore()
        for (code, step) in [("200", 2.0), ("500", 1.0)] {
            guard let series = store.series(for: LabelSet([Label(LabelSet.nameLabel, "x_total"), Label("code", code)])) else { continue }
            store.append((0..<5).map { SeriesSample(series, .seconds(Int64($0) * 30), Double($0) * step) })
        }
        let metrics = store.snapshot().metrics
        let entry = MetricCatalog(metrics).entries.first
        #expect(entry?.form == .counter)
        let facts = entry.map { MetricFacts($0, metrics, at: .seconds(130)) }
        #expect(facts?.seriesCount == 2)
        #expect(facts?.labels == ["code": 2])
        #expect(facts?.interval == .seconds(30))
        #expect(facts?.latest == 8)
    }
}
