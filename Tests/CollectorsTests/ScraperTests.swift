import Ports
import Synchronization
import Telemetry
import TestKit
import Testing

@testable import Collectors

/// Keeps what arrives.
private final class Arrivals: ArrivalSink {
    private let kept = Mutex<[Arrival]>([])
    func accept(_ arrival: Arrival) -> Admission {
        kept.withLock { $0.append(arrival) }
        return Admission(accepted: 1)
    }
    var all: [Arrival] { kept.withLock { $0 } }
    var scrapes: [Scrape] { all.compactMap { if case .scrape(let scrape) = $0.payload { scrape } else { nil } } }
}

/// A network without sockets: each request is answered after a delay, in the order of time.
private struct SimulatedNetwork {
    struct Flight {
        var request: FetchRequest
        var started: Timestamp
        var lands: Timestamp
        var outcome: Result<FetchAnswer, FetchFailure>
    }
    var now: Timestamp
    var starts: [(id: Int, at: Timestamp)] = []
    var requests: [FetchRequest] = []
    private(set) var mostAtOnce: [Int: Int] = [:]
    private var flights: [Flight] = []

    init(_ now: Timestamp = .seconds(1_700_000_000)) { self.now = now }

    /// Runs until `end`; `answer` says how long a request takes and what comes of it.
    mutating func run(
        _ driver: any FetchDriver, until end: Timestamp, answer: (FetchRequest, Timestamp) -> (TimeSpan, Result<FetchAnswer, FetchFailure>)
    ) {
        while now <= end {
            let due = driver.due(at: now)
            for request in due.start {
                let (delay, outcome) = answer(request, now)
                starts.append((request.id, now))
                requests.append(request)
                flights.append(Flight(request: request, started: now, lands: now + delay, outcome: outcome))
                mostAtOnce[request.id] = max(mostAtOnce[request.id] ?? 0, flights.count { $0.request.id == request.id })
            }
            let landing = flights.indices.min { flights[$0].lands < flights[$1].lands }
            let next = min(due.wake ?? .distantFuture, landing.map { flights[$0].lands } ?? .distantFuture)
            guard next <= end else { break }
            now = max(now, next)
            if let landing, flights[landing].lands <= now {
                let flight = flights.remove(at: landing)
                driver.finished(flight.request.id, flight.outcome, at: now)
            }
        }
        now = end
    }
}

@Suite struct ScraperTests {
    private let start = Timestamp.seconds(1_700_000_000)

    private func page(_ text: String = "x 1\n", status: Int = 200) -> Result<FetchAnswer, FetchFailure> {
        .success(FetchAnswer(status: status, contentType: "text/plain", body: Array(text.utf8), duration: .milliseconds(5)))
    }
    private func quick(_ request: FetchRequest, _ now: Timestamp) -> (TimeSpan, Result<FetchAnswer, FetchFailure>) {
        (.milliseconds(5), page())
    }

    @Test func theFirstScrapeIsAtOnceAndTheOthersComeInEvenSteps() throws {
        let arrivals = Arrivals()
        let scraper = Scraper([try ScrapeTarget("127.0.0.1:9901", interval: .seconds(5))], sink: arrivals)
        var network = SimulatedNetwork(start)
        network.run(scraper, until: start + .minutes(1), answer: quick)
        #expect(network.starts.first?.at == start)
        let gaps = zip(network.starts.dropFirst(), network.starts).map { ($0.at - $1.at).milliseconds }
        #expect((2500...7500).contains(gaps.first ?? 0))
        #expect(gaps.dropFirst().allSatisfy { $0 == 5000 } && gaps.count >= 11)
        #expect(arrivals.scrapes.map(\.started) == network.starts.map(\.at))
        #expect(arrivals.scrapes.allSatisfy { $0.failure == nil && $0.body == Array("x 1\n".utf8) && $0.interval == .seconds(5) })
    }

    @Test func aTargetIsAskedInTheFormsThatItIsConfiguredFor() throws {
        var native = try ScrapeTarget("h:2")
        native.forms.takesNativeHistograms = true
        native.forms.keepsClassicHistograms = true
        var chosen = try ScrapeTarget("h:3")
        chosen.forms.protocols = [.text0, .protobuf]
        let arrivals = Arrivals()
        var network = SimulatedNetwork(start)
        network.run(Scraper([try ScrapeTarget("h:1"), native, chosen], sink: arrivals), until: start + .seconds(1), answer: quick)
        let accepts = network.requests.sorted { $0.url < $1.url }.map { $0.headers.first { $0.name == "Accept" }?.value }
        let openMetrics = "application/openmetrics-text;version"
        #expect(
            accepts == [
                "\(openMetrics)=1.0.0;escaping=allow-utf-8;q=0.6,\(openMetrics)=0.0.1;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                    + "\(openMetrics)=1.0.0;escaping=allow-utf-8;q=0.5,\(openMetrics)=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                "text/plain;version=0.0.4;q=0.6,"
                    + "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,*/*;q=0.4",
            ])
        #expect(arrivals.scrapes.filter { $0.takesNativeHistograms && $0.keepsClassicHistograms }.count == 1)
    }

    @Test(arguments: [
        ("", "text/plain;version=0.0.4"), ("text/html", "text/plain;version=0.0.4"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0"),
    ])
    func anAnswerThatDoesNotSayWhatItIsIsReadAsTheConfigurationSays(_ type: String, _ expected: String) throws {
        var target = try ScrapeTarget("h:1")
        target.forms.fallback = .text0
        let arrivals = Arrivals()
        var network = SimulatedNetwork(start)
        network.run(Scraper([target], sink: arrivals), until: start + .seconds(1)) { _, _ in
            (.milliseconds(5), .success(FetchAnswer(status: 200, contentType: type, body: [], duration: .milliseconds(5))))
        }
        #expect(arrivals.scrapes.map(\.contentType) == [expected])
    }

    @Test func targetsAreSpreadOverTheInterval() throws {
        let targets = try (0..<40).map { try ScrapeTarget("10.0.0.\($0):9100", interval: .seconds(10)) }
        var network = SimulatedNetwork(start)
        network.run(Scraper(targets, sink: Arrivals()), until: start + .seconds(40), answer: quick)
        #expect(network.starts.prefix { $0.at == start }.count == 40)
        let places = Set(network.starts.dropFirst(40).map { $0.at.milliseconds % 10_000 / 1000 })
        #expect(places.count >= 8)
    }

    @Test func aSlowScrapeNeverOverlapsItself() throws {
        let arrivals = Arrivals()
        var network = SimulatedNetwork(start)
        network.run(Scraper([try ScrapeTarget("h:1", interval: .seconds(1))], sink: arrivals), until: start + .seconds(30)) { _, _ in
            (.milliseconds(2300), page())
        }
        #expect(network.mostAtOnce.values.allSatisfy { $0 == 1 })
        #expect((9...13).contains(arrivals.all.count))
    }

    @Test func aStartALittleLateCountsAsPunctual() {
        var loop = ScraperLoop(interval: .seconds(10), hash: 3000, from: .seconds(3))
        var times: [Int64?] = []
        for milliseconds: Int64 in [3000, 13_002, 23_003, 32_999] {
            let starts = loop.starts(at: Timestamp(milliseconds: milliseconds))
            times.append(starts ? loop.underWay?.milliseconds : nil)
            loop.finish(at: Timestamp(milliseconds: milliseconds + 1000))
        }
        #expect(times == [3000, 13_000, 23_003, nil])
    }

    @Test func aClockSetBackDoesNotSilenceATarget() {
        var loop = ScraperLoop(interval: .seconds(10), hash: 0, from: .seconds(100_000))
        var starts = [loop.starts(at: .seconds(100_000))]
        loop.finish(at: .seconds(100_001))
        starts.append(loop.starts(at: .seconds(5)))
        starts.append(loop.starts(at: .seconds(10)))
        #expect(starts == [true, false, true])
    }

    @Test(arguments: [
        (FetchFailure.timedOut(after: .milliseconds(2500)), "no answer from 127.0.0.1:9901 within 2.5 s"),
        (.cannotConnect(detail: "connection refused"), "connection refused by 127.0.0.1:9901; is the target running?"),
        (.tooLarge(limit: .mebibytes(64)), "the page is larger than the 64 MiB allowed"),
        (
            .tornBody(detail: "the gzip stream ends in the middle"),
            "the answer of 127.0.0.1:9901 is torn: the gzip stream ends in the middle"
        ),
        (.cannotResolve(host: "shop"), "the host name \"shop\" is not known"),
    ])
    func aFailureIsASentence(failure: FetchFailure, sentence: String) throws {
        let arrivals = Arrivals()
        var network = SimulatedNetwork(start)
        network.run(Scraper([try ScrapeTarget("127.0.0.1:9901")], sink: arrivals), until: start + .seconds(1)) { _, _ in
            (.zero, .failure(failure))
        }
        #expect(arrivals.scrapes.map(\.failure) == [sentence])
        #expect(arrivals.scrapes.allSatisfy { $0.body.isEmpty })
    }

    @Test func anErrorStatusIsAFailure() throws {
        let arrivals = Arrivals()
        var network = SimulatedNetwork(start)
        network.run(Scraper([try ScrapeTarget("h:1")], sink: arrivals), until: start + .seconds(1)) { _, _ in
            (.milliseconds(1), page("x 1\n", status: 503))
        }
        #expect(arrivals.scrapes.map(\.failure) == ["server returned HTTP status 503 Service Unavailable"])
        #expect(arrivals.scrapes.allSatisfy { $0.body.isEmpty })
    }

    @Test func aRequestSaysWhatWeTakeAndHowLongWeWait() throws {
        var network = SimulatedNetwork(start)
        let target = try ScrapeTarget(
            "https://watch:s%3Acret@shop:8443/stats/prometheus?usedonly", interval: .seconds(5), timeout: .seconds(30))
        let arrivals = Arrivals()
        network.run(Scraper([target], sink: arrivals), until: start + .seconds(1), answer: quick)
        let request = try #require(network.requests.first)
        #expect(request.url == "https://shop:8443/stats/prometheus?usedonly" && request.timeout == .seconds(5))
        guard case .basic("watch", "s:cret") = request.authentication else {
            Issue.record("no credentials")
            return
        }
        #expect(request.headers.contains { $0 == ("X-Prometheus-Scrape-Timeout-Seconds", "5") })
        #expect(request.headers.first?.value.hasPrefix("application/openmetrics-text;version=1.0.0") == true)
        #expect(arrivals.all.first?.source == Source(.scrape, "https://shop:8443/stats/prometheus?usedonly"))
    }

    @Test func aTargetThatIsRemovedHasAnEndAndOneThatStaysKeepsItsRhythm() throws {
        let arrivals = Arrivals()
        let (stays, goes) = (try ScrapeTarget("a:1", interval: .seconds(5)), try ScrapeTarget("b:1", interval: .seconds(5)))
        let scraper = Scraper([stays, goes], sink: arrivals)
        var network = SimulatedNetwork(start)
        network.run(scraper, until: start + .seconds(21), answer: quick)
        scraper.replace([stays])
        network.run(scraper, until: start + .seconds(61), answer: quick)
        let ends = arrivals.all.filter { if case .scrape(let scrape) = $0.payload { scrape.isFinal } else { false } }
        #expect(ends.map(\.source) == [goes.source])
        let kept = arrivals.all.filter { $0.source == stays.source }.compactMap {
            if case .scrape(let scrape) = $0.payload { scrape.started } else { nil }
        }
        #expect(zip(kept.dropFirst(2), kept.dropFirst()).allSatisfy { $0 - $1 == .seconds(5) } && kept.count >= 12)
    }

    @Test func aRefusedTargetFailsInItsRhythmAndIsNotFetched() throws {
        let arrivals = Arrivals()
        var target = try ScrapeTarget("a:1", interval: .seconds(5))
        target.refusal = "the job shop has 3 targets, more than the target_limit of 2"
        let scraper = Scraper([target], sink: arrivals)
        var network = SimulatedNetwork(start)
        network.run(scraper, until: start + .seconds(21)) { request, now in
            Issue.record("a refused target was fetched")
            return quick(request, now)
        }
        #expect((4...6).contains(arrivals.scrapes.count) && arrivals.scrapes.allSatisfy { $0.failure == target.refusal })
    }

    @Test func aTargetThatIsRemovedInTheMiddleOfAScrapeDeliversOnlyItsEnd() throws {
        let arrivals = Arrivals()
        let scraper = Scraper([try ScrapeTarget("a:1")], sink: arrivals)
        let request = try #require(scraper.due(at: start).start.first)
        scraper.replace([])
        #expect(scraper.due(at: start + .seconds(60)).start.isEmpty)
        scraper.finished(request.id, page(), at: start + .seconds(61))
        #expect(arrivals.scrapes.map(\.isFinal) == [true])
    }

    @Test func aScrapeThatWeBreakOffSaysNothingOfTheTarget() throws {
        let arrivals = Arrivals()
        let scraper = Scraper([try ScrapeTarget("a:1")], sink: arrivals)
        let request = try #require(scraper.due(at: start).start.first)
        scraper.finished(request.id, .failure(.cancelled), at: start)
        #expect(arrivals.all.isEmpty)
    }

    @Test func aDayOfScrapingLosesNoInterval() throws {
        let arrivals = Arrivals()
        var random = Seeded(3)
        var network = SimulatedNetwork(start)
        network.run(Scraper([try ScrapeTarget("a:1", interval: .seconds(15))], sink: arrivals), until: start + .minutes(24 * 60)) { _, _ in
            (.milliseconds(Int64.random(in: 1...9000, using: &random)), page())
        }
        #expect((5759...5762).contains(arrivals.all.count))
    }
}
