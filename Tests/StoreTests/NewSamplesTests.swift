import Store
import Telemetry
import TestKit
import Testing

/// What `visitNew` tells, beside lists of all that was appended: while chunks are sealed and evicted, and samples are read in parts.
@Suite struct NewSamplesTests {
    private struct Model {
        var random: Seeded
        var ids: [SeriesID] = []
        /// Appended, but not read, by series.
        var pending: [[Sample]] = []
        var ends: [SeriesEnd] = []
        var clock = Int64(1_700_000_000_000)
        var ones = 0
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func tellsOneOnlyWhereJustThatCame(seed: UInt64) {
        var model = Model(random: Seeded(seed))
        let store = TelemetryStore(budget: seed % 2 == 1 ? .mebibytes(64) : ByteCount(768 << 10))
        for step in 0..<500 {
            if step % 60 == 0 { add(20, store, &model) }
            append(step, store, &model)
            visit(store.snapshot().metrics, &model, "seed \(seed) step \(step)")
        }
        #expect(model.ones > 5000, "mostly one sample comes")
    }

    private func add(_ count: Int, _ store: TelemetryStore, _ model: inout Model) {
        let labels = (model.ids.count..<model.ids.count + count).map { LabelSet([Label(LabelSet.nameLabel, "m"), Label("n", "\($0)")]) }
        let ids = store.resolve(labels).compactMap { $0 }
        #expect(ids.count == count)
        model.ids += ids
        model.pending += Array(repeating: [], count: count)
        model.ends += Array(repeating: .unknown(after: .min), count: count)
    }
    private func append(_ step: Int, _ store: TelemetryStore, _ model: inout Model) {
        for place in model.ids.indices where step % 3 > 0 || place % 4 > 0 {
            let count = Int.random(in: 0..<30, using: &model.random) == 0 ? Int.random(in: 0..<140, using: &model.random) : 1
            for extra in 0..<count {
                let time = Timestamp(milliseconds: model.clock + Int64(extra))
                let outcome: SampleOutcome
                let value = value(&model.random)
                if place % 15 == 14, step % 7 == 0 {
                    outcome = store.append([
                        SeriesHistogram(
                            series: model.ids[place], time: time,
                            value: NativeHistogram(count: Double(step), sum: value.isFinite ? value : 0))
                    ])
                } else {
                    outcome = store.append([SeriesSample(model.ids[place], time, value)])
                }
                if outcome.accepted == 1 { model.pending[place].append(Sample(time, value)) }
            }
        }
        model.clock += 15_000
    }
    private func value(_ random: inout Seeded) -> Double {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: Sample.staleMarker
        case 1: Double.random(in: 0..<1, using: &random)
        case 2: .infinity
        default: Double(Int.random(in: 0..<100_000, using: &random)) / 100
        }
    }

    private func visit(_ snapshot: MetricSnapshot, _ model: inout Model, _ note: Comment) {
        var visited: Set<Int> = []
        let (all, ids) = (model.pending, model.ids)
        var ends = model.ends
        snapshot.visitNew(ids, since: &ends) { place, read, new in
            visited.insert(place)
            let pending = all[place]
            switch new {
            case .one(let time, let value):
                model.ones += 1
                #expect(pending.count == 1 && pending[0].time.milliseconds == time && pending[0].value.bitPattern == value.bitPattern, note)
            case .several(let newest):
                // Where a part was taken all may have been.
                #expect((pending.last?.time.milliseconds ?? read) == newest, note)
            }
            // Sometimes only a part is taken.
            if let first = pending.first, Int.random(in: 0..<20, using: &model.random) == 0 {
                let takes = Bool.random(using: &model.random)
                if takes { model.pending[place].removeFirst() }
                return takes ? first.time.milliseconds : read
            }
            model.pending[place] = []
            return nil
        }
        model.ends = ends
        for place in ids.indices where !visited.contains(place) {
            #expect(all[place].isEmpty || snapshot.labels(of: ids[place]) == LabelSet([]), note)
        }
    }
}
