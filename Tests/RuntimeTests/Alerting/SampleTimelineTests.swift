import Disk
import Recordings
import Rules
import Runtime
import Settings
import Store
import Telemetry
import TestKit
import Testing

/// What the bundled recording's day looked like to the rules that come with dogwatch.
struct SampleTimelineTests {
    private func report() throws -> RuleReport {
        let engine = Engine(store: TelemetryStore(budget: .mebibytes(512)))
        let runner = RuleRunner(engine.store)
        let sink = RuleSink(engine, runner, StarterRules.groups())
        let reading = try openArrivals(packageRoot + "/sample-data/checkout-incident", files: SystemFiles(), now: .seconds(0))
        var last = Timestamp.seconds(0)
        while let arrival = reading.next() {
            _ = sink.accept(arrival)
            last = arrival.time
        }
        runner.advance(to: max(last, reading.to ?? last))
        return runner.report
    }

    @Test func itsAlertsFireInTheOrderOfTheStory() throws {
        let report = try report()
        #expect(report.groups.flatMap(\.rules).allSatisfy { $0.lastError == nil && $0.lastWarning == nil })
        let lines = report.history.fired.map { entry in
            let labels = entry.labels.labels.filter { !["alertname", "severity"].contains($0.name) }.map { "\($0.name)=\($0.value)" }
            return
                "\((entry.firedAt ?? entry.activeAt).rfc3339)  \(entry.endedAt?.rfc3339 ?? "still firing")  \(entry.severity)  \(entry.name)  \(labels.joined(separator: " "))"
        }
        expectGolden(lines.joined(separator: "\n") + "\n", named: "checkout-incident-alerts")
        // The story: the bank is slow, payment fails, its breaker opens, the gateway throws out order, then answers with errors.
        let names = report.history.fired.map(\.name)
        let story = ["BreakerOpen", "UpstreamEjected", "ServiceErrors", "GatewayErrors", "UpstreamGone"].map { names.firstIndex(of: $0) }
        #expect(story.allSatisfy { $0 != nil })
        #expect(story.compactMap { $0 } == story.compactMap { $0 }.sorted())
    }
}
