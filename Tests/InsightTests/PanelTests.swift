import Insight
import PromQL
import Store
import Telemetry
import Testing

@Suite struct PanelTests {
    private func unit(_ text: String, _ units: [String: String] = [:]) throws -> ValueUnit {
        let names = ExpressionUnit { name in units[name].map { MetricMetadata(type: .unknown, help: "", unit: $0) } }
        return names.unit(of: try Query(text).expression)
    }

    @Test(arguments: [
        ("process_resident_memory_bytes", ValueUnit.bytes), ("rate(node_network_receive_bytes_total[1m])", .bytesPerSecond),
        ("sum by (a) (rate(http_requests_total[5m]))", .perSecond), ("rate(process_cpu_seconds_total[1m])", .plain),
        ("histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[1m])))", .seconds),
        ("time() - process_start_time_seconds", .seconds), ("process_start_time_seconds", .plain),
        ("a_bytes / b_bytes", .ratio), ("100 * a_bytes / b_bytes", .percent),
        ("rate(x_seconds_sum[1m]) / rate(x_seconds_count[1m])", .seconds),
        ("count(a_bytes)", .plain), ("a_bytes > bool 3", .plain), ("a_bytes > 3", .bytes), ("max(a_bytes) - min(b_bytes)", .bytes),
        ("increase(x_bytes_total[5m])", .bytes), ("1", .plain), ("histogram_fraction(0, 0.1, rate(x_seconds[1m]))", .ratio),
    ]) func tellsTheUnitOf(_ text: String, is wanted: ValueUnit) throws {
        #expect(try unit(text) == wanted)
    }

    @Test func metadataTellsAUnitThatTheNameDoesNot() throws {
        #expect(try unit("pause", ["pause": "seconds"]) == .seconds)
        #expect(try unit("rate(sent_total[1m])", ["sent": "bytes"]) == .bytesPerSecond)
    }

    @Test func stepsAreMultiplesThatARefreshKeeps() {
        let end = Timestamp(milliseconds: 1_800_000_123_456)
        let steps = PanelSteps(over: .minutes(60), endingAt: end, about: 240)
        #expect(steps.step == .seconds(15) && steps.count == 241)
        #expect(steps.end <= end && end < steps.end + steps.step)
        #expect(steps.end.milliseconds % 15_000 == 0)
        let later = PanelSteps(over: .minutes(60), endingAt: end + .seconds(15), about: 240)
        #expect(later.time(0) == steps.time(1))
        #expect(steps.index(of: steps.time(7) + .seconds(2)) == 7)
        #expect(steps.index(of: steps.start - .seconds(60)) == nil && steps.index(of: steps.end + .seconds(60)) == nil)
        #expect(PanelSteps(over: .zero, endingAt: end, about: 0).count >= 2)
    }

    private func answer(_ lines: [PanelLine]) -> PanelAnswer {
        var answer = PanelAnswer(error: .tooManySamples(limit: 1))
        answer.error = nil
        answer.lines = lines
        return answer
    }
    private func bucket(_ bound: String, _ values: [Double]) -> PanelLine {
        PanelLine(labels: LabelSet([Label("le", bound)]), values: values)
    }

    @Test func cumulativeBucketsBecomeCells() throws {
        let heat = try #require(PanelHeat(answer([bucket("+Inf", [9, .nan]), bucket("0.1", [2, .nan]), bucket("1", [6, .nan])])))
        #expect(heat.rows.map(\.upper) == [0.1, 1, .infinity])
        #expect(heat.counts[0] == [2, 4, 3])
        #expect(heat.counts[1].allSatisfy { $0.isNaN })
        #expect(heat.range == 0.05...2)
        #expect(heat.row(of: 0.5) == 1 && heat.row(of: 5) == 2)
    }

    @Test func whatHasNoBucketsIsNoHeatmap() {
        #expect(PanelHeat(answer([])) == nil)
        #expect(PanelHeat(answer([bucket("seven", [1]), bucket("1", [1])])) == nil)
        #expect(PanelHeat(answer([PanelLine(labels: LabelSet([]), values: [1])])) == nil)
    }

    @Test func aQueryThatFailsIsAnAnswerToo() {
        let steps = PanelSteps(over: .minutes(5), endingAt: .seconds(1_800_000_000), about: 60)
        let answers = PanelQueries().answers(["sum(", "vector(1)", "\"text\""], steps, over: TelemetryStore().snapshot().metrics)
        #expect(answers["sum("]?.error != nil)
        #expect(answers["\"text\""]?.error != nil)
        #expect(answers["vector(1)"]?.lines.first?.values.allSatisfy { $0 == 1 } == true)
    }
}
