@testable import Recordings
import TestKit
import Testing

@Suite struct PageChangesTests {
    @Test func anyPageComesBackByteForByte() {
        for seed in UInt64(0)..<300 {
            var random = Seeded(seed)
            let earlier = randomPage(&random)
            let page = changed(earlier, &random)
            var changes: [UInt8] = []
            PageChanges.write(page, after: earlier, into: &changes)
            #expect(apply(changes, to: earlier) == page, "seed \(seed)")
        }
    }

    @Test func theEndsOfPagesAreKept() {
        for (earlier, page) in [("", ""), ("a\n", "a"), ("a", "a\n"), ("", "\n\n"), ("a\nb\n", ""), ("x 1\n", "y 1\r\nx 2")] {
            var changes: [UInt8] = []
            PageChanges.write(Array(page.utf8), after: Array(earlier.utf8), into: &changes)
            #expect(apply(changes, to: Array(earlier.utf8)) == Array(page.utf8), "\(earlier.debugDescription) to \(page.debugDescription)")
        }
    }

    @Test func aChangedValueCostsOnlyItsDigits() {
        let earlier = (0..<100).map { "requests_total{route=\"\($0)\"} 100\n" }.joined()
        let page = earlier.replacing("{route=\"7\"} 100", with: "{route=\"7\"} 105")
        var changes: [UInt8] = []
        PageChanges.write(Array(page.utf8), after: Array(earlier.utf8), into: &changes)
        #expect(String(decoding: changes, as: UTF8.self) == "=7\n~28 5\n=93\n")
    }

    @Test func changesThatDoNotFitAreRefused() {
        for changes in ["=3", "~9 x", "-1\n-1\n-1", "~1", "?", "=", "=99999999999999999999", "=0", "~"] {
            #expect(apply(Array(changes.utf8), to: Array("a\nb".utf8)) == nil, "\(changes)")
        }
        #expect(apply(Array("+aaaaaaaaaaaaaa".utf8), to: [], limit: 5) == nil)
    }

    @Test func randomBytesNeverTrap() {
        var random = Seeded(5)
        for _ in 0..<2000 {
            let alphabet = Array("=~+-0123456789 \nx".utf8)
            let changes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            _ = apply(changes, to: Array("one\ntwo\nthree\n".utf8))
        }
    }

    private func apply(_ changes: [UInt8], to earlier: [UInt8], limit: Int = 1 << 20) -> [UInt8]? {
        changes.withUnsafeBytes { PageChanges.apply($0, to: earlier, limit: limit) }
    }
}
