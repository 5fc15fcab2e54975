import PromQL
import Store
import Telemetry
import Testing

/// A standing query beside the whole query over the same version of a store that grows at random.
@Suite struct StandingQueryTests {
    static let queries = [
        "sum by (job) (rate(requests_total[1m]))", "rate(requests_total[1m])",
        "sum(rate(requests_total[1m])) / sum(rate(requests_total[2m] offset 1m))",
        "avg by (job) (level)", "level", "level > 50", "level + on (job, instance) requests_total", "max_over_time(level[1m])",
        "topk(2, sum by (job) (increase(requests_total[2m])))", "count_values(\"value\", requests_total)", "absent(level{job=\"x\"})",
        "max_over_time(sum(level)[2m:15s])", "rate(sum_over_time(level[30s])[1m:10s] offset 20s)", "quantile_over_time(0.5, level[1m])",
        "label_replace(level, \"made\", \"$1-x\", \"job\", \"(.*)\")",
        "sum by (made) (label_replace(level, \"made\", \"$1\", \"job\", \"(.)\"))",
        "level or requests_total", "level unless on (instance) level{job=\"a\"}", "timestamp(level)",
        "time() + scalar(level{job=\"a\",instance=\"0\"})",
        "sum(histogram)", "rate(histogram[1m])", "histogram_quantile(0.9, sum by (job) (rate(histogram[1m])))", "level smoothed",
        "increase(requests_total[1m] anchored)", "level offset -30s", "sum(level @ 100)", "level * start()", "1 + 2", "vector(time())",
        "absent_over_time(level{instance=\"0\"}[30s])", "stddev by (job) (level)", "changes(level[1m]) > bool 1",
        "histogram_count(sum(histogram))",
        "predict_linear(level[1m], 60)", "sort(level)", "count(level) by (job) == count(requests_total) by (job)",
    ]

    @Test(arguments: Array(queries.enumerated()).map { ($0.offset, $0.element) })
    func answersAsTheWholeQuery(_ number: Int, _ text: String) throws {
        for seed in 1...6 {
            var world = GrowingWorld(seed: UInt64(seed * 100 + number))
            let query = try Query(text)
            let standing = StandingQuery(query, span: .minutes(4), step: .seconds(15))
            for turn in 0..<40 {
                world.grow()
                let time = Timestamp(milliseconds: world.now)
                let (from, through) = standing.window(at: time)
                let whole = try query.range(from: from, through: through, step: .seconds(15), over: world.model)
                let answer = try standing.refresh(at: time, over: world.model)
                try #require(
                    isSame(answer.value, whole.value), "seed \(seed), turn \(turn), \(text): \(answer.value) instead of \(whole.value)")
            }
        }
    }

    /// The store tells what came since by other means than the model: also while it seals chunks.
    @Test(arguments: Array(queries.enumerated()).map { ($0.offset, $0.element) })
    func answersAsTheWholeQueryOverTheStore(_ number: Int, _ text: String) throws {
        var world = GrowingWorld(seed: UInt64(900 + number), past: 60)
        let store = TelemetryStore()
        world.move(to: store)
        let query = try Query(text)
        let standing = StandingQuery(query, span: .minutes(4), step: .seconds(15))
        for turn in 0..<120 {
            world.grow()
            world.move(to: store)
            let (snapshot, time) = (store.snapshot().metrics, Timestamp(milliseconds: world.now))
            let (from, through) = standing.window(at: time)
            let whole = try query.range(from: from, through: through, step: .seconds(15), over: snapshot)
            let answer = try standing.refresh(at: time, over: snapshot)
            try #require(isSame(answer.value, whole.value), "turn \(turn), \(text): \(answer.value) instead of \(whole.value)")
        }
    }

    @Test func worksOutOnlyWhatIsNew() throws {
        var world = GrowingWorld(seed: 1)
        let standing = StandingQuery(try Query("sum(rate(requests_total[1m]))"), span: .minutes(4), step: .seconds(15))
        for _ in 0..<30 { world.grow() }
        let first = try standing.refresh(at: Timestamp(milliseconds: world.now), over: world.model).statistics.totalSamples
        world.grow()
        let next = try standing.refresh(at: Timestamp(milliseconds: world.now), over: world.model).statistics.totalSamples
        #expect(next * 4 < first)
    }

    @Test func asksAsAWholeAgainAfterAnError() throws {
        var model = ModelQuerier()
        let labels = LabelSet([Label("__name__", "m"), Label("a", "1")])
        model.set(labels, 0, .float(1))
        let standing = StandingQuery(try Query("m + on () group_left () m"), span: .seconds(60), step: .seconds(15))
        _ = try standing.refresh(at: .seconds(15), over: model)
        model.set(LabelSet([Label("__name__", "m"), Label("a", "2")]), 30_000, .float(1))
        #expect(throws: QueryError.self) { try standing.refresh(at: .seconds(30), over: model) }
        #expect(throws: QueryError.self) { try standing.refresh(at: .seconds(45), over: model) }
        let later = try standing.refresh(at: .seconds(900), over: model)
        #expect(later.value == .matrix([]))
    }

    private func isSame(_ a: QueryValue, _ b: QueryValue) -> Bool {
        guard case .matrix(let left) = a, case .matrix(let right) = b, left.count == right.count else { return false }
        return zip(left, right).allSatisfy { x, y in
            x.labels == y.labels && x.histograms.map(\.time) == y.histograms.map(\.time) && x.floats.map(\.time) == y.floats.map(\.time)
                && zip(x.histograms, y.histograms).allSatisfy { $0.value.isSame(as: $1.value) }
                && zip(x.floats, y.floats).allSatisfy { $0.value.bitPattern == $1.value.bitPattern || $0.value == $1.value }
        }
    }
}

/// Series that get samples now and then, some late, some marked stale; new ones come.
private struct GrowingWorld {
    private(set) var model = ModelQuerier()
    private(set) var now: Int64 = 100_000
    private var seed: UInt64
    private var series: [(labels: LabelSet, last: Int64, value: Double)] = []
    /// What came since `move`.
    private var recent: [(labels: LabelSet, time: Int64, value: PointValue)] = []

    init(seed: UInt64, past: Int = 8) {
        self.seed = seed
        for job in ["a", "b"] { for instance in ["0", "1"] { add(job, instance) } }
        for _ in 0..<past { grow() }
    }
    private mutating func random(_ bound: UInt64) -> UInt64 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (seed >> 33) % bound
    }
    private mutating func add(_ job: String, _ instance: String) {
        for name in ["requests_total", "level", "histogram"] {
            series.append((LabelSet([Label("__name__", name), Label("job", job), Label("instance", instance)]), now - 1000, 0))
        }
    }

    /// Time goes on by up to half a minute; most series are scraped.
    mutating func grow() {
        let before = now
        now += Int64(random(30)) * 1000
        if random(9) == 0 { add(["a", "b", "c"][Int(random(3))], "\(series.count)") }
        for index in series.indices where random(5) != 0 {
            for _ in 0...random(2) {
                // Sometimes a sample of a while ago, but never older than the last.
                let time = max(series[index].last + 1, random(6) == 0 ? before - Int64(random(40_000)) : before + Int64(random(9000)))
                guard time <= now + 5000 else { continue }
                series[index].last = time
                let value = point(index)
                model.set(series[index].labels, time, value)
                recent.append((series[index].labels, time, value))
            }
        }
    }
    /// Appends to `store` what came since the last time.
    mutating func move(to store: TelemetryStore) {
        for (labels, time, value) in recent {
            guard let series = store.resolve([labels]).first ?? nil else { continue }
            switch value {
            case .float(let value): store.append([SeriesSample(series, Timestamp(milliseconds: time), value)])
            case .histogram(let value): store.append([SeriesHistogram(series: series, time: Timestamp(milliseconds: time), value: value)])
            }
        }
        recent = []
    }
    private mutating func point(_ index: Int) -> PointValue {
        if random(25) == 0 { return .float(Sample.staleMarker) }
        let step = Double(random(30))
        switch series[index].labels.metricName {
        case "requests_total": series[index].value = random(20) == 0 ? 0 : series[index].value + step
        case "level": return .float(random(3) == 0 ? step * 3 : step * 3.7)
        default:
            series[index].value += step
            let count = series[index].value
            return .histogram(
                NativeHistogram(
                    count: count, sum: count * 2, positiveSpans: [.init(offset: 0, length: 2)], positiveBuckets: [count / 4, count * 3 / 4])
            )
        }
        return .float(series[index].value)
    }
}
