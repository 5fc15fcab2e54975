import PromQL
import Telemetry
import Testing

@Suite struct AcceptanceScriptTests {
    static let text = """
        # A comment.
        load 30s
            up{a="b"} 1+1x2
            up{a="c"} _ 5

        eval range from 0 to 1m step 30s up
            expect no_warn
            up{a="b"} 1 2 3
            up{a="c"} _ 5 # no comment

        eval_ordered instant at 1m up * 2
            expect warn msg: PromQL warning: odd (1:4)
            {a="b"} 6

        clear
        eval instant at 0 1 + 1
            2
        """

    private func cases() throws -> [AcceptanceScript.Case] {
        // The one line that would be wrong, as nothing may follow points.
        let text = Self.text.replacing(" # no comment", with: "")
        return try AcceptanceScript(text).commands.compactMap { if case .evaluate(let asked) = $0 { asked } else { nil } }
    }

    @Test func scriptsAreRead() throws {
        let cases = try cases()
        #expect(cases.map(\.query) == ["up", "up * 2", "1 + 1"] && cases.map(\.line) == [6, 11, 16])
        let minute = Timestamp.seconds(60)
        #expect(cases[0].times == .range(.seconds(0), minute, step: .seconds(30)) && cases[1].times == .instant(minute))
        #expect(cases[0].allowsNoWarnings && cases[1].isOrdered && cases[1].notes.count == 1 && cases[2].scalar == 2)
    }

    @Test func faultsHaveTheirLine() {
        #expect { try AcceptanceScript(Self.text) } throws: { ($0 as? AcceptanceScript.Fault)?.line == 9 }
        #expect { try AcceptanceScript("\nfoo") } throws: { ($0 as? AcceptanceScript.Fault)?.line == 2 }
    }

    @Test func whatIsNotAsAskedIsTold() throws {
        let cases = try cases()
        let at = { (seconds: Int64, value: Double) in Sample(.seconds(seconds), value) }
        let b = LabelSet([Label("__name__", "up"), Label("a", "b")])
        let c = LabelSet([Label("__name__", "up"), Label("a", "c")])
        let good = [ResultSeries(labels: b, floats: [at(0, 1), at(30, 2), at(60, 3)]), ResultSeries(labels: c, floats: [at(30, 5)])]
        let problem = { (series: [ResultSeries]) in AcceptanceCheck(asked: cases[0]).problem(with: .success(QueryAnswer(.matrix(series)))) }
        #expect(problem(good) == nil)
        #expect(problem(good.reversed())?.contains("out of order") == true)
        #expect(problem([good[0]])?.contains("missing") == true)
        #expect(problem([good[0], ResultSeries(labels: c, floats: [at(60, 5)])])?.contains("instead of 30000") == true)
        #expect(problem([good[0], ResultSeries(labels: c, floats: [at(30, 5.001)])])?.contains("instead of 5.0") == true)
        #expect(AcceptanceCheck(asked: cases[0]).problem(with: .failure(.cancelled))?.contains("error") == true)
    }

    @Test func annotationsMustBeThoseAskedFor() throws {
        let check = AcceptanceCheck(asked: try cases()[1])
        var answer = QueryAnswer(.vector([ResultSeries(labels: LabelSet([Label("a", "b")]), floats: [Sample(.seconds(60), 6)])]))
        #expect(check.problem(with: .success(answer)) == "no warning")
        answer.annotations.warnings = [Annotations.Note("odd", at: SourceRange(3, 4))]
        #expect(check.problem(with: .success(answer)) == nil)
        answer.annotations.warnings.append(Annotations.Note("other", at: SourceRange(0, 1)))
        #expect(check.problem(with: .success(answer))?.contains("unasked warning") == true)
    }

    @Test func numbersAreEqualToOneInAMillion() {
        #expect(areClose(1, 1.000_001) && !areClose(1, 1.000_01) && areClose(.nan, -.nan) && !areClose(.infinity, -.infinity))
        #expect(!areClose(.nan, Sample.staleMarker) && !areClose(0, 1e-300))
    }

    @Test func modelHintsAreThoseOfAStore() {
        var model = ModelQuerier()
        let labels = LabelSet([Label("__name__", "h")])
        for (time, count) in [(0, 1.0), (1, 2), (2, 1), (3, 1)] {
            model.set(labels, Int64(time), .histogram(NativeHistogram(count: count)))
        }
        model.settleHints()
        let columns = SampleColumns()
        model.read(SeriesID(0), in: .distantPast ... .distantFuture, into: columns)
        #expect(columns.histograms.map(\.value.resetHint) == [.unknown, .notReset, .unknown, .notReset])
    }
}
