import Store
import Telemetry
import TestKit
import Testing

@Suite struct LogSnapshotTests {
    private struct Kept {
        let record: LogRecord
        let resource: Resource
        let source: Source
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func equalsAPlainArrayAtEveryStep(seed: UInt64) {
        var random = Seeded(seed)
        let store = TelemetryStore(budget: .mebibytes(4))
        var model: [Kept] = []
        for step in 0..<60 {
            let batch = LogBatch(
                resource: RandomTelemetry.resource(&random), records: (0..<30).map { _ in RandomTelemetry.record(&random) })
            let source = Source(.tail, "file\(step % 3)")
            #expect(store.append([batch], from: source, at: .seconds(Int64(step))).accepted == 30)
            model += batch.records.map { Kept(record: $0, resource: batch.resource, source: source) }
            compare(store.snapshot().logs, model, &random, "seed \(seed) step \(step)")
        }
    }

    private func compare(_ snapshot: LogSnapshot, _ model: [Kept], _ random: inout Seeded, _ note: Comment) {
        let range = Bool.random(using: &random) ? .always : Range.random(&random)
        let newestFirst = Bool.random(using: &random)
        var refs: [LogRef] = []
        snapshot.forEach(in: range, newestFirst: newestFirst) { header in
            refs.append(header.ref)
            return true
        }
        let ascending = model.enumerated().filter { range.includes($1.record.time) }
            .sorted { ($0.element.record.time, $0.offset) < ($1.element.record.time, $1.offset) }.map(\.element)
        let wanted = newestFirst ? ascending.reversed() : ascending
        #expect(refs.map { snapshot.record($0) } == wanted.map(\.record), note)
        #expect(refs.map { snapshot.message(of: $0) } == wanted.map(\.record.message), note)
        #expect(refs.map { snapshot.resource(of: $0) } == wanted.map(\.resource), note)
        #expect(refs.map { snapshot.source(of: $0) } == wanted.map(\.source), note)
        #expect(
            refs.map { snapshot.attribute("order.id", of: $0) }
                == wanted.map { kept in kept.record.attributes.first { $0.key == "order.id" }?.value }, note)
        let id = TraceID(high: 0, low: .random(in: 1...20, using: &random))
        #expect(snapshot.records(ofTrace: id).map(\.time) == model.map(\.record).filter { $0.traceID == id }.map(\.time).sorted(), note)
    }

    @Test func stopsWhenToldTo() {
        let store = TelemetryStore()
        let records = (0..<100).map { LogRecord(time: PreciseTime(nanoseconds: Int64($0)), message: "\($0)") }
        store.append([LogBatch(resource: Resource(), records: records)], from: Source(.tail, "f"), at: .seconds(0))
        var seen = 0
        store.snapshot().logs.forEach(in: .always, newestFirst: true) { _ in
            seen += 1
            return seen < 7
        }
        #expect(seen == 7)
    }
}
