import Testing

@testable import Canvas

@Suite struct KeyTests {
    @Test(arguments: [
        "q", "G", "?", "Ctrl-L", "Alt-x", "PgUp", "Shift-Tab", "F2", "Enter", "Esc", "Space", "Ctrl-Right", "Shift-Up", "Backspace",
    ])
    func readsWhatItWrites(name: String) throws { #expect(try #require(Key(name)).description == name) }

    @Test(arguments: ["", "nokey", "F0", "F99", "Ctrl-"])
    func refusesWhatIsNoKey(name: String) { #expect(Key(name) == nil) }

    @Test func namesInAnyCase() {
        #expect(Key("pgdn") == .pageDown)
        #expect(Key("ctrl-C") == .control("c"))
    }
}
