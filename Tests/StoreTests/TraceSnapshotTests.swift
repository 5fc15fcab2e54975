import Store
import Telemetry
import TestKit
import Testing

@Suite struct TraceSnapshotTests {
    /// What a store of spans is: a plain array.
    private struct Model {
        struct Kept {
            let span: Span
            let resource: Resource
            let scope: InstrumentationScope
        }
        var kept: [Kept] = []

        private static func side(_ span: Span) -> Bool { span.isShared || span.kind == .server || span.kind == .consumer }
        mutating func append(_ batch: SpanBatch) -> SpanOutcome {
            var outcome = SpanOutcome()
            for span in batch.spans {
                let isKnown = kept.contains {
                    $0.span.traceID == span.traceID && $0.span.spanID == span.spanID && Self.side($0.span) == Self.side(span)
                }
                if isKnown { outcome.duplicates += 1 } else { outcome.accepted += 1 }
                if !isKnown { kept.append(Kept(span: span, resource: batch.resource, scope: batch.scope)) }
            }
            return outcome
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func equalsAPlainArrayAtEveryStep(seed: UInt64) {
        var random = Seeded(seed)
        // Small slabs, so that there are many blocks; few enough spans that nothing goes.
        let store = TelemetryStore(budget: .mebibytes(4))
        var model = Model()
        for step in 0..<60 {
            let batch = SpanBatch(
                resource: RandomTelemetry.resource(&random), scope: InstrumentationScope(name: RandomTelemetry.text(&random)),
                spans: (0..<30).map { _ in RandomTelemetry.span(&random) })
            #expect(store.append([batch], at: .seconds(Int64(step))) == model.append(batch), "seed \(seed) step \(step)")
            compare(store.snapshot().traces, model, &random, "seed \(seed) step \(step)")
        }
        #expect(store.snapshot().accounting.evicted[.traces] == 0)
    }

    private func compare(_ snapshot: TraceSnapshot, _ model: Model, _ random: inout Seeded, _ note: Comment) {
        let range = Bool.random(using: &random) ? .always : Range.random(&random)
        var refs: [SpanRef] = []
        snapshot.forEachSpan(startingIn: range) { refs.append($0.ref) }
        let wanted = model.kept.filter { range.includes($0.span.start) }
        #expect(refs.map { snapshot.span($0) } == wanted.map(\.span), note)
        #expect(refs.map { snapshot.resource(of: $0) } == wanted.map(\.resource), note)
        #expect(refs.map { snapshot.scope(of: $0) } == wanted.map(\.scope), note)
        #expect(refs.map { snapshot.attribute("k", of: $0) } == wanted.map { $0.span["k"] }, note)
        let id = TraceID(high: 0, low: .random(in: 1...41, using: &random))
        compare(snapshot, model.kept.filter { $0.span.traceID == id }, id, note)
    }

    private func compare(_ snapshot: TraceSnapshot, _ trace: [Model.Kept], _ id: TraceID, _ note: Comment) {
        let summary = snapshot.summary(of: id)
        #expect(snapshot.spans(ofTrace: id).map(\.start) == trace.map(\.span.start).sorted(), note)
        #expect(Int(summary?.spanCount ?? 0) == trace.count, note)
        guard let summary else { return }
        #expect(summary.start == trace.map(\.span.start).min(), note)
        #expect(summary.end == trace.map { $0.span.start + $0.span.duration }.max(), note)
        #expect(Int(summary.errorCount) == trace.count { $0.span.status == .error }, note)
        #expect(Int(summary.serviceCount) == Set(trace.map { $0.resource.serviceName }).count, note)
        let roots = trace.filter { !$0.span.parentSpanID.isValid }
        let own = roots.filter { !$0.span.isShared }
        let candidates = (own.isEmpty ? roots.isEmpty ? trace : roots : own).map(\.span)
        #expect(snapshot.span(summary.root)?.start == candidates.map(\.start).min(), note)
        #expect(summary.hasRoot == !roots.isEmpty, note)
        #expect(snapshot.strings[summary.rootService] == snapshot.resource(of: summary.root)?.serviceName, note)
    }

    @Test func tellsThePeerOfACall() {
        func peer(_ kind: SpanKind, _ attributes: [String: String]) -> (PeerKind, String) {
            let store = TelemetryStore()
            let span = Span(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: "call", kind: kind, start: PreciseTime(nanoseconds: 0),
                end: PreciseTime(nanoseconds: 1), attributes: attributes.map { Attribute($0.key, .string($0.value)) })
            store.append([SpanBatch(resource: Resource(), spans: [span])], at: .seconds(0))
            let snapshot = store.snapshot().traces
            let header = snapshot.spans(ofTrace: span.traceID).first
            return (header?.peerKind ?? .none, header.map { snapshot.strings[$0.peer] } ?? "?")
        }
        #expect(peer(.client, ["peer.service": "pay", "server.address": "h"]) == (.service, "pay"))
        #expect(peer(.client, ["db.system": "postgresql", "db.name": "shop", "server.address": "h"]) == (.database, "postgresql shop"))
        #expect(peer(.producer, ["messaging.system": "kafka", "messaging.destination.name": "orders"]) == (.messaging, "kafka orders"))
        #expect(peer(.client, ["server.address": "h"]) == (.host, "h"))
        #expect(peer(.server, ["server.address": "h"]) == (.none, ""))
        #expect(peer(.client, [:]) == (.none, ""))
    }

    @Test func refusesZeroIdsAndWhatIsFarTooLarge() {
        let store = TelemetryStore(budget: .mebibytes(16))
        var span = Span(
            traceID: .zero, spanID: SpanID(1), name: "a", start: PreciseTime(nanoseconds: 0), end: PreciseTime(nanoseconds: 0))
        #expect(store.append([SpanBatch(resource: Resource(), spans: [span])], at: .seconds(0)).invalidIDs == 1)
        span.traceID = TraceID(high: 0, low: 1)
        span.name = String(repeating: "n", count: 2 << 20)
        #expect(store.append([SpanBatch(resource: Resource(), spans: [span])], at: .seconds(0)).tooLarge == 1)
        span.name = String(repeating: "n", count: 500_000)
        #expect(store.append([SpanBatch(resource: Resource(), spans: [span])], at: .seconds(0)).accepted == 1)
        let snapshot = store.snapshot()
        #expect(snapshot.traces.spans(ofTrace: span.traceID).first.flatMap { snapshot.traces.span($0.ref) } == span)
        #expect(snapshot.accounting.dropped[.traces] == [.invalidID: 1, .tooLarge: 1])
    }

    @Test func aTraceOfFiftyThousandSpansIsTakenOnce() {
        let store = TelemetryStore()
        let spans = (1...50_000).map { index in
            Span(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(UInt64(index)), parentSpanID: SpanID(UInt64(index - 1)), name: "n",
                start: PreciseTime(nanoseconds: Int64(index)), end: PreciseTime(nanoseconds: Int64(index)))
        }
        let batch = SpanBatch(resource: Resource(), spans: spans)
        #expect(store.append([batch], at: .seconds(0)).accepted == 50_000)
        #expect(store.append([batch], at: .seconds(0)).duplicates == 50_000)
        let traces = store.snapshot().traces
        #expect(traces.spans(ofTrace: TraceID(high: 1, low: 1)).map(\.spanID.value) == Array(1...50_000))
    }
}
