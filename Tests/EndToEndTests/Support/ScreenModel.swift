/// What a terminal shows of the bytes it is sent: as much of xterm as ncurses makes use of. Every character takes one column.
struct ScreenModel {
    private(set) var columns: Int
    private(set) var rows: Int
    private var cells: [[Character]]
    private var row = 0
    private var column = 0
    /// The last column was written: the next character goes to the next line.
    private var isAtEdge = false
    private var scrollTop = 0
    private var scrollBottom: Int
    private var lastCharacter: Character = " "
    private var state = State.text
    private var pending: [UInt8] = []
    /// The modes that were set and not reset, such as `?1049`.
    private(set) var modes: Set<String> = []
    /// The sequences that the model doesn't know; a test that meets one should learn it.
    private(set) var unknown: Set<String> = []

    private enum State {
        case text, escape, charset
        case control(String)
        case string(sawEscape: Bool)
    }

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Self.blank(columns, rows)
        scrollBottom = rows - 1
    }

    var lines: [String] { cells.map { String($0) } }
    var text: String { lines.joined(separator: "\n") }

    /// As a terminal does: what fits stays where it is.
    mutating func resize(columns: Int, rows: Int) {
        var next = Self.blank(columns, rows)
        for row in 0..<min(rows, self.rows) {
            for column in 0..<min(columns, self.columns) { next[row][column] = cells[row][column] }
        }
        (self.columns, self.rows, cells) = (columns, rows, next)
        (scrollTop, scrollBottom) = (0, rows - 1)
        moveTo(row, column)
    }

    mutating func feed(_ bytes: [UInt8]) {
        pending += bytes
        // A character that is still to be ended stays for the next time.
        var end = pending.count
        var back = 0
        while end > 0, back < 4, pending[end - 1] & 0xc0 == 0x80 { (end, back) = (end - 1, back + 1) }
        if end > 0, pending[end - 1] >= 0xc0 {
            let needed = pending[end - 1] >= 0xf0 ? 3 : pending[end - 1] >= 0xe0 ? 2 : 1
            end = back >= needed ? pending.count : end - 1
        } else {
            end = pending.count
        }
        let text = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end)
        for scalar in text.unicodeScalars { take(scalar) }
    }

    // MARK: -

    private mutating func take(_ scalar: Unicode.Scalar) {
        switch state {
        case .text: takeText(scalar)
        case .escape: takeEscape(scalar)
        case .charset: state = .text
        case .control(let parameters):
            if (0x40...0x7e).contains(scalar.value) {
                state = .text
                control(parameters, scalar)
            } else {
                state = .control(parameters + String(scalar))
            }
        case .string(let sawEscape):
            state = scalar == "\u{7}" || sawEscape && scalar == "\\" ? .text : .string(sawEscape: scalar == "\u{1b}")
        }
    }

    private mutating func takeText(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\u{1b}": state = .escape
        case "\r": moveTo(row, 0)
        case "\n": lineFeed()
        case "\u{8}": moveTo(row, column - 1)
        case "\t": moveTo(row, (column / 8 + 1) * 8)
        case "\u{0}", "\u{7}", "\u{e}", "\u{f}": break
        default: put(Character(scalar))
        }
    }

    private mutating func takeEscape(_ scalar: Unicode.Scalar) {
        state = .text
        switch scalar {
        case "[": state = .control("")
        case "]", "P", "_", "^": state = .string(sawEscape: false)
        case "(", ")", "*", "+": state = .charset
        case "M": if row == scrollTop { scrollDown(1) } else { moveTo(row - 1, column) }
        case "D": lineFeed()
        case "E":
            moveTo(row, 0)
            lineFeed()
        case "7", "8", "=", ">", "\\": break
        case "c": self = ScreenModel(columns: columns, rows: rows)
        default: unknown.insert("ESC \(scalar)")
        }
    }

    private mutating func put(_ character: Character) {
        if isAtEdge {
            moveTo(row, 0)
            lineFeed()
        }
        cells[row][column] = character
        lastCharacter = character
        if column == columns - 1 { isAtEdge = true } else { column += 1 }
    }

    private mutating func moveTo(_ row: Int, _ column: Int) {
        self.row = min(max(row, 0), rows - 1)
        self.column = min(max(column, 0), columns - 1)
        isAtEdge = false
    }

    private mutating func lineFeed() {
        isAtEdge = false
        if row == scrollBottom { scrollUp(1) } else { row = min(row + 1, rows - 1) }
    }

    private mutating func control(_ text: String, _ final: Unicode.Scalar) {
        if text.hasPrefix("?") { return setModes(text, final) }
        let numbers = text.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let first = numbers.first ?? 0
        let count = max(first, 1)
        switch final {
        case "H", "f": moveTo(count - 1, max(numbers.count > 1 ? numbers[1] : 1, 1) - 1)
        case "A": moveTo(row - count, column)
        case "B": moveTo(row + count, column)
        case "C": moveTo(row, column + count)
        case "D": moveTo(row, column - count)
        case "G", "`": moveTo(row, count - 1)
        case "d": moveTo(count - 1, column)
        case "J": eraseScreen(first)
        case "K": eraseLine(first)
        case "X": fill(row, column..<min(column + count, columns))
        case "@": shift(right: count)
        case "P": shift(left: count)
        case "L": scroll(from: row, down: count)
        case "M": scroll(from: row, up: count)
        case "S": scrollUp(count)
        case "T": scrollDown(count)
        case "b": for _ in 0..<count { put(lastCharacter) }
        case "r":
            scrollTop = min(count - 1, rows - 1)
            scrollBottom = numbers.count > 1 && numbers[1] > 0 ? min(numbers[1], rows) - 1 : rows - 1
            moveTo(0, 0)
        case "m", "h", "l", "t", "c", "n", "p", "q": break
        default: unknown.insert("CSI \(text)\(final)")
        }
    }

    private mutating func setModes(_ text: String, _ final: Unicode.Scalar) {
        for number in text.dropFirst().split(separator: ";") {
            if final == "h" { modes.insert("?\(number)") } else if final == "l" { modes.remove("?\(number)") }
        }
    }

    // MARK: - Erasing and moving

    private static func blank(_ columns: Int, _ rows: Int) -> [[Character]] {
        [[Character]](repeating: [Character](repeating: " ", count: columns), count: rows)
    }
    private mutating func fill(_ row: Int, _ range: Range<Int>) { for column in range { cells[row][column] = " " } }

    private mutating func eraseScreen(_ part: Int) {
        eraseLine(part)
        let others = part == 0 ? (row + 1)..<max(rows, row + 1) : part == 1 ? 0..<row : 0..<rows
        for row in others { fill(row, 0..<columns) }
    }
    private mutating func eraseLine(_ part: Int) {
        fill(row, part == 0 ? column..<columns : part == 1 ? 0..<(column + 1) : 0..<columns)
    }
    private mutating func shift(right count: Int) {
        cells[row].insert(contentsOf: [Character](repeating: " ", count: count), at: column)
        cells[row].removeLast(count)
    }
    private mutating func shift(left count: Int) {
        let count = min(count, columns - column)
        cells[row].removeSubrange(column..<(column + count))
        cells[row] += [Character](repeating: " ", count: count)
    }
    private mutating func scrollUp(_ count: Int) { scroll(from: scrollTop, up: count) }
    private mutating func scrollDown(_ count: Int) { scroll(from: scrollTop, down: count) }
    private mutating func scroll(from top: Int, up count: Int) {
        guard top <= scrollBottom else { return }
        for _ in 0..<min(count, rows) {
            cells.remove(at: top)
            cells.insert([Character](repeating: " ", count: columns), at: scrollBottom)
        }
    }
    private mutating func scroll(from top: Int, down count: Int) {
        guard top <= scrollBottom else { return }
        for _ in 0..<min(count, rows) {
            cells.remove(at: scrollBottom)
            cells.insert([Character](repeating: " ", count: columns), at: top)
        }
    }
}
