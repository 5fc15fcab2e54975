import Canvas
import Store
import Telemetry
import Testing

@testable import Dashboard

/// What is selected stays selected when data arrives: by identity, not by row.
@Suite struct SelectionTests {
    private func shop(until second: Int64, in store: TelemetryStore, from first: Int64 = 0) -> StoreSnapshot {
        var builder = ShopBuilder(seed: UInt64(first + 1))
        for tick in first..<second {
            let time = (ShopScene.now - .seconds(60 - tick)).precise
            let place = builder.span(
                "service-\(tick % 5)", "work \(tick)", .server, in: TraceID(high: 7, low: UInt64(tick + 1)), at: time,
                for: .milliseconds(tick + 1),
                fails: tick >= 30 && tick % 5 == 1 ? "late trouble" : nil)
            builder.log(place, .info, "line \(tick)", at: time)
        }
        builder.store(in: store, at: ShopScene.now)
        return store.snapshot()
    }

    @Test func ofServices() {
        let store = TelemetryStore()
        var screen = Screen(shop(until: 30, in: store))
        screen.press("j", "j")
        #expect(screen.text.contains("─ service-2 ─"))
        #expect(screen.lines[4].contains("service-4"))
        // service-1 fails now, so it moves to the top.
        screen.publish(shop(until: 60, in: store, from: 30))
        #expect(screen.text.contains("─ service-2 ─"))
        #expect(screen.lines[4].contains("service-1"))
    }

    @Test func ofTraces() throws {
        let store = TelemetryStore()
        var screen = Screen(shop(until: 30, in: store), .traces)
        screen.press("j", "j", "j")
        let before = try #require(screen.state.states[.traces] as? TracesView.State).selected
        #expect(before == TraceID(high: 7, low: 27))
        screen.publish(shop(until: 60, in: store, from: 30))
        let model = try #require(screen.state.models[.traces] as? TracesView.Model)
        let list = try #require(model.list)
        let state = try #require(screen.state.states[.traces] as? TracesView.State)
        #expect(list.rows[TracesView.selectedIndex(list, state)].summary.traceID == before)
    }

    @Test func ofLines() throws {
        let store = TelemetryStore()
        var screen = Screen(shop(until: 30, in: store), .logs)
        screen.press("k", "k")
        screen.publish(shop(until: 60, in: store, from: 30))
        let model = try #require(screen.state.models[.logs] as? LogsView.Model)
        let state = try #require(screen.state.states[.logs] as? LogsView.State)
        let header = model.headers[LogsView.selectedIndex(model, state)]
        #expect(model.logs.message(of: header.ref) == "line 27")
    }

    @Test func logsFollowTheNewestUntilOneIsChosen() throws {
        func newestShown(_ screen: Screen) -> Bool { screen.text.contains("following") }
        let store = TelemetryStore()
        var screen = Screen(shop(until: 30, in: store), .logs)
        #expect(newestShown(screen))
        screen.publish(shop(until: 50, in: store, from: 30))
        #expect(screen.text.contains("line 49"))
        screen.press("k")
        #expect(!newestShown(screen))
        screen.press("G")
        #expect(newestShown(screen))
        screen.publish(shop(until: 60, in: store, from: 50))
        #expect(screen.text.contains("line 59"))
    }

    @Test func ofSpansWhileFoldsOpenAndClose() throws {
        var screen = Screen(ShopScene.snapshot, .traces)
        screen.press("s", .enter, .end)
        func selected() throws -> String { try #require((screen.state.models[.traces] as? TracesView.Model)?.trace?.detail).span.name }
        #expect(try selected() == "POST bank")
        screen.press("[")
        #expect(try selected() == "POST bank")
        #expect(screen.text.contains("+10"))
        screen.press("]")
        #expect(try selected() == "POST bank")
        #expect(screen.text.contains("└ POST bank"))
        screen.press("[", .home, "e", "e", "e", "e", "e")
        #expect(try selected() == "POST bank")
        #expect(screen.text.contains("└ POST bank"))
    }
}
