/// What gives way when a text is longer than its place.
package enum Truncation: Hashable, Sendable {
    /// The end, for an ellipsis.
    case tail
    /// The middle: the start and the end of a name tell most.
    case middle
    /// The start: for paths.
    case head
    /// Cut with no mark.
    case clip
}

package enum Alignment: Hashable, Sendable { case leading, center, trailing }

/// A text whose parts look different.
package struct StyledText: Hashable, Sendable, ExpressibleByStringLiteral {
    package struct Run: Hashable, Sendable {
        package var text: String
        package var style: Style
        package init(_ text: String, _ style: Style = .plain) {
            self.text = text
            self.style = style
        }
    }
    package var runs: [Run]

    package init(_ runs: [Run] = []) { self.runs = runs }
    package init(_ text: String, _ style: Style = .plain) { runs = [Run(text, style)] }
    package init(stringLiteral text: String) { self.init(text) }

    package static func + (left: StyledText, right: StyledText) -> StyledText { StyledText(left.runs + right.runs) }
    package mutating func append(_ text: String, _ style: Style = .plain) { runs.append(Run(text, style)) }

    package var plain: String { runs.reduce(into: "") { $0 += $1.text } }
    package var columns: Int { runs.reduce(0) { $0 + Canvas.columns(of: $1.text) } }
    package var isEmpty: Bool { runs.allSatisfy(\.text.isEmpty) }
}

extension Frame {
    /// Writes one line and returns the columns it took, at most `width` and never beyond the frame's edge.
    @discardableResult
    package mutating func write(
        _ text: String, at point: Point, style: Style = .plain, width: Int = .max, truncation: Truncation = .tail
    ) -> Int {
        let room = min(width, size.columns - point.column)
        guard room > 0, point.row >= 0, point.row < size.rows else { return 0 }
        switch truncation {
        case .tail, .clip: return writeFromStart(text, point, style, room, ellipsis: truncation == .tail)
        case .middle, .head: return writeCut(text, point, style, room, keepingStart: truncation == .middle)
        }
    }

    /// Writes the runs one after another; the one that doesn't fit is cut.
    @discardableResult
    package mutating func write(_ text: StyledText, at point: Point, width: Int = .max, truncation: Truncation = .tail) -> Int {
        let room = min(width, size.columns - point.column)
        var taken = 0
        for (index, run) in text.runs.enumerated() where !run.text.isEmpty {
            let isLast = !text.runs[(index + 1)...].contains { !$0.text.isEmpty }
            let place = Point(point.column + taken, point.row)
            if !isLast, taken + columns(of: run.text) >= room {
                // What follows has no room, so this run must show that something is missing.
                return taken
                    + write(
                        run.text + (truncation == .clip ? "" : " "), at: place, style: run.style, width: room - taken,
                        truncation: truncation)
            }
            taken += write(run.text, at: place, style: run.style, width: room - taken, truncation: truncation)
        }
        return taken
    }

    /// Writes inside `rect`'s first row, to its left, middle or right.
    @discardableResult
    package mutating func write(
        _ text: StyledText, in rect: Rect, _ alignment: Alignment, truncation: Truncation = .tail
    ) -> Int {
        guard rect.rows > 0 else { return 0 }
        let spare = alignment == .leading ? 0 : max(rect.columns - text.columns, 0)
        let offset = alignment == .center ? spare / 2 : spare
        return write(text, at: Point(rect.column + offset, rect.row), width: rect.columns - offset, truncation: truncation)
    }

    private mutating func writeFromStart(_ text: String, _ point: Point, _ style: Style, _ room: Int, ellipsis: Bool) -> Int {
        let end = point.column + room
        var column = point.column
        for glyph in Glyphs(text) {
            if column + Int(glyph.width) > end {
                guard ellipsis else { return column - point.column }
                if column < end { put(.blank, column: column, row: point.row, style: style, limit: end) }
                put(Glyph(glyphs.ellipsis), column: end - 1, row: point.row, style: style, limit: end)
                return room
            }
            column += put(glyph, column: column, row: point.row, style: style, limit: end)
        }
        return column - point.column
    }

    private mutating func writeCut(_ text: String, _ point: Point, _ style: Style, _ room: Int, keepingStart: Bool) -> Int {
        let all = Array(Glyphs(text))
        guard all.reduce(0, { $0 + Int($1.width) }) > room else { return writeFromStart(text, point, style, room, ellipsis: true) }
        let head = keepingStart ? (room - 1) / 2 : 0
        var column = point.column
        var start = 0
        while start < all.count, column + Int(all[start].width) <= point.column + head {
            column += put(all[start], column: column, row: point.row, style: style, limit: point.column + room)
            start += 1
        }
        column += put(Glyph(glyphs.ellipsis), column: column, row: point.row, style: style, limit: point.column + room)
        var tail = all.count
        var left = point.column + room - column
        while tail > start, Int(all[tail - 1].width) <= left {
            tail -= 1
            left -= Int(all[tail].width)
        }
        for glyph in all[tail...] { column += put(glyph, column: column, row: point.row, style: style, limit: point.column + room) }
        return column - point.column
    }
}
