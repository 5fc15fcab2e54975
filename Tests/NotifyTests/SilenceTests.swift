import Telemetry
import Testing

@testable import Notify

struct SilenceTests {
    private func silence(_ matchers: String, from: Int64 = 0, until: Int64 = 100, id: String = "") throws -> Silence {
        Silence(
            id: id, matchers: try [AlertMatcher](parsing: matchers), startsAt: .seconds(from), endsAt: .seconds(until), createdBy: "me",
            comment: "",
            updatedAt: .seconds(0))
    }
    private final class IDs {
        var count = 0
        func next() -> String {
            count += 1
            return "id\(count)"
        }
    }

    @Test func refusesWhatWouldSilenceEverything() throws {
        var book = SilenceBook()
        #expect(throws: SilenceError.noMatchers) { try book.set(try silence(""), at: .seconds(0)) { "a" } }
        #expect(throws: SilenceError.matchesEverything) { try book.set(try silence("a=~\".*\", b=\"\""), at: .seconds(0)) { "a" } }
        #expect(throws: SilenceError.endsInPast) { try book.set(try silence("a=b"), at: .seconds(200)) { "a" } }
        #expect(throws: SilenceError.endsBeforeStart) { try book.set(try silence("a=b", from: 300, until: 200), at: .seconds(0)) { "a" } }
        #expect(throws: SilenceError.unknown(id: "x")) { try book.set(try silence("a=b", id: "x"), at: .seconds(0)) { "a" } }
    }

    @Test func isChangedInPlaceOnlyWhileItsMatchersStay() throws {
        var book = SilenceBook()
        let ids = IDs()
        let first = try book.set(try silence("a=b"), at: .seconds(0), makeID: ids.next)
        var longer = try silence("a=b", until: 500, id: first)
        #expect(try book.set(longer, at: .seconds(10), makeID: ids.next) == first)
        #expect(book.silences[first]?.endsAt == .seconds(500))
        longer.matchers = try [AlertMatcher](parsing: "a=c")
        let second = try book.set(longer, at: .seconds(20), makeID: ids.next)
        #expect(second != first)
        #expect(book.silences[first]?.state(at: .seconds(20)) == .expired)
        #expect(book.silences[second]?.startsAt == .seconds(20))
    }

    @Test func goesThroughItsStates() throws {
        let one = try silence("a=b", from: 10, until: 20)
        #expect([0, 10, 19, 20].map { one.state(at: .seconds($0)) } == [.pending, .active, .active, .expired])
        #expect(one.silences(LabelSet([Label("a", "b")]), at: .seconds(15)))
        #expect(!one.silences(LabelSet([Label("a", "bc")]), at: .seconds(15)))
    }

    @Test(arguments: [
        ("a=b", ["a=\"b\""]), ("{a=\"b\",c!=\"d\"}", ["a=\"b\"", "c!=\"d\""]), ("a =~ \"x|y\" , b !~ z", ["a=~\"x|y\"", "b!~\"z\""]),
        ("a=\"with \\\"quotes\\\", and = signs\"", ["a=\"with \\\"quotes\\\", and = signs\""]), ("a=", ["a=\"\""]), ("", []), ("{}", []),
        ("a=b c", ["a=\"b c\""]),
    ]) func readsMatchers(_ text: String, _ wanted: [String]) throws {
        #expect(try [AlertMatcher](parsing: text).map(\.text) == wanted)
    }
    @Test(arguments: ["a", "=b", "{a=b", "a=\"b", "a=~\"(\"", "a=b}", "{a=b} x"]) func refusesBrokenMatchers(_ text: String) {
        #expect(throws: MatcherError.self) { try [AlertMatcher](parsing: text) }
    }

    @Test func knowsTheFingerprintOfPrometheus() {
        // From a real Alertmanager.
        #expect(LabelSet([Label("alertname", "Always"), Label("severity", "critical")]).fingerprintText == "5b2477740f3a87a9")
    }
}
