import Canvas
import Dashboard
import Store
import TestKit
import Testing

/// The whole screen with each view on it, as text.
@Suite struct PictureTests {
    private func expectPictures(_ name: String, _ snapshot: StoreSnapshot, _ view: ViewID, _ keys: Key..., search: String = "") {
        for (columns, rows) in [(80, 24), (120, 36)] {
            for drawing in [Drawing.braille, .ascii] {
                var screen = Screen(snapshot, view, columns: columns, rows: rows, drawing: drawing)
                if !search.isEmpty {
                    screen.press("/")
                    screen.type(search)
                    screen.press(.enter)
                }
                for key in keys { screen.press(key) }
                expectSane(screen.frame, Size(columns: columns, rows: rows))
                expectGolden(screen.text, named: "\(view.title)/\(name)-\(columns)x\(rows)\(drawing == .ascii ? "-ascii" : "")")
            }
        }
    }

    @Test func overviewTellsWhatToSendWhereWhileNothingCame() { expectPictures("empty", ShopScene.waiting, .overview) }
    @Test func overviewPutsTheWorstFirst() { expectPictures("ordinary", ShopScene.snapshot, .overview) }
    @Test func overviewScrollsThroughManyServices() { expectPictures("overfull", CrowdScene.snapshot, .overview, .end) }
    @Test func overviewShowsHostileNamesAsText() { expectPictures("hostile", HostileScene.snapshot, .overview) }
    @Test func overviewSaysThatTheFilterFitsNothing() { expectPictures("nothing-fits", ShopScene.snapshot, .overview, search: "nobody") }

    @Test func tracesTellWhatWouldFillThem() { expectPictures("empty", ShopScene.waiting, .traces) }
    @Test func tracesShowTheNewestOverTheirScatter() { expectPictures("ordinary", ShopScene.snapshot, .traces) }
    @Test func tracesScrollThroughMany() { expectPictures("overfull", CrowdScene.snapshot, .traces, .pageDown, .pageDown) }
    @Test func tracesShowHostileNamesAsText() { expectPictures("hostile", HostileScene.snapshot, .traces) }

    @Test func waterfallMarksTheCriticalPath() { expectPictures("waterfall", ShopScene.snapshot, .traces, "s", .enter) }
    @Test func waterfallFollowsADeepTrace() { expectPictures("waterfall-overfull", CrowdScene.snapshot, .traces, "s", .enter, .end) }
    @Test func waterfallShowsHostileNamesAsText() { expectPictures("waterfall-hostile", HostileScene.snapshot, .traces, .enter) }
    @Test func waterfallFoldsToWhatStandsOverIt() {
        expectPictures("waterfall-folded", ShopScene.snapshot, .traces, "s", .enter, "[")
    }
    @Test func waterfallShowsTheSpanThatFailedFirst() {
        expectPictures("waterfall-span", ShopScene.snapshot, .traces, "s", .enter, .end, .tab, .down)
    }

    @Test func waterfallCountsItsOperations() { expectPictures("waterfall-statistics", ShopScene.snapshot, .traces, "s", .enter, "v") }
    @Test func twoTracesStandOnOneScale() { expectPictures("waterfall-beside", ShopScene.snapshot, .traces, "s", "d", .down, .enter, "d") }

    @Test func logsTellWhatWouldFillThem() { expectPictures("empty", ShopScene.waiting, .logs) }
    @Test func logsFollowTheNewest() { expectPictures("ordinary", ShopScene.snapshot, .logs) }
    @Test func logsCutWhatIsTooLong() { expectPictures("overfull", CrowdScene.snapshot, .logs) }
    @Test func logsShowHostileLinesAsText() { expectPictures("hostile", HostileScene.snapshot, .logs, .enter) }
    @Test func logsLayALineOpen() { expectPictures("line", ShopScene.snapshot, .logs, "E", .enter) }
    @Test func logsCountPatterns() { expectPictures("patterns", ShopScene.snapshot, .logs, "p") }

    @Test func collectorsSayThatNothingIsCollected() { expectPictures("empty", ShopScene.empty, .collectors) }
    @Test func collectorsPutWhatIsDownFirst() { expectPictures("ordinary", ShopScene.snapshot, .collectors) }
    @Test func collectorsScrollThroughManySources() { expectPictures("overfull", CrowdScene.snapshot, .collectors, .end) }
    @Test func collectorsShowHostileNamesAsText() { expectPictures("hostile", HostileScene.snapshot, .collectors) }
}

/// Of the size it should have, and with nothing in it that a terminal would obey.
func expectSane(_ frame: Frame, _ size: Size, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(frame.size == size, sourceLocation: sourceLocation)
    let obeyed = frame.text().unicodeScalars.filter { scalar in
        let isBidirectional = (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        return scalar != "\n" && (scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || isBidirectional)
    }
    #expect(obeyed.isEmpty, sourceLocation: sourceLocation)
}
