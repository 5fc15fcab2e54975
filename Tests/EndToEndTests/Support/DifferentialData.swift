import Telemetry
import TestKit

/// Forty minutes of series of every kind, from a seed, for dogwatch and Prometheus alike.
///
/// Samples lie some 100 ms behind whole seconds and queries ask a third of a second behind them, so that no sample is ever at the edge of a window:
/// there Prometheus 2 and 3 differ.
struct DifferentialData {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let interval: Int64 = 15_000
    static let count: Int64 = 160
    private var seeded: Seeded
    private(set) var batch = MetricBatch()

    init(seed: UInt64) {
        seeded = Seeded(seed)
        for job in ["api", "db", "web"] {
            for instance in 0..<3 {
                let labels = [Label("job", job), Label("instance", "host-\(instance)")]
                requests(labels)
                gauges(labels)
                latencies(labels)
                add("build_info", labels + [Label("version", "1.\(instance)")], each: { _, _ in 1 })
            }
            let limit = Double(below(1000)) / 8
            add("limit", [Label("job", job), Label("tier", job == "web" ? "front" : "back")], each: { _, _ in limit })
        }
        oddities()
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &seeded) }

    /// A series; a third of them now and then have gaps, of which some begin with a staleness marker.
    private mutating func add(_ name: String, _ labels: [Label], hasGaps: Bool = true, each value: (Int, inout Seeded) -> Double) {
        let shift = Int64(70 + batch.series.count * 13 % 60)
        let stutters = hasGaps && below(3) == 0
        var samples: [Sample] = []
        var gap = 0
        for index in 0..<Int(Self.count) {
            let value = value(index, &seeded)
            let time = Timestamp(milliseconds: Self.start.milliseconds + Int64(index) * Self.interval + shift)
            if gap == 0, stutters, below(25) == 0 {
                gap = 1 + below(below(4) == 0 ? 40 : 6)
                if below(2) == 0 {
                    samples.append(Sample(time, Sample.staleMarker))
                    continue
                }
            }
            if gap > 0 { gap -= 1 } else { samples.append(Sample(time, value)) }
        }
        batch.series.append(MetricBatch.Series(labels: LabelSet(labels + [Label("__name__", name)]), samples: samples))
    }

    /// Counters fall to small numbers only where they have no gaps: how far a rate reaches back from a small number behind a gap,
    /// Prometheus 3 says otherwise than 2.
    private mutating func requests(_ labels: [Label]) {
        for code in ["200", "404", "500"] {
            for method in ["get", "put"] {
                let (resets, pace) = (below(3) == 0, 1 + below(40))
                var value = Double(4000 + below(1000))
                add("requests_total", labels + [Label("code", code), Label("method", method)], hasGaps: !resets) { _, seeded in
                    value += Double(Int.random(in: 0...pace, using: &seeded))
                    if resets, Int.random(in: 0..<40, using: &seeded) == 0 { value = Double(Int.random(in: 0..<5, using: &seeded)) }
                    return value
                }
            }
        }
    }

    /// Eighths, and a part that no other series has: sums are exact, and nothing ties.
    private mutating func gauges(_ labels: [Label]) {
        for room in ["x", "y"] {
            let own = Double(batch.series.count) / 4096
            var value = Double(below(400)) / 8
            add("temperature", labels + [Label("room", room)]) { _, seeded in
                value += Double(Int.random(in: -8...8, using: &seeded)) / 8
                return value + own
            }
        }
    }

    private mutating func latencies(_ labels: [Label]) {
        let bounds = ["0.005", "0.1", "0.5", "1", "5", "+Inf"]
        var counts = [Double](repeating: 0, count: Int(Self.count))
        let paces = bounds.map { _ in below(12) }
        // Cumulative: each bound counts what those below it count too.
        for (bound, pace) in zip(bounds, paces) {
            var own = Double(1000 + below(50))
            let above = counts
            add("latency_seconds_bucket", labels + [Label("le", bound)]) { index, seeded in
                own += Double(Int.random(in: 0...pace, using: &seeded))
                counts[index] = above[index] + own
                return counts[index]
            }
        }
        let total = counts
        add("latency_seconds_count", labels) { index, _ in total[index] }
        add("latency_seconds_sum", labels) { index, _ in total[index] * 0.375 }
    }

    /// What isn't a number, what is very large or small, and buckets as they should not be.
    private mutating func oddities() {
        let kinds: [(String, [Double])] = [
            ("nan", [.nan, 1, 2]), ("inf", [.infinity, 3, -2.5]), ("both", [.infinity, -.infinity, .nan]),
            ("negative", [-1, -2, -0.5, -0.0]),
            ("zero", [0]), ("huge", [1e300, -1e300, 1.7e308]), ("tiny", [1e-307, 1e-300, -1e-305]),
            ("plain", [0.1, 0.2, 0.3]),
        ]
        for (kind, values) in kinds {
            add("odd", [Label("kind", kind), Label("job", "api")]) { _, seeded in values.randomElement(using: &seeded) ?? 0 }
        }
        for (shape, bounds) in [("no-inf", ["1", "2"]), ("falls", ["1", "2", "+Inf"]), ("odd", ["x", "1", "1.0", "-2", "+Inf"])] {
            for (place, bound) in bounds.enumerated() {
                var value = Double(1000 + place)
                let pace = shape == "falls" ? 9 - 4 * place : 4 + place
                add("weird_bucket", [Label("shape", shape), Label("le", bound)]) { _, seeded in
                    value += Double(Int.random(in: 0...pace, using: &seeded))
                    return value
                }
            }
        }
    }
}
