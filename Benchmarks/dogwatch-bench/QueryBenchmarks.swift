import PromQL
import Store
import Telemetry

extension SeriesBenchmarks {
    private static let queries = [
        "sum by (code) (rate(http_requests_total[1m]))",
        "sum(rate(http_requests_total{code=~\"5..\"}[1m])) / sum(rate(http_requests_total[1m]))",
        "histogram_quantile(0.95, sum by (le, handler) (rate(http_request_duration_seconds_bucket[5m])))",
        "avg by (node) (container_memory_working_set_bytes)",
    ]

    /// Panels of an hour: what one costs when it is asked first, and what when a scrape of all series has come since. `scrape` appends that of the
    /// given round.
    static func runQueries(_ store: TelemetryStore, scrape: (Int) -> Void) {
        var round = scrapes
        for text in queries {
            guard let query = try? Query(text) else { continue }
            var section = Section("An hour at 15 s of `\(text)`")
            let panel = StandingQuery(query, span: .minutes(60), step: .seconds(15))
            var (whole, next) = (0.0, 0.0)
            // Whatever made them lets go of snapshots, not the panels.
            var snapshots: [MetricSnapshot] = []
            for turn in 0..<9 {
                scrape(round)
                let (snapshot, time) = (store.snapshot().metrics, moment(round))
                snapshots.append(snapshot)
                let start = cpuSeconds()
                guard (try? panel.refresh(at: time, over: snapshot)) != nil else { return }
                // The second still sets up what the later ones go on from.
                if turn == 0 { whole = cpuSeconds() - start } else if turn > 1 { next += (cpuSeconds() - start) / 7 }
                round += 1
            }
            section.figure("the whole query", whole * 1e3, "ms")
            section.figure("the panel's next refresh", next * 1e3, "ms")
            section.figure("whole query / refresh", whole / next, "times")
            section.print()
            keep(snapshots)
        }
    }
}
