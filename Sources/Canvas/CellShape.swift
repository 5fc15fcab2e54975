/// A character that is drawn rather than written: lines, blocks and braille, which must meet their neighbours exactly.
struct CellShape {
    private let value: UInt32

    init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x2581...0x2593, 0x2580, 0x2801...0x28ff: value = scalar.value
        case 0x2500...0x257f where Self.arms[scalar.value] != nil || Self.dashes[scalar.value] != nil: value = scalar.value
        default: return nil
        }
    }

    /// Adds what is filled to `fill` and what is stroked to `stroke`, as path data.
    func add(to fill: inout String, _ stroke: inout String, x: Double, y: Double, width: Double, height: Double) {
        switch value {
        case 0x2800...0x28ff: addDots(&fill, x, y, width, height)
        case 0x2580: rectangle(&fill, x, y, width, height / 2)
        case 0x2581...0x2588:
            let part = height * Double(value - 0x2580) / 8
            rectangle(&fill, x, y + height - part, width, part)
        case 0x2589...0x258f: rectangle(&fill, x, y, width * Double(0x2590 - value) / 8, height)
        case 0x2590: rectangle(&fill, x + width / 2, y, width / 2, height)
        case 0x2591...0x2593: addShade(&fill, x, y, width, height)
        default: addLines(&stroke, x, y, width, height)
        }
    }

    private func rectangle(_ path: inout String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        path += "M\(number(x)) \(number(y))h\(number(width))v\(number(height))h\(number(-width))z"
    }

    private func addDots(_ path: inout String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        let bits: [(column: Int, row: Int)] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        let side = 2.2
        for (bit, place) in bits.enumerated() where (value - 0x2800) >> UInt32(bit) & 1 == 1 {
            let left = x + width * (Double(place.column) + 0.5) / 2 - side / 2
            let top = y + height * (Double(place.row) + 0.5) / 4 - side / 2
            rectangle(&path, left, top, side, side)
        }
    }

    private func addShade(_ path: inout String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        let side = [1.1, 1.6, 2.2][Int(value - 0x2591)]
        for row in 0..<6 {
            for column in 0..<3 {
                rectangle(
                    &path, x + width * (Double(column) + 0.5) / 3 - side / 2, y + height * (Double(row) + 0.5) / 6 - side / 2, side, side)
            }
        }
    }

    private func addLines(_ path: inout String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        let (midX, midY) = (x + width / 2, y + height / 2)
        if let dashes = Self.dashes[value] {
            let step = (dashes.isHorizontal ? width : height) / Double(dashes.count)
            for index in 0..<dashes.count {
                let start = Double(index) * step + step * 0.2
                path +=
                    dashes.isHorizontal
                    ? "M\(number(x + start)) \(number(midY))h\(number(step * 0.6))"
                    : "M\(number(midX)) \(number(y + start))v\(number(step * 0.6))"
            }
            return
        }
        if let corner = Self.roundCorners[value] {
            let (endX, endY) = (corner.isRight ? x + width : x, corner.isDown ? y + height : y)
            path += "M\(number(endX)) \(number(midY))Q\(number(midX)) \(number(midY)) \(number(midX)) \(number(endY))"
            return
        }
        guard let arms = Self.arms[value] else { return }
        let isHeavy = arms > 15
        // Heavy lines are two strokes side by side.
        for shift in isHeavy ? [-0.5, 0.5] : [0.0] {
            if arms & 1 != 0 { path += "M\(number(midX + shift)) \(number(midY))V\(number(y))" }
            if arms & 2 != 0 { path += "M\(number(midX)) \(number(midY + shift))H\(number(x + width))" }
            if arms & 4 != 0 { path += "M\(number(midX + shift)) \(number(midY))V\(number(y + height))" }
            if arms & 8 != 0 { path += "M\(number(midX)) \(number(midY + shift))H\(number(x))" }
        }
    }

    /// Where a line goes from the middle: 1 up, 2 right, 4 down, 8 left; 16 for a heavy one.
    private static let arms: [UInt32: Int] = [
        0x2500: 10, 0x2501: 26, 0x2502: 5, 0x2503: 21, 0x250c: 6, 0x2510: 12, 0x2514: 3, 0x2518: 9, 0x251c: 7, 0x2524: 13, 0x252c: 14,
        0x2534: 11, 0x253c: 15, 0x256d: 6, 0x256e: 12, 0x256f: 9, 0x2570: 3, 0x2574: 8, 0x2575: 1, 0x2576: 2, 0x2577: 4, 0x2578: 24,
        0x2579: 17, 0x257a: 18, 0x257b: 20, 0x250f: 22,
        0x2513: 28, 0x2517: 19, 0x251b: 25, 0x2523: 23, 0x252b: 29, 0x2533: 30, 0x253b: 27, 0x254b: 31,
    ]
    private static let dashes: [UInt32: (count: Int, isHorizontal: Bool)] = [
        0x2504: (3, true), 0x2505: (3, true), 0x2506: (3, false), 0x2508: (4, true), 0x2509: (4, true), 0x250a: (4, false),
        0x254c: (2, true),
    ]
    private static let roundCorners: [UInt32: (isRight: Bool, isDown: Bool)] = [
        0x256d: (true, true), 0x256e: (false, true), 0x256f: (false, false), 0x2570: (true, false),
    ]
}
