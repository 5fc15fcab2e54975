import Collectors
import Disk
import Ports
import Recordings
import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct LiveCollectionTests {
    private let clock = VirtualClock()
    private let fetcher = SimulatedFetcher()
    private let folder = TemporaryFolder()
    private let engine = Engine(store: TelemetryStore())

    private func collection(_ listener: SimulatedListener, into sink: any ArrivalSink) throws -> LiveCollection {
        var plan = LiveCollection.Plan()
        plan.targets = [try ScrapeTarget("127.0.0.1:9100", interval: .seconds(5), timeout: .seconds(5))]
        plan.tails = [TailSpec(patterns: [folder.path + "/*.log"])]
        return LiveCollection(plan, edges: .init(fetcher: fetcher, listener: listener, files: SystemFiles()), sink: sink, clock: clock)
    }
    private func status(_ kind: Source.Kind) throws -> SourceStatus {
        try #require(engine.store.snapshot().sources.first { $0.source.kind == kind })
    }
    private func request(_ id: Int) -> String {
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"000000000000000\#(id)","name":"a","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}]}]}]}"#
    }

    /// Scraper, tailer and receivers into one store and one recording, which replayed is that store again.
    @Test func whatAllCollectorsBringIsRecordedAndComesAgain() throws {
        let listener = SimulatedListener()
        let sink = WatchedSink(engine)
        let path = folder.path + "/rec"
        engine.record(into: try RecordingWriter(files: SystemFiles(), folder: path, version: "1"))
        folder.write("{\"level\":\"error\",\"msg\":\"first\"}\n", to: "order.log")
        let collection = try collection(listener, into: sink)
        collection.start()
        fetcher.answer(.success("a 1\nb 2\n"), at: clock.now)
        sink.wait { engine.store.snapshot().logs.count == 1 }
        #expect(listener.post("/v1/traces", port: 4318, request(1)) == 200)
        clock.advance(by: .seconds(10))
        fetcher.answer(.failure(.timedOut(after: .seconds(5))), at: clock.now)
        folder.write("second\nthird, not ended", to: "order.log", appending: true)
        sink.wait { engine.store.snapshot().logs.count == 2 }
        #expect(listener.post("/api/v2/spans", port: 9411, #"[{"traceId":"1","id":"2","shared":true,"kind":"SERVER"}]"#) == 202)
        #expect(listener.post("/v1/traces", port: 4318, "{") == 400)
        clock.advance(by: .seconds(10))
        fetcher.answer(.success("a 2\nc 3\n"), at: clock.now)
        collection.stop()
        engine.stop()
        engine.endRecording()

        let live = engine.store.snapshot()
        #expect(live.logs.count == 3, "the last line has no newline, and is delivered at the end")
        #expect(live.traces.spanCount == 2 && live.metrics.seriesCount == 8)
        let again = Engine(store: TelemetryStore())
        let reading = try openArrivals(path, files: SystemFiles(), now: .seconds(0))
        while let arrival = reading.next() { again.accept(arrival) }
        #expect(reading.warnings.isEmpty)
        #expect(described(again.store.snapshot()) == described(live))
    }

    @Test func everySourceIsClosedAtTheEnd() throws {
        let listener = SimulatedListener()
        let sink = WatchedSink(engine)
        folder.write("line\n", to: "order.log")
        let collection = try collection(listener, into: sink)
        collection.start()
        sink.wait { engine.store.snapshot().logs.count == 1 }
        #expect(fetcher.isRunning && !listener.isStopped)
        #expect(try status(.otlpHTTP).health == .up && status(.tail).health == .up)
        collection.stop()
        #expect(!fetcher.isRunning && listener.isStopped)
        for kind in [Source.Kind.otlpHTTP, .otlpGRPC, .zipkin, .tail] { #expect(try status(kind).health == .closed, "\(kind)") }
    }

    @Test func aPortThatIsTakenHarmsNoOtherReceiver() throws {
        let listener = SimulatedListener(takenPorts: [4318])
        let collection = try collection(listener, into: engine)
        collection.start()
        #expect(try status(.otlpHTTP).health == .down && status(.otlpHTTP).failures == 1)
        #expect(try status(.otlpHTTP).lastError == "can't listen on 127.0.0.1:4318: the port is in use by another program")
        #expect(try status(.zipkin).health == .up && status(.otlpGRPC).health == .up)
        collection.stop()
    }
}
