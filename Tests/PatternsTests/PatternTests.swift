import Patterns
import Telemetry
import TestKit
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("", "", 0, 0), ("a", "ba", 1, 2), ("a*", "baa", 0, 0), ("a+", "baa", 1, 3), ("a+?", "baa", 1, 2), ("a|ab", "xab", 1, 2),
        ("ab|a", "xab", 1, 3),
        ("(a|b)*c", "xabac", 1, 5), ("a{2}", "aaa", 0, 2), ("a{2,}", "baaa", 1, 4), ("a{1,2}", "aaa", 0, 2), ("a{,2}", "a{,2}", 0, 5),
        ("^a", "a", 0, 1),
        ("a$", "ba", 1, 2), ("[b-d]+", "abcde", 1, 4), ("[^a-c]+", "abcde", 3, 5), ("[]a]+", "x]a", 1, 3), ("[a-]+", "x-a", 1, 3),
        ("\\d+", "ab12", 2, 4),
        ("\\bfoo\\b", "a foo b", 2, 5), ("(?i)ERR", "an err", 3, 6), ("(?i:É)", "é", 0, 2), (".", "é", 0, 2), ("[à-ü]+", "xéè", 1, 5),
        ("[[:upper:]]+", "abC", 2, 3), ("\\x41\\x{42}", "AB", 0, 2), ("(?m)^b", "a\nb", 2, 3), ("(?s)a.b", "a\nb", 0, 3),
        ("time.*out", "a timed out", 2, 11),
        ("(a*)*b", "aab", 0, 3), ("(?P<n>a)(?:b)", "ab", 0, 2), ("\\.", "a.b", 1, 2), ("x{0}y", "xy", 1, 2), ("\\Aa\\z", "a", 0, 1),
        ("a\\Bb", "ab", 0, 2),
    ])
    func findsTheLeftmostMatch(_ pattern: String, _ text: String, _ from: Int, _ to: Int) throws {
        #expect(try Pattern(pattern).firstMatch(in: text) == from..<to)
    }

    @Test(arguments: [
        ("a", "b"), ("^b", "ab"), ("a$", "ab"), ("a.b", "a\nb"), ("\\bfoo", "afoo"), ("[^a]", "a"), ("a{3}", "aa"), ("ERR", "err"),
    ])
    func findsNothingElse(_ pattern: String, _ text: String) throws { #expect(try Pattern(pattern).firstMatch(in: text) == nil) }

    @Test func anchoredAtBothEnds() throws {
        let pattern = try Pattern("foo|foobar|ba.*")
        #expect(pattern.matchesWhole("foobar"))
        #expect(pattern.matchesWhole("bazaar"))
        #expect(!pattern.matchesWhole("foob"))
        #expect(!pattern.matchesWhole("xfoo"))
        #expect(try Pattern("").matchesWhole(""))
        #expect(try !Pattern("").matchesWhole("a"))
        #expect(try Pattern("a.b", dotMatchesNewline: true).matchesWhole("a\nb"))
        #expect(try Pattern("A", caseInsensitive: true).matchesWhole("a"))
    }

    @Test(arguments: [
        "(", ")", "(a", "a)", "[a", "[b-a]", "*a", "a**", "a{2,1}", "a{1001}", "\\", "\\1", "\\C", "\\q", "(?=a)", "(?!a)", "(?<=a)",
        "(?z)", "(?P<a", "\\xg",
        "[[:nope:]]", "(a{1000}){1000}", String(repeating: "(", count: 10_000),
        String(repeating: "(", count: 10_000) + String(repeating: ")", count: 10_000),
    ])
    func refuses(_ pattern: String) { #expect(throws: PatternError.self) { try Pattern(pattern) } }

    @Test func tellsWhereTheMistakeIs() {
        #expect(throws: PatternError(detail: "missing closing ]", offset: 3, fragment: "[a")) { try Pattern("é+[a") }
    }

    @Test func staysLinearWhereBacktrackingWouldNot() throws {
        let text = String(repeating: "a", count: 5000)
        #expect(try Pattern("(a*)*(a|aa)*b").firstMatch(in: text.prefix(200)) == nil)
        #expect(try Pattern("(x+x+)+y").firstMatch(in: text) == nil)
    }

    @Test func nothingMatchesTornText() throws {
        let bytes: [UInt8] = [0x61, 0xff, 0xc3, 0x62, 0xe2, 0x82]
        let plain = try Pattern("b")
        let any = try Pattern("a.*")
        bytes.withUnsafeBufferPointer { bytes in
            #expect(plain.firstMatch(in: bytes) == 3..<4)
            #expect(any.firstMatch(in: bytes) == 0..<1)
        }
    }

    /// Beside a matcher that tries everything, over a small alphabet.
    @Test func equalsTheObviousMatcher() throws {
        var random = Seeded(71)
        for round in 0..<3000 {
            let (source, matches) = randomPattern(&random, depth: 3)
            let text = (0..<Int.random(in: 0...6, using: &random)).map { _ in ["a", "b"].randomElement(using: &random) ?? "a" }
            let pattern = try Pattern(source)
            let isWhole = matches(text, 0).contains(text.count)
            #expect(pattern.matchesWhole(text.joined()) == isWhole, "seed 71 round \(round): \(source) on \(text)")
            let start = (0...text.count).first { !matches(text, $0).isEmpty }
            #expect(pattern.firstMatch(in: text.joined())?.lowerBound == start, "seed 71 round \(round): \(source) on \(text)")
        }
    }

    /// A pattern and what it says: from a place in the text to all places where a match may end.
    private func randomPattern(_ random: inout Seeded, depth: Int) -> (String, ([String], Int) -> Set<Int>) {
        switch depth == 0 ? 0 : Int.random(in: 0...4, using: &random) {
        case 1:
            let (a, x) = randomPattern(&random, depth: depth - 1)
            let (b, y) = randomPattern(&random, depth: depth - 1)
            return ("(?:\(a))(?:\(b))", { text, at in Set(x(text, at).flatMap { y(text, $0) }) })
        case 2:
            let (a, x) = randomPattern(&random, depth: depth - 1)
            let (b, y) = randomPattern(&random, depth: depth - 1)
            return ("(?:\(a)|\(b))", { text, at in x(text, at).union(y(text, at)) })
        case 3:
            let (a, x) = randomPattern(&random, depth: depth - 1)
            return ("(?:\(a))*", { text, at in Self.closure(x, text, at) })
        case 4:
            let (a, x) = randomPattern(&random, depth: depth - 1)
            return ("(?:\(a)){1,2}", { text, at in x(text, at).union(x(text, at).flatMap { x(text, $0) }) })
        default:
            let letter = ["a", "b", "."].randomElement(using: &random) ?? "a"
            return (letter, { text, at in at < text.count && (letter == "." || text[at] == letter) ? [at + 1] : [] })
        }
    }
    private static func closure(_ step: ([String], Int) -> Set<Int>, _ text: [String], _ at: Int) -> Set<Int> {
        var reached: Set<Int> = [at]
        var pending = [at]
        while let place = pending.popLast() { for end in step(text, place) where reached.insert(end).inserted { pending.append(end) } }
        return reached
    }
}
