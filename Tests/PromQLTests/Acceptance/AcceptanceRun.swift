import PromQL
import Telemetry

/// Runs one script over a model store.
struct AcceptanceRun {
    struct Failure {
        var line: Int
        var query: String
        var problem: String
    }
    private(set) var passed = 0
    private(set) var failures: [Failure] = []
    /// Of the same queries asked in other ways, which must come to the same.
    private(set) var reruns = 0
    private(set) var rerunFailures: [Failure] = []
    private var model = ModelQuerier()

    init(_ script: AcceptanceScript) {
        for command in script.commands {
            switch command {
            case .clear: model = ModelQuerier()
            case .load(let step, let series, let withBuckets):
                load(series, step)
                if withBuckets { loadBuckets(series, step) }
                model.settleHints()
            case .evaluate(let asked): run(asked)
            }
        }
    }

    // MARK: Cases

    private mutating func run(_ asked: AcceptanceScript.Case) {
        let outcome = answer(asked.query, asked.times)
        if let problem = AcceptanceCheck(asked: asked).problem(with: outcome) {
            failures.append(Failure(line: asked.line, query: asked.query, problem: problem))
            return
        }
        passed += 1
        rerun(asked)
    }

    private func answer(_ text: String, _ times: AcceptanceScript.Case.Times) -> Result<QueryAnswer, QueryError> {
        do {
            let query = try Query(text)
            switch times {
            case .instant(let time): return .success(try query.instant(at: time, over: model))
            case .range(let from, let through, let step):
                return .success(try query.range(from: from, through: through, step: step, over: model))
            }
        } catch { return .failure(error) }
    }

    private mutating func rerun(_ asked: AcceptanceScript.Case) {
        guard case .instant(let time) = asked.times, !asked.mustFail else { return }
        // Annotations may be about other moments.
        var values = asked
        (values.notes, values.allowsNoWarnings, values.allowsNoInfos) = ([], false, false)
        rerunAsRange(values, time)
        rerunPinned(values, time)
    }

    /// An instant's values must stand in a range around it too.
    private mutating func rerunAsRange(_ asked: AcceptanceScript.Case, _ time: Timestamp) {
        guard !asked.isOrdered, asked.string == nil, asked.rangeVector == nil,
            !["start()", "end()", "step()", "range()"].contains(where: { asked.query.contains($0) })
        else { return }
        let minute = TimeSpan.minutes(1)
        let outcome = answer(asked.query, .range(time - minute, time + minute, step: minute))
            .map { middle($0, at: time, isScalar: asked.scalar != nil) }
        check(asked, outcome, "as a range")
    }

    /// With `@ time` everywhere the moment of the evaluation must not matter.
    private mutating func rerunPinned(_ asked: AcceptanceScript.Case, _ time: Timestamp) {
        guard let pinned = (try? PromQLParser.parse(asked.query))?.pinned(at: time) else { return }
        let t = time.milliseconds
        for moment in t == 0 ? [-1000, 0, 1000] : [-10 * t, 0, t / 5, t, 10 * t] {
            check(asked, answer(pinned.text, .instant(Timestamp(milliseconds: moment))), "\(pinned.text) at \(moment) ms")
        }
    }

    private mutating func check(_ asked: AcceptanceScript.Case, _ outcome: Result<QueryAnswer, QueryError>, _ way: String) {
        reruns += 1
        guard let problem = AcceptanceCheck(asked: asked).problem(with: outcome) else { return }
        rerunFailures.append(Failure(line: asked.line, query: asked.query, problem: "\(way): \(problem)"))
    }

    /// What a matrix has at one moment.
    private func middle(_ answer: QueryAnswer, at time: Timestamp, isScalar: Bool) -> QueryAnswer {
        guard case .matrix(let series) = answer.value else { return answer }
        var out = answer
        let vector = series.compactMap { series -> ResultSeries? in
            var series = series
            series.floats.removeAll { $0.time != time }
            series.histograms.removeAll { $0.time != time }
            return series.floats.isEmpty && series.histograms.isEmpty ? nil : series
        }
        out.value = isScalar ? .scalar(time, vector.first?.floats.first?.value ?? .nan) : .vector(vector)
        return out
    }

    // MARK: Loading

    private mutating func load(_ series: [SeriesDescription], _ step: TimeSpan) {
        let milliseconds = step.nanoseconds / 1_000_000
        for description in Dictionary(series.map { ($0.labels, $0) }, uniquingKeysWith: { $1 }).values.sorted(by: { $0.labels < $1.labels })
        {
            for (k, point) in description.points.enumerated() {
                guard let point else { continue }
                model.set(description.labels, Int64(k) * milliseconds, point.value)
            }
        }
    }

    /// Classic histograms once more, as native ones of custom bounds.
    private mutating func loadBuckets(_ series: [SeriesDescription], _ step: TimeSpan) {
        var families: [LabelSet: ClassicFamily] = [:]
        for description in series {
            let name = description.labels.metricName
            for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                let bound = description.labels["le"]
                guard suffix != "_bucket" || bound.flatMap(Double.init) != nil else { continue }
                let labels = description.labels.removing(["le"]).merging([Label("__name__", String(name.dropLast(suffix.count)))])
                families[labels, default: ClassicFamily()].add(description.points, suffix, bound: bound.flatMap(Double.init))
            }
        }
        let milliseconds = step.nanoseconds / 1_000_000
        for (labels, family) in families.sorted(by: { $0.key < $1.key }) {
            for (k, histogram) in family.histograms { model.set(labels, Int64(k) * milliseconds, .histogram(histogram)) }
        }
    }
}

/// The buckets, sums and counts of one classic histogram, by place.
private struct ClassicFamily {
    private var buckets: [Int: [Double: Double]] = [:]
    private var sums: [Int: Double] = [:]
    private var counts: [Int: Double] = [:]

    mutating func add(_ points: [WantedPoint?], _ suffix: String, bound: Double?) {
        for (k, point) in points.enumerated() {
            guard let point, case .float(let value) = point.value, !Sample.isStale(value) else { continue }
            switch suffix {
            case "_sum": sums[k] = value
            case "_count": counts[k] = value
            default: buckets[k, default: [:]][bound ?? .infinity] = value
            }
        }
    }

    var histograms: [(Int, NativeHistogram)] {
        Set(buckets.keys).union(counts.keys).sorted().map { k in
            var cumulative = buckets[k] ?? [:]
            let count = counts[k] ?? cumulative.values.max() ?? 0
            if cumulative[.infinity] == nil { cumulative[.infinity] = count }
            let sorted = cumulative.sorted { $0.key < $1.key }
            var (last, counted) = (0.0, [Int: Double]())
            for (index, bucket) in sorted.enumerated() {
                if bucket.value != last { counted[index] = bucket.value - last }
                last = bucket.value
            }
            var dense = DenseHistogram(NativeHistogram(schema: NativeHistogram.customSchema))
            dense.bounds = sorted.map(\.key).filter { $0.isFinite }
            (dense.positive, dense.count, dense.sum) = (counted, count, sums[k] ?? 0)
            return (k, dense.histogram(.unknown))
        }
    }
}

extension LabelSet {
    static func < (a: LabelSet, b: LabelSet) -> Bool { a.labels.lexicographicallyPrecedes(b.labels) }
}
