import Canvas
import Dashboard
import Telemetry
import Testing

@Suite struct MouseTests {
    @Test func tabsAreClicked() throws {
        var screen = Screen()
        for view in ViewCatalog.views.reversed() {
            let place = try #require(screen.place(of: "\(view.id.rawValue) \(view.id.title)"))
            screen.click(place.column + 2, place.row)
            #expect(screen.state.view == view.id)
        }
    }

    @Test func keysOfTheBottomLineAreClicked() throws {
        var screen = Screen()
        let place = try #require(screen.place(of: "? keys"))
        screen.click(place.column, place.row)
        guard case .help = screen.state.overlay else {
            Issue.record("help is not shown")
            return
        }
        screen.click(1, 1)
        #expect(screen.state.overlay == .none)
    }

    @Test func aClickSelectsAndADoubleClickOpens() throws {
        var screen = Screen()
        let place = try #require(screen.place(of: "inventory"))
        screen.click(place.column, place.row)
        #expect(screen.text.contains("─ inventory ─"))
        screen.tell(.tick(ShopScene.now + .seconds(5)))
        screen.doubleClick(place.column, place.row)
        #expect(screen.state.view == .traces)
        #expect(screen.text.contains("/service=inventory"))
    }

    @Test func twoSlowClicksAreNoDoubleClick() throws {
        var screen = Screen()
        let place = try #require(screen.place(of: "inventory"))
        screen.click(place.column, place.row)
        screen.tell(.tick(ShopScene.now + .seconds(1)))
        screen.click(place.column, place.row)
        #expect(screen.state.view == .overview)
    }

    @Test func headersSort() throws {
        var screen = Screen()
        let place = try #require(screen.place(of: "p99 versions"))
        screen.click(place.column, place.row)
        #expect(screen.lines[place.row].contains("▾p99"))
        screen.tell(.tick(ShopScene.now + .seconds(1)))
        screen.click(place.column, place.row)
        #expect(screen.lines[place.row].contains("▴p99"))
    }

    @Test func theWheelMoves() {
        var screen = Screen(ShopScene.snapshot, .traces)
        let before = screen.text
        screen.tell(.input(.mouse(Mouse(.wheelDown, at: Point(10, 20)))))
        #expect(screen.text != before)
        screen.tell(.input(.mouse(Mouse(.wheelUp, at: Point(10, 20)))))
        #expect(screen.text == before)
    }

    @Test func f2GivesTheMouseAway() {
        var screen = Screen()
        screen.press("F2")
        #expect(screen.commands == [.setMouse(false)])
        screen.click(20, 1)
        #expect(screen.state.view == .overview)
    }
}
