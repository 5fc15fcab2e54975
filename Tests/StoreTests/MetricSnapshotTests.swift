import Store
import Telemetry
import TestKit
import Testing

@Suite struct MetricSnapshotTests {
    private func labels(_ name: String, _ others: [String: String] = [:]) -> LabelSet {
        LabelSet([Label(LabelSet.nameLabel, name)] + others.map { Label($0.key, $0.value) })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func equalsPlainArraysAtEveryStep(seed: UInt64) {
        var random = Seeded(seed)
        let store = TelemetryStore(budget: .mebibytes(8))
        let ids = (0..<20).compactMap { store.series(for: labels("m\($0)")) }
        var model = [[Sample]](repeating: [], count: ids.count)
        for step in 0..<300 {
            let samples = (0..<25).map { _ in randomSample(ids, step, &random) }
            var wanted = SampleOutcome()
            for sample in samples { append(sample, to: &model[Int(sample.series.index)], &wanted) }
            #expect(store.append(samples) == wanted, "seed \(seed) step \(step)")
            guard step % 5 == 0, let id = ids.randomElement(using: &random) else { continue }
            compare(store.snapshot().metrics, id, model[Int(id.index)], &random, "seed \(seed) step \(step)")
        }
    }
    private func randomSample(_ ids: [SeriesID], _ step: Int, _ random: inout Seeded) -> SeriesSample {
        let far: Int64 = Int.random(in: 0..<2000, using: &random) == 0 ? 1 << 33 : 0
        return SeriesSample(
            ids[Int.random(in: 0..<ids.count, using: &random)], Timestamp(milliseconds: Int64(step / 2 * 5000) + far),
            [1, 2, .nan, Sample.staleMarker].randomElement(using: &random) ?? 0)
    }
    private func append(_ sample: SeriesSample, to kept: inout [Sample], _ outcome: inout SampleOutcome) {
        if let last = kept.last, last.time >= sample.time {
            if last.time > sample.time { return outcome.outOfOrder += 1 }
            if last.value.bitPattern != sample.value.bitPattern { return outcome.duplicates += 1 }
            return outcome.accepted += 1
        }
        kept.append(Sample(sample.time, sample.value))
        outcome.accepted += 1
    }
    private func compare(_ snapshot: MetricSnapshot, _ id: SeriesID, _ model: [Sample], _ random: inout Seeded, _ note: Comment) {
        let moments = (0..<2).map { _ in Timestamp(milliseconds: .random(in: -5000...800_000, using: &random)) }.sorted()
        let bits = { (samples: [Sample]) in samples.map { [UInt64(bitPattern: $0.time.milliseconds), $0.value.bitPattern] } }
        #expect(bits(snapshot.samples(of: id, in: .distantPast ... .distantFuture)) == bits(model), note)
        let range = moments[0]...moments[1]
        #expect(bits(snapshot.samples(of: id, in: range)) == bits(model.filter { range.contains($0.time) }), note)
        let newest = model.last { $0.time <= moments[1] && $0.time > moments[1] - .minutes(5) }
        #expect(
            bits([snapshot.latest(of: id, at: moments[1])].compactMap { $0 }) == bits([newest].compactMap { $0 }.filter { !$0.isStale }),
            note)
    }

    @Test func oneLabelSetIsOneSeries() {
        let store = TelemetryStore()
        let first = store.series(for: labels("up", ["job": "shop"]))
        #expect(first != nil)
        #expect(store.series(for: labels("up", ["job": "shop"])) == first)
        #expect(store.series(for: labels("up", ["job": "other"])) != first)
        #expect(first.map { store.snapshot().metrics.labels(of: $0) } == labels("up", ["job": "shop"]))
        #expect(first.flatMap { store.snapshot().metrics.label("job", of: $0) } == "shop")
    }

    @Test func matchersChooseAsPrometheusDoes() throws {
        let store = TelemetryStore()
        let sets = [labels("up", ["job": "a"]), labels("up", ["job": "b", "zone": "x"]), labels("rq", ["job": "ab"])]
        for set in sets { _ = store.series(for: set) }
        let snapshot = store.snapshot().metrics
        let found = { (matchers: [LabelMatcher]) in try snapshot.series(matching: matchers).map { snapshot.labels(of: $0) } }
        #expect(try found([LabelMatcher("__name__", .equal, "up")]) == [sets[0], sets[1]])
        #expect(try found([LabelMatcher("__name__", .equal, "none")]).isEmpty)
        #expect(try found([LabelMatcher("zone", .equal, "")]) == [sets[0], sets[2]])
        #expect(try found([LabelMatcher("zone", .notEqual, "")]) == [sets[1]])
        #expect(try found([LabelMatcher("job", .matches, "a.*")]) == [sets[0], sets[2]])
        #expect(try found([LabelMatcher("job", .doesNotMatch, "a|b")]) == [sets[2]])
        #expect(try found([LabelMatcher("absent", .matches, ".*"), LabelMatcher("job", .equal, "b")]) == [sets[1]])
        #expect(throws: PatternError.self) { try found([LabelMatcher("job", .matches, "(")]) }
        #expect(snapshot.metricNames == ["rq", "up"])
    }

    @Test func queriersReadColumnsAndLabelsByNumber() throws {
        let store = TelemetryStore()
        let a = try #require(store.series(for: labels("up", ["job": "a", "zone": "x"])))
        let b = try #require(store.series(for: labels("up", ["zone": "y", "job": "b"])))
        _ = store.series(for: labels("up", ["job": "without samples"]))
        store.append((1...50).map { SeriesSample(a, .seconds($0), Double($0)) } + [SeriesSample(b, .seconds(5), Sample.staleMarker)])
        let querier: any Querier = store.snapshot().metrics
        let isUp = [LabelMatcher("__name__", .equal, "up")]
        #expect(try querier.select(isUp, in: .seconds(0) ... .seconds(100)) == [a, b])
        #expect(try querier.select(isUp, in: .seconds(6) ... .seconds(100)) == [a])
        let columns = SampleColumns()
        columns.append(1, 2)
        querier.read(a, in: .seconds(10) ... .seconds(20), into: columns)
        #expect((1..<columns.count).map { columns.times[$0] } == (10...20).map { $0 * 1000 })
        #expect((0..<columns.count).map { columns.values[$0] } == [2] + (10...20).map { Double($0) })
        #expect(querier.newest(a) == Sample(.seconds(50), 50))
        #expect(querier.newest(b)?.isStale == true)
        var pairs: [SymbolPair] = []
        querier.appendLabels(of: b, to: &pairs)
        #expect(pairs.map(\.name.index) == pairs.map(\.name.index).sorted())
        #expect(
            Set(pairs.map { Label(querier.text(of: $0.name), querier.text(of: $0.value)) })
                == [Label("__name__", "up"), Label("job", "b"), Label("zone", "y")])
        #expect(querier.symbol(for: "job").map { querier.text(of: $0) } == "job")
        #expect(querier.symbol(for: "no such string") == nil)
    }

    @Test func lookbackLeavesItsLeftEdgeOutAndEndsAtAMarker() throws {
        let store = TelemetryStore()
        let id = try #require(store.series(for: labels("up")))
        store.append([SeriesSample(id, .seconds(1000), 1)])
        let snapshot = store.snapshot().metrics
        #expect(snapshot.latest(of: id, at: .seconds(999)) == nil)
        #expect(snapshot.latest(of: id, at: .seconds(1299))?.value == 1)
        #expect(snapshot.latest(of: id, at: .seconds(1300)) == nil)
        store.append([SeriesSample(id, .seconds(1010), Sample.staleMarker)])
        #expect(store.snapshot().metrics.latest(of: id, at: .seconds(1011)) == nil)
        store.append([SeriesSample(id, .seconds(1020), 5)])
        #expect(store.snapshot().metrics.latest(of: id, at: .seconds(1021))?.value == 5)
    }

    @Test func refusesSeriesBeyondTheLimitAndCountsThem() {
        let store = TelemetryStore(seriesLimit: 2)
        let ids = (0..<4).map { store.series(for: labels("m\($0)")) }
        #expect(ids.map { $0 != nil } == [true, true, false, false])
        #expect(store.snapshot().accounting.dropped[.metrics] == [.seriesLimit: 2])
        #expect(store.append([SeriesSample(SeriesID(9), .seconds(1), 1)]).unknownSeries == 1)
    }

    @Test func keepsExemplarsOnceAndMetadata() throws {
        let store = TelemetryStore()
        let id = try #require(store.series(for: labels("latency_bucket")))
        let exemplar = { (time: Int64) in Exemplar(labels: LabelSet([Label("trace_id", "\(time)")]), value: 1, time: .seconds(time)) }
        #expect(store.append(exemplar(10), to: id).accepted == 1)
        #expect(store.append(exemplar(10), to: id).accepted == 1)
        #expect(store.append(exemplar(9), to: id).outOfOrder == 1)
        #expect(store.append(exemplar(11), to: id).accepted == 1)
        store.setMetadata(MetricMetadata(type: .histogram, help: "h"), family: "latency")
        let snapshot = store.snapshot().metrics
        #expect(snapshot.exemplars(of: id, in: .seconds(10) ... .seconds(11)) == [exemplar(10), exemplar(11)])
        #expect(snapshot.metadata(family: "latency")?.type == .histogram)
        #expect(snapshot.familyNames == ["latency"])
    }

    @Test func exemplarsWithMoreTextThanOpenMetricsAllowsAreCountedNotKept() throws {
        let store = TelemetryStore()
        let id = try #require(store.series(for: labels("latency_bucket")))
        func exemplar(_ length: Int) -> Exemplar {
            Exemplar(labels: LabelSet([Label("id", String(repeating: "é", count: length - 2))]), value: 1, time: .seconds(Int64(length)))
        }
        #expect(store.append(exemplar(128), to: id).accepted == 1)
        #expect(store.append(exemplar(129), to: id).accepted == 0)
        #expect(store.append(exemplar(100_000), to: id).accepted == 0)
        let snapshot = store.snapshot()
        #expect(snapshot.metrics.exemplars(of: id, in: .seconds(0) ... .seconds(200_000)) == [exemplar(128)])
        #expect(snapshot.accounting.dropped[.metrics] == [.tooLarge: 2])
    }
}
