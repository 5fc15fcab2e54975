import Insight
import Telemetry
import Testing

@Suite struct TellingLabelsTests {
    private func sets(_ texts: [[String: String]]) -> [LabelSet] { texts.map { LabelSet($0.map { Label($0.key, $0.value) }) } }

    @Test func leavesOutWhatAnotherLabelTellsAlready() {
        let series = sets([
            ["service": "a", "instance": "1", "code": "200", "job": "x"], ["service": "a", "instance": "1", "code": "500", "job": "x"],
            ["service": "b", "instance": "2", "code": "200", "job": "x"],
        ])
        #expect(TellingLabels.of(series) == ["code", "service"])
    }

    @Test func takesTheInstanceWhereNothingElseTells() {
        #expect(TellingLabels.of(sets([["instance": "1", "job": "x"], ["instance": "2", "job": "x"]])) == ["instance"])
    }

    @Test func tellsByALabelThatOneSeriesLacks() { #expect(TellingLabels.of(sets([["a": "1"], [:]])) == ["a"]) }

    @Test func needsNoneForOneSeriesOrForEqualOnes() {
        #expect(TellingLabels.of(sets([["a": "1"]])).isEmpty)
        #expect(TellingLabels.of(sets([["a": "1"], ["a": "1"]])).isEmpty)
        #expect(TellingLabels.of([]).isEmpty)
    }
}
