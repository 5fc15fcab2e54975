import Canvas
import Telemetry
import TestKit
import Testing

@testable import Dashboard

/// The line at the bottom in which is typed.
@Suite struct FieldTests {
    private func logs() -> Screen { Screen(ShopScene.snapshot, .logs) }
    private func shown(_ screen: Screen) -> String { screen.state.currentState?.search ?? "" }

    @Test func aHalfTypedTermLeavesWhatIsShown() {
        var screen = logs()
        screen.press("/")
        screen.type("level>=error")
        let before = screen.state.viewFrame().text()
        screen.type(" service=")
        #expect(shown(screen) == "level>=error")
        #expect(screen.state.viewFrame().text() == before)
        #expect(screen.state.searchError != nil)
        screen.type("order")
        #expect(shown(screen) == "level>=error service=order")
        #expect(screen.state.searchError == nil)
    }

    @Test func aHalfTypedValueLeavesWhatIsShown() {
        var screen = logs()
        screen.press("/")
        screen.type("service=orde")
        #expect(shown(screen).isEmpty)
        screen.type("r")
        #expect(shown(screen) == "service=order")
        screen.type(" breaker")
        #expect(shown(screen) == "service=order breaker")
    }

    @Test func escapePutsTheSearchBack() {
        var screen = logs()
        screen.press("/")
        screen.type("service=order")
        screen.press(.enter, "/")
        screen.type(" level=error")
        #expect(shown(screen) == "service=order level=error")
        screen.press(.escape)
        #expect(shown(screen) == "service=order")
        #expect(screen.state.overlay == .none)
    }

    @Test func enterRefusesWhatIsWrongAndKeepsIt() {
        var screen = logs()
        screen.press("/")
        screen.type("(service=order")
        screen.press(.enter)
        #expect(screen.state.overlay.field?.text == "(service=order")
        #expect(screen.state.notice != nil)
        screen.type(")")
        screen.press(.enter)
        #expect(screen.state.overlay == .none && screen.state.notice == nil, "what was refused stands no more")
    }

    @Test func tabTakesTheProposal() {
        var screen = logs()
        screen.press("/")
        screen.type("service=pay")
        screen.press(.tab)
        #expect(screen.state.overlay.field?.text.hasPrefix("service=payment") == true)
        screen.press(.enter)
        #expect(screen.state.overlay == .none)
        #expect(shown(screen).hasPrefix("service=payment"))
    }

    @Test func arrowsChooseAmongProposals() {
        var screen = logs()
        screen.press("/")
        screen.type("service=")
        guard case .search(_, _, let completion?, 0) = screen.state.overlay else {
            Issue.record("nothing is proposed")
            return
        }
        screen.press(.down, .down, .up, .tab)
        #expect(screen.state.overlay.field?.text.hasPrefix("service=\(completion.candidates[1])") == true)
    }

    @Test func backspaceInAnEmptyLineClosesIt() {
        var screen = logs()
        screen.press("/", "a", .backspace, .backspace)
        #expect(screen.state.overlay == .none)
    }

    @Test func pastedTextIsTypedAndNeverTakenForKeys() {
        var screen = logs()
        let before = screen.text
        screen.tell(.input(.paste("q5:theme paper\n")))
        #expect(screen.text == before)
        #expect(screen.commands.isEmpty)
        screen.press("/")
        screen.tell(.input(.paste("level=error\nservice=order")))
        #expect(screen.state.overlay.field?.text == "level=error service=order")
        #expect(shown(screen) == "level=error service=order")
    }

    @Test func theCursorStaysInSightOfLongText() {
        for text in [String(repeating: "x", count: 500), String(repeating: "日本", count: 200)] {
            var screen = Screen(ShopScene.snapshot, .logs, columns: 80, rows: 24)
            screen.press("/")
            screen.tell(.input(.paste(text)))
            #expect((screen.frame.cursor?.column ?? 999) < 80)
            screen.press(.home)
            #expect(screen.frame.cursor == Point(2, 23))
        }
    }

    @Test func viewsWithNothingToFilterSaySo() {
        for view in ViewCatalog.views where view.searchExample == nil {
            var screen = Screen(ShopScene.snapshot, view.id)
            screen.press("/")
            #expect(screen.state.overlay == .none)
            #expect(screen.lines.last?.contains("nothing to filter") == true)
        }
    }

    @Test func writingTakesItsFormatFromTheEnding() throws {
        for (name, start) in [("a.svg", "<svg"), ("a.json", "["), ("a.csv", "service,health"), ("a.txt", "╭─ Services")] {
            var screen = Screen()
            screen.press("w", "Ctrl-U")
            screen.type(name)
            screen.press(.enter)
            guard case .write(let path, let bytes)? = screen.commands.first else {
                Issue.record("nothing is written")
                continue
            }
            #expect(path == name)
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(start))
        }
    }

    @Test func theKeyOfARecordingEndsTheOneThatIsUnderWay() {
        var screen = logs()
        var facts = screen.state.facts
        facts.isRecording = true
        screen.tell(.facts(facts))
        screen.press("W")
        #expect(screen.state.overlay == .none && screen.commands == [.record(path: "")])
    }

    @Test func recordingAsksForAFolder() {
        var screen = Screen()
        screen.press("W", .enter)
        #expect(screen.commands == [.record(path: "dogwatch-recording")])
    }
}
