import CNcurses
import Canvas

/// ncurses' numbers for pairs of colours, each made once.
struct ColorPairs {
    private var numbers: [UInt64: Int32] = [:]
    private let limit: Int
    private let isDirect: Bool
    /// A pair was refused: all must be made anew, and everything painted again.
    private(set) var isExhausted = false

    init(limit: Int, isDirect: Bool) {
        self.limit = min(limit, 32_767)
        self.isDirect = isDirect
    }

    mutating func forget() {
        numbers.removeAll(keepingCapacity: true)
        isExhausted = false
        reset_color_pairs()
    }

    mutating func number(_ foreground: Color, _ background: Color) -> Int32 {
        if foreground == .standard, background == .standard { return 0 }
        let key = UInt64(foreground.code) << 32 | UInt64(background.code)
        if let known = numbers[key] { return known }
        guard numbers.count + 1 < limit else {
            isExhausted = true
            return 0
        }
        let number = Int32(numbers.count + 1)
        guard init_extended_pair(number, value(foreground), value(background)) == OK else { return 0 }
        numbers[key] = number
        return number
    }

    /// In direct mode the first eight numbers are the terminal's named colours: the darkest blues step aside.
    private func value(_ color: Color) -> Int32 {
        switch color.kind {
        case .standard: return -1
        case .indexed(let index) where !isDirect || index < 8: return Int32(index)
        case .indexed(let index): return Int32(paletteValue(index))
        case .rgb(let red, let green, let blue):
            let mixed = Int32(red) << 16 | Int32(green) << 8 | Int32(blue)
            return isDirect && mixed < 8 ? 8 : mixed
        }
    }
}
