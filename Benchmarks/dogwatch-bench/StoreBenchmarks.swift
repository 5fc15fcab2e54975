import Store
import Telemetry

/// What arrives, into the store; what it takes there; and how fast it is read again.
enum StoreBenchmarks {
    private static let seconds = 200
    private static let tail = Source(.tail, "order.log")

    static func run() {
        var section = Section("Store")
        let spans = (0..<seconds).map { Material.spans(second: $0) }
        let records = (0..<seconds).map { Material.records(second: $0) }
        section.rate("append spans, 8 attributes each", of: seconds * 1000, "spans", prepare: { TelemetryStore() }) { fill($0, spans) }
        section.rate("append log records, 3 attributes each", of: seconds * 1000, "records", prepare: { TelemetryStore() }) {
            fill($0, records)
        }
        section.rate("append samples of 5000 known series", of: 2_000_000, "samples", prepare: { known(TelemetryStore()) }) { store, ids in
            for round in 0..<400 { store.append(ids.map { SeriesSample($0, Material.start + .seconds(Int64(round * 5)), Double(round)) }) }
        }
        let store = TelemetryStore()
        fill(store, spans)
        fill(store, records)
        let (_, ids) = known(store)
        let before = store.snapshot().accounting.bytes[.metrics] ?? 0
        for round in 0..<400 { store.append(ids.map { SeriesSample($0, Material.start + .seconds(Int64(round * 5)), Double(round)) }) }
        let bytes = store.snapshot().accounting.bytes
        section.figure("memory of a span", Double(bytes[.traces] ?? 0) / Double(seconds * 1000), "bytes")
        section.figure("memory of a log record", Double(bytes[.logs] ?? 0) / Double(seconds * 1000), "bytes")
        section.figure("memory of a series with no sample", Double(before) / 5000, "bytes")
        section.figure("memory of a sample", Double((bytes[.metrics] ?? 0) - before) / 2_000_000, "bytes")
        read(store, &section)
        section.print()
    }

    private static func read(_ store: TelemetryStore, _ section: inout Section) {
        let snapshot = store.snapshot()
        let all = PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max)
        var sum: Int64 = 0
        section.milliseconds("look at the headers of 200 000 spans") {
            snapshot.traces.forEachSpan(startingIn: all) { sum &+= $0.duration.nanoseconds }
        }
        section.milliseconds("summaries of 20 000 traces") { sum &+= Int64(snapshot.traces.summaries(startingIn: all).count) }
        section.milliseconds("look at the headers of 200 000 log records") {
            snapshot.logs.forEach(in: all) {
                sum &+= Int64($0.severity.number)
                return true
            }
        }
        section.milliseconds("take 1000 snapshots") { for _ in 0..<1000 { sum &+= Int64(store.snapshot().traces.spanCount) } }
        keep(sum)
    }

    private static func fill(_ store: TelemetryStore, _ spans: [[SpanBatch]]) {
        for (second, batches) in spans.enumerated() { store.append(batches, at: Material.start + .seconds(Int64(second))) }
    }
    private static func fill(_ store: TelemetryStore, _ records: [LogBatch]) {
        for (second, batch) in records.enumerated() { store.append([batch], from: tail, at: Material.start + .seconds(Int64(second))) }
    }
    private static func known(_ store: TelemetryStore) -> (TelemetryStore, [SeriesID]) {
        let ids = (0..<5000).compactMap { number in
            store.series(
                for: LabelSet([
                    Label("__name__", "metric_\(number % 200)"), Label("instance", "host-\(number)"), Label("job", "shop"),
                    Label("le", "\(number % 12)"),
                ]))
        }
        return (store, ids)
    }
}

/// Keeps the compiler from leaving out what made `value`.
@inline(never) func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }
