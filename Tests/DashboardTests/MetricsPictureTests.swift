import Canvas
import Dashboard
import Store
import TestKit
import Testing

/// View 8 on the whole screen, as text.
@Suite struct MetricsPictureTests {
    private func expectPictures(
        _ name: String, _ snapshot: StoreSnapshot = MetricScene.snapshot, search: String = "", query: [String] = [],
        _ keys: Key...
    ) {
        for (columns, rows) in [(80, 24), (120, 36), (200, 50)] {
            for drawing in [Drawing.braille, .ascii] {
                var screen = Screen(snapshot, .metrics, columns: columns, rows: rows, drawing: drawing)
                for (index, text) in ([search] + query).enumerated() where !text.isEmpty {
                    screen.press(index > 1 ? "a" : "/")
                    screen.type(text)
                    screen.press(.enter)
                }
                for key in keys { screen.press(key) }
                expectSane(screen.frame, Size(columns: columns, rows: rows))
                expectGolden(screen.text, named: "Metrics/\(name)-\(columns)x\(rows)\(drawing == .ascii ? "-ascii" : "")")
            }
        }
    }

    @Test func tellsWhatWouldFillIt() { expectPictures("empty", ShopScene.waiting) }
    @Test func isBrowsedByName() { expectPictures("browse", MetricScene.snapshot, .down, .down) }
    @Test func showsTheSeriesOfOneMetric() { expectPictures("series", search: "requests counter", .tab, .down) }
    @Test func showsHostileNamesAsText() { expectPictures("hostile", HostileScene.snapshot, .end, .tab) }

    @Test func whatCostsTheMostSeriesStandsFirst() { expectPictures("cost", MetricScene.snapshot, "c", .tab, .tab, .down) }

    @Test func aCounterIsAskedForItsRate() { expectPictures("counter", search: "requests counter", .enter) }
    @Test func aClassicHistogramIsAHeatmap() { expectPictures("classic", search: "request_duration", .enter) }
    @Test func aNativeHistogramIsAHeatmap() { expectPictures("native", search: "rpc", .enter) }
    @Test func aTimestampIsAnAge() { expectPictures("age", search: "start_time", .enter) }
    @Test func upIsAStatusOverTime() { expectPictures("status", MetricScene.snapshot, .end, .enter) }
    @Test func anInfoIsItsLabels() { expectPictures("info", search: "build", .enter) }
    @Test func theCrosshairTellsEachValueUnderIt() {
        expectPictures("crosshair", search: "requests counter", .enter, .left, .left, .left, .left, .left, .left)
    }
    @Test func severalExpressionsShareAChart() {
        expectPictures(
            "several", query: ["sum by (service) (rate(http_requests_total[1m]))", "sum(rate(http_requests_total{code=\"503\"}[1m]))"])
    }
    @Test func answersStandInATable() { expectPictures("table", query: ["process_resident_memory_bytes{}"], "v", .tab, .down) }
    @Test func warningsStandUnderTheirPlace() { expectPictures("warning", query: ["rate(queue_depth[5m])"]) }
    @Test func noDataIsSaid() { expectPictures("no-data", query: ["rate(nobody_total[5m])"]) }
    @Test func hostileLabelsOfAnAnswerAreText() { expectPictures("hostile-answer", HostileScene.snapshot, query: ["{__name__=~\".+\"}"]) }
}
