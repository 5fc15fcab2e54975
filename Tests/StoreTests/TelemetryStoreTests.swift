import Store
import Synchronization
import Telemetry
import TestKit
import Testing

@Suite struct TelemetryStoreTests {
    private func trace(_ number: UInt64, spans: Int = 5, at time: Int64 = 0) -> SpanBatch {
        SpanBatch(
            resource: Resource(attributes: [Attribute("service.name", .string("order"))]),
            spans: (0..<spans).map { index in
                Span(
                    traceID: TraceID(high: 7, low: number), spanID: SpanID(UInt64(index + 1)), name: "GET",
                    start: PreciseTime(nanoseconds: time),
                    end: PreciseTime(nanoseconds: time + 5), attributes: [Attribute("order.id", .string("order-\(number)-\(index)"))])
            })
    }
    private func lines(_ count: Int, _ text: String) -> LogBatch {
        LogBatch(
            resource: Resource(),
            records: (0..<count).map { LogRecord(time: PreciseTime(nanoseconds: Int64($0)), message: "\(text) \($0)") })
    }
    private let file = Source(.tail, "a.log")

    @Test func evictsWholeTracesInTheOrderTheyCame() {
        let store = TelemetryStore(budget: .mebibytes(4))
        // Times run backwards: what goes first is what came first.
        for number in UInt64(1)...20_000 { store.append([trace(number, at: -Int64(number))], at: .seconds(Int64(number))) }
        let snapshot = store.snapshot()
        let kept = snapshot.traces.summaries(startingIn: .always)
        #expect(kept.allSatisfy { $0.spanCount == 5 })
        #expect(kept.map(\.traceID.low) == Array((20_001 - UInt64(kept.count))...20_000))
        #expect(snapshot.accounting.evicted[.traces] == UInt64(100_000 - snapshot.traces.spanCount))
        #expect(snapshot.traces.spanCount == 5 * kept.count)
        #expect(snapshot.accounting.totalBytes <= store.budget.bytes)
        var scanned = 0
        snapshot.traces.forEachSpan(startingIn: .always) { _ in scanned += 1 }
        #expect(scanned == snapshot.traces.spanCount)
        #expect(snapshot.traces.summary(of: TraceID(high: 7, low: 1)) == nil)
    }

    @Test func aTraceGoesWithItsOldestSpan() {
        let store = TelemetryStore(budget: .mebibytes(4))
        var long = trace(1, spans: 1)
        store.append([long], at: .seconds(0))
        var isGone = false
        for number in UInt64(2)...20_000 {
            store.append([trace(number)], at: .seconds(Int64(number)))
            guard !isGone, number % 100 == 0 else { continue }
            long.spans[0].spanID = SpanID(number)
            let traces = store.snapshot().traces
            isGone = traces.summary(of: TraceID(high: 7, low: 1)) == nil
            if isGone { #expect(traces.spans(ofTrace: TraceID(high: 7, low: 1)).isEmpty) } else { store.append([long], at: .seconds(1)) }
        }
        #expect(isGone)
        let snapshot = store.snapshot()
        var ids = Set<TraceID>()
        snapshot.traces.forEachSpan(startingIn: .always) { ids.insert($0.traceID) }
        #expect(!ids.contains(TraceID(high: 7, low: 1)))
    }

    @Test func theOldestIsWhatCameFirst() {
        let store = TelemetryStore()
        for second in Int64(10)...20 {
            store.append([trace(UInt64(second))], at: .seconds(second))
            store.append([lines(1, "line")], from: file, at: .seconds(second + 1))
        }
        #expect(store.snapshot().accounting.oldest == [.traces: .seconds(10), .logs: .seconds(11)])
    }

    @Test func aFloodOfOneSignalLeavesTheOthersTheirFloor() throws {
        let store = TelemetryStore(budget: .mebibytes(8))
        let id = try #require(store.series(for: LabelSet([Label(LabelSet.nameLabel, "up")])))
        store.append([SeriesSample(id, .seconds(1), 1)])
        store.append([trace(1)], at: .seconds(1))
        for round in 0..<400 { store.append([lines(300, "round \(round) of a flood of lines")], from: file, at: .seconds(Int64(round))) }
        let snapshot = store.snapshot()
        #expect(snapshot.accounting.evicted[.logs] ?? 0 > 0)
        #expect(snapshot.accounting.totalBytes <= store.budget.bytes)
        #expect(snapshot.traces.summary(of: TraceID(high: 7, low: 1))?.spanCount == 5)
        #expect(snapshot.metrics.samples(of: id, in: .seconds(0) ... .seconds(2)) == [Sample(.seconds(1), 1)])
        #expect(UInt64(snapshot.logs.count) + (snapshot.accounting.evicted[.logs] ?? 0) == 120_000)
    }

    @Test func samplesStayWithinTheBudgetAndTheNewestAreKept() throws {
        let store = TelemetryStore(budget: .mebibytes(1))
        let ids = (0..<200).compactMap { store.series(for: LabelSet([Label(LabelSet.nameLabel, "m\($0)")])) }
        // Of values that don't compress.
        func value(_ round: Int64) -> Double {
            var random = Seeded(UInt64(round))
            return .random(in: 0..<1, using: &random)
        }
        for round in Int64(0)..<2000 {
            store.append(ids.map { SeriesSample($0, .seconds(round * 5), value(round)) })
            guard round % 97 == 0 else { continue }
            let snapshot = store.snapshot()
            #expect(ids.allSatisfy { snapshot.metrics.latest(of: $0, at: .seconds(round * 5))?.value == value(round) })
            #expect(snapshot.accounting.totalBytes <= store.budget.bytes)
        }
        let snapshot = store.snapshot()
        let kept = ids.reduce(0) { $0 + snapshot.metrics.samples(of: $1, in: .distantPast ... .distantFuture).count }
        #expect(snapshot.accounting.evicted[.metrics] ?? 0 > 0)
        #expect(kept <= 400_000 - Int(snapshot.accounting.evicted[.metrics] ?? 0))
    }

    @Test func aSnapshotIsUnmovedByWhatComesAndGoes() {
        let store = TelemetryStore(budget: .mebibytes(4))
        for number in UInt64(1)...100 { store.append([trace(number)], at: .seconds(1)) }
        store.append([lines(100, "old")], from: file, at: .seconds(1))
        let old = store.snapshot()
        for number in UInt64(101)...20_000 { store.append([trace(number), trace(number % 90 + 1, spans: 6)], at: .seconds(2)) }
        for round in 0..<200 { store.append([lines(300, "round \(round) of a flood of lines")], from: file, at: .seconds(2)) }
        #expect(store.snapshot().traces.span(SpanRef(block: 0, row: 0)) == nil)
        let kept = old.traces.summaries(startingIn: .always)
        #expect(kept.map(\.traceID.low) == Array(1...100))
        #expect(kept.allSatisfy { old.traces.spans(of: $0).compactMap { old.traces.span($0.ref) }.count == 5 })
        var messages: [String] = []
        old.logs.forEach(in: .always) { header in
            messages.append(old.logs.message(of: header.ref))
            return true
        }
        #expect(messages == (0..<100).map { "old \($0)" })
    }

    @Test func manyWritersAndReadersAgree() async {
        let store = TelemetryStore(budget: .mebibytes(2))
        await withTaskGroup(of: Void.self) { group in
            for writer in UInt64(0)..<3 {
                group.addTask {
                    for number in UInt64(1)...500 {
                        store.append([trace(writer << 32 | number)], at: .seconds(1))
                        store.append([lines(10, "\(writer)")], from: file, at: .seconds(1))
                        guard let id = store.series(for: LabelSet([Label("writer", "\(writer)")])) else { continue }
                        store.append([SeriesSample(id, .seconds(Int64(number)), 1)])
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let snapshot = store.snapshot()
                    var spans = 0
                    snapshot.traces.forEachSpan(startingIn: .always) { spans += snapshot.traces.span($0.ref)?.attributes.count ?? 0 }
                    #expect(spans == snapshot.traces.spanCount)
                    var lines = 0
                    snapshot.logs.forEach(in: .always) { header in
                        lines += snapshot.logs.message(of: header.ref).isEmpty ? 0 : 1
                        return true
                    }
                    #expect(lines == snapshot.logs.count)
                }
            }
        }
        let accounting = store.snapshot().accounting
        #expect(accounting.ingested == [.traces: 7500, .logs: 15_000, .metrics: 1500])
    }

    @Test func countsDropsAndKeepsTheStatusOfSources() {
        let store = TelemetryStore()
        let before = store.snapshot().version
        store.update(file) { $0.items += 3 }
        store.update(Source(.scrape, "shop")) { $0.health = .up }
        store.update(file) { $0.health = .up }
        store.countDropped(.logs, .malformed, 2)
        store.countDropped(.logs, .malformed, 1)
        let snapshot = store.snapshot()
        #expect(snapshot.sources.map(\.source) == [file, Source(.scrape, "shop")])
        #expect(snapshot.sources.first?.items == 3 && snapshot.sources.first?.health == .up)
        #expect(snapshot.accounting.dropped == [.logs: [.malformed: 3]])
        #expect(snapshot.version > before)
    }

    @Test func namesBeyondTheirShareOfTheBudgetAreStillToldBySpans() {
        let store = TelemetryStore(budget: .mebibytes(1))
        let spans = (1...3000).map { index in
            Span(
                traceID: TraceID(high: 1, low: UInt64(index)), spanID: SpanID(1), name: "a name that is never used again \(index)",
                start: PreciseTime(nanoseconds: 0), end: PreciseTime(nanoseconds: 1))
        }
        store.append([SpanBatch(resource: Resource(), spans: spans)], at: .seconds(0))
        let snapshot = store.snapshot()
        let last = snapshot.traces.spans(ofTrace: TraceID(high: 1, low: 3000)).first
        #expect(last?.name == .overflow)
        #expect(last.flatMap { snapshot.traces.span($0.ref) }?.name == "a name that is never used again 3000")
        #expect(snapshot.accounting.totalBytes <= store.budget.bytes)
    }

    @Test func aLargeResourceIsNotWrittenForEachOfItsRows() {
        let store = TelemetryStore(budget: .mebibytes(64))
        let text = AttributeValue.string(String(repeating: "x", count: 60_000))
        var batch = trace(1, spans: 4_000)
        batch.resource.attributes += (0..<24).map { Attribute("note.\($0)", text) }
        #expect(store.append([batch], at: .seconds(1)).accepted == 4_000)
        let logs = LogBatch(resource: batch.resource, records: lines(4_000, "line").records)
        #expect(store.append([logs], from: file, at: .seconds(1)).accepted == 4_000)
        let snapshot = store.snapshot()
        #expect(snapshot.traces.spanCount == 4_000)
        #expect(snapshot.logs.count == 4_000)
        #expect(snapshot.accounting.totalBytes < 12 << 20)
        var resources = Set<Resource>()
        snapshot.traces.forEachSpan(startingIn: .always) { resources.insert(snapshot.traces.resource(of: $0.ref) ?? Resource()) }
        snapshot.logs.forEach(in: .always) { header in
            resources.insert(snapshot.logs.resource(of: header.ref) ?? Resource())
            return true
        }
        #expect(resources == [batch.resource])
    }

    @Test func countsOfLossesTakeAnyNumber() {
        let store = TelemetryStore()
        for _ in 0..<4 { store.countDropped(.logs, .malformed, .max) }
        #expect(store.snapshot().accounting.dropped[.logs]?[.malformed] != nil)
    }

    @Test func linesOfTooManySourcesKeepWithinTheLimitOfSources() {
        let store = TelemetryStore()
        for number in 0...TelemetryStore.sourceLimit {
            store.append([lines(1, "line")], from: Source(.tail, "\(number).log"), at: .seconds(1))
        }
        let logs = store.snapshot().logs
        var names = Set<String>()
        logs.forEach(in: .always) { header in
            names.insert(logs.source(of: header.ref)?.name ?? "")
            return true
        }
        #expect(names.count == TelemetryStore.sourceLimit)
    }
}
