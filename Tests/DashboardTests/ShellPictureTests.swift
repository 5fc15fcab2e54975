import Canvas
import Dashboard
import TestKit
import Testing

/// What lies over the views and around them, as text.
@Suite struct ShellPictureTests {
    private func expectPicture(_ screen: Screen, _ name: String) {
        expectSane(screen.frame, screen.state.size)
        expectGolden(screen.text, named: "Shell/\(name)")
    }
    private func screens(_ view: ViewID) -> [(screen: Screen, size: String)] {
        [(Screen(view: view, columns: 80, rows: 24), "80x24"), (Screen(view: view, columns: 120, rows: 36), "120x36")]
    }

    @Test func helpListsTheKeysOfTheView() {
        for (var screen, size) in screens(.logs) {
            screen.press("?")
            expectPicture(screen, "help-\(size)")
        }
    }

    @Test func paletteFindsActionsByAFewLetters() {
        for (var screen, size) in screens(.overview) {
            screen.press(":")
            screen.type("win")
            expectPicture(screen, "palette-\(size)")
        }
    }

    @Test func searchProposesWhatExists() {
        for (var screen, size) in screens(.logs) {
            screen.press("/")
            screen.type("level>=warn service=p")
            expectPicture(screen, "search-\(size)")
        }
    }

    @Test func searchShowsItsErrorUnderTheCaret() {
        for (var screen, size) in screens(.logs) {
            screen.press("/")
            screen.type("level>=warn (service=order")
            expectPicture(screen, "search-error-\(size)")
        }
    }

    @Test func topLineTellsLensAndPause() {
        for (var screen, size) in screens(.overview) {
            screen.press("f", ",", ",")
            expectPicture(screen, "lens-paused-\(size)")
        }
    }

    @Test func tooSmallSaysSo() { expectPicture(Screen(columns: 59, rows: 15), "too-small-59x15") }
    @Test func tooSmallSaysSoInOneLine() { expectPicture(Screen(columns: 20, rows: 1), "too-small-20x1") }
}

extension Screen {
    init(view: ViewID, columns: Int, rows: Int) { self.init(ShopScene.snapshot, view, columns: columns, rows: rows) }
}
