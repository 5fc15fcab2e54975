@testable import PromQL
import Synchronization
import Telemetry
import Testing

/// What the acceptance cases don't ask: bounds, counters, and who may stop a query.
@Suite struct QueryTests {
    /// `up` of three jobs: 1 every ten seconds for ten minutes.
    private static let model = {
        var model = ModelQuerier()
        for job in ["a", "b", "c"] {
            for k in 0...60 { model.set(LabelSet([Label("__name__", "up"), Label("job", job)]), Int64(k) * 10_000, .float(Double(k))) }
        }
        return model
    }()
    private func range(_ text: String, _ options: QueryOptions = QueryOptions()) throws(QueryError) -> QueryAnswer {
        try Query(text).range(from: .seconds(300), through: .seconds(600), step: .seconds(60), over: Self.model, options: options)
    }

    @Test func aRangeStopsWhereItsEndIsPassed() throws {
        let answer = try Query("up{job=\"a\"}").range(from: .seconds(0), through: .seconds(119), step: .seconds(60), over: Self.model)
        guard case .matrix(let series) = answer.value else { return #expect(Bool(false), "no matrix") }
        #expect(series.map { $0.floats.map(\.time) } == [[.seconds(0), .seconds(60)]])
        let empty = try Query("up").range(from: .seconds(60), through: .seconds(0), step: .seconds(1), over: Self.model)
        #expect(empty.value == .matrix([]))
    }

    @Test func aRangeVectorIsNoRangeQuery() throws {
        #expect(throws: QueryError.self) { try range("up[5m]") }
        #expect(throws: QueryError.self) { try range("\"text\"") }
    }

    @Test func countsTheSamplesThatAreRead() throws {
        var options = QueryOptions()
        options.countsPerStep = true
        let instant = try range("up", options).statistics
        #expect(instant.totalSamples == 18)
        #expect(instant.samplesPerStep.map(\.count) == Array(repeating: 3, count: 6))
        let windows = try range("sum(rate(up[1m]))", options).statistics
        #expect(windows.totalSamples == 3 * 6 * 6)
        #expect(windows.samplesPerStep.map(\.count) == Array(repeating: 18, count: 6))
        #expect(instant.peakSamples >= 18)
        // What is read once for all steps counts at each of them; on the way to a subquery's points nothing counts.
        let fixed = try range("sum(up @ 300)", options).statistics
        #expect(fixed.totalSamples == 18)
        #expect(fixed.samplesPerStep.map(\.count) == Array(repeating: 3, count: 6))
        #expect(try range("max_over_time(sum(rate(up[1m]))[1m:20s])").statistics.totalSamples == 6 * 3)
    }

    /// Found by fuzzing: a division by the step.
    @Test(arguments: ["0.0001", "0.0009"].map { "count_over_time(up{job='a'}[2m:\($0)])" })
    func aSubqueryWhoseStepComesToNoMillisecondHasTheUsualOne(_ text: String) throws {
        let answer = try Query(text).instant(at: .seconds(300), over: Self.model).value
        #expect(answer == (try Query("count_over_time(up{job='a'}[2m:])").instant(at: .seconds(300), over: Self.model).value))
    }

    /// Found against a real Prometheus: both have the name `up` until the query is done, but one loses it then.
    @Test func orKeepsSeriesApartOfWhichOneLosesItsName() throws {
        let text = "(up{job='a'} < 40) or rate(up{job='a'}[1m])"
        guard case .matrix(let series) = try range(text).value else { return #expect(Bool(false), "no matrix") }
        #expect(series.map { $0.labels["__name__"] } == ["up", nil])
        #expect(series.map(\.floats.count) == [2, 4])
    }

    @Test func refusesMoreSamplesThanAllowed() throws {
        var options = QueryOptions()
        options.sampleLimit = 17
        #expect(throws: QueryError.tooManySamples(limit: 17)) { try range("up", options) }
        options.sampleLimit = 1000
        #expect(throws: QueryError.tooManySamples(limit: 1000)) { try range("max_over_time(vector(1)[10000d:1ms])", options) }
        #expect(throws: QueryError.tooManySamples(limit: 1000)) {
            try Query("1").range(
                from: .seconds(0), through: .seconds(1_000_000), step: .milliseconds(1), over: Self.model, options: options)
        }
    }

    @Test func endsWhenItIsCancelled() throws {
        let asked = Mutex(0)
        var options = QueryOptions()
        options.isCancelled = {
            asked.withLock { $0 += 1 }
            return true
        }
        #expect(throws: QueryError.cancelled) { try range("sum_over_time(quantile_over_time(0.5, up[5m:1s])[1h:1s])", options) }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func takesAnyMomentWithoutTrapping() throws {
        for time in [Timestamp(milliseconds: .min), Timestamp(milliseconds: .max)] {
            for text in [
                "up offset 100y", "rate(up[100y])", "up @ 1e15", "max_over_time(up[5m:1m] offset -100y)", "hour()", "up + on(job) up",
            ] {
                _ = try Query(text).instant(at: time, over: Self.model)
            }
        }
    }

    @Test func sortsTheRangeVectorsOfAnAnswer() throws {
        let answer = try Query("up[21s]").instant(at: .seconds(600), over: Self.model)
        guard case .matrix(let series) = answer.value else { return #expect(Bool(false), "no matrix") }
        #expect(series.compactMap { $0.labels["job"] } == ["a", "b", "c"])
        #expect(series.first?.floats.map(\.value) == [58, 59, 60])
    }

    @Test func aSubqueryStepOfLessThanAMillisecondIsNone() throws {
        #expect(try range("max_over_time(up[1m:(1ms/10)])").value == range("max_over_time(up[1m:])").value)
    }

    @Test func deepQueriesAreEvaluatedOnASmallStack() {
        let deep = String(repeating: "abs(", count: 90) + "up" + String(repeating: ")", count: 90)
        let wide = Array(repeating: "up", count: 400).joined(separator: " + ")
        let sets = Array(repeating: "up", count: 400).joined(separator: " or ")
        let answers = onSmallStack {
            [deep, wide, sets].map { text in (try? range(text)).map { _ in "answered" } ?? "refused" }
        }
        #expect(answers == ["answered", "answered", "answered"])
    }

    @Test func knowsTheCalendarOfAnyNumber() throws {
        for value in ["NaN", "Inf", "-9223372036854774784", "9223372036854774784", "1e300"] {
            for name in ["minute", "year", "day_of_year", "days_in_month"] { _ = try range("\(name)(vector(\(value)))") }
        }
        let day = try Query("day_of_month(vector(NaN))").instant(at: .seconds(0), over: Self.model)
        guard case .vector(let series) = day.value else { return #expect(Bool(false), "no vector") }
        #expect(series.first?.floats.first?.value == 4)
    }

    @Test func limitRatioGoesByTheHashThatPrometheusUses() {
        #expect(SeriesHash.xxHash64([]) == 0xef46_db37_51d8_e999)
        #expect(SeriesHash.xxHash64(Array("abc".utf8)) == 0x44bc_2cf5_ad77_0999)
        #expect(SeriesHash.xxHash64(Array("Nobody inspects the spammish repetition".utf8)) == 0xfbce_a83c_8a37_8bf1)
    }
}
