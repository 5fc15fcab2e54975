import Canvas
import Dashboard
import Notify
import Rules
import Store
import Telemetry
import TestKit
import Testing

@Suite struct AlertsViewTests {
    private func expectPictures(
        _ name: String, _ snapshot: StoreSnapshot = ShopScene.snapshot, _ facts: AlertingFacts = AlertScene.facts, view: ViewID = .alerts,
        sizes: [(Int, Int)] = [(80, 24), (120, 36)], keys: [Key] = [], typing: String = ""
    ) {
        for (columns, rows) in sizes {
            for drawing in [Drawing.braille, .ascii] {
                var screen = Screen(snapshot, view, columns: columns, rows: rows, drawing: drawing)
                screen.tell(.alerting(facts))
                screen.prepare()
                for key in keys { screen.press(key) }
                screen.type(typing)
                expectSane(screen.frame, Size(columns: columns, rows: rows))
                expectGolden(screen.text, named: "\(view.title)/\(name)-\(columns)x\(rows)\(drawing == .ascii ? "-ascii" : "")")
            }
        }
    }

    @Test func tellsThatThereAreNoRules() { expectPictures("empty", ShopScene.waiting, AlertingFacts()) }
    @Test func putsTheWorstFirst() { expectPictures("ordinary", sizes: [(80, 24), (120, 36), (200, 50)]) }
    @Test func unfoldsAnAlert() { expectPictures("story", keys: [.enter]) }
    @Test func previewsASilence() { expectPictures("silencing", keys: ["s"]) }
    @Test func listsSilences() { expectPictures("silences", keys: ["S"]) }
    @Test func runsARuleOverAllThereIs() { expectPictures("backtest", keys: ["b"]) }
    @Test func showsHostileLabelsAsText() { expectPictures("hostile", HostileScene.snapshot, AlertScene.hostile) }
    @Test func scrollsThroughMany() { expectPictures("overfull", CrowdScene.snapshot, AlertScene.crowd, keys: [.end]) }
    @Test func theOverviewShowsWhatFires() { expectPictures("alerts", view: .overview) }
    @Test func view9ShowsWhatIsWrongWithRulesAndChannels() { expectPictures("alerts", view: .collectors) }

    private func screen(_ view: ViewID = .alerts) -> Screen {
        var screen = Screen(ShopScene.snapshot, view)
        screen.tell(.alerting(AlertScene.facts))
        screen.prepare()
        return screen
    }
    private func requests(_ screen: Screen) -> [AlertingRequest] {
        screen.commands.compactMap { if case .alerting(let request) = $0 { request } else { nil } }
    }

    @Test func acknowledgesWhatIsSelected() throws {
        var screen = screen()
        screen.press("a")
        guard case .acknowledge(let labels, true)? = requests(screen).first else {
            Issue.record("\(screen.commands)")
            return
        }
        #expect(labels["severity"] == "critical")
    }
    @Test func silencesWhatIsSelected() {
        var screen = screen()
        // The first takes over what is written, the second makes it.
        screen.press("s", .enter, .enter)
        guard case .silence(let matchers, let length, _)? = requests(screen).first else {
            Issue.record("\(screen.commands)")
            return
        }
        #expect(matchers.contains("alertname="))
        #expect(length == .minutes(120))
    }
    @Test func scrollingAnAlertEndsWithItsLastLine() {
        var screen = screen()
        screen.press(.enter)
        let top = screen.text
        screen.press(.end)
        let bottom = screen.text
        #expect(top != bottom)
        for _ in 0..<50 { screen.press(.down) }
        #expect(screen.text == bottom)
        screen.press(.up)
        #expect(screen.text != bottom)
        screen.press(.home)
        #expect(screen.text == top)
    }
    @Test func theBottomLineTellsTheKeysOfThePage() {
        var screen = screen()
        func bottom() -> String { screen.text.split(separator: "\n").last.map(String.init) ?? "" }
        #expect(bottom().contains("Enter unfold") && !bottom().contains("x end it"))
        screen.press("S")
        #expect(bottom().contains("x end it") && !bottom().contains("Enter unfold"))
        screen.press(.escape, .enter)
        #expect(bottom().contains("t its traces") && !bottom().contains("Enter unfold"))
        screen.press("b")
        #expect(bottom().contains("Enter edit the rule") && !bottom().contains("s silence"))
    }
    @Test func everyViewIsOneKeyFromWhatFires() {
        for view in ViewID.allCases where view != .alerts {
            var screen = screen(view)
            #expect(screen.text.contains("firing"), "\(view)")
            screen.press("7")
            #expect(screen.state.view == .alerts)
        }
    }
    @Test func overTheOverviewAnAlertOfAServiceIsOneKeyAway() {
        var screen = screen(.overview)
        screen.press("a")
        #expect(screen.state.view == .alerts)
    }
    @Test func labelsThatTellAlertsOfANameApartGoFirst() throws {
        var history = AlertHistory()
        for pod in ["pod-1", "pod-2"] {
            let labels = [
                Label("alertname", "PodDown"), Label("cluster", "lab"), Label("pod", pod), Label("severity", "critical"),
            ]
            let time = ShopScene.now - TimeSpan.seconds(60)
            history.take([AlertChange(time: time, kind: .firing, labels: LabelSet(labels), value: 1, activeAt: time)])
        }
        var report = RuleReport()
        report.history = history
        var screen = Screen(ShopScene.snapshot, .alerts)
        screen.tell(.alerting(AlertingFacts(report)))
        screen.prepare()
        #expect(screen.text.contains("pod-1  lab") || screen.text.contains("pod=pod-1 cluster=lab"), "\(screen.text)")
    }
    @Test func aRecordingTakesNoSilence() {
        var facts = AlertScene.facts
        facts.canChange = false
        facts.version += 1
        var screen = Screen(ShopScene.snapshot, .alerts)
        screen.tell(.alerting(facts))
        screen.prepare()
        screen.press("a")
        #expect(requests(screen).isEmpty)
    }
}
