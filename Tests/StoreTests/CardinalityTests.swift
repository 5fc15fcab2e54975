import Telemetry
import TestKit
import Testing

@testable import Store

@Suite struct CardinalityTests {
    private let everything = Timestamp.distantPast...Timestamp.distantFuture

    private func labels(_ pairs: [(String, String)]) -> LabelSet { LabelSet(pairs.map { Label($0.0, $0.1) }) }

    private func store(_ series: [(labels: LabelSet, time: Timestamp)]) -> TelemetryStore {
        let store = TelemetryStore(budget: .mebibytes(4))
        for entry in series.sorted(by: { $0.time < $1.time }) {
            guard let id = store.series(for: entry.labels) else { continue }
            store.append([SeriesSample(id, entry.time, 1)])
        }
        return store
    }

    @Test func countsWhatTheSeriesAreMadeOf() {
        let answer = store(
            (0..<6).map { (labels([("__name__", "requests"), ("pod", "pod-\($0)"), ("job", "shop")]), .seconds(1)) }
                + [(labels([("__name__", "up"), ("job", "shop")]), .seconds(1))]
        ).snapshot().metrics.cardinality(limit: 2)
        #expect(answer.series == 7 && answer.labelNames == 3 && answer.labelPairs == 9)
        #expect(answer.chunks == 7 && answer.oldest == .seconds(1) && answer.newest == .seconds(1))
        #expect(answer.seriesPerMetric == [.init("requests", 6), .init("up", 1)])
        #expect(answer.valuesPerLabel == [.init("pod", 6), .init("__name__", 2)])
        #expect(answer.seriesPerPair == [.init("job=shop", 7), .init("__name__=requests", 6)])
        #expect(answer.bytesPerLabel == [.init("__name__", 50), .init("pod", 30)])
        #expect(answer.newSeriesPerMetric == [.init("requests", 6), .init("up", 1)])
    }

    /// Beside a plain list: every label of every series that the matchers and the time take.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func labelsAreThoseOfAPlainList(seed: UInt64) throws {
        var random = Seeded(seed)
        let series = (0..<200).map { number in
            let pairs = ["__name__", "job", "pod", "été"].compactMap { name in
                Bool.random(using: &random) ? (name, "v\(Int.random(in: 0..<12, using: &random))") : nil
            }
            return (labels: labels(pairs + [("number", "\(number)")]), time: Timestamp.seconds(Int64.random(in: 0..<1000, using: &random)))
        }
        let metrics = store(series).snapshot().metrics
        for start in [Timestamp.distantPast, .seconds(500), .seconds(999)] {
            for wanted in [nil, "v3"] {
                let matchers = wanted.map { [LabelMatcher("job", .equal, $0)] } ?? []
                let kept = series.filter { $0.time >= start && (wanted == nil || $0.labels["job"] == wanted) }.map(\.labels)
                let range = start...Timestamp.distantFuture
                #expect(try metrics.labelNames(matchers, in: range) == sorted(kept.flatMap { $0.labels.map(\.name) }), "seed \(seed)")
                for name in ["job", "pod", "number", "été", "absent"] {
                    let values = sorted(kept.compactMap { $0[name] })
                    #expect(try metrics.labelValues(name, matchers: matchers, in: range) == values, "seed \(seed) \(name)")
                }
            }
        }
    }
    private func sorted(_ texts: [String]) -> [String] { Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
