import Canvas
import Dashboard
import Insight
import Store
import Telemetry
import TestKit
import Testing

@Suite struct LatencyViewTests {
    private let size = Size(columns: 120, rows: 33)

    private func expectPictures(_ name: String, _ snapshot: StoreSnapshot, _ state: LatencyView.State = .init(), lens: Lens = Lens()) {
        let model = LatencyView.prepare(snapshot, MapScene.context(lens), state)
        for size in [Size(columns: 80, rows: 21), Size(columns: 120, rows: 33), Size(columns: 200, rows: 47)] {
            let screen = "\(size.columns)x\(size.rows + 3)"
            for drawing in [Drawing.braille, .ascii] {
                let frame = LatencyView.draw(model, state, size: size, Look(theme: .monochrome, drawing: drawing))
                expectGolden(frame.text(), named: "Latency/\(name)-\(screen)" + (drawing == .ascii ? "-ascii" : ""))
            }
        }
    }

    private func cursor(_ secondsAgo: Int64, _ latency: TimeSpan) -> LatencyView.State.Cursor {
        .init(time: (MapScene.now - .seconds(secondsAgo)).precise, latency: latency)
    }

    private func histogramState() -> LatencyView.State {
        var state = LatencyView.State()
        state.source = .histogram("http_request_duration_seconds")
        return state
    }

    @Test func saysWhatWouldFillIt() { expectPictures("empty", MapScene.nothing()) }
    @Test func drawsTheShop() { expectPictures("shop", MapScene.shop) }
    @Test func drawsManyServices() { expectPictures("crowd", MapScene.crowd()) }
    @Test func drawsHostileNames() {
        expectPictures("hostile", LatencyScene.hostile(), LatencyScene.hostileState())
    }

    @Test func comparesTheColumnUnderTheCursor() {
        var state = LatencyView.State()
        state.cursor = cursor(40, .milliseconds(900))
        expectPictures("cursor", MapScene.shop, state, lens: Lens(service: "order"))
    }

    @Test func namesWhatFellBeyondTheLastBucket() {
        let state = histogramState()
        expectPictures("histogram", LatencyScene.histogram(), state)
        let model = LatencyView.prepare(LatencyScene.histogram(), MapScene.context(), state)
        #expect(model.grid.p99 == LatencyQuantile(.seconds(10), isBeyond: true))
        let frame = LatencyView.draw(model, state, size: size, Look(theme: .standard, drawing: .braille))
        #expect(frame.text().contains(">10s"))
    }

    @Test func listsWhatCanBeMeasured() {
        var state = LatencyView.State()
        state.picked = .histogram("http_request_duration_seconds")
        expectPictures("sources", LatencyScene.histogram(), state)
    }

    // MARK: - Keys

    @Test func enterOnACellFindsItsTraces() throws {
        var state = LatencyView.State()
        state.cursor = cursor(40, .milliseconds(900))
        let model = LatencyView.prepare(MapScene.shop, MapScene.context(Lens(service: "order")), state)
        let cell = try #require(model.cell(state.cursor))
        let range = model.grid.buckets.range(of: cell.column)
        let row = model.grid.rows[cell.row]
        let upper = try #require(row.upper)
        let effects = LatencyView.act(.enter, &state, model, size: size)
        let search = "service=order duration>=\(row.lower.nanoseconds)ns duration<\(upper.nanoseconds)ns"
        #expect(effects?.count == 3)
        #expect(effects?.contains(.moment(range.upperBound.timestamp)) == true)
        guard case .go(.traces(let found))? = effects?.first else {
            Issue.record("does not go to the traces")
            return
        }
        #expect(nanoseconds(in: found) == nanoseconds(in: search))
        #expect(row.lower <= .milliseconds(900) && .milliseconds(900) < upper)
    }

    /// `805306368ns` and `805306us` differ; what is searched must be exact.
    private func nanoseconds(in search: String) -> [Int64] {
        search.split(separator: " ").compactMap { term in
            guard term.hasPrefix("duration") else { return nil }
            let value = term.drop { !$0.isNumber }
            let digits = Int64(value.prefix { $0.isNumber }) ?? -1
            return value.hasSuffix("ms") ? digits * 1_000_000 : value.hasSuffix("us") ? digits * 1000 : digits
        }
    }

    @Test func arrowsStayWithinTheMap() {
        var state = LatencyView.State()
        let model = LatencyView.prepare(MapScene.shop, MapScene.context(), state)
        _ = LatencyView.act(.left, &state, model, size: size)
        #expect(model.cell(state.cursor)?.column == model.grid.columns.count - 1)
        for _ in 0..<100 { _ = LatencyView.act(.left, &state, model, size: size) }
        for _ in 0..<100 { _ = LatencyView.act(.up, &state, model, size: size) }
        #expect(model.cell(state.cursor).map { [$0.column, $0.row] } == [0, model.grid.rows.count - 1])
        #expect(LatencyView.act(.back, &state, model, size: size) == [])
        #expect(LatencyView.act(.back, &state, model, size: size) == nil)
    }

    @Test func errorsAreVisitedColumnByColumn() throws {
        var state = LatencyView.State()
        let model = LatencyView.prepare(MapScene.shop, MapScene.context(), state)
        let failing = model.grid.columns.indices.filter { model.grid.columns[$0].errors > 0 }
        for column in failing {
            _ = LatencyView.act(.nextError, &state, model, size: size)
            let cell = try #require(model.cell(state.cursor))
            #expect(cell.column == column)
            #expect(model.grid.errors(column: cell.column, row: cell.row) > 0)
        }
        _ = LatencyView.act(.nextError, &state, model, size: size)
        #expect(model.cell(state.cursor)?.column == failing.first)
    }

    @Test func aQuantileBeyondTheLastBucketSaysSo() {
        let model = LatencyView.prepare(LatencyScene.histogram(), MapScene.context(), histogramState())
        var counts = [Int](repeating: 0, count: model.grid.rows.count)
        #expect(model.quantile(0.5, of: counts) == nil)
        counts[counts.count - 1] = 3
        #expect(model.quantile(0.5, of: counts) == LatencyQuantile(.seconds(10), isBeyond: true))
        counts[0] = 97
        #expect(model.quantile(0.5, of: counts)?.isBeyond == false)
    }

    @Test func labelsTellSeriesApart() {
        var state = histogramState()
        let snapshot = LatencyScene.histogram()
        var model = LatencyView.prepare(snapshot, MapScene.context(), state)
        #expect(model.labels == [.init(name: "route", values: ["/cart", "/orders"])])
        #expect(LatencyView.act(.own("group"), &state, model, size: size) == [])
        #expect(LatencyView.act(.enter, &state, model, size: size) == [.prepare])
        #expect(LatencyView.act(.back, &state, model, size: size) == [])
        #expect(state.grouping == ["route"] && state.group == nil && state.inGroups)
        model = LatencyView.prepare(snapshot, MapScene.context(), state)
        let whole = model.grid.total
        // The slowest stands first, and its p99 lies beyond the last bucket; before it did not.
        #expect(model.groups.groups.map { $0.labels.map(\.value) } == [["/orders"], ["/cart"]])
        #expect(model.groups.groups.first?.p99?.isBeyond == true && model.groups.groups.first?.p99Before?.isBeyond == false)
        #expect(model.groups.groups.reduce(0) { $0 + $1.count } == Double(whole))
        #expect(LatencyView.act(.down, &state, model, size: size) == [.prepare])
        #expect(state.group == [Label("route", "/orders")])
        let part = LatencyView.prepare(snapshot, MapScene.context(), state).grid.total
        #expect(part > 0 && part < whole)
        #expect(Double(part) == model.groups.groups.first?.count)
        #expect(LatencyView.act(.own("value"), &state, model, size: size) == [.prepare])
        #expect(state.group == [Label("route", "/cart")])
        #expect(LatencyView.act(.own("value"), &state, model, size: size) == [.prepare])
        #expect(state.group == nil)
    }

    @Test func aNativeHistogramIsMeasuredAsWell() {
        var state = LatencyView.State()
        state.source = .histogram("rpc_duration_seconds")
        let model = LatencyView.prepare(MetricScene.snapshot, MapScene.context(), state)
        #expect(model.isNative && !model.grid.isEmpty && model.grid.before.reduce(0, +) > 0)
        #expect(model.families == ["http_request_duration_seconds", "rpc_duration_seconds"])
        for (row, next) in zip(model.grid.rows, model.grid.rows.dropFirst()) { #expect(row.upper == next.lower) }
        expectPictures("native", MetricScene.snapshot, state)
    }

    @Test func groupsStandBelowTheMap() {
        var state = LatencyView.State()
        state.source = .histogram("rpc_duration_seconds")
        (state.grouping, state.inGroups) = (["service", "instance"], true)
        expectPictures("groups", MetricScene.snapshot, state)
        state = histogramState()
        state.pickedLabel = "route"
        expectPictures("labels", LatencyScene.histogram(), state)
    }

    @Test func theListChoosesWhatIsMeasured() {
        var state = LatencyView.State()
        let model = LatencyView.prepare(LatencyScene.histogram(), MapScene.context(), state)
        _ = LatencyView.act(.own("source"), &state, model, size: size)
        _ = LatencyView.act(.end, &state, model, size: size)
        #expect(LatencyView.act(.enter, &state, model, size: size) == [.prepare])
        #expect(state.source == .histogram("http_request_duration_seconds"))
        #expect(state.picked == nil)
    }

    @Test(arguments: [(7, 20), (20, 7), (60, 60), (1, 5), (0, 5), (5, 0)]) func aScaleHasAPlaceForEach(count: Int, room: Int) {
        let scale = LatencyScale(count: count, room: room)
        #expect(scale.places == min(count, room))
        guard scale.places > 0 else { return }
        #expect((0..<scale.places).flatMap { Array(scale.members(of: $0)) } == Array(0..<count))
        #expect((0..<scale.places).flatMap { Array(scale.extent(of: $0)) } == Array(0..<room))
        #expect((0..<count).allSatisfy { scale.members(of: scale.place(of: $0)).contains($0) })
    }
}

/// Stores with what the shop's traces lack: histograms, and names that attack the screen.
enum LatencyScene {
    static func histogram() -> StoreSnapshot { store(family: "http_request_duration_seconds", routes: ["/orders", "/cart"]) }

    static func hostile() -> StoreSnapshot { store(family: hostileFamily, routes: ["\u{1b}[2J\u{202e}", "日本語\n"]) }
    private static let hostileFamily = "evil_\u{1b}]0;title\u{7}_" + String(repeating: "long_", count: 30) + "seconds"
    static func hostileState() -> LatencyView.State {
        var state = LatencyView.State()
        state.source = .histogram(hostileFamily)
        state.grouping = ["route"]
        state.group = [Label("route", "\u{1b}[2J\u{202e}")]
        return state
    }

    /// Scrapes every five seconds for ten minutes; `/orders`, or whatever comes first, slows down beyond the last bucket.
    private static func store(family: String, routes: [String]) -> StoreSnapshot {
        let store = TelemetryStore()
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Double.infinity]
        let weights = [1, 3, 9, 20, 30, 18, 8, 4, 2, 1, 0, 0]
        for (index, route) in routes.enumerated() {
            for (place, bound) in bounds.enumerated() {
                let le = bound == .infinity ? "+Inf" : bound == bound.rounded() ? String(Int(bound)) : String(bound)
                let labels = LabelSet([Label(LabelSet.nameLabel, family + "_bucket"), Label("route", route), Label("le", le)])
                guard let series = store.series(for: labels) else { continue }
                var value = 0.0
                var samples: [SeriesSample] = []
                for scrape in 0...120 {
                    let isSlow = index == 0 && scrape > 96
                    let below = weights[...place].reduce(0, +)
                    value += Double(isSlow ? below / 4 + (bound == .infinity ? 60 : bound >= 10 ? 20 : 0) : below)
                    samples.append(SeriesSample(series, MapScene.now - .seconds(Int64(120 - scrape) * 5), value))
                }
                store.append(samples)
            }
        }
        return store.snapshot()
    }
}
