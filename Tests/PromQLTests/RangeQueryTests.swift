import PromQL
import Telemetry
import TestKit
import Testing

/// Each step of a range query beside an instant query for its moment, for queries and series drawn from a seed.
@Suite struct RangeQueryTests {
    private static let step = TimeSpan.seconds(25)
    private static let start = Timestamp.seconds(610)
    private static let steps: Int64 = 9

    @Test func eachStepIsAnInstantQuery() throws {
        var answered = 0
        for seed in UInt64(1)...700 {
            var random = RandomQuery(seed)
            random.isUntidy = false
            let text = random.query()
            guard let query = try? Query(text), !Self.tellsRanges(text) else { continue }
            let model = Self.series(seed)
            guard let whole = matrix(query, model) else { continue }
            answered += 1
            for number in 0...Self.steps {
                let time = Self.start + .seconds(25 * number)
                let instant = try #require(vector(query, model, time), "seed \(seed): \(text) at \(time) is refused")
                let column = whole.compactMap { series in point(of: series, at: time).map { (series.labels, $0) } }
                #expect(isSame(column, instant), "seed \(seed): \(text)\nat \(time): \(column)\nalone: \(instant)")
            }
        }
        #expect(answered > 250, "\(answered) queries were answered")
    }

    /// Windows that move on keep their values in order, those that are no numbers too.
    @Test func quantilesOfMovingWindowsAreThoseOfEachWindow() throws {
        for seed in UInt64(1)...40 {
            let query = try Query("quantile_over_time(0.\(seed % 10), up[\(20 + seed * 3)s])")
            let model = Self.series(seed)
            let whole = try #require(matrix(query, model))
            for number in 0...Self.steps {
                let time = Self.start + .seconds(25 * number)
                let column = whole.compactMap { series in point(of: series, at: time).map { (series.labels, $0) } }
                #expect(isSame(column, try #require(vector(query, model, time))), "seed \(seed), \(time)")
            }
        }
    }

    /// What means another thing by design where there is but one step.
    private static func tellsRanges(_ text: String) -> Bool {
        ["start(", "end(", "step(", "range("].contains { text.contains($0) }
    }

    private func matrix(_ query: Query, _ model: ModelQuerier) -> [ResultSeries]? {
        let through = Self.start + .seconds(25 * Self.steps)
        guard let answer = try? query.range(from: Self.start, through: through, step: Self.step, over: model),
            case .matrix(let series) = answer.value
        else { return nil }
        return series
    }
    private func vector(_ query: Query, _ model: ModelQuerier, _ time: Timestamp) -> [(LabelSet, PointValue)]? {
        guard let answer = try? query.instant(at: time, over: model) else { return nil }
        switch answer.value {
        case .vector(let series): return series.compactMap { series in point(of: series, at: time).map { (series.labels, $0) } }
        case .scalar(_, let value): return [(LabelSet([]), .float(value))]
        default: return nil
        }
    }
    private func point(of series: ResultSeries, at time: Timestamp) -> PointValue? {
        series.floats.first { $0.time == time }.map { .float($0.value) }
            ?? series.histograms.first { $0.time == time }.map { .histogram($0.value) }
    }
    private func isSame(_ left: [(LabelSet, PointValue)], _ right: [(LabelSet, PointValue)]) -> Bool {
        left.count == right.count
            && left.allSatisfy { labels, value in right.contains { $0.0 == labels && isClose($0.1, value) } }
    }
    /// Windows that slide may add in another order.
    private func isClose(_ left: PointValue, _ right: PointValue) -> Bool {
        switch (left, right) {
        case (.float(let a), .float(let b)): a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
        case (.histogram(let a), .histogram(let b)): DenseHistogram(a).isClose(to: DenseHistogram(b))
        default: false
        }
    }

    /// Of the names and labels that the queries ask for: floats with gaps, resets, stale marks and what is no number, and histograms.
    private static func series(_ seed: UInt64) -> ModelQuerier {
        var seeded = Seeded(seed)
        var model = ModelQuerier()
        for name in ["up", "a:b", "sum", "offset", "http_requests_total", "step", "fill"] {
            for (index, job) in ["x", "y", "z"].enumerated() where index == 0 || seeded.next() % 3 != 0 {
                var labels = [Label("__name__", name), Label("job", job)]
                if index > 0 { labels.append(Label("a", ["x", "y"][index - 1])) }
                if seeded.next() % 3 == 0 { labels.append(Label("le", ["0.5", "+Inf"][Int(seeded.next() % 2)])) }
                let isHistogram = seeded.next() % 5 == 0
                var total = 0.0
                for time in stride(from: Int64(1000), to: 840_000, by: 15_000) where seeded.next() % 6 != 0 {
                    total = seeded.next() % 25 == 0 ? 0 : total + Double(seeded.next() % 40)
                    model.set(LabelSet(labels), time + Int64(seeded.next() % 900), value(total, isHistogram, &seeded))
                }
            }
        }
        return model
    }
    private static func value(_ total: Double, _ isHistogram: Bool, _ seeded: inout Seeded) -> PointValue {
        switch seeded.next() % 60 {
        case 0: return .float(Sample.staleMarker)
        case 1: return .float(.nan)
        case 2: return .float(.infinity)
        default: break
        }
        guard isHistogram else { return .float(total) }
        return .histogram(
            NativeHistogram(
                count: total, sum: total * 2, positiveSpans: [.init(offset: 0, length: 2)], positiveBuckets: [total / 4, total * 3 / 4]))
    }
}
