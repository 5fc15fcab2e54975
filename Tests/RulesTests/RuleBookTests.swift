import PromQL
import Telemetry
import Templates
import Testing

@testable import Rules

struct RuleBookTests {
    private let world = ScriptedWorld()
    private func labels(_ pairs: (String, String)...) -> LabelSet { LabelSet(pairs.map { Label($0.0, $0.1) }) }
    private func rule(_ name: String = "Slow", search: String = "slow", hold: TimeSpan = .zero, severity: String = "page") -> Rule {
        var rule = Rule(
            kind: .alerting, name: name, question: .signal(SignalQuestion(.logs, search: search, comparison: .greater, limit: 5)),
            labels: [RuleText("severity", severity)])
        rule.hold = hold
        return rule
    }
    private func group(_ rules: [Rule], _ name: String = "g", interval: TimeSpan = .seconds(15), limit: Int = 0) -> RuleGroup {
        var group = RuleGroup(name: name, source: "rules.yml", interval: interval, rules: rules)
        group.limit = limit
        return group
    }
    private func book(_ groups: [RuleGroup]) -> RuleBook {
        var book = RuleBook()
        book.replace(with: groups, at: .seconds(0), world)
        return book
    }
    private let slow = "alertname=Slow,service=order,severity=page"

    @Test func ticksAreSpreadAndStay() {
        let groups = (0..<50).map { group([], "group \($0)") }
        let phases = groups.map(\.phase.nanoseconds)
        #expect(Set(phases).count > 40)
        #expect(phases.allSatisfy { (0..<15_000_000_000).contains($0) })
        let tick = groups[3].tick(notBefore: .seconds(1000))
        #expect(tick >= .seconds(1000) && tick < .seconds(1015))
        #expect(groups[3].tick(notBefore: tick) == tick)
        #expect(groups[3].tick(notBefore: tick + .milliseconds(1)) == tick + .seconds(15))
    }

    @Test func writesWhatFiresAndEndsIt() {
        var book = book([group([rule()])])
        world.answers["slow"] = [(labels(("service", "order")), 9), (labels(("service", "cart")), 5)]
        let first = book.evaluateAll(at: .seconds(10), world)
        // Five is not more than five.
        #expect(first.map(\.labels) == [labels(("alertname", "Slow"), ("service", "order"), ("severity", "page"))])
        world.answers["slow"] = []
        _ = book.evaluateAll(at: .seconds(25), world)
        #expect(world.text(of: "__name__=ALERTS,alertname=Slow,alertstate=firing,service=order,severity=page") == ["10=1", "25=end"])
        #expect(world.text(of: "__name__=ALERTS_FOR_STATE," + slow) == ["10=10", "25=end"])
    }

    @Test func aFailureChangesNothing() {
        var book = book([group([rule()])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        world.answers["slow"] = .some(nil)
        #expect(book.evaluateAll(at: .seconds(25), world).isEmpty)
        let state = book.groups[0].rules[0]
        #expect(state.health == .bad)
        #expect(state.lastError == "nobody knows")
        #expect(state.states.active.map(\.state) == [.firing])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        #expect(book.evaluateAll(at: .seconds(40), world).isEmpty)
        #expect(book.groups[0].rules[0].lastError == nil)
    }

    @Test func twoRowsWithOneLabelSetAreAnError() {
        var same = rule()
        same.labels.append(RuleText("service", "all"))
        var book = book([group([same])])
        world.answers["slow"] = [(labels(("service", "order")), 9), (labels(("service", "cart")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        #expect(book.groups[0].rules[0].lastError == "vector contains metrics with the same labelset after applying alert labels")
    }

    @Test func moreThanTheLimitIsAnError() {
        var book = book([group([rule()], limit: 1)])
        world.answers["slow"] = [(labels(("service", "order")), 9), (labels(("service", "cart")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        #expect(book.groups[0].rules[0].lastError == "exceeded limit of 1 with 2 alerts")
    }

    @Test func aReloadKeepsAlertsOfRulesThatOnlyAskDifferently() {
        var book = book([group([rule(hold: .seconds(60)), rule("Gone", search: "slow")])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        // The same name and labels, another search; one rule is no more.
        book.replace(with: [group([rule(search: "very slow", hold: .seconds(60))])], at: .seconds(20), world)
        world.answers["very slow"] = [(labels(("service", "order")), 99)]
        #expect(book.groups[0].rules[0].states.active.map(\.activeAt) == [.seconds(10)])
        #expect(book.evaluateAll(at: .seconds(70), world).map(\.kind) == [.firing])
        let gone = "alertname=Gone,service=order,severity=page"
        #expect(world.text(of: "__name__=ALERTS_FOR_STATE," + gone) == ["10=10", "20=end"])
    }

    @Test func anotherLabelIsAnotherRule() {
        var book = book([group([rule(hold: .seconds(60))])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        book.replace(with: [group([rule(hold: .seconds(60), severity: "ticket")])], at: .seconds(20), world)
        #expect(book.groups[0].rules[0].states.isQuiet)
    }

    @Test func missedTicksAreCountedAndTheLatestMadeUpFor() {
        var book = book([group([rule()])])
        let first = book.groups[0].next
        _ = book.evaluate(dueAt: first, world)
        #expect(book.groups[0].lastEvaluation == first)
        _ = book.evaluate(dueAt: first + .seconds(100), world)
        // 15, 30, … 90: the first of them at once, then the one that is nearest.
        #expect(book.groups[0].missed == 4)
        #expect(book.groups[0].lastEvaluation == first + .seconds(90))
        #expect(book.groups[0].next == first + .seconds(105))
    }

    @Test func duesComeOnceAMinuteAndAtTheEnd() {
        var book = book([group([rule()])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        var sent: [Int64] = []
        let first = book.groups[0].next
        for second in stride(from: Int64(0), through: 300, by: 1) {
            if second == 200 { world.answers["slow"] = [] }
            let now = first + .seconds(second)
            if !book.evaluate(dueAt: now, world).due.isEmpty { sent.append(second) }
        }
        #expect(sent == [0, 75, 150, 210, 285])
    }

    @Test func raisedClocksMoveWhatHolds() {
        var book = book([group([rule(hold: .seconds(60))])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        let first = book.groups[0].next
        _ = book.evaluate(dueAt: first, world)
        // An hour back, five seconds later.
        let begun = first - TimeSpan.seconds(3600)
        book.clockMoved(by: .seconds(-3600), to: begun + TimeSpan.seconds(5))
        let next: TimeSpan = book.groups[0].next - begun
        #expect(TimeSpan.seconds(5) <= next && next < TimeSpan.seconds(20))
        var fired: Timestamp?
        for second in stride(from: Int64(5), through: 95, by: 5) {
            let now = begun + .seconds(second)
            if book.evaluate(dueAt: now, world).changes.contains(where: { $0.kind == .firing }) { fired = fired ?? now }
        }
        // A minute after it began, by the new clock.
        let waited: TimeSpan? = fired.map { $0 - begun }
        #expect(waited.map { TimeSpan.seconds(60) <= $0 && $0 < TimeSpan.seconds(80) } == true)
    }

    @Test func whatIsAdoptedIsHeld() throws {
        var book = book([group([rule()])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        let remembered = book.remembered
        var next = self.book([group([rule()])])
        #expect(next.adopt(try #require(remembered.first), held: .seconds(400)))
        world.answers["slow"] = []
        #expect(next.evaluateAll(at: .seconds(100), world).isEmpty)
        #expect(next.evaluateAll(at: .seconds(400), world).map(\.kind) == [.resolved])
        var other = self.book([group([rule("Other")])])
        #expect(!other.adopt(try #require(remembered.first), held: .seconds(400)))
    }

    @Test func whatTemplatesCannotDoStaysAsItIs() throws {
        var rule = rule()
        let texts = [
            ("good", "{{ $labels.service }} {{ $value }}"), ("bad", "{{ $value | nothing 1 }}"), ("odd", "{{ call \"x\" }}"),
        ]
        for (name, text) in texts {
            rule.annotations.append(RuleText(name, text, template: try? Template(text, scope: .prometheus())))
        }
        var book = book([group([rule])])
        world.answers["slow"] = [(labels(("service", "order")), 9)]
        _ = book.evaluateAll(at: .seconds(10), world)
        let alert = try #require(book.groups[0].rules[0].states.active.first)
        #expect(alert.state == .firing)
        #expect(alert.annotations["good"] == "order 9")
        #expect(alert.annotations["bad"] == "{{ $value | nothing 1 }}")
        #expect(alert.annotations["odd"] == "{{ call \"x\" }}")
        #expect(book.groups[0].rules[0].lastWarning?.hasPrefix("odd stays as it is written") == true)
    }
}
