import Testing
import TestKit

@testable import Canvas

@Suite struct FrameTests {
    private func written(_ text: String, columns: Int, _ truncation: Truncation = .tail) -> String {
        var frame = Frame(Size(columns: columns, rows: 1))
        frame.write(text, at: .zero, truncation: truncation)
        return String(frame.text(keepsTrailingSpaces: true).dropLast())
    }

    @Test func writesWhatFits() {
        #expect(written("order", columns: 8) == "order   ")
        #expect(written("order", columns: 5) == "order")
    }

    @Test func marksWhatIsCut() {
        #expect(written("inventory", columns: 6) == "inven…")
        #expect(written("inventory", columns: 6, .middle) == "in…ory")
        #expect(written("/var/log/shop.log", columns: 9, .head) == "…shop.log")
        #expect(written("inventory", columns: 6, .clip) == "invent")
        #expect(written("inventory", columns: 1) == "…")
    }

    @Test func neverSplitsWideCharacters() {
        #expect(written("日本語", columns: 6) == "日本語")
        #expect(written("日本語", columns: 5) == "日本…")
        #expect(written("日本語", columns: 4) == "日 …")
        #expect(written("日本語", columns: 5, .clip) == "日本 ")
    }

    @Test func coveringHalfOfAWideCharacterRemovesTheOtherHalf() {
        var frame = Frame(Size(columns: 4, rows: 1))
        frame.write("日本", at: .zero)
        frame.put("x", at: Point(1, 0))
        #expect(frame.text(keepsTrailingSpaces: true) == " x本\n")
        frame.put("y", at: Point(2, 0))
        #expect(frame.text(keepsTrailingSpaces: true) == " xy \n")
    }

    @Test func spellsOutWhatWouldActOnTheTerminal() {
        #expect(written("a\u{1b}[31m\n\t\u{7f}\u{9b}", columns: 40).hasPrefix("a\\x1b[31m\\n\\t\\x7f\\x9b "))
        #expect(written("\u{202e}evil\u{200b}", columns: 20).hasPrefix("\\u202eevil\\u200b "))
        #expect(Cell("\u{1b}").scalar == "\u{fffd}")
        #expect(Cell("\u{2028}").scalar == "\u{fffd}")
    }

    @Test func noScalarIsAControlOnceItIsInACell() {
        var escaped: [UInt32] = []
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let shown = Cell(scalar).scalar
            if shown == scalar, Self.actsOnTerminals(scalar) { escaped.append(value) }
        }
        #expect(escaped.isEmpty)
    }

    private static func actsOnTerminals(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    @Test func joinsMarksAndDegradesPictures() {
        #expect(written("e\u{301}a", columns: 3) == "e\u{301}a ")
        #expect(columns(of: "👩‍👩‍👧") == 2)
        #expect(columns(of: "🇩🇪") == 2)
        #expect(written("🇩🇪", columns: 2) == "DE")
        #expect(columns(of: "👍🏽") == 2)
        #expect(columns(of: "❤️") == 1)
        #expect(columns(of: String(repeating: "\u{301}", count: 3)) == 1)
    }

    @Test func standardBackgroundLetsThrough() {
        var frame = Frame(Size(columns: 3, rows: 1))
        frame.fill(frame.bounds, style: Style(on: .ansi(4)))
        frame.write("a", at: .zero, style: Style(.ansi(1)))
        #expect(frame[.zero].style == Style(.ansi(1), on: .ansi(4)))
    }

    @Test func selectionKeepsWhatHasItsOwnBackground() {
        let theme = Theme.standard
        var frame = Frame(Size(columns: 2, rows: 1))
        frame.write("a", at: .zero, style: theme[.badge])
        frame.select(frame.bounds, theme: theme)
        #expect(frame[.zero].style == theme[.badge])
        #expect(frame[Point(1, 0)].style.background == theme[.selection].background)
    }

    @Test func theTopmostAreaIsHitAndAreasMoveWithTheirFrame() {
        var inner = Frame(Size(columns: 2, rows: 2))
        inner.addHitArea(Rect(column: 0, row: 0, columns: 5, rows: 1), "row:0")
        var frame = Frame(Size(columns: 6, rows: 3))
        frame.addHitArea(frame.bounds, "pane")
        frame.draw(inner, at: Point(2, 1))
        #expect(frame.hitArea(at: Point(3, 1))?.id == "row:0")
        #expect(frame.hitArea(at: Point(4, 1))?.id == "pane")
        #expect(frame.hitArea(at: Point(9, 9)) == nil)
    }

    @Test func equalRowsHaveEqualHashesAndOthersDont() {
        var one = Frame(Size(columns: 40, rows: 1))
        var other = one
        #expect(one.rowHash(0) == other.rowHash(0))
        one.write("x", at: Point(39, 0))
        #expect(one.rowHash(0) != other.rowHash(0))
        other.write("x", at: Point(39, 0), style: Style(.ansi(1)))
        #expect(one.rowHash(0) != other.rowHash(0))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func drawingAnythingAnywhereKeepsRowsWhole(seed: UInt64) {
        var random = Seeded(seed)
        let texts = ["日本語", "plain", "e\u{301}\u{302}\u{303}", "👩‍👩‍👧 x", "\u{1b}]0;\u{7}", "…─│⣿"]
        for _ in 0..<300 {
            let size = Size(columns: Int.random(in: 0...30, using: &random), rows: Int.random(in: 0...6, using: &random))
            var frame = Frame(size)
            for _ in 0..<12 {
                let point = Point(Int.random(in: -8...32, using: &random), Int.random(in: -2...8, using: &random))
                let rect = Rect(
                    column: point.column, row: point.row, columns: Int.random(in: -2...34, using: &random),
                    rows: Int.random(in: -2...9, using: &random))
                switch Int.random(in: 0..<5, using: &random) {
                case 0: frame.write(texts.randomElement(using: &random) ?? "", at: point, width: rect.columns, truncation: .middle)
                case 1: frame.box(rect, title: "日本語", trailing: "x")
                case 2: frame.fill(rect, "█")
                case 3:
                    var other = Frame(rect.size)
                    other.write("本本本本", at: Point(-1, 0))
                    frame.draw(other, at: point)
                default: frame.write(texts.randomElement(using: &random) ?? "", at: point)
                }
            }
            for row in 0..<size.rows {
                let widths = frame.row(row).map { Int($0.width) }
                #expect(widths.reduce(0, +) == size.columns, "seed \(seed)")
                #expect(zip(widths, widths.dropFirst() + [1]).allSatisfy { ($0 == 2) == ($1 == 0) }, "seed \(seed)")
            }
        }
    }
}
