import Canvas
import PromQL
import Telemetry
import TestKit
import Testing

@testable import Dashboard

@Suite struct QueryReportTests {
    private let noon = Timestamp(milliseconds: 1_700_000_000_000)
    private func labels(_ pairs: KeyValuePairs<String, String>) -> LabelSet { LabelSet(pairs.map { Label($0.key, $0.value) }) }
    private func report(_ value: QueryValue) -> QueryReport {
        QueryReport(value) { value in Int(exactly: value).map(String.init) ?? (value.isNaN ? "NaN" : "\(value)") }
    }

    @Test func aRowForEachSampleAColumnForEachLabel() {
        let table = report(
            .vector([
                ResultSeries(labels: labels(["__name__": "up", "job": "shop"]), floats: [Sample(noon, 1)]),
                ResultSeries(labels: labels(["__name__": "up", "zone": "a\"b"]), floats: [Sample(noon, .nan)]),
                ResultSeries(labels: labels([:]), histograms: [HistogramSample(noon, NativeHistogram(count: 4, sum: 2.5))]),
            ])
        ).table
        #expect(table.columns == ["metric", "job", "zone", "time", "value"])
        #expect(
            table.rows == [
                ["up", "shop", "", "2023-11-14T22:13:20.000Z", "1"], ["up", "", "a\"b", "2023-11-14T22:13:20.000Z", "NaN"],
                ["", "", "", "2023-11-14T22:13:20.000Z", "{count:4, sum:2.5}"],
            ])
    }

    @Test func scalarsAndStringsHaveNoLabels() {
        #expect(report(.scalar(noon, 1.5)).table.rows == [["2023-11-14T22:13:20.000Z", "1.5"]])
        #expect(report(.string(noon, "hi")).table.rows == [["2023-11-14T22:13:20.000Z", "hi"]])
        #expect(report(.vector([])).table == ExportTable(columns: ["time", "value"], rows: []))
    }

    private func wave(_ name: String, _ values: [Double]) -> ResultSeries {
        ResultSeries(
            labels: labels(["__name__": "wave", "name": name]),
            floats: values.enumerated().filter { !$0.element.isNaN }.map { Sample(noon + .seconds(Int64($0.offset * 15)), $0.element) })
    }

    @Test(arguments: [Drawing.braille, .ascii]) func linesHaveALegend(_ drawing: Drawing) throws {
        let rising = wave("rising", (0...40).map { Double($0) })
        let torn = wave("torn", (0...40).map { (15...25).contains($0) ? .nan : 40 - Double($0) / 2 })
        let frame = try #require(
            report(.matrix([rising, torn])).chart(
                over: noon...(noon + .seconds(600)), size: Size(columns: 80, rows: 16), drawing: drawing, theme: .standard))
        expectGolden(frame.text(), named: "QueryReport/lines-\(drawing.rawValue)")
    }

    @Test func tooManyLinesAreCounted() throws {
        let many = (0..<30).map { wave("n\($0)", [1, Double($0), -3]) }
        let frame = try #require(
            report(.matrix(many)).chart(
                over: noon...(noon + .seconds(30)), size: Size(columns: 60, rows: 12), drawing: .ascii, theme: .standard))
        expectGolden(frame.text(), named: "QueryReport/many-ascii")
    }

    @Test func hostileLabelsAndValuesDrawNoControls() throws {
        let series = ResultSeries(
            labels: labels(["__name__": "a\u{1b}[2J", "x": "\n\u{7}"]),
            floats: [Sample(noon, .infinity), Sample(noon + .seconds(1), -1e300)])
        let frame = try #require(
            report(.matrix([series])).chart(over: noon...noon, size: Size(columns: 20, rows: 3), drawing: .ascii, theme: .standard))
        #expect(frame.text().unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
        for (columns, rows) in [(1, 1), (2, 2), (500, 1), (3, 40)] {
            _ = report(.matrix([series])).chart(
                over: noon...(noon + .seconds(9)), size: Size(columns: columns, rows: rows), drawing: .braille, theme: .standard)
        }
    }

    @Test func nothingToDrawIsNoFrame() {
        let size = Size(columns: 20, rows: 5)
        #expect(report(.matrix([])).chart(over: noon...noon, size: size, drawing: .ascii, theme: .standard) == nil)
        #expect(report(.string(noon, "a")).chart(over: noon...noon, size: size, drawing: .ascii, theme: .standard) == nil)
    }
}
