import Store
import Telemetry

/// More than fits: sixty services in several versions, a trace of ninety levels, thousands of lines, two hundred sources.
enum CrowdScene {
    static let snapshot: StoreSnapshot = {
        let store = TelemetryStore()
        var builder = ShopBuilder(seed: 3)
        deepTrace(&builder)
        for tick in 0..<1200 {
            let time = (ShopScene.now - .milliseconds(Int64(1200 - tick) * 240 + 500)).precise
            let service = name(tick % 60)
            let fails = tick % 60 < 4 && builder.chance(0.5) ? "no room" : nil
            let root = builder.span(
                service, "GET /things/{thing}/of/{owner}/in/{place}", .server, in: builder.newTrace(), at: time, for: builder.around(30),
                fails: fails,
                version: "\(tick % 5).0.\(tick % 7)")
            builder.call(root, name((tick * 7 + 1) % 60), "POST /a/rather/long/route/{with}/{parts}", at: time, for: .milliseconds(9))
            for line in 0..<3 {
                builder.log(
                    root, [.info, .debug, .warn, .error][(tick + line) % 4],
                    "line \(tick * 3 + line) of many, each longer than any screen is wide: " + filler, at: time)
            }
        }
        builder.store(in: store, at: ShopScene.now)
        for index in 0..<200 {
            store.update(Source(.scrape, "http://10.0.\(index / 100).\(index % 100):9090/federate?match[]=everything")) {
                $0.health = index % 9 == 0 ? .down : .up
                $0.lastError = index % 9 == 0 ? "the page is HTML, not metrics; is this the right path?" : nil
            }
        }
        return store.snapshot()
    }()

    private static let filler = String(repeating: "and on ", count: 30)
    private static func name(_ index: Int) -> String { "department-\(index / 10)-service-\(index % 10)" }

    /// The newest and the slowest one.
    private static func deepTrace(_ builder: inout ShopBuilder) {
        let start = (ShopScene.now - .seconds(5)).precise
        var place = builder.span(name(0), "GET /deep", .server, in: builder.newTrace(), at: start, for: .seconds(4))
        for depth in 1..<90 {
            let step = Int64(depth) * 20
            place = builder.span(
                name(depth % 60), "level \(depth)", .internal, in: place.trace, under: place, at: start + .milliseconds(step),
                for: .milliseconds(4000 - 2 * step), fails: depth > 80 ? "too deep" : nil)
        }
    }
}
