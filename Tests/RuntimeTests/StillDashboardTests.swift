import Canvas
import Dashboard
import Store
import Telemetry
import Testing

@testable import Runtime

@Suite struct StillDashboardTests {
    private func dashboard(_ view: ViewID, views: [ErasedView] = ViewCatalog.views) -> StillDashboard {
        let engine = Engine(store: TelemetryStore())
        var run = RandomRun(seed: 5)
        let arrivals = run.arrivals(100)
        for arrival in arrivals { engine.accept(arrival) }
        let snapshot = engine.store.snapshot()
        let state = DashboardState(
            views: views, themes: [], drawing: .ascii, size: Size(columns: 120, rows: 36), clock: arrivals.last?.time ?? .seconds(0),
            start: view)
        return StillDashboard(state, snapshot, ShellFacts(snapshot, subject: "still", mode: .live, isRecording: true))
    }

    @Test(arguments: ViewCatalog.views.map(\.id)) func everyViewIsPreparedBeforeItIsShown(_ view: ViewID) {
        let text = dashboard(view).frame().text()
        #expect(!text.contains("preparing") && text.contains("still") && text.contains("recording"))
    }

    @Test func keysLeadFromOneViewToAnother() {
        let frame = dashboard(.overview).frame(after: [.character("6"), .character("5"), .character("9")])
        #expect(frame.text().contains("/var/log/order.log"), "\(frame.text())")
    }

    @Test func aSearchFilters() {
        let one = dashboard(.traces, views: [ErasedView(ProbeView.self)])
        #expect(one.frame(search: "level=error").text().contains("searched <level=error>"))
        #expect(one.frame(search: "").text().contains("searched <>"))
        #expect(one.frame().text().contains("searched <>"), "a frame changes nothing")
    }

    @Test func whatIsAskedOfTheWorldIsKept() {
        var one = dashboard(.traces, views: [ErasedView(ProbeView.self)])
        one.press(.character("y"))
        one.press(.control("c"))
        #expect(one.commands.count == 2 && one.commands.last == .quit)
    }

    @Test func theFactsCountWhatTheSnapshotHolds() {
        let engine = Engine(store: TelemetryStore())
        for (name, failure) in [("http://a", nil), ("http://b", "refused")] as [(String, String?)] {
            let labels = LabelSet([Label("job", "a"), Label("instance", name)])
            let scrape = Scrape(
                labels: labels, body: Array("x 1\n".utf8), started: .seconds(1), duration: .zero, interval: .seconds(5), failure: failure)
            engine.accept(Arrival(source: Source(.scrape, name), time: .seconds(1), payload: .scrape(scrape)))
        }
        engine.accept(
            Arrival(
                source: Source(.zipkin, "z"), time: .seconds(1),
                payload: .trouble(Trouble(signal: .traces, reason: .malformed, count: 3, detail: "bad"))))
        let facts = ShellFacts(engine.store.snapshot(), subject: "s", mode: .live, isRecording: false)
        #expect(facts.targets == 2 && facts.targetsUp == 1 && facts.dropped == 3 && facts.ingested > 0 && facts.bytes.bytes > 0)
    }
}
