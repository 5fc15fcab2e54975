/// Dots finer than cells: two by four of them in a cell with braille, one by two with blocks, one by one in ASCII.
struct DotCanvas {
    let size: Size
    let drawing: Drawing
    let dotsAcross: Int
    let dotsDown: Int
    private var masks: [UInt8]
    private var styles: [Style]
    private var marks: [Unicode.Scalar]

    init(_ size: Size, drawing: Drawing) {
        self.size = size
        self.drawing = drawing
        dotsAcross = size.columns * (drawing == .braille ? 2 : 1)
        dotsDown = size.rows * (drawing == .braille ? 4 : drawing == .block ? 2 : 1)
        masks = [UInt8](repeating: 0, count: size.columns * size.rows)
        styles = [Style](repeating: .plain, count: masks.count)
        marks = [Unicode.Scalar](repeating: "*", count: masks.count)
    }

    /// `y` counts down from the top; outside is left out. `mark` is what ASCII shows.
    mutating func set(_ x: Int, _ y: Int, _ style: Style, mark: Unicode.Scalar = "*") {
        guard x >= 0, x < dotsAcross, y >= 0, y < dotsDown else { return }
        let cell: Int
        let bit: UInt8
        switch drawing {
        case .braille:
            cell = y / 4 * size.columns + x / 2
            bit = Self.brailleBits[y % 4 * 2 + x % 2]
        case .block:
            cell = y / 2 * size.columns + x
            bit = y % 2 == 0 ? 1 : 2
        case .ascii:
            cell = y * size.columns + x
            bit = 1
        }
        masks[cell] |= bit
        styles[cell] = style
        marks[cell] = mark
    }

    /// Every column between the two is set once, and the steps between its dots are filled.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ style: Style, mark: Unicode.Scalar = "*") {
        let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
        guard steps <= 8 * Size.limit else { return }
        for step in 0...steps {
            set(start.x + (end.x - start.x) * step / steps, start.y + (end.y - start.y) * step / steps, style, mark: mark)
        }
    }

    func draw(in frame: inout Frame, at origin: Point) {
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                let cell = row * size.columns + column
                guard masks[cell] != 0 else { continue }
                frame.put(scalar(cell), at: Point(origin.column + column, origin.row + row), style: styles[cell])
            }
        }
    }

    private func scalar(_ cell: Int) -> Unicode.Scalar {
        switch drawing {
        case .braille: Unicode.Scalar(0x2800 + UInt32(masks[cell])) ?? "?"
        case .block: masks[cell] == 3 ? "█" : masks[cell] == 1 ? "▀" : "▄"
        case .ascii: marks[cell]
        }
    }

    private static let brailleBits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
}
