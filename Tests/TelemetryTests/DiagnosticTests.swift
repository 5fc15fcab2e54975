import Telemetry
import Testing

@Suite struct DiagnosticTests {
    @Test func saysWhereAndWhat() {
        let diagnostic = Diagnostic(source: "shop.yaml", position: SourcePosition(line: 14, column: 5), message: "unknown key \"größe\"")
        #expect(diagnostic.description == "shop.yaml:14:5: unknown key \"größe\"")
        #expect(Diagnostic(message: "no").description == "no")
    }

    @Test func nothingQuotedActsOnATerminal() {
        let diagnostic = Diagnostic(source: "a\u{9b}", message: "key \"\u{1b}[31m\u{202e}\n\u{2028}\u{7f}\"")
        #expect(diagnostic.description == #"a\u{9b}: key "\u{1b}[31m\u{202e}\u{a}\u{2028}\u{7f}""#)
    }
}
