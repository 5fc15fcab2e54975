import Store
import Telemetry
import TestKit
import Testing

/// The store beside plain arrays: random scrapes, histograms, series that fall silent, and snapshots that are looked at long after.
@Suite struct MetricStoreModelTests {
    private enum Value: Equatable {
        case number(UInt64)
        case histogram(NativeHistogram)
    }
    private struct Entry: Equatable {
        var time: Int64
        var value: Value
        var isNumber: Bool { if case .number = value { true } else { false } }
    }
    private struct Model {
        var random: Seeded
        var histograms: RandomHistogram
        var labels: [SeriesID: LabelSet] = [:]
        var current: [Int: SeriesID] = [:]
        var samples: [SeriesID: [Entry]] = [:]
        var clock = Int64(1_700_000_000_000)

        init(_ seed: UInt64) { (random, histograms) = (Seeded(seed), RandomHistogram(seed)) }
    }

    private func labels(_ number: Int) -> LabelSet {
        LabelSet([Label(LabelSet.nameLabel, "metric_\(number % 7)"), Label("pod", "pod-\(number)"), Label("zone", "z\(number % 3)")])
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func keepsWhatAPlainStoreWouldOrItsNewestPart(seed: UInt64) throws {
        var model = Model(seed)
        // Of odd seeds everything stays; of even ones blocks go.
        let store = TelemetryStore(budget: seed % 2 == 1 ? .mebibytes(64) : ByteCount(768 << 10))
        var held: [(MetricSnapshot, [SeriesID: [Entry]])] = []
        for step in 0..<400 {
            model.clock += step % 50 == 49 ? 45 * 60_000 : 15_000
            // Some pods are silent for long, so that their series go.
            let numbers = (0..<60).filter { (step / 50 + $0) % 3 != 0 || $0 < 5 }
            scrape(numbers, store, &model, "seed \(seed) step \(step)")
            if step % 3 == 0 { appendHistograms(store, &model, "seed \(seed) step \(step)") }
            if step % 40 == 7 { held.append((store.snapshot().metrics, model.samples)) }
        }
        held.append((store.snapshot().metrics, model.samples))
        #expect((store.snapshot().accounting.evicted[.metrics] ?? 0 > 0) == (seed % 2 == 0))
        for (place, version) in held.enumerated() { try compare(version.0, version.1, model, seed, "seed \(seed) snapshot \(place)") }
    }

    /// All at one time, as a scrape does; what the store no longer knows is resolved again.
    private func scrape(_ numbers: [Int], _ store: TelemetryStore, _ model: inout Model, _ note: Comment) {
        var pending = numbers
        for attempt in 0..<2 where !pending.isEmpty {
            resolve(pending.filter { model.current[$0] == nil }, store, &model, note)
            let known = pending.compactMap { number in model.current[number].map { (number, $0) } }
            let values = known.map { _ in value(&model.random) }
            let outcome = known.map(\.1).withUnsafeBufferPointer { ids in
                values.withUnsafeBufferPointer { store.append(at: Timestamp(milliseconds: model.clock), ids, $0) }
            }
            let unknown = Set(outcome.unknown)
            #expect(outcome.unknownSeries == unknown.count && outcome.accepted == known.count - unknown.count, note)
            #expect(attempt == 0 || unknown.isEmpty, note)
            for ((number, id), value) in zip(known, values) {
                if unknown.contains(id) {
                    model.current[number] = nil
                } else {
                    model.samples[id, default: []].append(Entry(time: model.clock, value: .number(value.bitPattern)))
                }
            }
            pending = known.filter { unknown.contains($0.1) }.map(\.0)
        }
    }
    private func resolve(_ numbers: [Int], _ store: TelemetryStore, _ model: inout Model, _ note: Comment) {
        let ids = store.resolve(numbers.map(labels))
        for (number, id) in zip(numbers, ids) {
            guard let id else {
                Issue.record(note)
                continue
            }
            #expect(model.labels[id] == nil, "an id is never given twice")
            (model.labels[id], model.current[number]) = (labels(number), id)
        }
    }
    private func value(_ random: inout Seeded) -> Double {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: [.nan, .infinity, -0.0, Sample.staleMarker, 1e300].randomElement(using: &random) ?? 0
        case 1...4: .random(in: 0..<1, using: &random)
        default: Double(Int.random(in: 0..<100_000, using: &random)) / 100
        }
    }

    private func appendHistograms(_ store: TelemetryStore, _ model: inout Model, _ note: Comment) {
        let time = model.clock + 1000
        let chosen = model.current.filter { $0.key % 4 == 0 }.sorted { $0.key < $1.key }.map(\.value)
        var batch = chosen.map { id in
            SeriesHistogram(series: id, time: Timestamp(milliseconds: time), value: model.histograms.exponential(schema: 3))
        }
        // Older than what is there; another value at the same time; the same once more.
        var late = batch[0]
        late.time = Timestamp(milliseconds: time - 1)
        var other = batch[0]
        other.value.count += 1
        other.value.zeroCount += 1
        batch += [late, other, batch[0]]
        let outcome = store.append(batch)
        let unknown = Set(outcome.unknown)
        if !unknown.contains(chosen[0]) { #expect(outcome.outOfOrder == 1 && outcome.duplicates == 1, note) }
        #expect(outcome.invalid == 0, note)
        for sample in batch.prefix(chosen.count) where !unknown.contains(sample.series) {
            model.samples[sample.series, default: []].append(Entry(time: time, value: .histogram(sample.value)))
        }
        for (number, id) in model.current where unknown.contains(id) { model.current[number] = nil }
        model.clock = time
    }

    private func compare(
        _ snapshot: MetricSnapshot, _ samples: [SeriesID: [Entry]], _ model: Model, _ seed: UInt64, _ note: Comment
    ) throws {
        let found = try snapshot.series(matching: [])
        #expect(snapshot.seriesCount == found.count && found == found.sorted(), note)
        for id in found {
            #expect(snapshot.labels(of: id) == model.labels[id], note)
            let kept = read(snapshot, id, .distantPast ... .distantFuture)
            let wanted = samples[id] ?? []
            // Numbers and histograms of one series stand in chunks of their own, which go each at their time.
            let parts =
                seed % 2 == 1
                ? [(kept, wanted)]
                : [true, false].map { kind in (kept.filter { $0.isNumber == kind }, wanted.filter { $0.isNumber == kind }) }
            for (kept, wanted) in parts {
                #expect(kept == wanted.suffix(kept.count) && (seed % 2 == 0 || kept.count == wanted.count), note)
            }
            guard let middle = kept.dropFirst(kept.count / 2).first?.time, let end = kept.last?.time else { continue }
            let part = read(snapshot, id, Timestamp(milliseconds: middle)...Timestamp(milliseconds: end - 1))
            #expect(part == kept.filter { (middle..<end).contains($0.time) }, note)
        }
        // What never fell silent is there.
        for number in 0..<5 { #expect(try !snapshot.series(matching: [LabelMatcher("pod", .equal, "pod-\(number)")]).isEmpty, note) }
    }
    private func read(_ snapshot: MetricSnapshot, _ id: SeriesID, _ range: ClosedRange<Timestamp>) -> [Entry] {
        let columns = SampleColumns()
        snapshot.read(id, in: range, into: columns)
        var histograms = columns.histograms[...]
        return (0..<columns.count).map { place in
            guard let next = histograms.first, next.index == place else {
                return Entry(time: columns.times[place], value: .number(columns.values[place].bitPattern))
            }
            histograms.removeFirst()
            var value = next.value
            value.resetHint = .unknown
            return Entry(time: columns.times[place], value: .histogram(value))
        }
    }

    @Test func blocksOlderThanTheRetentionGo() throws {
        let store = TelemetryStore(budget: .mebibytes(4), retention: .minutes(60))
        let ids = (0..<200).compactMap { store.series(for: labels($0)) }
        var random = Seeded(5)
        for round in Int64(0)..<1500 {
            store.append(ids.map { SeriesSample($0, .seconds(round * 15), .random(in: 0..<1, using: &random)) })
        }
        let (now, snapshot) = (Timestamp.seconds(1499 * 15), store.snapshot())
        let oldest = ids.compactMap { snapshot.metrics.samples(of: $0, in: .distantPast...now).first?.time }.min() ?? now
        #expect(ids.allSatisfy { snapshot.metrics.samples(of: $0, in: now - .minutes(60)...now).count == 241 })
        #expect(oldest > now - .minutes(180))
        #expect(snapshot.accounting.evicted[.metrics] ?? 0 > 0)
    }

    @Test func aSeriesThatHasNothingLeftGoesAndComesAgainUnderAnotherNumber() throws {
        let store = TelemetryStore(budget: .mebibytes(1))
        let old = try #require(store.series(for: labels(1000)))
        store.append((0..<5).map { SeriesSample(old, .seconds($0), 1) })
        let ids = (0..<200).compactMap { store.series(for: labels($0)) }
        var random = Seeded(5)
        for round in Int64(1)..<1500 {
            store.append(ids.map { SeriesSample($0, .seconds(round * 15), .random(in: 0..<1, using: &random)) })
        }
        let outcome = store.append([SeriesSample(old, .seconds(30_000), 2), SeriesSample(ids[0], .seconds(30_000), 2)])
        #expect(outcome.unknown == [old] && outcome.unknownSeries == 1 && outcome.accepted == 1)
        let snapshot = store.snapshot().metrics
        #expect(snapshot.labels(of: old) == LabelSet([]) && snapshot.seriesCount == 200 && snapshot.symbol(for: "pod-1000") == nil)
        let new = try #require(store.series(for: labels(1000)))
        #expect(new > old && !ids.contains(new))
        #expect(store.snapshot().metrics.labels(of: new) == labels(1000))
    }

    @Test func theIndexTellsWhatSeriesAreMadeOf() throws {
        let store = TelemetryStore()
        let ids = (0..<21).compactMap { store.series(for: labels($0)) }
        store.append(ids.dropLast().map { SeriesSample($0, .seconds(10), 1) })
        let snapshot = store.snapshot().metrics
        let answer = snapshot.cardinality(limit: 2)
        #expect(answer.series == 21 && answer.labelNames == 3 && answer.labelPairs == 7 + 21 + 3)
        #expect(answer.seriesPerMetric == [.init("metric_0", 3), .init("metric_1", 3)])
        #expect(answer.valuesPerLabel == [.init("pod", 21), .init(LabelSet.nameLabel, 7)])
        #expect(answer.seriesPerPair == [.init("zone=z0", 7), .init("zone=z1", 7)])
        #expect(answer.bytesPerLabel == [.init(LabelSet.nameLabel, 21 * 8), .init("pod", 10 * 5 + 11 * 6)])
        #expect(answer.newSeriesPerMetric == [.init("metric_0", 3), .init("metric_1", 3)])
        let always = Timestamp.distantPast ... .distantFuture
        #expect(try snapshot.labelNames(in: always) == [LabelSet.nameLabel, "pod", "zone"])
        let isZero = [LabelMatcher(LabelSet.nameLabel, .equal, "metric_6")]
        #expect(try snapshot.labelValues("pod", matchers: isZero, in: always) == ["pod-13", "pod-6"], "the last one has no sample")
        #expect(try snapshot.labelValues("pod", matchers: isZero, in: .seconds(11) ... .seconds(20)).isEmpty)
        #expect(try snapshot.labelValues("none", in: always).isEmpty)
    }
}
