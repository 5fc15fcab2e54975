import Telemetry
import Testing

@testable import API

@Suite struct MetricsPageTests {
    private var numbers: OwnNumbers {
        var numbers = OwnNumbers()
        numbers.samplesIngested = 12
        numbers.activeSeries = 3
        numbers.spansReceived = 4
        numbers.logLinesReceived = 5
        numbers.dropped = [.logs: [.tooLarge: 2], .traces: [.invalidID: 1]]
        numbers.evicted = [.metrics: 7]
        numbers.storeBytes = [.traces: 4096]
        numbers.residentMemory = ByteCount(1 << 20)
        numbers.processorTime = .milliseconds(1500)
        numbers.started = Timestamp(milliseconds: 1_700_000_000_025)
        numbers.openFiles = 9
        numbers.version = "1.0 \"beta\"\\\n"
        return numbers
    }
    private func lines(_ format: MetricsPage.Format) -> [String] {
        String(decoding: MetricsPage.render(numbers, as: format), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    @Test func keepsTheNamesThatWerePromised() {
        for format in [MetricsPage.Format.text, .openMetrics] {
            let lines = lines(format)
            for line in [
                "dogwatch_samples_ingested_total 12", "dogwatch_active_series 3", "dogwatch_spans_received_total 4",
                "dogwatch_log_lines_received_total 5", "dogwatch_dropped_total{signal=\"logs\",reason=\"too_large\"} 2",
                "dogwatch_dropped_total{signal=\"traces\",reason=\"invalid_id\"} 1", "dogwatch_evicted_total{signal=\"metrics\"} 7",
                "dogwatch_evicted_total{signal=\"logs\"} 0", "dogwatch_store_bytes{signal=\"traces\"} 4096",
                "process_resident_memory_bytes 1048576", "process_cpu_seconds_total 1.5", "process_start_time_seconds 1700000000.025",
                "process_open_fds 9", "dogwatch_build_info{version=\"1.0 \\\"beta\\\"\\\\\\n\"} 1",
            ] { #expect(lines.contains(line), "\(line) in \(format)") }
        }
    }

    @Test func namesFamiliesAsEachFormatDoes() {
        #expect(lines(.text).contains("# TYPE dogwatch_spans_received_total counter"))
        #expect(lines(.openMetrics).contains("# TYPE dogwatch_spans_received counter"))
    }

    @Test func endsOpenMetricsWithItsMark() {
        #expect(lines(.openMetrics).suffix(2) == ["# EOF", ""])
        #expect(!lines(.text).contains("# EOF"))
    }

    @Test func tellsEachFamilyOnce() {
        let names = lines(.text).filter { $0.hasPrefix("# TYPE ") }
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: [
        ("", MetricsPage.Format.text), ("*/*", .text), ("text/plain;version=0.0.4", .text), ("application/openmetrics-text;q=0", .text),
        ("application/openmetrics-text; version=1.0.0,text/plain;version=0.0.4;q=0.5", .openMetrics),
    ])
    func choosesTheFormatByAccept(accept: String, format: MetricsPage.Format) { #expect(MetricsPage.Format(accept: accept) == format) }
}
