import Canvas
import Dashboard
import Insight
import Telemetry
import TestKit
import Testing

@Suite struct MetricsViewTests {
    private func screen(_ columns: Int = 120) -> Screen { Screen(MetricScene.snapshot, .metrics, columns: columns) }

    @Test func filtersByNameTypeAndHelp() {
        var screen = screen()
        for (search, name) in [
            ("hit", "cache_hit_ratio"), ("garbage", ""), ("gc !process", "jvm_gc_pause_seconds"),
            ("resident", "process_resident_memory_bytes"),
        ] {
            screen.press("/", .control("u"))
            screen.type(search)
            screen.press(.enter)
            #expect(name.isEmpty ? screen.text.contains("No metric fits") : screen.text.contains("1 of 10"), "\(search)")
            #expect(name.isEmpty || screen.text.contains(name))
        }
    }

    @Test func copiesTheQuestionAndTheSelectionOfASeries() {
        var screen = screen()
        screen.press("/")
        screen.type("requests counter")
        screen.press(.enter, "y")
        #expect(screen.commands.last == .copy("sum by (code) (rate(http_requests_total[1m]))"))
        screen.press(.tab, .end, "y")
        guard case .copy(let text)? = screen.commands.last else {
            Issue.record("nothing was copied")
            return
        }
        #expect(text.hasPrefix("http_requests_total{code=\"") && text.hasSuffix("\"}"))
    }

    @Test func keepsTheChosenMetricWhenOthersCome() {
        var screen = screen()
        screen.press(.end)
        #expect(screen.text.contains("╭─ up "))
        screen.publish(ShopScene.snapshot)
        #expect(screen.text.contains("╭─ up "))
    }

    @Test func whatCostsTheMostIsAskedFurther() {
        var screen = screen()
        screen.press("c")
        #expect(screen.text.contains("Series by metric") && screen.text.contains("http_requests_total"))
        screen.press(.enter)
        #expect(screen.text.contains("╭─ http_requests_total "))
        screen.press("c", .tab, .tab, .enter)
        #expect(screen.text.contains("topk(100, count by ("))
        screen.press("c", .end, .escape)
        #expect(!screen.text.contains("Series by metric"))
    }

    // MARK: - Asking

    @Test func completesNamesLabelsValuesAndFunctions() {
        var screen = screen()
        screen.press("/")
        screen.type("sum(ra")
        #expect(screen.text.contains("rate(matrix)") || screen.text.contains("rate(range vector)"), "a signature")
        screen.press(.control("u"))
        screen.type("sum(rate(http_requests")
        #expect(screen.text.contains("counter  Requests answered, by route"))
        screen.press(.tab)
        screen.type("{ro")
        #expect(screen.text.contains("route"))
        screen.press(.tab)
        screen.type("=\"/ca")
        #expect(screen.text.contains("\"/cart/{user}\"") && screen.text.contains("\"/catalog\""))
    }

    @Test func anErrorStandsUnderItsPlaceAndKeepsTheLineOpen() {
        var screen = screen()
        screen.press("/")
        screen.type("rate(http_requests_total)")
        let caret = screen.place(of: "^")
        #expect(caret.map { screen.lines[$0.row + 1].contains("/rate(http_requests_total)") } == true)
        screen.press(.enter)
        #expect(screen.text.contains("expected type range vector"))
        screen.press(.escape)
        #expect(screen.place(of: "^") == nil)
    }

    @Test func keepsWhatWasAsked() {
        var screen = screen()
        for query in ["sum(up)", "count(up)"] {
            screen.press("/", .control("u"))
            screen.type(query)
            screen.press(.enter)
        }
        screen.press("H")
        #expect(screen.text.contains("Asked before") && screen.text.contains("sum(up)"))
        screen.press(.down, .enter)
        #expect(screen.text.contains("A  sum(up)"))
        #expect(!screen.text.contains("Asked before"))
    }

    @Test func theLegendTellsTheValueUnderTheCrosshair() {
        var screen = screen()
        screen.press("/")
        screen.type("queue_depth{service=\"order\"}")
        screen.press(.enter, .home)
        let first = screen.text
        screen.press(.end)
        #expect(first != screen.text)
        screen.press(.escape)
        #expect(screen.text.contains("now"))
    }

    @Test func onlyTheNewStepsAreWorkedOut() throws {
        let scene = MetricScene.snapshot
        let queries = PanelQueries()
        let text = "sum by (code) (rate(http_requests_total[1m]))"
        func read(_ seconds: Int64) throws -> (samples: Int, lines: [PanelLine]) {
            let steps = PanelSteps(over: .minutes(10), endingAt: MetricScene.now - .minutes(1) + .seconds(seconds), about: 240)
            let answer = try #require(queries.answers([text], steps, over: scene.metrics)[text])
            return (answer.samplesRead, answer.lines)
        }
        let whole = try read(0)
        let next = try read(5)
        #expect(next.samples * 40 < whole.samples)
        let steps = PanelSteps(over: .minutes(10), endingAt: MetricScene.now - .seconds(55), about: 240)
        let fresh = PanelQueries().answers([text], steps, over: scene.metrics)[text]
        #expect(fresh?.lines == next.lines)
    }

    @Test func hidesShowsAndTakesAwayExpressions() {
        var screen = screen()
        screen.press("/")
        screen.type("sum(up)")
        screen.press(.enter, "a")
        screen.type("count(up)")
        screen.press(.enter)
        #expect(screen.text.contains("A  sum(up)") && screen.text.contains("B  count(up)"))
        screen.press("x")
        #expect(screen.text.contains("hidden"))
        screen.press("d")
        #expect(!screen.text.contains("count(up)"))
    }

    @Test func resizesWhileAnAnswerIsAwaited() {
        var screen = screen()
        screen.press("/")
        screen.type("rate(http_requests_total[1m])")
        screen.isLate = true
        screen.press(.enter)
        for (columns, rows) in [(60, 16), (200, 50), (20, 5), (80, 24)] {
            screen.tell(.input(.resized(Size(columns: columns, rows: rows))))
            expectSane(screen.frame, Size(columns: columns, rows: rows))
        }
        screen.isLate = false
        screen.prepare()
        #expect(screen.text.contains("series"))
    }

    @Test func everyKeyAtAnyPlaceDoesNoHarm() {
        var random = Seeded(8)
        let keys: [Key] = [
            .enter, .escape, .tab, .up, .down, .left, .right, .home, .end, .pageDown, "v", "a", "c", "d", "x", "H", "L", "i", "b", "z", "<",
            ">",
            "r",
            "y", "Y", ".", ",", "+", "-",
        ]
        for snapshot in [MetricScene.snapshot, HostileScene.snapshot, ShopScene.empty] {
            var screen = Screen(snapshot, .metrics, columns: 80, rows: 24)
            for _ in 0..<150 {
                screen.press(keys.randomElement(using: &random) ?? .enter)
                _ = screen.frame
            }
        }
    }
}
