import Settings
import Telemetry
import Testing

@Suite struct MetaLabelsTests {
    private let job = ScrapeConfiguration(jobName: "shop", interval: .seconds(15), timeout: .seconds(10))

    @Test func labelsOfTheGroupTellHowATargetIsScraped() throws {
        var job = job
        job.parameters = [QueryParameter("module", ["a", "b"])]
        let target = try job.target(
            "a:1",
            labels: [
                Label("__address__", "b:2"), Label("__metrics_path__", "/t1"), Label("__param_module", "c"), Label("__param_target", "x"),
                Label("__scheme__", "https"), Label("__scrape_interval__", "5s"), Label("__meta_zone", "z"), Label("instance", "t1"),
            ])
        #expect(target.address == "b:2")
        #expect(target.labels == [Label("instance", "t1")])
        #expect(target.job.metricsPath == "/t1")
        #expect(target.job.scheme == .https)
        #expect(target.job.interval == .seconds(5))
        #expect(target.job.timeout == .seconds(5))
        #expect(target.job.parameters.map(\.name) == ["module", "target"])
        #expect(target.job.parameters.map(\.values) == [["c", "b"], ["x"]])
    }

    @Test(arguments: [
        ("__scheme__", "ftp", "__scheme__ is http or https, not \"ftp\""),
        ("__scrape_interval__", "0", "__scrape_interval__ wants a length of time such as 15s, not \"0\""),
        ("__scrape_timeout__", "20s", "__scrape_timeout__ is longer than the interval"),
    ])
    func whatTellsNothingIsRefused(_ name: String, _ value: String, _ message: String) {
        #expect(throws: Diagnostic(message: message)) { _ = try job.target("a:1", labels: [Label(name, value)]) }
    }
}
