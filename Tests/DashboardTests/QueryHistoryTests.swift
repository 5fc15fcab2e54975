import Testing

@testable import Dashboard

@Suite struct QueryHistoryTests {
    private func history(_ texts: String...) -> QueryHistory {
        var history = QueryHistory()
        for text in texts { history.add(text) }
        return history
    }

    @Test func holdsEachOnceTheNewestLast() {
        #expect(history("a", "b", "a", "", "c", "c").texts == ["b", "a", "c"])
        var many = QueryHistory()
        for number in 0..<250 { many.add("up == \(number)") }
        #expect(many.texts.count == QueryHistory.limit)
        #expect(many.texts.first == "up == 150" && many.texts.last == "up == 249")
    }

    @Test func readsWhatItWrote() {
        let history = history("rate(a_total[1m])", "sum by (b) (é)")
        #expect(history.text == "rate(a_total[1m])\nsum by (b) (é)\n")
        #expect(QueryHistory(text: history.text) == history)
    }

    @Test func leavesOutWhatIsNoExpression() {
        #expect(QueryHistory(text: "a\n\u{1b}[31mred\r\n\n\(String(repeating: "x", count: 5000))\nb").texts == ["a", "b"])
    }

    @Test func tellsWhatWasAskedSince() {
        let before = history("a", "b", "c")
        #expect(before.since(before).texts == [])
        #expect(history("a", "b", "c", "d", "a").since(before).texts == ["d", "a"])
        // The oldest may have had to go.
        #expect(history("c", "d").since(before).texts == ["d"])
        #expect(history("x", "b").adding(history("a", "b", "c", "d", "b").since(before)).texts == ["x", "d", "b"])
    }
}
