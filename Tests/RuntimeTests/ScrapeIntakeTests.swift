import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct ScrapeIntakeTests {
    private let source = Source(.scrape, "http://h:1/metrics")
    private let target = LabelSet([Label("instance", "h:1"), Label("job", "j")])
    private let intake = ScrapeIntake()

    @discardableResult
    private func scrape(
        _ page: String, at seconds: Int64, into store: PlainStore, type: String = "text/plain", failure: String? = nil,
        isFinal: Bool = false,
        honorsLabels: Bool = false, sampleLimit: Int = 0, labelLimits: LabelLimits = .init(), honorsTimestamps: Bool = true
    ) -> ScrapeOutcome {
        let scrape = Scrape(
            labels: target, body: Array(page.utf8), contentType: type, started: .seconds(seconds), duration: .milliseconds(250),
            interval: .seconds(15),
            failure: failure, isFinal: isFinal, honorsLabels: honorsLabels, sampleLimit: sampleLimit,
            labelLimits: labelLimits, honorsTimestamps: honorsTimestamps)
        return intake.take(scrape, from: source, into: store)
    }

    @Test func aPageBecomesSamplesAndReports() {
        let store = PlainStore()
        let outcome = scrape("# TYPE x counter\nx{a=\"1\"} 3\ny 4\n", at: 100, into: store)
        #expect(store.values("x", Label("a", "1")) == [3] && store.values("y") == [4])
        #expect(store.values("up") == [1] && store.values("scrape_duration_seconds") == [0.25])
        #expect(store.values("scrape_samples_scraped") == [2] && store.values("scrape_samples_post_metric_relabeling") == [2])
        #expect(store.values("scrape_series_added") == [2])
        #expect(outcome.accepted == 2 && outcome.samples == 2 && outcome.seriesAdded == 2 && outcome.failure == nil)
        #expect(store.metadata["x"]?.type == .counter)
    }

    @Test func aSeriesThatGoesIsEndedAndMayComeBack() {
        let store = PlainStore()
        scrape("x 1\ny 1\n", at: 100, into: store)
        let gone = scrape("y 2\n", at: 115, into: store)
        let back = scrape("x 3\ny 3\n", at: 130, into: store)
        #expect(store.values("x") == [1, nil, 3] && store.values("y") == [1, 2, 3])
        #expect(gone.seriesEnded == 1 && back.seriesAdded == 1 && store.values("scrape_series_added") == [2, 0, 1])
    }

    @Test func aFailedScrapeEndsAllSeriesOnce() {
        let store = PlainStore()
        scrape("x 1\n", at: 100, into: store)
        scrape("", at: 115, into: store, failure: "connection refused by h:1; is the target running?")
        scrape("", at: 130, into: store, failure: "connection refused by h:1; is the target running?")
        scrape("x 2\n", at: 145, into: store)
        #expect(store.values("x") == [1, nil, 2] && store.values("up") == [1, 0, 0, 1])
    }

    @Test func aPageWithOneErrorIsNotTakenAtAll() {
        let store = PlainStore()
        scrape("x 1\n", at: 100, into: store)
        let outcome = scrape("x 2\nnew 1\n<html>\n", at: 115, into: store)
        #expect(outcome.failure == "line 3, column 1: the page is HTML, not metrics; is this the metrics URL?")
        #expect(store.values("x") == [1, nil] && store.values("new") == nil && store.values("up") == [1, 0])
        scrape("x 3\nnew 1\n", at: 130, into: store)
        #expect(store.values("x") == [1, nil, 3] && store.values("new") == [1])
    }

    @Test func theEndOfATargetEndsItsReportsToo() {
        let store = PlainStore()
        scrape("x 1\n", at: 100, into: store)
        scrape("", at: 110, into: store, isFinal: true)
        #expect(store.values("x") == [1, nil] && store.values("up") == [1, nil] && store.values("scrape_series_added") == [1, nil])
    }

    @Test func samplesWithTimesOfTheirOwnDoNotGoStale() {
        let store = PlainStore()
        scrape("x 1 90000\ny 1\n", at: 100, into: store)
        scrape("", at: 115, into: store)
        #expect(store.values("x") == [1] && store.values("y") == [1, nil])
        let outcome = scrape("x 9 80000\nx 9 4102444800000\n", at: 130, into: store)
        #expect(store.values("x") == [1] && outcome.dropped == [.outOfOrder: 1, .outOfBounds: 1])
    }

    @Test func onAClashTheLabelOfThePageIsKeptAsExported() {
        let store = PlainStore()
        scrape("x{job=\"own\",exported_job=\"older\"} 1\n", at: 100, into: store)
        #expect(store.values("x", Label("exported_exported_job", "own"), Label("exported_job", "older")) == [1])
        scrape("z{job=\"own\"} 1\n", at: 115, into: store, honorsLabels: true)
        #expect(store.values("z", Label("job", "own")) == [1])
    }

    @Test func theSampleLimitFailsTheWholeScrape() {
        let store = PlainStore()
        #expect(scrape("x 1\ny 1\n", at: 100, into: store, sampleLimit: 2).failure == nil)
        let outcome = scrape("x 1\ny 1\nz 1\n", at: 115, into: store, sampleLimit: 2)
        #expect(outcome.failure == "the page has more samples than the sample_limit of 2")
        #expect(store.values("x") == [1, nil] && store.values("up") == [1, 0])
    }

    @Test func theLimitsOfLabelsFailTheWholeScrape() {
        let store = PlainStore()
        // With its name, job and instance a series of one label has four.
        let limits = [
            (LabelLimits(count: 4), "the series y has 5 labels, more than the label_limit of 4"),
            (LabelLimits(nameLength: 8), "the name of a label of y is longer than the label_name_length_limit of 8 bytes"),
            (LabelLimits(valueLength: 3), "the value of label b of y is longer than the label_value_length_limit of 3 bytes"),
        ]
        for (limits, sentence) in limits {
            #expect(scrape("x{a=\"1\"} 1\n", at: 100, into: store, labelLimits: limits).failure == nil)
            let outcome = scrape("x{a=\"1\"} 1\ny{b=\"four\",long_name=\"1\"} 1\n", at: 115, into: store, labelLimits: limits)
            #expect(outcome.failure == sentence && outcome.refusal == .tooLarge)
        }
        #expect(!store.names.contains("y") && store.values("up")?.last == 0)
    }

    @Test func aPageOfAnyNumberOfSeriesIsRefused() {
        let store = PlainStore()
        let intake = ScrapeIntake(pageLimit: 1000)
        let pages = [1000, 1001].map { count in (0..<count).map { "x\($0) 1\n" }.joined() }
        let outcomes = pages.enumerated().map { round, page in
            let scrape = Scrape(
                labels: target, body: Array(page.utf8), contentType: "text/plain", started: .seconds(100 + Int64(round)), duration: .zero,
                interval: .seconds(1))
            return intake.take(scrape, from: source, into: store)
        }
        #expect(outcomes[0].failure == nil && outcomes[0].accepted == 1000)
        #expect(outcomes[1].failure == "the page has more than the 1000 samples that dogwatch takes from one target")
        #expect(outcomes[1].refusal == .tooLarge && store.values("x0") == [1, nil] && store.values("up") == [1, 0])
    }

    @Test func timesOnThePageAreIgnoredWhereTheConfigurationSaysSo() {
        let store = PlainStore()
        scrape("x 1 90000\ny 1\n", at: 100, into: store, honorsTimestamps: false)
        scrape("x 2 90000\n", at: 115, into: store, honorsTimestamps: false)
        scrape("y 3\n", at: 130, into: store, honorsTimestamps: false)
        #expect(store.values("x") == [1, 2, nil] && store.values("y") == [1, nil, 3])
    }

    @Test func seriesWithoutRoomAreCountedAndTheOthersKept() {
        let store = PlainStore(limit: 6)
        let outcome = scrape("a 1\nb 1\nc 1\nd 1\ne 1\nf 1\ng 1\n", at: 100, into: store)
        #expect(outcome.overSeriesLimit == 1 && outcome.accepted == 6 && store.values("g") == nil)
    }

    @Test func anotherSpellingIsTheSameSeries() {
        let store = PlainStore()
        scrape("x{a=\"1\",b=\"2\"} 1\n", at: 100, into: store)
        scrape("x{b=\"2\", a=\"1\"} 2\n", at: 115, into: store)
        #expect(store.values("x", Label("a", "1"), Label("b", "2")) == [1, 2])
    }

    @Test func exemplarsAreTakenOnceAndMetadataFollowsThePage() {
        let store = PlainStore()
        func page(_ trace: String, _ type: String) -> String {
            "# HELP a help\n# TYPE a \(type)\na_total 1 # {trace_id=\"\(trace)\"} 1\n# EOF\n"
        }
        let type = "application/openmetrics-text; version=1.0.0"
        #expect(scrape(page("aa", "counter"), at: 100, into: store, type: type).exemplars == 1)
        #expect(scrape(page("aa", "counter"), at: 115, into: store, type: type).exemplars == 0)
        #expect(scrape(page("bb", "counter"), at: 130, into: store, type: type).exemplars == 1)
        #expect(store.exemplars.map(\.time) == [.seconds(100), .seconds(130)])
        #expect(store.metadata["a"] == MetricMetadata(type: .counter, help: "help"))
        scrape("# TYPE a gauge\na 1\n", at: 145, into: store)
        scrape("# TYPE a counter\na 1\n", at: 160, into: store)
        #expect(store.metadata["a"]?.type == .counter)
    }

    @Test func pagesOfNewNamesThatFailLeaveNothingBehind() {
        let store = PlainStore()
        for round in 0..<50 {
            scrape((0..<100).map { "n\(round)_\($0) 1\n" }.joined() + "broken\n", at: Int64(100 + round), into: store)
        }
        #expect(store.names.count == 5)
    }

    /// Against a model that reads every page anew.
    @Test(arguments: 0..<20) func anyOrderOfLinesGivesTheSameSeries(seed: UInt64) {
        var random = Seeded(seed)
        let store = PlainStore()
        var model: [String: [Double?]] = [:]
        var lastNames: Set<String> = []
        for round in 0..<30 {
            var names = (0..<40).map { "m\($0)" }.filter { _ in Int.random(in: 0..<8, using: &random) > 0 }
            if Int.random(in: 0..<3, using: &random) == 0 { names.shuffle(using: &random) }
            let isBroken = Int.random(in: 0..<6, using: &random) == 0
            var page = ""
            for name in names {
                let value = Double(Int.random(in: 0...9, using: &random))
                page += "\(name)\(Bool.random(using: &random) ? "{}" : "") \(value)\n"
                if !isBroken { model[name, default: []].append(value) }
            }
            for name in lastNames.subtracting(isBroken ? [] : names) { model[name, default: []].append(nil) }
            lastNames = isBroken ? [] : Set(names)
            scrape(page + (isBroken ? "broken" : ""), at: Int64(100 + round), into: store)
        }
        for (name, values) in model { #expect(store.values(name) == values, "seed \(seed), \(name)") }
    }
}
