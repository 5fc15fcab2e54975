import Testing
import TestKit

@testable import Canvas

@Suite struct WidgetTests {
    private let theme = Theme.standard

    private struct Service: Sendable {
        let name: String
        let rate: Double
        let errors: Double
        let health: Health
    }
    private let services = [
        Service(name: "payment", rate: 11.8, errors: 0.38, health: .critical),
        Service(name: "order", rate: 11.9, errors: 0.031, health: .bad),
        Service(name: "gateway-日本語-of-a-very-long-name", rate: 41.2, errors: 0.004, health: .warn),
        Service(name: "bad\u{1b}[2Jname", rate: .nan, errors: 0, health: .unknown),
        Service(name: "cart", rate: 1_234, errors: 0, health: .good),
    ]

    private var columns: [TableColumn<Service>] {
        [
            TableColumn("health", title: "", width: .fixed(1)) { row, context in
                StyledText(String(Character(row.health.glyph(context.drawing))), context.theme[row.health.role])
            },
            TableColumn("service", title: "SERVICE", width: .flexible(minimum: 10, weight: 2, maximum: 30), truncation: .middle) {
                row, context in
                StyledText(row.name, context.theme.service(row.name))
            },
            TableColumn("rate", title: "RATE", width: .fixed(8), alignment: .trailing) { row, _ in StyledText(Quantity.rate(row.rate)) },
            TableColumn("trend", title: "TREND", width: .flexible(minimum: 6, maximum: 12), priority: 2) { row, context in
                Sparkline([1, 2, .nan, 0, 4, row.errors * 10]).styled(
                    width: context.width, drawing: context.drawing, style: context.theme[.sparkline])
            },
            TableColumn("errors", title: "ERRORS", width: .fixed(8), alignment: .trailing, priority: 1) { row, _ in
                StyledText(Quantity.percent(row.errors))
            },
        ]
    }

    @Test(arguments: [Drawing.braille, .ascii], [60, 30])
    func tables(drawing: Drawing, width: Int) {
        var frame = Frame(Size(columns: width, rows: 5), drawing: drawing)
        let sort = TableSort(column: "errors", isDescending: true)
        let table = Table(columns: columns, rows: services, sort: sort, selected: 1, firstRow: 1)
        #expect(table.draw(in: &frame, frame.bounds, theme: theme) == 4)
        expectGolden(frame.text(), named: "table-\(drawing.rawValue)-\(width)")
        #expect(frame.hitArea(at: Point(3, 1))?.id == "row:1")
        #expect(frame.hitArea(at: Point(4, 0))?.id == "header:service")
        #expect(frame[Point(0, 1)].style.background == theme[.selection].background)
    }

    @Test func anEmptyTableSaysWhy() {
        var frame = Frame(Size(columns: 30, rows: 4))
        Table(columns: columns, rows: [], whenEmpty: "No spans yet. Send OTLP to 127.0.0.1:4318.").draw(
            in: &frame, frame.bounds, theme: theme)
        expectGolden(frame.text(), named: "table-empty")
    }

    @Test func scrollingMovesNoFurtherThanNeeded() {
        #expect(Table<Service>.firstRow(showing: 5, from: 0, visible: 4, count: 20) == 2)
        #expect(Table<Service>.firstRow(showing: 1, from: 3, visible: 4, count: 20) == 1)
        #expect(Table<Service>.firstRow(showing: 4, from: 3, visible: 4, count: 20) == 3)
        #expect(Table<Service>.firstRow(showing: nil, from: 90, visible: 4, count: 20) == 16)
        #expect(Table<Service>.firstRow(showing: 0, from: 0, visible: 0, count: 0) == 0)
    }

    @Test func gapsAndZeroLookDifferent() {
        #expect(Sparkline([0, .nan, 1, 8, .infinity]).text(width: 6, drawing: .braille) == " ⎽ ▁▇▇")
        #expect(Sparkline([0, .nan, 1, 8]).text(width: 4, drawing: .ascii) == "_ .#")
        #expect(Sparkline([]).text(width: 3, drawing: .braille) == "   ")
        #expect(Sparkline([0, 0, 9, 0, 0, 0]).text(width: 3, drawing: .ascii) == "_#_")
    }

    @Test func barsShowTheSmallestShare() {
        func bar(_ share: Double, _ drawing: Drawing) -> String {
            Bar(share).styled(width: 4, drawing: drawing, style: .plain, track: .plain).plain
        }
        #expect(bar(0, .braille) == "────")
        #expect(bar(0.001, .braille) == "╸───")
        #expect(bar(1.5, .braille) == "━━━━")
        #expect(bar(0.5, .ascii) == "##..")
        #expect(bar(.nan, .ascii) == "....")
    }

    @Test func everyPartOfAStackShows() {
        let parts = [
            StackedBar.Part(1_000, .plain, mark: "i"), .init(1, .plain, mark: "w"), .init(1, .plain, mark: "e"),
            .init(0, .plain, mark: "f"),
        ]
        #expect(StackedBar(parts).styled(width: 6, drawing: .ascii).plain == "iiiiwe")
    }

    @Test(arguments: Drawing.allCases)
    func charts(drawing: Drawing) {
        var frame = Frame(Size(columns: 50, rows: 24), drawing: drawing)
        let (chart, rest) = frame.bounds.cutTop(8)
        let wave: [Double] = (0..<60).map { index -> Double in index >= 28 && index < 32 ? Double.nan : Double(index % 20) * 2.0 }
        let marks = [AxisMark(0, "12:00"), AxisMark(0.5, "12:05"), AxisMark(1, "12:10")]
        LineChart([.init(wave, style: theme.series(0))], marks: marks, cursor: 0.75, threshold: 30) { $0.map { Quantity.rate($0) } }
            .draw(in: &frame, chart, theme: theme)
        let (heat, dots) = rest.cutTop(8)
        let counts: [[Double]] = (0..<42).map { column in (0..<7).map { row in Self.count(column, row) } }
        Heatmap(
            counts: counts, range: 1e6...1e10, lines: [.init([1e7, 5e8], style: theme[.p99], name: "p99")], marks: marks,
            cursor: Point(30, 4)
        ) { Quantity.roundDuration(nanoseconds: $0) }
        .draw(in: &frame, heat, theme: theme)
        var points: [Scatter.Dot] = []
        for index in 0..<30 {
            points.append(Scatter.Dot(share: Double(index) / 29, value: 1e6 * Double(1 + index * index), hasFailed: index % 10 == 7))
        }
        Scatter(points, range: 1e6...1e9, marks: marks, selected: 12) { Quantity.roundDuration(nanoseconds: $0) }.draw(
            in: &frame, dots, theme: theme)
        expectGolden(frame.text(), named: "charts-\(drawing.rawValue)")
    }

    private static func count(_ column: Int, _ row: Int) -> Double {
        if column == 20 { return .nan }
        if row == 2 { return 100 }
        return row == column / 8 ? 4 : 0
    }

    @Test func panelsAndLines() {
        var frame = Frame(Size(columns: 44, rows: 9))
        Tabs(["1 Overview", "2 Map", "6 Logs"], active: 1).draw(in: &frame, frame.bounds, theme: theme)
        KeyHints([.init("Enter", "open"), .init("/", "filter"), .init("Space", "pause the picture"), .init("q", "back")])
            .draw(in: &frame, Rect(column: 0, row: 8, columns: 44, rows: 1), theme: theme)
        let place = Popup(title: "Help", trailing: "Esc", size: Size(columns: 20, rows: 3)).draw(in: &frame, theme: theme)
        TextBlock("Words are broken at blanks; averyveryveryverylongword is not.").draw(in: &frame, place, theme: theme)
        expectGolden(frame.text(), named: "panels")
        #expect(frame.hitArea(at: Point(14, 0))?.id == "tab:1")
        #expect(frame.hitArea(at: Point(1, 8))?.id == "key:Enter")
    }

    @Test(arguments: [5, 7, 8, 9, 10, 13])
    func wrappedLinesAreNotWiderThanAsked(_ width: Int) {
        let lines = TextBlock("max by (job) (state) > 0, and 日本語 too").lines(width: width)
        #expect(lines.allSatisfy { Canvas.columns(of: $0.runs.map(\.text).joined()) <= width }, "\(lines)")
        let words = lines.map { $0.runs.map(\.text).joined() }.joined(separator: " ")
        #expect(words.split(separator: " ").joined(separator: " ").contains("> 0, and"))
    }

    @Test func histograms() {
        var frame = Frame(Size(columns: 40, rows: 3))
        let lines = [("≤10 ms", 120.0, 80.0), ("≤100 ms", 40, 90), (">10s", 1, 0)]
        HistogramBars(lines.map { .init($0.0, $0.1, value: Quantity.compact($0.1), style: theme[.gauge], before: $0.2) })
            .draw(in: &frame, frame.bounds, theme: theme)
        expectGolden(frame.text(), named: "histogram")
    }

    @Test func everythingDrawsAtAnySize() {
        for columns in [0, 1, 2, 3, 7, 20] {
            for rows in [0, 1, 2, 3, 9] {
                for drawing in Drawing.allCases {
                    var frame = Frame(Size(columns: columns, rows: rows), drawing: drawing)
                    let inside = frame.box(frame.bounds, title: "title", trailing: "more")
                    for rect in [frame.bounds, inside] { drawAll(&frame, rect) }
                    #expect(frame.cells.count == columns * rows)
                }
            }
        }
    }

    private func drawAll(_ frame: inout Frame, _ rect: Rect) {
        let odd: [Double] = [.nan, .infinity, -.infinity, -1, 0, 1, .greatestFiniteMagnitude]
        Table(columns: self.columns, rows: services, selected: 9, firstRow: -4).draw(in: &frame, rect, theme: theme)
        Sparkline(odd).draw(in: &frame, rect, style: .plain)
        StackedColumns([[1, 2], [.nan, 1], []], styles: [.plain, .plain]).draw(in: &frame, rect)
        LineChart([.init(odd, style: .plain), .init([], style: .plain)], marks: [AxisMark(0.5, "now")], cursor: 0.5) {
            $0.map { Quantity.rate($0) }
        }
        .draw(in: &frame, rect, theme: theme)
        Heatmap(counts: [odd, []], range: 1...10, lines: [.init(odd, style: .plain, name: "p99")], cursor: Point(0, 3)) {
            Quantity.compact($0)
        }
        .draw(in: &frame, rect, theme: theme)
        Scatter(odd.map { .init(share: 0.5, value: $0, hasFailed: $0 < 0) }, range: 1...10, selected: 3) { Quantity.compact($0) }
            .draw(in: &frame, rect, theme: theme)
        HistogramBars(odd.map { .init("x", $0, value: "1", style: .plain, before: $0) }).draw(in: &frame, rect, theme: theme)
        Tabs(["1 One", "2 Two"], active: 5).draw(in: &frame, rect, theme: theme)
        KeyHints([.init("q", "back")]).draw(in: &frame, rect, theme: theme)
        Popup(title: "p", size: Size(columns: 50, rows: 50)).draw(in: &frame, theme: theme)
        TextBlock("one two\nthree 日本語").draw(in: &frame, rect, theme: theme)
    }

    @Test func ticksAreRound() {
        #expect(Ticks.linear(0...47, count: 5) == [0, 10, 20, 30, 40])
        #expect(Ticks.linear(0...0, count: 5).isEmpty)
        #expect(Ticks.logarithmic(1...1_000, count: 4) == [1, 10, 100, 1_000])
        #expect(Ticks.timeStep(seconds: 900, count: 5) == 300)
        #expect(Ticks.timeStep(seconds: 90 * 86_400, count: 13) == 604_800)
        #expect(Ticks.linear(0...1000, count: 4, .time) == [0, 300, 600, 900])
        #expect(Ticks.linear(0...0.9, count: 3, .time) == [0, 0.5])
        #expect(Ticks.linear(0...2_000_000, count: 3, .time) == [0, 864_000, 1_728_000])
        #expect(Ticks.linear(0...3_000_000, count: 3, .decimal(per: 1_048_576)) == [0, 1_048_576, 2_097_152])
    }

    @Test func aScaleBeginsAndEndsOnTicks() {
        for (range, count, expected, ticks) in [
            (0.0...47.0, 5, 0.0...50.0, [0.0, 10, 20, 30, 40, 50]), (19...61, 5, 10...70, [10, 20, 30, 40, 50, 60, 70]),
            (-3...2, 3, -4...2, [-4, -2, 0, 2]), (0...50, 5, 0...50, [0, 10, 20, 30, 40, 50]),
        ] {
            let scale = Ticks.rounded(range, count: count)
            #expect(scale.range == expected && scale.ticks == ticks, "\(range)")
        }
        let whole = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        #expect(Ticks.rounded(whole, count: 5).range == whole)
        let narrow = Ticks.rounded(0.1...0.1.nextUp, count: 3)
        #expect(narrow.range.contains(0.1) && narrow.ticks.count < 1000)
    }

    @Test func chartsTakeNumbersFromOneEndOfDoublesToTheOther() {
        let ends = [-Double.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude, .infinity, .nan, .leastNonzeroMagnitude]
        var frame = Frame(Size(columns: 20, rows: 9))
        let rect = Rect(Size(columns: 20, rows: 9))
        LineChart([.init(ends, style: .plain)]) { $0.map { "\($0)" } }.draw(in: &frame, rect, theme: theme)
        LineChart([.init(ends, style: .plain)], range: 0...Double.leastNonzeroMagnitude) { $0.map { "\($0)" } }.draw(
            in: &frame, rect, theme: theme)
        #expect(Sparkline(ends, maximum: 1).text(width: 6, drawing: .ascii).count == 6)
        Sparkline(ends, maximum: .leastNonzeroMagnitude).draw(in: &frame, rect, style: .plain)
        #expect(Sparkline([1e300, 0.5], maximum: 1).text(width: 2, drawing: .ascii) == "#=")
    }
}
