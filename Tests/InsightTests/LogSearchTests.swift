import Insight
import Store
import Telemetry
import Testing

@Suite struct LogSearchTests {
    private let store = TelemetryStore()
    private let traceID = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)

    init() {
        add("order", "order placed", .info, at: 1)
        add("order", "Payment timed out", .error, at: 2, traceID: traceID, [Attribute("http.status", .int(504))])
        add("payment", "bank is slow", .warn, at: 3, traceID: traceID)
        add("payment", "bank answered", .info, at: 4, version: "v2")
    }

    @Test(arguments: [
        ("", 4), ("level>=warn", 2), ("service=order", 2), ("service!=order", 2), ("bank", 2), ("TIMED", 1), ("payment", 3),
        ("http.status>=500", 1),
        ("trace=4bf92f", 2), ("trace=4bf92f3577b34da6a3ce929d0e0e4736", 2), ("trace=4bf92e", 0), ("message~^bank", 2),
        ("service.version=v2", 1),
        ("level=info service=payment", 1), ("level=error or level=warn", 2), ("not trace=4b", 2),
    ])
    func searchesFindWhatTheySay(_ text: String, _ count: Int) {
        let search = LogSearch(text)
        #expect(search.error == nil)
        #expect(search.run(in: store.snapshot().logs, range: .always).total == count)
    }

    @Test func theNewestComeFirstAndBeyondTheLimitIsCounted() {
        let matches = LogSearch("").run(in: store.snapshot().logs, range: .always, limit: 2)
        #expect(matches.headers.map(\.time) == [time(4), time(3)])
        #expect(matches.total == 4)
        #expect(matches.countsByLevel == [0, 0, 0, 2, 1, 1, 0])
    }

    @Test func rangeAndLensNarrow() {
        let logs = store.snapshot().logs
        #expect(LogSearch("").run(in: logs, range: time(2)..<time(4)).total == 2)
        #expect(LogSearch("").run(in: logs, range: .always, lens: Lens(service: "payment")).total == 2)
        #expect(LogSearch("").run(in: logs, range: .always, lens: Lens(service: "payment", version: "v2")).total == 1)
        #expect(LogSearch("").run(in: logs, range: .always, lens: Lens(service: "nobody")).total == 0)
    }

    @Test func countsAreGroupedByFields() {
        let counts = LogSearch("").count(by: ["service", "level"], in: store.snapshot().logs, range: .always)
        #expect(counts.map(\.count) == [1, 1, 1, 1])
        #expect(LogSearch("").count(by: ["level"], in: store.snapshot().logs, range: .always).first?.values == ["info"])
    }

    @Test func completionProposesWhatExists() {
        let candidates = LogSearch.Candidates(store.snapshot().logs)
        #expect(candidates.fieldNames() == ["http.status"])
        #expect(candidates.values(of: "service") == ["order", "payment"])
    }

    private func time(_ seconds: Int64) -> PreciseTime { Timestamp.seconds(1_700_000_000 + seconds).precise }

    private func add(
        _ service: String, _ message: String, _ severity: Severity, at seconds: Int64, traceID: TraceID = .zero, version: String? = nil,
        _ attributes: [Attribute] = []
    ) {
        var resource = Resource(attributes: [Attribute("service.name", .string(service))])
        if let version { resource.attributes.append(Attribute("service.version", .string(version))) }
        let record = LogRecord(time: time(seconds), severity: severity, message: message, attributes: attributes, traceID: traceID)
        store.append([LogBatch(resource: resource, records: [record])], from: Source(.tail, "a.log"), at: time(seconds).timestamp)
    }
}
