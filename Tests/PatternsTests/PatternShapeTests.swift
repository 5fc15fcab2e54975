import Patterns
import Testing

@Suite struct PatternShapeTests {
    @Test(arguments: [
        ("", [""]), ("a", ["a"]), ("a|b", ["a", "b"]), ("a|a", ["a"]), ("a|", ["a", ""]), ("a\\.b", ["a.b"]), ("(a|b)c", ["ac", "bc"]),
        ("x(?:1|2|)", ["x1", "x2", "x"]), ("[abc]x", ["ax", "bx", "cx"]), ("10\\.0\\.0\\.1:9100|b", ["10.0.0.1:9100", "b"]), ("é", ["é"]),
        ("e\u{301}|\u{e9}", ["e\u{301}", "\u{e9}"]),
    ])
    func knowsPlainStrings(_ source: String, _ strings: [String]) throws {
        let known = try #require(try Pattern(source).alternatives)
        #expect(known.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    }

    @Test(arguments: [
        "a*", "a?", "a.", "(?i)a", "(?i:a|b)", "^a", "a$", "[a-c]", "[^a]", "\\d", "a{2}", "(a|b)+", "\\x41", "(?P<n>a)", "\\ba", "\\Qa\\E",
    ])
    func doesNotGuess(_ source: String) throws { #expect(try Pattern(source).alternatives == nil) }

    @Test func doesNotWriteOutTooMany() throws {
        let source = String(repeating: "[abcdefgh]", count: 4)
        #expect(try Pattern(source).alternatives == nil)
        #expect(try Pattern(source).matchesWhole("aceg"))
        let deep = String(repeating: "(", count: 40) + "a" + String(repeating: ")", count: 40)
        #expect(try Pattern(deep).alternatives == nil)
        #expect(try Pattern((0..<1024).map(String.init).joined(separator: "|")).alternatives?.count == 1024)
        #expect(try Pattern((0..<1025).map(String.init).joined(separator: "|")).alternatives == nil)
    }

    @Test(arguments: [
        ("api-.*", "api-"), ("api.+", "api"), ("apis?", "api"), ("a*", ""), ("a.*|b", ""), ("a\\.b[0-9]", "a.b"), ("abc", "abc"),
        ("ab(c|d.*)", "ab"), ("[a|b]c", ""), ("^a", ""), ("a{2}b", ""),
    ])
    func knowsThePrefix(_ source: String, _ prefix: String) throws { #expect(try Pattern(source).prefix == prefix) }

    @Test func knowsWhatTakesEverything() throws {
        #expect(try Pattern(".*", dotMatchesNewline: true).shape == .anything)
        #expect(try Pattern(".+", dotMatchesNewline: true).shape == .anythingNotEmpty)
        #expect(try Pattern(".*").shape == .other)
        #expect(try Pattern("a.*", dotMatchesNewline: true).shape == .prefix("a", isAll: true))
        #expect(try Pattern("a.*").shape == .prefix("a", isAll: false))
        #expect(try Pattern("a", caseInsensitive: true).shape == .other)
    }

    /// Whatever is said of a pattern holds for every text over a small alphabet.
    @Test(arguments: [
        "a|b", "(a|b)(a|b)", "ab|", "a.*", "ab.+", ".*", ".+", "a(b|a)", "[ab]b", "a|b.*", "(a|b)?a", "a\\.|b", "ab*", "(?:a|ab)(b|)",
        "(a)|(b)a",
    ])
    func isNeverWrong(_ source: String) throws {
        let pattern = try Pattern(source, dotMatchesNewline: true)
        for text in texts(upTo: 4) {
            let matches = try Pattern("<(?:\(source))>", dotMatchesNewline: true).matchesWhole("<\(text)>")
            #expect(pattern.matchesWhole(text) == matches, "\(source) on \(text)")
            switch pattern.shape {
            case .strings(let strings): #expect(strings.contains(text) == matches)
            case .prefix(let prefix, let isAll):
                if matches { #expect(text.hasPrefix(prefix)) }
                if isAll { #expect(text.hasPrefix(prefix) == matches) }
            case .anything: #expect(matches)
            case .anythingNotEmpty: #expect(text.isEmpty != matches)
            case .other: break
            }
        }
    }
    private func texts(upTo length: Int) -> [String] {
        var all = [""]
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { head in ["a", "b", "."].map { head + $0 } }
            all += last
        }
        return all
    }
}
