import Canvas
import Testing

@testable import Dashboard

@Suite struct KeymapTests {
    private let keymap = Keymap(ViewCatalog.views)

    @Test func noKeyMeansTwoThingsInAViewOfItsOwn() {
        for view in ViewCatalog.views {
            let keys = view.keymap.flatMap(\.keys)
            #expect(Set(keys).count == keys.count, "in \(view.id.title)")
        }
        let common = keymap.common.flatMap(\.keys)
        #expect(Set(common).count == common.count)
    }

    @Test func noNameStandsForTwoActions() {
        for view in ViewCatalog.views {
            let own = view.keymap.map(\.name)
            #expect(Set(own).count == own.count, "in \(view.id.title)")
            for binding in keymap.bindings(in: view.id) {
                let actions = Set(keymap.bindings(in: view.id).filter { $0.name == binding.name }.map(\.action))
                #expect(actions.count == 1, "\(binding.name) in \(view.id.title)")
            }
        }
    }

    @Test func namesAreWordsJoinedByHyphens() {
        for binding in ViewCatalog.views.flatMap({ keymap.bindings(in: $0.id) }) {
            #expect(binding.name.allSatisfy { $0.isLowercase || $0 == "-" }, "\(binding.name)")
            #expect(!binding.help.isEmpty && !binding.keys.isEmpty)
        }
    }

    @Test func theBottomLineTellsNoKeyTwice() {
        for view in ViewCatalog.views {
            let keys = keymap.hints(in: view.id).flatMap(\.keys)
            #expect(Set(keys).count == keys.count, "in \(view.id.title)")
        }
    }

    @Test func everyKeyOfTheBottomLineDoesWhatItSays() {
        for view in ViewCatalog.views {
            for hint in keymap.hints(in: view.id) {
                for key in hint.keys { #expect(keymap.action(for: key, in: view.id) == hint.action) }
            }
        }
    }

    @Test func helpListsEveryKeyOnce() {
        for view in ViewCatalog.views {
            var screen = Screen(ShopScene.snapshot, view.id, columns: 110, rows: 120)
            screen.press("?")
            let text = screen.text
            let isTold = { (help: String) in text.contains(help) }
            let effective = keymap.bindings(in: view.id).filter { binding in
                binding.keys.contains { key in keymap.bindings(in: view.id).first { $0.keys.contains(key) } == binding }
            }
            for binding in effective { #expect(isTold(binding.help), "\(binding.name) in \(view.id.title)") }
        }
    }

    @Test func helpScrollsToItsEndAndNoFurther() {
        var screen = Screen(ShopScene.snapshot, .overview, columns: 80, rows: 24)
        screen.press("?", .end)
        let end = screen.text
        #expect(end.contains("leave at once"))
        screen.press(.pageDown, "j")
        #expect(screen.text == end)
        screen.press("k")
        #expect(screen.text != end)
    }
}
