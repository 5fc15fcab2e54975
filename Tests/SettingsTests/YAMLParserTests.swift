@testable import Settings
import Telemetry
import TestKit
import Testing

@Suite struct YAMLParserTests {
    @Test func nodesKnowTheirPlaces() throws {
        let node = try #require(try parse("a: 1\nb:\n  - x\n  - {c: \"two\"}\n"))
        #expect(node["a"]?.position == SourcePosition(line: 1, column: 4))
        guard case .sequence(let elements)? = node["b"]?.content else {
            Issue.record("b is a list")
            return
        }
        #expect(elements.map(\.position) == [SourcePosition(line: 3, column: 5), SourcePosition(line: 4, column: 5)])
    }

    @Test func nothingIsNoNode() throws {
        #expect(try parse("") == nil)
        #expect(try parse("# only words\n") == nil)
    }

    @Test func aliasesAndMergesAreWrittenOut() throws {
        let node = try #require(try parse("base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\n"))
        guard case .mapping(let entries)? = node["mine"]?.content else {
            Issue.record("mine is a mapping")
            return
        }
        #expect(entries.map(\.key) == ["y", "x"])
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "x.yaml:2:1: the key \"a\" stands here twice; first in line 1"),
        ("a: *nobody\n", "x.yaml:1:4: there is no anchor \"&nobody\" before this"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: there is a second document; a configuration has one"),
        ("{[1]: 2}\n", "x.yaml:1:2: a key must be a plain word"),
    ])
    func whatIsWrongIsToldWithItsPlace(_ text: String, _ message: String) {
        #expect { try parse(text) } throws: { "\($0)" == message }
    }

    @Test func brokenTextIsToldWithItsPlace() {
        for text in ["a: [1,\n", "a: \"open", "\ta: 1", "a: b: c", "&", "a: !!", "\u{0}"] {
            #expect(throws: Diagnostic.self, "\(text.debugDescription)") { try parse(text) }
        }
    }

    @Test func aBillionLaughsAreRefusedQuickly() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1..<12 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect { try parse(text) } throws: { "\($0)".contains("aliases written out") }
    }

    @Test func depthAndSizeAreBounded() {
        #expect { try parse(String(repeating: "[", count: 5000)) } throws: { "\($0)".contains("nested more than") }
        #expect(throws: Diagnostic.self) {
            try YAMLParser.parse([UInt8](repeating: 0x20, count: YAMLParser.sizeLimit.bytes + 1), source: "x")
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = Seeded(9)
        let alphabet = Array("ab:-[]{}&*!|>'\"%@`#,?~ \n\t\u{0}é<".utf8) + [0xff, 0xc3]
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
            _ = try? YAMLParser.parse(bytes, source: "x")
        }
    }

    private func parse(_ text: String) throws(Diagnostic) -> YAMLNode? { try YAMLParser.parse(Array(text.utf8), source: "x.yaml") }
}
