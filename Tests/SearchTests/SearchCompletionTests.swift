import Search
import Testing

@Suite struct SearchCompletionTests {
    @Test func aFieldNameIsProposed() {
        let completion = complete("status=error htt")
        #expect(completion?.subject == .field)
        #expect(completion?.range == 13..<16)
        #expect(completion?.candidates == ["http.route", "http.status"])
    }

    @Test func aValueOfTheFieldIsProposed() {
        let completion = complete("(service=or")
        #expect(completion?.subject == .value(of: "service"))
        #expect(completion?.range == 9..<11)
        #expect(completion?.candidates == ["order"])
        #expect(complete("service!=c")?.candidates == ["cart"])
        #expect(complete("!service=c")?.candidates == ["cart"])
    }

    @Test func valuesWithBlanksAreQuoted() {
        #expect(complete("name=\"GET")?.candidates == ["\"GET /cart\""])
        #expect(complete("name=\"GET")?.range == 5..<9)
    }

    @Test func fixedValuesAreKnownWithoutData() {
        #expect(complete("status=e")?.candidates == ["error", "unset"].filter { $0.contains("e") })
    }

    @Test func onlyWhatStandsBeforeTheCursorCounts() {
        #expect(SearchCompletion("service=or status=error", cursor: 10, schema: .traces, from: Seen())?.candidates == ["order"])
    }

    @Test func nothingIsProposedForWhatIsCompleteOrUnknown() {
        #expect(complete("service=order") == nil)
        #expect(complete("zzz") == nil)
        #expect(complete("\"some te") == nil)
        #expect(SearchCompletion("a", cursor: -5, schema: .logs, from: Seen())?.range == 0..<0)
    }

    private func complete(_ text: String) -> SearchCompletion? { SearchCompletion(text, cursor: text.count, schema: .traces, from: Seen()) }
}

private struct Seen: SearchCandidates {
    func fieldNames() -> [String] { ["http.route", "http.status"] }
    func values(of field: String) -> [String] {
        switch field {
        case "service": ["order", "cart"]
        case "name": ["GET /cart"]
        default: []
        }
    }
}
