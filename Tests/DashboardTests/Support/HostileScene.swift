import Store
import Telemetry

/// What a hostile or broken sender could send: names that would move the cursor, break lines, turn the text around or never end;
/// times far off, spans that end before they begin, values that are no numbers.
enum HostileScene {
    static let names = [
        "\u{1b}[31mred\u{1b}[0m", "line\nbreak\ttab", "日本語サービス名前長い", "e\u{301}\u{302}\u{303}\u{304}clair",
        String(repeating: "endless-", count: 40),
        "right\u{202e}tfel", "\u{0}nul\u{7f}\u{9b}2J", "👩‍👩‍👧‍👦 family", "'; DROP TABLE spans; --", "\u{200b}\u{feff}invisible",
    ]

    static let snapshot: StoreSnapshot = {
        let store = TelemetryStore()
        var builder = ShopBuilder(seed: 7)
        let start = ShopScene.now - .minutes(4)
        for tick in 0..<60 {
            let time = (start + .seconds(Int64(tick) * 4)).precise
            let service = names[tick % names.count]
            let root = builder.span(
                service, names[(tick + 3) % names.count], .server, in: builder.newTrace(), at: time, for: .milliseconds(120),
                fails: tick % 3 == 0 ? names[(tick + 5) % names.count] : nil, version: names[(tick + 1) % names.count],
                [(names[(tick + 2) % names.count], names[(tick + 4) % names.count])])
            let child = builder.call(
                root, names[(tick + 1) % names.count], names[tick % names.count], at: time + .milliseconds(5), for: .milliseconds(90))
            builder.query(child, "SELECT\u{8}\u{8}", names[2], at: time + .milliseconds(200), for: .milliseconds(-50))
            builder.log(root, tick % 4 == 0 ? .error : .unspecified, names[(tick + 6) % names.count], at: time, [(names[4], names[0])])
        }
        let far = builder.span("far", "1970", .server, in: builder.newTrace(), at: PreciseTime(nanoseconds: 1), for: .seconds(1))
        builder.span("far", "2100", .server, in: far.trace, under: far, at: Timestamp.seconds(4_102_444_800).precise, for: .seconds(1))
        builder.store(in: store, at: ShopScene.now)
        tellMetrics(to: store)
        tellSources(to: store)
        return store.snapshot()
    }()

    private static func tellMetrics(to store: TelemetryStore) {
        for (name, value) in [
            ("up", Double.nan), ("queue_messages_ready", .infinity), ("envoy_cluster_outlier_detection_ejections_active", 1),
        ] {
            let labels = [
                Label(LabelSet.nameLabel, name), Label("service", names[0]), Label("queue", names[4]),
                Label("envoy_cluster_name", names[1]),
                Label("instance", names[5]),
            ]
            guard let series = store.series(for: LabelSet(labels)) else { continue }
            store.append([
                SeriesSample(series, ShopScene.now - .seconds(60), 0), SeriesSample(series, ShopScene.now - .seconds(10), value),
            ])
        }
    }

    private static func tellSources(to store: TelemetryStore) {
        for (index, name) in names.enumerated() {
            store.update(Source(Source.Kind.allCases[index % Source.Kind.allCases.count], name)) {
                $0.health = index % 2 == 0 ? .down : .up
                $0.detail = names[(index + 1) % names.count]
                $0.lastError = names[(index + 2) % names.count]
                $0.lastErrorTime = ShopScene.now - .seconds(1)
                $0.items = .max
                $0.bytes = .max
                $0.failures = .max
                $0.dropped = [.malformed: .max / 2, .tooLarge: 1]
                $0.scrapeDuration = TimeSpan(nanoseconds: .max)
                $0.interval = .seconds(1)
            }
        }
    }
}
