import Canvas
import Dashboard
import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct DashboardLoopTests {
    private let store = TelemetryStore()
    private let clock = VirtualClock()
    private let written = WrittenFiles()

    private func state(_ size: Size, views: [ErasedView]) -> DashboardState {
        DashboardState(views: views, themes: [], drawing: .ascii, size: size, clock: clock.now, start: .traces)
    }
    /// Runs the script to its end; the screen then holds what was shown.
    private func run(
        _ script: [ScriptedScreen.Step], size: Size = Size(columns: 80, rows: 24), refresh: TimeSpan = .minutes(60),
        views: [ErasedView] = [ErasedView(ProbeView.self)]
    ) -> ScriptedScreen {
        let screen = ScriptedScreen(script, size: size)
        let (store, written) = (store, written)
        let loop = DashboardLoop(
            state: state(size, views: views), screen: screen, refresh: refresh,
            .init(
                clock: clock, snapshot: { store.snapshot() },
                facts: { ShellFacts($0, subject: "the shop", mode: .live, isRecording: false) },
                write: { path, bytes in
                    written.add(path, bytes)
                    return "wrote \(path)"
                }, record: { "recording into \($0)" }))
        loop.run()
        return screen
    }

    @Test func theFirstFrameIsComplete() throws {
        store.addSpan(1)
        let screen = run([])
        let first = try #require(screen.frames.first).text()
        #expect(first.contains("spans 1") && first.contains("the shop") && first.contains("22:13:20"), "\(first)")
        #expect(!first.contains("preparing"))
    }

    @Test func aKeyIsAnsweredWithAFrame() {
        let screen = run([.type(.character("?")), .await("Keys of Traces"), .type(.escape), .await("spans 0")])
        #expect(screen.missed.isEmpty && screen.frames.count >= 3, "\(screen.text)")
    }

    @Test func newsComeWithTheRefresh() {
        let (store, clock) = (store, clock)
        let script: [ScriptedScreen.Step] = [
            .await("spans 0"),
            .run {
                store.addSpan(7)
                clock.advance(by: .seconds(3))
            },
            .await("spans 1"), .await("22:13:23"),
        ]
        let screen = run(script, refresh: .milliseconds(50))
        #expect(screen.missed.isEmpty, "\(screen.text)")
    }

    @Test func withNoNewsAndNoInputNothingIsPainted() {
        let screen = run([.run {}, .run {}, .run {}])
        #expect(screen.frames.count == 1)
    }

    @Test func aSearchIsPreparedBesideTheLoop() {
        store.addSpan(1)
        let screen = run([.type(.character("/")), .paste("span"), .await("spans=1"), .type(.enter), .await("searched <span")])
        #expect(screen.missed.isEmpty, "\(screen.text)")
    }

    @Test func aResizeIsFollowedAtOnceAndTooSmallIsSaid() throws {
        let screen = run([
            .resize(Size(columns: 120, rows: 40)), .await("spans 0"), .resize(Size(columns: 40, rows: 10)), .await("dogwatch needs 60x16"),
            .resize(Size(columns: 60, rows: 16)), .await("spans 0"),
        ])
        #expect(screen.missed.isEmpty)
        let sizes = screen.frames.map(\.size)
        #expect(sizes.contains(Size(columns: 120, rows: 40)) && sizes.last == Size(columns: 60, rows: 16))
    }

    @Test func whatTheUserWantsOfTheWorldIsCarriedOut() {
        store.addSpan(1)
        let screen = run([
            .type(.character("y")), .await("copied"), .type(.control("l")), .type(.function(2)), .type(.character("W")), .paste("folder"),
            .type(.enter), .await("recording into"), .type(.character("w")), .paste("out.json"), .type(.enter), .await("wrote "),
        ])
        #expect(screen.missed.isEmpty, "\(screen.text)")
        #expect(screen.copied == ["spans 1"] && screen.repaints == 1 && screen.mouse == [false])
        let files = written.all
        #expect(files.count == 1 && files.values.contains { String(decoding: $0, as: UTF8.self).contains("spans") }, "\(files)")
    }

    @Test(arguments: [Key.character("q"), .control("c")]) func itEndsWhenTheUserLeaves(_ key: Key) {
        let screen = run([.type(key), .await("never reached")])
        #expect(screen.missed.isEmpty)
    }

    @Test func allViewsShowARunWithoutWaitingForEachOther() {
        let engine = Engine(store: store)
        var random = RandomRun(seed: 1)
        for arrival in random.arrivals(60) { engine.accept(arrival) }
        var script: [ScriptedScreen.Step] = []
        for view in ViewCatalog.views {
            script += [
                .type(.character(Character(String(view.id.rawValue)))), .await("\(view.id.rawValue) \(view.id.title)"), .type(.down),
                .type(.enter), .type(.escape),
            ]
        }
        let screen = run(script, size: Size(columns: 120, rows: 36), views: ViewCatalog.views)
        #expect(screen.missed.isEmpty, "\(screen.missed) \(screen.text)")
    }
}

private final class WrittenFiles {
    private(set) var all: [String: [UInt8]] = [:]
    func add(_ path: String, _ bytes: [UInt8]) { all[path] = bytes }
}
