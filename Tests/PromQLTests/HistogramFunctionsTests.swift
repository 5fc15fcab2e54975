import Telemetry
import TestKit
import Testing

@testable import PromQL

/// What functions make of random histograms, held against plain sums and against one another.
@Suite struct HistogramFunctionsTests {
    private static func name(_ name: String, _ labels: (String, String)...) -> LabelSet {
        LabelSet([Label("__name__", name)] + labels.map { Label($0.0, $0.1) })
    }
    private func ask(_ text: String, _ model: ModelQuerier, at seconds: Int64 = 0) throws -> [ResultSeries] {
        guard case .vector(let series) = try Query(text).instant(at: .seconds(seconds), over: model).value else { return [] }
        return series
    }
    private func number(_ text: String, _ model: ModelQuerier, at seconds: Int64 = 0) throws -> Double {
        try #require(ask(text, model, at: seconds).first?.floats.first?.value, "\(text)")
    }
    private func histogram(_ text: String, _ model: ModelQuerier, at seconds: Int64 = 0) throws -> NativeHistogram {
        try #require(ask(text, model, at: seconds).first?.histograms.first?.value, "\(text)")
    }
    private func model(_ histogram: NativeHistogram) -> ModelQuerier {
        var model = ModelQuerier()
        model.set(Self.name("h"), 0, .histogram(histogram))
        return model
    }
    private func isNear(_ a: Double, _ b: Double, within part: Double = 1e-9) -> Bool {
        a == b || (a - b).magnitude <= part * max(a.magnitude, b.magnitude, 1)
    }
    /// Populated, of a schema that keeps bounds apart; with a zero bucket.
    private func populated(_ seed: UInt64) -> NativeHistogram {
        var random = RandomHistogram(seed)
        while true {
            let histogram =
                seed % 3 == 0
                ? random.custom(bounds: [-5, -1, 0.5, 2, 8, 20])
                : random.exponential(schema: Int32(seed % 6) - 1, zeroThreshold: 1e-20, from: -30)
            if histogram.count > 20 { return histogram }
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func quantileAndFractionUndoEachOther(seed: UInt64) throws {
        let histogram = populated(seed)
        let model = model(histogram)
        let buckets = histogram.allBuckets.filter { $0.count > 0 }
        var before = -Double.infinity
        for step in 0...20 {
            let quantile = Double(step) / 20
            let value = try number("histogram_quantile(\(quantile), h)", model)
            #expect(value >= before || isNear(value, before), "seed \(seed): quantiles rise")
            #expect(
                buckets.contains { $0.lower <= value && value <= $0.upper || isNear(value, $0.lower) || isNear(value, $0.upper) },
                "seed \(seed)")
            before = value
            // In endless buckets nothing is told apart, and what lies on a bound is in the bucket below as well.
            let isTold = buckets.contains { $0.lower < value && value < $0.upper && $0.lower.isFinite && $0.upper.isFinite }
            let isHalved = histogram.usesCustomBounds && buckets.contains { $0.lower < 0 && $0.upper >= 0 }
            guard isTold, !isHalved, value != 0 else { continue }
            let fraction = try number("histogram_fraction(-Inf, \(value), h)", model)
            #expect(isNear(fraction, quantile, within: 1e-6), "seed \(seed): \(fraction) below quantile \(quantile), \(value)")
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func fractionsAddUp(seed: UInt64) throws {
        let histogram = populated(seed)
        let model = model(histogram)
        #expect(try isNear(number("histogram_fraction(-Inf, Inf, h)", model), 1))
        for cut in [-3.0, -0.4, 0, 1e-21, 0.7, 1, 6.5, 19] {
            let (below, above) = try (
                number("histogram_fraction(-Inf, \(cut), h)", model), number("histogram_fraction(\(cut), Inf, h)", model)
            )
            #expect(isNear(below + above, 1), "seed \(seed), cut \(cut)")
            let kept = histogram.allBuckets.reduce(0) { $0 + ($1.upper <= cut ? $1.count : 0) } / histogram.count
            #expect(below >= kept - 1e-9, "seed \(seed), cut \(cut)")
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func trimsAndFractionsCountTheSame(seed: UInt64) throws {
        let histogram = populated(seed)
        guard !histogram.usesCustomBounds else { return }
        let model = model(histogram)
        for cut in [-3.0, -0.4, 0, 0.7, 1, 6.5] {
            let (upper, lower) = try (self.histogram("h </ \(cut)", model), self.histogram("h >/ \(cut)", model))
            #expect(isNear(upper.count + lower.count, histogram.count), "seed \(seed), cut \(cut)")
            let fraction = try number("histogram_fraction(-Inf, \(cut), h)", model)
            #expect(isNear(upper.count, fraction * histogram.count), "seed \(seed), cut \(cut)")
            #expect(upper.allBuckets.allSatisfy { $0.lower < cut } && lower.allBuckets.allSatisfy { $0.upper > cut })
        }
        #expect(try self.histogram("h </ Inf", model) == histogram && self.histogram("h >/ -Inf", model) == histogram)
    }

    /// A classic histogram, and the same as a native one of custom bounds, come to the same.
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func classicAndCustomBucketsAgree(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        let bounds = seed % 2 == 0 ? [0.1, 0.5, 1, 2.5, 10] : [-4.0, -1, 0.5, 3]
        var histogram = random.custom(bounds: bounds)
        while histogram.count == 0 { histogram = random.custom(bounds: bounds) }
        var model = model(histogram)
        var cumulative = 0.0
        let counts = Dictionary(uniqueKeysWithValues: histogram.allBuckets.map { ($0.upper, $0.count) })
        for bound in bounds + [.infinity] {
            cumulative += counts[bound] ?? 0
            model.set(Self.name("c_bucket", ("le", bound.brief)), 0, .float(cumulative))
        }
        for step in 1..<20 {
            // Never right between two buckets, where one counts from below and the other from above.
            let quantile = (Double(step) + 0.37) / 20
            let (classic, native) = try (
                number("histogram_quantile(\(quantile), c_bucket)", model), number("histogram_quantile(\(quantile), h)", model)
            )
            #expect(isNear(classic, native), "seed \(seed), quantile \(quantile): \(histogram)")
        }
        // Where no bucket spans zero: there a native histogram without negative buckets is taken to begin at zero.
        guard bounds.allSatisfy({ $0 > 0 }) else { return }
        for cut in [0.05, 0.1, 0.3, 2, 7, 10] {
            let (classic, native) = try (
                number("histogram_fraction(\(cut / 3), \(cut), c_bucket)", model),
                number("histogram_fraction(\(cut / 3), \(cut), h)", model)
            )
            #expect(isNear(classic, native), "seed \(seed), cut \(cut): \(histogram)")
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func sumsAndMeansAreThoseOfTheBuckets(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        var (model, dense) = (ModelQuerier(), [DenseHistogram]())
        for series in 0..<Int(seed % 7 + 1) {
            let histogram = random.exponential(schema: Int32.random(in: 0...4, using: &random.random), zeroThreshold: 1e-30)
            model.set(Self.name("h", ("series", "\(series)")), 0, .histogram(histogram))
            model.set(Self.name("t"), Int64(series) * 1000, .histogram(histogram))
            dense.append(DenseHistogram(histogram))
        }
        let lowest = dense.map(\.schema).min() ?? 0
        let whole = dense.dropFirst().reduce(dense[0].reduced(to: lowest)) { $0.adding($1, times: 1) }
        let count = Double(dense.count)
        for (query, time) in [("sum(h)", 0), ("sum_over_time(t[1m])", 10)] as [(String, Int64)] {
            #expect(try DenseHistogram(histogram(query, model, at: time)).isClose(to: whole), "seed \(seed), \(query)")
        }
        for (query, time) in [("avg(h)", 0), ("avg_over_time(t[1m])", 10), ("sum(h) / \(count)", 0)] as [(String, Int64)] {
            let mean = try histogram("(\(query)) * \(count)", model, at: time)
            #expect(DenseHistogram(mean).isClose(to: whole), "seed \(seed), \(query)")
        }
        let first = try histogram("h{series=\"0\"}", model)
        #expect(try number("histogram_count(sum(h))", model) == whole.count && number("histogram_sum(sum(h))", model) == whole.sum)
        #expect(try ask("h == h", model).count == dense.count && ask("h != h", model).isEmpty)
        #expect(try self.histogram("h{series=\"0\"} * 2 - h{series=\"0\"}", model).compacted().isSame(as: gauge(first.compacted())))
    }
    private func gauge(_ histogram: NativeHistogram) -> NativeHistogram {
        var histogram = histogram
        histogram.resetHint = .gauge
        return histogram
    }

    /// A counter that is known by what was added to it, resets and changes of its schema among it.
    @Test(arguments: 1...80 as ClosedRange<UInt64>)
    func increaseIsWhatWasAdded(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        var model = ModelQuerier()
        var schema: Int32 = 4
        var current = random.exponential(schema: schema, zeroThreshold: 1e-30)
        // Enough that the extrapolation isn't held up by zero.
        current.count += 1e6
        model.set(Self.name("h"), 0, .histogram(current))
        var added: [NativeHistogram] = []
        for k in 1...10 {
            if k == Int(seed % 12) {
                if seed % 2 == 0 { schema -= 1 }
                current = random.exponential(schema: schema, zeroThreshold: 1e-30)
                added.append(current)
            } else {
                if k == Int(seed / 3 % 11) { schema -= 1 }
                let growth = random.exponential(schema: schema, zeroThreshold: 1e-30)
                _ = try current.add(growth)
                added.append(growth)
            }
            model.set(Self.name("h"), Int64(k) * 10_000, .histogram(seed % 5 == 0 ? current.compacted() : current))
        }
        let dense = added.map { DenseHistogram($0) }
        let whole = dense.dropFirst().reduce(dense[0].reduced(to: schema)) { $0.adding($1, times: 1) }
        // From 0 to 100 s there are ten distances; the window begins 5 s before and ends with the last.
        let factor = 105.0 / 100
        let increase = try histogram("increase(h[105s]) / \(factor)", model, at: 100)
        #expect(DenseHistogram(increase).isClose(to: whole), "seed \(seed)")
        #expect(increase.resetHint == .gauge)
        #expect(try DenseHistogram(histogram("rate(h[105s]) * 100", model, at: 100)).isClose(to: whole), "seed \(seed)")
        #expect(try DenseHistogram(histogram("increase(h[100s] anchored)", model, at: 100)).isClose(to: whole), "seed \(seed)")
        let last = try histogram("irate(h[30s]) * 10", model, at: 100)
        #expect(DenseHistogram(last).isClose(to: DenseHistogram(try #require(added.last))), "seed \(seed)")
        let resets = try number("resets(h[105s])", model, at: 100)
        #expect(resets == ((1...10).contains(seed % 12) ? 1 : 0), "seed \(seed)")
    }

    @Test func numbersInNotesReadAsInGo() {
        #expect([1, 1e6, 1_234_567, 123_456, 0.5, 1e-5].map(\.brief) == ["1", "1e+06", "1.234567e+06", "123456", "0.5", "1e-05"])
        #expect([1, 1e6, 0.5].map { openMetricsText($0) } == ["1.0", "1e+06", "0.5"])
        #expect(12_345.0.brief(digits: 2) == "1.2e+04" && 9.96.brief(digits: 2) == "10" && 10.0.brief(digits: 2) == "10")
    }
}
