import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct EngineTests {
    private let engine = Engine(store: TelemetryStore())
    private let now = Timestamp.seconds(1_700_000_000)

    @discardableResult
    private func take(_ source: Source, _ payload: Arrival.Payload, at seconds: Int64 = 0) -> Admission {
        engine.accept(Arrival(source: source, time: now + .seconds(seconds), payload: payload))
    }
    private func status(_ source: Source) throws -> SourceStatus {
        try #require(engine.store.snapshot().sources.first { $0.source == source })
    }
    private func dropped(_ signal: Signal) -> [DropReason: UInt64] { engine.store.snapshot().accounting.dropped[signal] ?? [:] }
    private func span(_ id: UInt64, trace: UInt64 = 1) -> Span {
        Span(traceID: TraceID(high: 0, low: trace), spanID: SpanID(id), name: "op", start: now.precise, end: now.precise + .milliseconds(1))
    }
    private func scrape(_ page: String, failure: String? = nil, limit: Int = 0, at seconds: Int64 = 0) -> Arrival.Payload {
        .scrape(
            Scrape(
                labels: LabelSet([Label("job", "j"), Label("instance", "i")]), body: Array(page.utf8), contentType: "",
                started: now + .seconds(seconds), duration: .milliseconds(12), interval: .seconds(5), failure: failure, sampleLimit: limit))
    }

    private let page = Source(.scrape, "http://i/metrics")
    private let log = Source(.tail, "/var/log/shop/order.log")
    private let otlp = Source(.otlpHTTP, "127.0.0.1:4318")

    // MARK: - Scrapes

    @Test func aScrapeFillsTheStoreAndTheStatus() throws {
        #expect(take(page, scrape("a 1\nb 2\n")) == Admission(accepted: 2))
        let status = try status(page)
        #expect(status.health == .up && status.detail == "2 samples" && status.items == 2 && status.arrivals == 1 && status.bytes == 8)
        #expect(status.scrapeDuration == .milliseconds(12) && status.interval == .seconds(5) && status.lastArrival == now)
        #expect(engine.store.snapshot().metrics.seriesCount == 7)
    }

    @Test func aTargetThatCannotBeReachedIsDownAndNothingIsLost() throws {
        take(page, scrape("a 1\n"))
        take(page, scrape("", failure: "the connection was refused", at: 5), at: 5)
        let status = try status(page)
        #expect(status.health == .down && status.failures == 1 && status.lastError == "the connection was refused")
        #expect(status.lastErrorTime == now + .seconds(5) && status.dropped.isEmpty && dropped(.metrics).isEmpty)
        take(page, scrape("a 2\n", at: 10), at: 10)
        #expect(try self.status(page).health == .up)
        #expect(try self.status(page).lastError == "the connection was refused", "kept after recovery")
    }

    @Test func aPageThatIsNoExpositionIsRefusedInASentenceAndCounted() throws {
        let admission = take(page, scrape("<!doctype html>\n<p>welcome</p>\n"))
        let status = try status(page)
        #expect(admission.detail == status.lastError && status.lastError?.isEmpty == false)
        #expect(status.health == .down && status.failures == 1)
        #expect(status.dropped == [.malformed: 1] && dropped(.metrics) == [.malformed: 1])
    }

    @Test func aPageOverItsSampleLimitIsCountedWithItsSamples() throws {
        take(page, scrape("a 1\nb 1\nc 1\n", limit: 2))
        #expect(try status(page).dropped == dropped(.metrics))
        #expect(dropped(.metrics)[.tooLarge] ?? 0 >= 3)
    }

    @Test func samplesFromTheFutureAreCountedInBothBooks() throws {
        take(page, scrape("a 1 4102444800000\nb 1\n"))
        #expect(try status(page).dropped == [.outOfBounds: 1] && dropped(.metrics) == [.outOfBounds: 1])
        #expect(try status(page).health == .up)
    }

    @Test func aTargetThatIsScrapedNoMoreIsClosed() throws {
        take(page, scrape("a 1\n"))
        var last = Scrape(
            labels: LabelSet([Label("job", "j"), Label("instance", "i")]), started: now + .seconds(5), duration: .zero,
            interval: .seconds(5))
        last.isFinal = true
        take(page, .scrape(last), at: 5)
        #expect(try status(page).health == .closed && status(page).failures == 0)
    }

    // MARK: - Logs

    @Test func linesGetTheServiceOfTheirFile() throws {
        take(log, .lines(LogLines(bytes: Array("{\"level\":\"error\",\"msg\":\"no\"}\nplain\n".utf8))))
        var services: [String] = []
        let logs = engine.store.snapshot().logs
        logs.forEach(in: PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max)) { header in
            services.append(logs.strings[header.service])
            return true
        }
        #expect(services == ["order", "order"])
        #expect(try status(log).items == 2 && status(log).health == .up && status(log).dropped.isEmpty)
    }

    @Test func aLineThatIsNotJSONIsKeptAndCountedWhereJSONWasPromised() throws {
        let admission = take(log, .lines(LogLines(bytes: Array("oops\n{\"msg\":\"fine\"}\n".utf8), format: .json)))
        #expect(admission.accepted == 2)
        #expect(try status(log).dropped == [.malformed: 1] && dropped(.logs) == [.malformed: 1])
        #expect(try status(log).lastError?.hasPrefix("a line is not JSON") == true)
    }

    @Test func aLineTooLongIsKeptCutAndCountedOnce() throws {
        take(log, .lines(LogLines(bytes: [UInt8](repeating: 0x61, count: 3 << 20) + [0x0a])))
        #expect(engine.store.snapshot().logs.count == 1)
        #expect(try status(log).dropped == [.tooLarge: 1] && dropped(.logs) == [.tooLarge: 1])
        #expect(try status(log).lastError?.contains("was cut to") == true)
    }

    @Test func recordsComeDecoded() throws {
        let record = LogRecord(time: now.precise, severity: .warn, message: "m")
        #expect(take(otlp, .logs([LogBatch(resource: Resource(), records: [record])])) == Admission(accepted: 1))
        #expect(engine.store.snapshot().logs.count == 1)
    }

    // MARK: - Spans

    @Test func aSpanThatComesTwiceIsCountedOnceInEachBook() throws {
        take(otlp, .spans([SpanBatch(resource: Resource(), spans: [span(1), span(1), span(2)])]))
        #expect(take(otlp, .spans([SpanBatch(resource: Resource(), spans: [span(2)])])).accepted == 0)
        #expect(engine.store.snapshot().traces.spanCount == 2)
        #expect(try status(otlp).items == 2 && status(otlp).dropped == [.duplicate: 2] && dropped(.traces) == [.duplicate: 2])
        #expect(try status(otlp).lastError == "1 spans came a second time" && status(otlp).failures == 0)
    }

    @Test func spansThatAreTheirOwnParentsAndSpansOfStrangeTimesAreKept() throws {
        var own = span(1)
        own.parentSpanID = own.spanID
        var ancient = span(2)
        (ancient.start, ancient.end) = (PreciseTime(nanoseconds: 0), PreciseTime(nanoseconds: 1))
        var distant = span(3)
        (distant.start, distant.end) = (Timestamp.seconds(4_102_444_800).precise, Timestamp.seconds(4_102_444_801).precise)
        let admission = take(otlp, .spans([SpanBatch(resource: Resource(), spans: [own, ancient, distant])]))
        #expect(admission == Admission(accepted: 3))
        let traces = engine.store.snapshot().traces
        let trace = try #require(traces.summary(of: TraceID(high: 0, low: 1)))
        #expect(trace.spanCount == 3 && traces.strings[trace.rootService] == "unknown_service")
    }

    @Test func spansWithoutAnIDAreRefusedInASentence() throws {
        let admission = take(otlp, .spans([SpanBatch(resource: Resource(), spans: [span(0), span(1)])]))
        #expect(admission == Admission(accepted: 1, rejected: 1, detail: "1 spans have no valid trace or span id"))
        #expect(try status(otlp).dropped == [.invalidID: 1] && dropped(.traces) == [.invalidID: 1])
    }

    // MARK: - News

    @Test(arguments: [
        (SourceChange.State.listening, SourceStatus.Health.up), (.waiting, .waiting), (.reading, .up), (.rotated, .up), (.truncated, .up),
        (.closed, .closed), (.failed, .down),
    ])
    func newsOfASourceSetsItsHealth(_ state: SourceChange.State, _ health: SourceStatus.Health) throws {
        take(log, .status(SourceChange(state, "news")))
        let status = try status(log)
        #expect(status.health == health && status.detail == "news" && status.arrivals == 0)
        #expect(status.failures == (state == .failed ? 1 : 0) && status.lastError == (state == .failed ? "news" : nil))
    }

    @Test func aTroubleIsCountedOnceUnderItsReasonAlsoForASourceThatIsDown() throws {
        take(otlp, .status(SourceChange(.failed, "no port")))
        let admission = take(otlp, .trouble(Trouble(signal: .traces, reason: .tooDeep, count: 4, detail: "too deep")))
        #expect(admission == Admission(rejected: 4, detail: "too deep"))
        #expect(try status(otlp).dropped == [.tooDeep: 4] && status(otlp).failures == 2 && status(otlp).lastError == "too deep")
        #expect(dropped(.traces) == [.tooDeep: 4])
    }

    /// Whatever comes: what the sources lost is what the store lost.
    @Test(arguments: 0..<10) func bothBooksAgree(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for arrival in run.arrivals(300) { engine.accept(arrival) }
        let snapshot = engine.store.snapshot()
        var bySource: [DropReason: UInt64] = [:]
        for status in snapshot.sources { bySource.merge(status.dropped, uniquingKeysWith: +) }
        var bySignal: [DropReason: UInt64] = [:]
        for counts in snapshot.accounting.dropped.values { bySignal.merge(counts, uniquingKeysWith: +) }
        #expect(bySource == bySignal, "seed \(seed)")
        // The store counts the samples of pages and of batches as one.
        let items = snapshot.sources.filter { $0.source.kind != .scrape && $0.source != RandomRun.metrics }.reduce(0) { $0 + $1.items }
        #expect(items == (snapshot.accounting.ingested[.traces] ?? 0) + (snapshot.accounting.ingested[.logs] ?? 0), "seed \(seed)")
    }

    @Test func nothingIsTakenAfterTheEnd() {
        engine.stop()
        let admission = take(otlp, .spans([SpanBatch(resource: Resource(), spans: [span(1)])]))
        #expect(admission.isOverloaded && admission.accepted == 0)
        #expect(engine.store.snapshot().traces.spanCount == 0)
    }
}
