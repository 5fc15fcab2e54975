import Search
import Telemetry
import Testing

@Suite struct CompiledSearchTests {
    @Test(arguments: [
        ("", true), ("service=order", true), ("service=cart", false), ("service!=cart", true), ("absent=1", false), ("absent!=1", true),
        ("code=500", true), ("code>=500", true), ("code>500", false), ("code=5e2", true), ("code<1000", true),
        ("name~\"POST .*\"", true), ("name~^orders", false), ("name!~GET", true), ("TIMED out", true), ("\"timed out\"", true),
        ("ÜBER", true),
        ("\"out timed\"", false), ("not service=order", false), ("service=cart or code=500", true),
        ("service=cart or (code=500 absent=1)", false),
        ("duration>500ms", true), ("duration<=0.5s", false), ("duration>1m", false), ("level>=warn", true), ("level=error", true),
        ("level>error", false), ("level=ERROR", true), ("tags=b", true), ("tags=c", false), ("version>=v1", true),
    ])
    func termsHoldAsTheySay(_ text: String, _ expected: Bool) {
        let schema: SearchSchema = text.contains("level") ? .logs : .traces
        let search = CompiledSearch(ParsedSearch(text), schema: schema)
        #expect(search.error == nil)
        var subject = Fields()
        #expect(search.matches(&subject) == expected)
    }

    @Test func aDurationWantsItsUnit() {
        let error = CompiledSearch(ParsedSearch("a=1 duration>500"), schema: .traces).error
        #expect(error?.position?.column == 5)
        #expect(error?.message.contains("500ms") == true)
    }

    @Test func anUnknownLevelIsRefusedWithAProposal() {
        #expect(CompiledSearch(ParsedSearch("level>=wran"), schema: .logs).error?.message.contains("\"warn\"") == true)
    }

    @Test func logsHaveNoStructure() {
        #expect(CompiledSearch(ParsedSearch("(a=1) >> (b=2)"), schema: .logs).error != nil)
        #expect(CompiledSearch(ParsedSearch("(a=1) >> (b=2)"), schema: .traces).isStructural)
    }

    @Test(arguments: [
        ("500ms", 500_000_000), ("1.5s", 1_500_000_000), ("2m", 120_000_000_000), ("10us", 10_000), ("1m30s", 90_000_000_000),
    ])
    func lengthsOfTimeAreRead(_ text: String, _ nanoseconds: Int64) { #expect(TimeSpan(search: text)?.nanoseconds == nanoseconds) }

    @Test(arguments: ["", "5", "ms", "5 ms", "1..5s", "5x", "99999999999d", "-5s"])
    func otherTextIsNoLengthOfTime(_ text: String) { #expect(TimeSpan(search: text) == nil) }
}

/// One record of every sort of field.
private struct Fields: SearchSubject {
    func holds(_ condition: SearchCondition, index: Int) -> Bool {
        switch condition.field {
        case .service: condition.holds("order")
        case .name: condition.holds("POST /orders")
        case .version: condition.holds("v2")
        case .level: condition.holds(Severity(18))
        case .duration: condition.holds(.milliseconds(912))
        case .text: condition.isContained(in: "The bank Timed Out über 5 s")
        case .attribute("code"): condition.holds(AttributeValue.int(500))
        case .attribute("tags"): condition.holds(AttributeValue.array([.string("a"), .string("b")]))
        default: false
        }
    }
}
