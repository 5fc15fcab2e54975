import Canvas
import Insight
import Store
import Telemetry
import TestKit
import Testing

@testable import Dashboard

@Suite struct UpdateTests {
    // MARK: - Ways

    @Test func digitsChooseViewsAndForgetTheWayBack() {
        var screen = Screen()
        screen.press("6")
        #expect(screen.state.view == .logs)
        screen.press("5", "3")
        #expect(screen.state.view == .traces)
        screen.press("q")
        #expect(screen.commands == [.quit])
    }

    @Test func escapeComesBackToTheSameState() {
        var screen = Screen()
        screen.press("j", "f", ",")
        let (before, lens, time) = (screen.text, screen.state.lens, screen.state.time)
        screen.press(.enter)
        #expect(screen.state.view == .traces)
        screen.press(.enter, .end, "o")
        #expect(screen.state.view == .logs)
        screen.press("F", "0", .escape, .escape, .escape)
        #expect(screen.state.view == .overview)
        #expect(screen.state.lens == lens)
        #expect(screen.state.time == time)
        #expect(screen.text == before)
    }

    @Test func quitBacksOutBeforeItLeaves() {
        var screen = Screen()
        screen.press(.enter, .enter)
        #expect(screen.text.contains("critical path"))
        screen.press("q", "q")
        #expect(screen.state.view == .overview)
        #expect(screen.commands.isEmpty)
        screen.press("q")
        #expect(screen.commands == [.quit])
    }

    @Test func controlCLeavesFromAnywhere() {
        var screen = Screen(ShopScene.snapshot, .logs)
        screen.press("/", "Ctrl-C")
        #expect(screen.commands == [.quit])
    }

    @Test func aServiceLeadsToEverythingOfIt() {
        let term = "service=order"
        for (key, view) in [(Key.enter, ViewID.traces), ("t", .traces), ("o", .logs), ("p", .map), ("i", .latency)] {
            var screen = Screen()
            screen.press(.home, key)
            #expect(screen.state.view == view)
            let search = screen.state.currentState?.search ?? ""
            #expect(view == .map || view == .latency || search.hasPrefix(term))
            #expect(view == .map || view == .latency || screen.text.contains(term))
            screen.press(.escape)
            #expect(screen.state.view == .overview)
        }
    }

    @Test func aSpanLeadsToItsLogsAndALineToItsTrace() throws {
        var screen = Screen(ShopScene.snapshot, .traces)
        screen.press("s", .enter, .end, "k")
        let trace = try #require((screen.state.models[.traces] as? TracesView.Model)?.trace)
        let span = try #require(trace.detail)
        screen.press("o")
        #expect(screen.state.view == .logs)
        let lines = try #require(screen.state.models[.logs] as? LogsView.Model).headers
        #expect(!lines.isEmpty)
        #expect(lines.allSatisfy { $0.traceID == trace.id && $0.spanID == span.header.spanID })
        screen.press("t")
        #expect(screen.state.view == .traces)
        let back = try #require((screen.state.models[.traces] as? TracesView.Model)?.trace)
        #expect(back.id == trace.id)
        #expect(back.detail?.header.spanID == span.header.spanID)
    }

    @Test func aLineWithNoTraceSaysSo() {
        let store = TelemetryStore()
        var builder = ShopBuilder(seed: 1)
        builder.log("lonely", .info, "no trace here", at: (ShopScene.now - .seconds(9)).precise)
        builder.store(in: store, at: ShopScene.now)
        var screen = Screen(store.snapshot(), .logs)
        screen.press("t")
        #expect(screen.state.view == .logs)
        #expect(screen.text.contains("this line names no trace"))
    }

    @Test func escapeClosesATraceThatNoWayLedTo() {
        var screen = Screen(ShopScene.snapshot, .traces)
        screen.press(.enter, "1", "5")
        #expect(screen.text.contains("critical path"))
        screen.press(.escape)
        #expect(screen.text.contains("newest first"))
    }

    // MARK: - Lens

    @Test func theLensHoldsInAllViews() throws {
        var screen = Screen()
        screen.press(.home, "f")
        #expect(screen.state.lens == Lens(service: "order"))
        for view in screen.state.views {
            screen.press(.character(Character(String(view.id.rawValue))))
            #expect(screen.state.lens == Lens(service: "order"))
            #expect(screen.lines[0].contains("lens service=order"))
        }
        screen.press("6")
        let logs = try #require(screen.state.models[.logs] as? LogsView.Model)
        #expect(logs.headers.allSatisfy { logs.logs.strings[$0.service] == "order" })
        screen.press("F")
        #expect(screen.state.lens.isOpen)
        #expect(!screen.lines[0].contains("lens"))
    }

    // MARK: - Time

    @Test func pauseHoldsThePictureAndCountsWhatIsNew() {
        var screen = Screen()
        screen.press(.space)
        #expect(screen.state.isPaused)
        let body = screen.lines.dropFirst()
        var facts = screen.state.facts
        facts.ingested += 1234
        screen.tell(.facts(facts))
        screen.publish(screen.snapshot, at: ShopScene.now + .minutes(3))
        #expect(screen.lines[0].contains("+1\u{a0}234 new"))
        #expect(screen.lines.dropFirst() == body)
        screen.press(.space)
        #expect(!screen.state.isPaused)
        #expect(!screen.lines[0].contains("new"))
        #expect(screen.lines[0].contains("17:49:40"))
    }

    @Test func commaAndFullStopStepThroughTime() {
        var screen = Screen()
        screen.press(",", ",")
        #expect(screen.state.context.now == ShopScene.now - .minutes(1))
        screen.press(".")
        #expect(screen.state.context.now == ShopScene.now - .seconds(30))
        screen.press(".")
        #expect(!screen.state.isPaused)
        screen.press(",", "0")
        #expect(!screen.state.isPaused)
    }

    @Test func plusAndMinusChangeTheWindow() {
        var screen = Screen()
        screen.press("-")
        #expect(screen.state.time.window == .minutes(10))
        screen.press("+", "+", "+", "+", "+", "+", "+")
        #expect(screen.state.time.window == .seconds(30))
    }

    // MARK: - Palette

    private func run(_ line: String, _ screen: inout Screen) {
        screen.press(":")
        screen.type(line)
        screen.press(.enter)
    }

    @Test func paletteCommandsTakeTheirArgument() {
        var screen = Screen()
        run("goto 17:44:10", &screen)
        #expect(screen.lines[0].contains("17:44:10"))
        #expect(screen.state.isPaused)
        run("window 90s", &screen)
        #expect(screen.state.time.window == .seconds(90))
        run("lens service=cart version=1.4.0", &screen)
        #expect(screen.state.lens == Lens(service: "cart", version: "1.4.0"))
        run("theme paper", &screen)
        #expect(screen.state.look.theme.name == "paper")
        run("search payment", &screen)
        #expect(screen.state.currentState?.search == "payment")
    }

    @Test func paletteSaysWhatIsWrongWithAnArgument() {
        for (line, sentence) in [
            ("goto noon", "goto wants a time of day"), ("goto 25:99", "goto wants a time of day"),
            ("window wide", "window wants a length of time"),
            ("theme mauve", "there is no theme \"mauve\"; there are harbour"), ("lens oops", "lens wants terms"),
            ("xyzzy", "no action is called"),
        ] {
            var screen = Screen()
            let before = screen.state.context
            run(line, &screen)
            #expect(screen.lines.last?.contains(sentence) == true)
            #expect(screen.state.context == before)
        }
    }

    @Test func gotoMeansTheLastTimeThatTheClockShowedIt() {
        var screen = Screen()
        run("goto 23:00", &screen)
        #expect(screen.state.context.now == ShopScene.now - .seconds(18 * 3600 + 46 * 60 + 40))
    }

    @Test func everyActionOfThePaletteCanBeRun() {
        for view in ViewCatalog.views.map(\.id) {
            for line in Screen(ShopScene.snapshot, view).state.paletteLines("") {
                var screen = Screen(ShopScene.snapshot, view, columns: 80, rows: 24)
                run(line.name.split(separator: " ").first.map(String.init) ?? "", &screen)
                expectSane(screen.frame, Size(columns: 80, rows: 24))
            }
        }
    }

    // MARK: - Notices

    @Test func aNoticeGoesAwayByItself() {
        var screen = Screen()
        screen.tell(.notice("copied by OSC 52"))
        #expect(screen.lines.last?.contains("copied by OSC 52") == true)
        screen.tell(.tick(ShopScene.now + .seconds(7)))
        #expect(screen.lines.last?.contains("copied") == false)
    }

    @Test func utcAndLocalTimeAreTold() {
        var state = DashboardState(
            themes: [.standard], drawing: .block, size: Size(columns: 80, rows: 24), clock: ShopScene.now, localOffset: .minutes(120))
        #expect(state.frame().text().contains("17:46:40 UTC"))
        _ = update(&state, .input(.key("u")))
        #expect(state.frame().text().contains("19:46:40 +02:00"))
    }

    @Test func themesFollowOneAnother() {
        var screen = Screen()
        let names = ThemeCatalog.themes.map { _ in
            screen.press("T")
            return screen.state.look.theme.name
        }
        #expect(Set(names) == Set(ThemeCatalog.names))
        #expect(names.last == "harbour")
    }

    @Test func aMarkedTraceStandsBesideTheNextAndGoesAgain() {
        var screen = Screen(ShopScene.snapshot, .traces)
        screen.press("d")
        #expect(screen.state.notice?.text.hasPrefix("marked") == true)
        screen.press(.enter, "d")
        #expect(screen.state.notice?.text.hasPrefix("marked") == true, "a trace is not put beside itself")
        screen.press(.escape, .down, .enter)
        let alone = screen.state.frame().text()
        screen.press("d")
        #expect(screen.state.frame().text() != alone)
        screen.press(.escape)
        #expect(screen.state.frame().text().contains("attributes"), "Esc brings the span back")
    }
}
