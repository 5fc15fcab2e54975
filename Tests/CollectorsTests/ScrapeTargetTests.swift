import Collectors
import Telemetry
import Testing

@Suite struct ScrapeTargetTests {
    @Test(arguments: [
        ("shop:9100", "http://shop:9100/metrics", "shop:9100"),
        ("shop", "http://shop/metrics", "shop"),
        (":9100", "http://127.0.0.1:9100/metrics", "127.0.0.1:9100"),
        ("http://shop:9100/", "http://shop:9100/metrics", "shop:9100"),
        ("HTTPS://shop/stats?format=prometheus#top", "https://shop/stats?format=prometheus", "shop"),
        ("shop:9901/stats/prometheus", "http://shop:9901/stats/prometheus", "shop:9901"),
        ("[::1]:9100", "http://[::1]:9100/metrics", "[::1]:9100"),
        ("unix:/run/app.sock", "http://localhost/metrics", "unix:/run/app.sock"),
    ])
    func whatIsMissingIsAdded(text: String, url: String, instance: String) throws {
        let target = try ScrapeTarget(text, job: "shop")
        #expect(target.url == url)
        #expect(target.labels == LabelSet([Label("job", "shop"), Label("instance", instance)]))
    }

    @Test func configuredLabelsLieOverThoseOfTheTarget() throws {
        let target = try ScrapeTarget("shop:1", labels: [Label("instance", "one"), Label("zone", "b")])
        #expect(target.labels == LabelSet([Label("job", "scrape"), Label("instance", "one"), Label("zone", "b")]))
    }

    @Test(arguments: ["", "ftp://shop/metrics", "shop:0", "shop:99999", "shop:", "http://", "a b:1", "[::1", "shop:1:2", "unix:app.sock"])
    func whatIsNoTargetIsRefused(text: String) {
        #expect(throws: Diagnostic.self) { try ScrapeTarget(text) }
    }

    @Test func credentialsNeverStandInNamesOrErrors() throws {
        let target = try ScrapeTarget("http://watch:secret@shop:9100/metrics")
        #expect(!target.url.contains("secret") && !target.address.contains("secret") && !target.source.name.contains("secret"))
        do throws(Diagnostic) {
            _ = try ScrapeTarget("ftp://watch:secret@shop/metrics")
            Issue.record("taken")
        } catch { #expect(!error.description.contains("secret")) }
    }

    @Test(arguments: ["http://watch:se/cret@shop:9100", "watch:se?cret@shop/metrics", "http://watch:se#cret@shop"])
    func aPasswordThatCutsTheAddressIsNotShown(text: String) {
        do throws(Diagnostic) {
            _ = try ScrapeTarget(text)
            Issue.record("taken")
        } catch { #expect(!error.description.contains("se/") && !error.description.contains("watch") && error.description.contains("%2F")) }
    }

    @Test func eachSocketIsASourceOfItsOwn() throws {
        let sources = try ["unix:/run/a.sock", "unix:/run/b.sock"].map { try ScrapeTarget($0).source.name }
        #expect(sources == ["unix:/run/a.sock", "unix:/run/b.sock"])
    }
}
