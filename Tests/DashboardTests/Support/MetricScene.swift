import Store
import Telemetry
import TestKit

/// A shop's metrics of each type over twenty minutes, a sample each fifteen seconds: requests rise and fall, and fail from three minutes before `now`.
enum MetricScene {
    static let now = ShopScene.now
    static let snapshot: StoreSnapshot = {
        let store = TelemetryStore()
        var scene = Builder(store: store)
        scene.describe()
        var time = now - .minutes(20)
        while time <= now {
            scene.scrape(at: time)
            time = time + .seconds(15)
        }
        return store.snapshot()
    }()

    private static let routes = ["/orders", "/catalog", "/cart/{user}", "/users/login"]

    private struct Builder {
        let store: TelemetryStore
        var random = Seeded(11)
        var counters: [String: Double] = [:]
        var native: [String: [Double]] = [:]
        var minute = 0.0

        func describe() {
            let texts: [(String, MetricType, String, String)] = [
                ("http_requests_total", .counter, "Requests answered, by route and status code.", ""),
                (
                    "http_request_duration_seconds", .histogram, "How long it took to answer a request, from its first byte to the last.",
                    "seconds"
                ),
                ("rpc_duration_seconds", .histogram, "How long calls of other services took.", "seconds"),
                ("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", "bytes"),
                ("process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.", "seconds"),
                ("jvm_gc_pause_seconds", .summary, "Time spent in GC pause", "seconds"),
                ("build_info", .info, "What was built, from which commit.", ""),
                ("queue_depth", .gauge, "Messages that wait to be handled", ""),
                ("cache_hit_ratio", .gauge, "Share of look-ups the cache answered", "ratio"),
            ]
            for (family, type, help, unit) in texts {
                store.setMetadata(MetricMetadata(type: type, help: help, unit: unit), family: family)
            }
        }

        mutating func scrape(at time: Timestamp) {
            minute = (time - now).seconds / 60
            for (index, service) in ["gateway", "order", "payment"].enumerated() {
                let home = [Label("service", service), Label("instance", "10.0.0.\(index + 1):9100"), Label("job", "shop")]
                target(service, home, index, time)
            }
        }

        private mutating func target(_ service: String, _ home: [Label], _ index: Int, _ time: Timestamp) {
            let isDown = service == "payment" && minute > -2.2 && minute < -1.4
            put("up", home, isDown ? 0 : 1, time)
            guard !isDown else { return }
            put("process_start_time_seconds", home, Double(now.milliseconds / 1000 - Int64(90_000 * (index + 1))), time)
            put("process_resident_memory_bytes", home, 1e8 * Double(index + 1) * (1.2 + 0.1 * wave(9, Double(index))), time)
            put("queue_depth", home, (20 + 15 * wave(6, Double(index) * 2)).rounded(), time)
            put("cache_hit_ratio", home, 0.9 - 0.05 * Double(index), time)
            put("build_info", home + [Label("version", "1.\(4 + index).0"), Label("commit", "9f\(index)ae1")], 1, time)
            for (place, quantile) in ["0.5", "0.9", "0.99"].enumerated() {
                put(
                    "jvm_gc_pause_seconds", home + [Label("quantile", quantile)],
                    0.004 * Double(place * place + 1) * (1 + 0.2 * wave(4, 1)), time)
            }
            rise("jvm_gc_pause_seconds_sum", home, 0.03, time)
            rise("jvm_gc_pause_seconds_count", home, 3, time)
            for (place, route) in routes.enumerated() { requests(route, place, home, time) }
            calls(home, index, time)
        }

        /// A native histogram: from 4 ms on, a bucket for each half of a doubling; slower from three minutes before `now`.
        private mutating func calls(_ home: [Label], _ index: Int, _ time: Timestamp) {
            let shift = minute > -3 ? 4 : 0
            let key = "rpc" + home.map(\.value).joined(separator: "|")
            var buckets = native[key] ?? [Double](repeating: 0, count: 14)
            for (place, share) in [2.0, 9, 22, 31, 18, 8, 5, 3, 1, 1].enumerated() {
                buckets[place + shift] += (share * (1.5 + 0.5 * wave(5, Double(index)))).rounded()
            }
            native[key] = buckets
            let count = buckets.reduce(0, +)
            let value = NativeHistogram(
                schema: 1, count: count, sum: count * 0.02, positiveSpans: [.init(offset: -15, length: 14)], positiveBuckets: buckets)
            guard let series = store.series(for: LabelSet([Label(LabelSet.nameLabel, "rpc_duration_seconds")] + home)) else { return }
            store.append([SeriesHistogram(series: series, time: time, value: value)])
        }

        private mutating func requests(_ route: String, _ place: Int, _ home: [Label], _ time: Timestamp) {
            let isBroken = minute > -3 && place == 0
            let rate = (12 - 2.5 * Double(place)) * (1 + 0.25 * wave(7, Double(place))) * 15
            let labels = home + [Label("route", route)]
            let failed = isBroken ? rate * 0.38 : place == 0 ? 0.3 : 0
            rise("http_requests_total", labels + [Label("code", "200")], (rate - failed).rounded(), time)
            rise("http_requests_total", labels + [Label("code", "503")], failed.rounded(), time)
            if place == 3 { rise("http_requests_total", labels + [Label("code", "401")], (rate * 0.04).rounded(), time) }
            var below = 0.0
            for (bound, share) in zip(
                ["0.01", "0.05", "0.1", "0.5", "1", "+Inf"], isBroken ? [0, 0.1, 0.1, 0.2, 0.5, 0.1] : [0.1, 0.5, 0.3, 0.08, 0.02, 0])
            {
                below += share * rate * (0.9 + 0.2 * Double.random(in: 0..<1, using: &random))
                rise("http_request_duration_seconds_bucket", home + [Label("le", bound)], below.rounded(), time)
            }
            rise("http_request_duration_seconds_count", home, below.rounded(), time)
            rise("http_request_duration_seconds_sum", home, below * (isBroken ? 0.7 : 0.08), time)
        }

        private func wave(_ period: Double, _ phase: Double) -> Double {
            // A triangle: the same on every machine, to the last bit.
            let place = ((minute + 60) / period + phase / 4).truncatingRemainder(dividingBy: 1)
            return place < 0.5 ? 4 * place - 1 : 3 - 4 * place
        }

        private mutating func rise(_ name: String, _ labels: [Label], _ by: Double, _ time: Timestamp) {
            let key = name + labels.map(\.value).joined(separator: "|")
            counters[key, default: 0] += by
            put(name, labels, counters[key] ?? 0, time)
        }
        private func put(_ name: String, _ labels: [Label], _ value: Double, _ time: Timestamp) {
            guard let series = store.series(for: LabelSet([Label(LabelSet.nameLabel, name)] + labels)) else { return }
            store.append([SeriesSample(series, time, value)])
        }
    }
}
