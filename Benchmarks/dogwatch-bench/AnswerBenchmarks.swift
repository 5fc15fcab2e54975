import API
import PromQL
import Telemetry

/// What it costs to say what a query came to.
enum AnswerBenchmarks {
    private static let (seriesCount, steps) = (10_000, 240)

    static func run() {
        var section = Section("A query's answer as JSON: \(seriesCount) series of \(steps) steps")
        for (title, number) in kinds {
            let value = QueryValue.matrix((0..<seriesCount).map { series($0, number) })
            var size = 0
            section.milliseconds(title, runs: 5) { size = QueryJSON.data(of: value).count }
            section.figure("its size", Double(size) / 1e6, "MB")
        }
        section.print()
    }

    private static let kinds: [(String, @Sendable (Int, Int) -> Double)] = [
        ("whole numbers", { Double($0 &* 7919 &+ $1) }), ("numbers of two decimals", { Double($0 &* 31 &+ $1 &* 7) / 100 }),
        ("rates with all their digits", { Double($0 &* 31 &+ $1 &* 7 &+ 1) / 3 }),
    ]
    private static func series(_ number: Int, _ value: (Int, Int) -> Double) -> ResultSeries {
        ResultSeries(
            labels: LabelSet([
                Label("__name__", "http_requests_total"), Label("instance", "10.0.\(number / 250).\(number % 250):9100"),
                Label("job", "shop"),
            ]),
            floats: (0..<steps).map { Sample(Material.start + .seconds(Int64($0 * 15)), value(number, $0)) })
    }
}
