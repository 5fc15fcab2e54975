import API
import Glibc
import PromQL
import Store
import Telemetry
import TestKit
import Testing

/// Queries of all kinds, asked of a real Prometheus and of dogwatch over the same samples: the same JSON must come back.
///
/// `DOGWATCH_DIFFERENTIAL_COUNT` and `DOGWATCH_DIFFERENTIAL_SEED` ask more and others; `DOGWATCH_PROMETHEUS` asks another Prometheus.
@Suite struct PrometheusDifferentialTests {
    private static func number(_ variable: String, otherwise: UInt64) -> UInt64 {
        getenv(variable).flatMap { UInt64(String(cString: $0)) } ?? otherwise
    }

    @Test(.enabled(if: PrometheusServer.path != nil, "prometheus is not installed"))
    func generatedQueriesComeToTheSame() throws {
        let count = Self.number("DOGWATCH_DIFFERENTIAL_COUNT", otherwise: 600)
        let seed = Self.number("DOGWATCH_DIFFERENTIAL_SEED", otherwise: 1)
        let data = DifferentialData(seed: seed)
        let server = try #require(PrometheusServer(path: PrometheusServer.path ?? ""))
        #expect(server.take(data.batch))
        let snapshot = try Self.store(data.batch).snapshot().metrics
        var (likenesses, failures, known) = ([Likeness: Int](), 0, [String: Int]())
        var run = DifferentialRun(server: server, snapshot: snapshot)
        for index in 0..<count {
            var generator = DifferentialQuery(seed: seed &* 1_000_003 &+ index)
            let query = generator.query()
            var outcome = run.ask(query, isRange: index % 2 == 1, turn: Int64(index))
            if outcome.likeness == .rounded, !Rounding.mayTouch(query) { outcome.likeness = .different }
            if outcome.failed { failures += 1 }
            if outcome.likeness == .different, server.version.hasPrefix("2."), let reason = KnownDifference.of(query, outcome) {
                known[reason, default: 0] += 1
                continue
            }
            likenesses[outcome.likeness, default: 0] += 1
            if outcome.likeness == .different {
                Issue.record(
                    "\(index): \(query)\n\(outcome.path)\n\(outcome.difference)")
            }
        }
        let same = likenesses[.same] ?? 0
        print(
            "Prometheus \(server.version), seed \(seed): \(count) queries, \(same) the same JSON (\(failures) of them refused by both), "
                + "\(likenesses[.rounded] ?? 0) but for the last digits, \(known.values.reduce(0, +)) different as is known, "
                + "\(likenesses[.different] ?? 0) different")
        for (reason, count) in known.sorted(by: { $0.key < $1.key }) { print("  \(count): \(reason)") }
        #expect(same * 10 > count * 7, "most must be the same to the last digit")
        #expect(failures * 4 < count, "most must have an answer")
    }

    private static func store(_ batch: MetricBatch) throws -> TelemetryStore {
        let store = TelemetryStore()
        var samples: [SeriesSample] = []
        for series in batch.series {
            let id = try #require(store.series(for: series.labels))
            samples += series.samples.map { SeriesSample(id, $0.time, $0.value) }
        }
        #expect(store.append(samples).accepted == samples.count)
        return store
    }
}

/// What may differ in the last digits.
private enum Rounding {
    /// These 3 adds up with compensation, or divides once at the end, where 2 did not.
    private static let sums = ["sum", "avg", "stddev", "stdvar"]
    /// Of zeros with different signs the first is the least and the greatest.
    private static let extremes = ["min", "max"]
    /// The buckets of these may differ by the last digits, which 3 takes for no difference.
    private static let buckets = ["histogram_quantile"]
    /// These Go works out by other means than the C library.
    private static let curves = ["exp(", "ln(", "log2(", "log10(", "sin", "cos", "tan", "^"]
    static func mayTouch(_ query: String) -> Bool { (sums + extremes + buckets + curves).contains { query.contains($0) } }
}

/// Where 2 and 3 differ and queries can't be kept clear of it.
private enum KnownDifference {
    static func of(_ query: String, _ outcome: DifferentialRun.Outcome) -> String? {
        func has(_ words: String...) -> Bool { words.contains { query.contains($0) } }
        if has("atan2"), outcome.theirs.contains("__name__") { return "atan2 kept the name of the metric" }
        if has("predict_linear"), has("@"), outcome.path.hasPrefix("/api/v1/query_range") {
            return "predict_linear moved the window of a selector with @"
        }
        if has("stddev", "stdvar"), outcome.ours.contains("NaN") || has("odd", "quantile") {
            return "the deviation of a single NaN or Inf was 0"
        }
        if has("stddev", "stdvar"), has("time") { return "the deviation of large numbers near each other had few right digits" }
        if has("%"), Rounding.mayTouch(query) { return "a remainder jumped by the last digit of what was divided" }
        if has("sin(", "cos(", "tan("), has("sum", "avg", "^") { return "the sine of a large number went by its last digit" }
        if has("count_values"), has("sum", "avg") { return "values to count differed in the last digits" }
        if has("histogram_quantile"), has("rate", "increase") { return "buckets that differ by their last digits were not taken for level" }
        if has("__name__"), has("label_replace") { return "a name that is to go went at once, now when the query is done" }
        if outcome.ours.contains("multiple matches for labels"), has("<", ">", "==", "!=") {
            return "several matches were no fault where a comparison left but one of them"
        }
        if outcome.ours.contains("vector cannot contain metrics with the same labelset"), has("label_join") {
            return "label_join let series with the same labels stand (2.53)"
        }
        return nil
    }
}

/// One query after another, of both.
struct DifferentialRun {
    struct Outcome {
        var likeness: Likeness
        var failed = false
        var path: String
        var ours: String
        var theirs: String
        /// Where they part.
        var difference: String {
            let common = zip(ours.utf8, theirs.utf8).prefix { $0 == $1 }.count
            func part(_ text: String) -> String {
                String(decoding: Array(text.utf8).dropFirst(max(0, common - 200)).prefix(500), as: UTF8.self)
            }
            return "ours:   …\(part(ours))\ntheirs: …\(part(theirs))"
        }
    }
    let server: PrometheusServer
    let snapshot: MetricSnapshot

    /// `turn` says which moments are asked of: always 333 ms behind whole seconds.
    mutating func ask(_ text: String, isRange: Bool, turn: Int64) -> Outcome {
        let start = DifferentialData.start.milliseconds + 333 + turn * 61_000 % 2_700_000
        let step = [15_000, 60_000, 37_000, 7000][Int(turn / 2 % 4)] as Int64
        let end = start + step * 20
        let path =
            isRange
            ? "/api/v1/query_range?query=\(text.percentEncoded)&start=\(Self.seconds(start))&end=\(Self.seconds(end))&step=\(step / 1000)"
            : "/api/v1/query?query=\(text.percentEncoded)&time=\(Self.seconds(start))"
        let theirs = Self.data(HTTPClient.body(server.ask(path)))
        let ours: String
        do throws(QueryError) {
            let query = try Query(text)
            let answer =
                isRange
                ? try query.range(
                    from: Timestamp(milliseconds: start), through: Timestamp(milliseconds: end), step: .milliseconds(step), over: snapshot)
                : try query.instant(at: Timestamp(milliseconds: start), over: snapshot)
            ours = String(decoding: QueryJSON.data(of: answer.value), as: UTF8.self)
        } catch {
            // Why is told in other words.
            let failed = theirs.hasPrefix("error")
            return Outcome(likeness: failed ? .same : .different, failed: failed, path: path, ours: "\(error)", theirs: theirs)
        }
        let likeness = Likeness(ours, theirs, sorted: !isRange && text.hasPrefix("sort"))
        return Outcome(likeness: likeness, path: path, ours: ours, theirs: theirs)
    }

    private static func seconds(_ milliseconds: Int64) -> String { "\(milliseconds / 1000).\(milliseconds % 1000)" }

    /// `data` of a good answer, without what stands behind it.
    private static func data(_ body: String) -> String {
        let beginning = "{\"status\":\"success\",\"data\":"
        guard body.hasPrefix(beginning) else { return "error: " + body }
        let data = body.dropFirst(beginning.count)
        for end in [",\"warnings\":", ",\"infos\":"] {
            if let place = data.firstRange(of: end) { return String(data[..<place.lowerBound]) }
        }
        return String(data.dropLast())
    }
}
