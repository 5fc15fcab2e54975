import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

/// What comes of whole pages: of one that is refused nothing is kept, and its target is down.
@Suite(.enabled(if: Conformance.isPresent, "needs ../shared/conformance")) struct ScrapeConformanceTests {
    private static func rows(_ folder: String) -> [(file: String, verdict: String)] {
        guard let root = Conformance.folder else { return [] }
        return String(decoding: contents(of: root + "/" + folder + "/INDEX.tsv"), as: UTF8.self).split(separator: "\n").dropFirst()
            .compactMap { line in
                let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                return cells.count > 1 ? (cells[0], cells[1]) : nil
            }
    }

    private func scrape(_ path: String, _ type: String) throws -> (outcome: ScrapeOutcome, store: PlainStore) {
        let root = try #require(Conformance.folder)
        let store = PlainStore()
        let scrape = Scrape(
            labels: LabelSet([Label("instance", "h:1"), Label("job", "j")]), body: contents(of: root + "/" + path), contentType: type,
            started: .seconds(1_700_000_000), duration: .milliseconds(1), interval: .seconds(15))
        return (ScrapeIntake().take(scrape, from: Source(.scrape, "http://h:1/metrics"), into: store), store)
    }

    private func expectNothingKept(_ outcome: ScrapeOutcome, _ store: PlainStore, _ file: String) {
        #expect(outcome.failure?.contains("line ") == true && outcome.refusal == .malformed, "\(file): \(outcome)")
        #expect(store.values("up") == [0] && store.samples.count == 5, "\(file): only what is told of every scrape")
    }

    @Test func openMetricsPagesAreHeldToTheLetter() throws {
        let rows = Self.rows("openmetrics")
        var (taken, refused) = (0, 0)
        for row in rows {
            let (outcome, store) = try scrape("openmetrics/cases/" + row.file, "application/openmetrics-text; version=1.0.0; charset=utf-8")
            if row.verdict == "must_parse" {
                #expect(outcome.failure == nil && store.values("up") == [1], "\(row.file): \(outcome.failure ?? "")")
                taken += 1
            } else {
                expectNothingKept(outcome, store, row.file)
                refused += 1
            }
        }
        #expect(taken + refused == rows.count && taken > 0 && refused > 0)
    }

    @Test func pagesOfTheClassicFormatAreTakenAsPrometheusTakesThem() throws {
        for row in Self.rows("exposition") where !row.file.contains(".om.") && !row.file.contains("openmetrics") {
            let (outcome, store) = try scrape("exposition/" + row.file, "text/plain; version=0.0.4")
            if row.verdict == "ok" { #expect(outcome.failure == nil && store.values("up") == [1], "\(row.file): \(outcome.failure ?? "")") }
            if row.verdict == "error" { expectNothingKept(outcome, store, row.file) }
        }
    }
}
