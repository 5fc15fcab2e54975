import Canvas
import Testing

@testable import Terminal

@Suite struct TerminalFactsTests {
    @Test func colourFollowsChoiceThenEnvironmentThenTerminal() {
        let plain = TerminalEnvironment(term: "xterm-256color")
        #expect(plain.depth(colors: 256, isDirect: false, .auto) == .palette)
        #expect(plain.depth(colors: 16_777_216, isDirect: true, .auto) == .full)
        #expect(plain.depth(colors: 8, isDirect: false, .auto) == .eight)
        #expect(plain.depth(colors: -1, isDirect: false, .always) == .monochrome)
        let without = TerminalEnvironment(term: "xterm", hasNoColor: true)
        #expect(without.depth(colors: 256, isDirect: false, .auto) == .monochrome)
        #expect(without.depth(colors: 256, isDirect: false, .always) == .palette)
        #expect(plain.depth(colors: 256, isDirect: false, .never) == .monochrome)
    }

    @Test func unknownTerminalsFallBack() {
        #expect(TerminalEnvironment(term: "xterm-kitty").candidates == ["xterm-kitty", "xterm-256color", "xterm", "vt100"])
        #expect(TerminalEnvironment(term: "tmux-256color", colorTerm: "truecolor").candidates.first == "tmux-direct")
        #expect(TerminalEnvironment(term: "").candidates == ["xterm-256color", "xterm", "vt100"])
    }

    @Test func theLocaleChoosesTheDrawing() {
        #expect(TerminalEnvironment(term: "xterm", locale: "C").suggestedDrawing == .ascii)
        #expect(TerminalEnvironment(term: "xterm", locale: "en_US.UTF-8").suggestedDrawing == .braille)
        #expect(TerminalEnvironment(term: "xterm", locale: "").suggestedDrawing == .braille)
        #expect(TerminalEnvironment(term: "linux").suggestedDrawing == .block)
    }

    @Test func delaysAreTakenOut() {
        #expect(SavedTerminal.withoutPadding("\u{1b}[?5h$<100/>\u{1b}[?5l") == "\u{1b}[?5h\u{1b}[?5l")
        #expect(SavedTerminal.withoutPadding("a$b") == "a$b")
    }

    @Test func clipboardSequences() {
        #expect(Clipboard.base64(Array("light w".utf8)) == Array("bGlnaHQgdw==".utf8))
        #expect(Clipboard.sequence("foo") == Array("\u{1b}]52;c;Zm9v\u{1b}\\".utf8))
        #expect(Clipboard.sequence(String(repeating: "x", count: 60_000)) == nil)
    }
}
