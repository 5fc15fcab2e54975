import Testing

@testable import Canvas

@Suite struct RendererTests {
    @Test func ansiWritesChangesOnly() {
        var frame = Frame(Size(columns: 6, rows: 1))
        frame.write(StyledText([.init("ab", Style(.ansi(1))), .init("c", Style(.ansi(1)).bold), .init("d")]), at: .zero)
        #expect(frame.ansi() == "\u{1b}[31mab\u{1b}[1mc\u{1b}[0md\n")
    }

    @Test func ansiKeepsToTheDepth() {
        var frame = Frame(Size(columns: 1, rows: 1))
        frame.write("x", at: .zero, style: Style(.hex(0xff0000), on: .hex(0x00005f)))
        #expect(frame.ansi(depth: .full) == "\u{1b}[38;2;255;0;0;48;2;0;0;95mx\u{1b}[0m\n")
        #expect(frame.ansi(depth: .palette) == "\u{1b}[38;5;196;48;5;17mx\u{1b}[0m\n")
        #expect(!frame.ansi(depth: .monochrome).contains("38;"))
    }

    @Test func textFromOutsideNeverBecomesAnEscapeSequence() {
        var frame = Frame(Size(columns: 60, rows: 1))
        frame.write("\u{1b}]52;c;AAAA\u{7}\u{9b}31m", at: .zero)
        #expect(!frame.ansi().contains("\u{1b}") && !frame.text().contains("\u{9b}"))
    }

    @Test func asciiKeepsColumns() {
        var frame = Frame(Size(columns: 5, rows: 1))
        frame.write("日é─e\u{301}", at: .zero)
        #expect(frame.asciiOnly().text(keepsTrailingSpaces: true) == "? ??e\n")
    }

    @Test func svgEscapesAndPlaces() {
        var frame = Frame(Size(columns: 10, rows: 2))
        frame.write("<a&b>", at: Point(2, 1))
        frame.write("╭─⣿█", at: .zero)
        let svg = frame.svg(theme: .standard)
        #expect(svg.contains(">&lt;a&amp;b&gt;</text>"))
        #expect(svg.contains("x=\"28.8\" y=\"43.4\" textLength=\"42\""))
        #expect(!svg.contains("╭") && !svg.contains("⣿") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains("fill=\"#11161d\""))
    }
}
