import Canvas
import Insight

/// The lines of the map in the part that is seen: for each cell the directions in which lines leave it, and whose it is.
struct MapLines {
    /// How a line looks; where lines share a cell the highest rank shows.
    struct Trait {
        var style: Style
        var rank: Int
        var isHeavy: Bool
        var isDashed: Bool
    }
    private struct Place {
        /// North 1, east 2, south 4, west 8.
        var arms: UInt8 = 0
        var lines: UInt8 = 0
        var isHeavy = true
        var isDashed = true
        var rank = -1
        var style = Style.plain
    }
    private let size: Size
    private let corner: Point
    private var places: [Place]

    init(size: Size, corner: Point) {
        self.size = size
        self.corner = corner
        places = Array(repeating: Place(), count: size.columns * size.rows)
    }

    /// Where a cell of the layout lies on the canvas.
    func point(_ cell: MapCell) -> Point { Point(cell.column + MapPicture.margin - corner.column, cell.row - corner.row) }

    mutating func add(_ points: [MapCell], _ trait: Trait) {
        for (from, to) in zip(points, points.dropFirst()) {
            let (start, end) = (point(from), point(to))
            if start.row == end.row {
                let isForward = start.column < end.column
                let (low, high) = (min(start.column, end.column), max(start.column, end.column))
                guard start.row >= 0, start.row < size.rows, low < size.columns, high >= 0 else { continue }
                for column in max(low, 0)...min(high, size.columns - 1) {
                    let arms: UInt8 = (column > low ? 8 : 0) | (column < high ? 2 : 0)
                    mark(column, start.row, arms, trait, isFirst: column == (isForward ? low : high) && from != points.first)
                }
            } else {
                let isForward = start.row < end.row
                let (low, high) = (min(start.row, end.row), max(start.row, end.row))
                guard start.column >= 0, start.column < size.columns, low < size.rows, high >= 0 else { continue }
                for row in max(low, 0)...min(high, size.rows - 1) {
                    let arms: UInt8 = (row > low ? 1 : 0) | (row < high ? 4 : 0)
                    mark(start.column, row, arms, trait, isFirst: row == (isForward ? low : high) && from != points.first)
                }
            }
        }
        extend(points, trait)
    }

    /// Ends reach to the boxes, so that they are no stumps.
    private mutating func extend(_ points: [MapCell], _ trait: Trait) {
        guard points.count > 1, let first = points.first else { return }
        let start = point(first)
        let arm: UInt8 = points[1].column < first.column ? 2 : 8
        if start.row >= 0, start.row < size.rows, start.column >= 0, start.column < size.columns {
            places[start.row * size.columns + start.column].arms |= arm
        }
    }

    /// `isFirst`: the corner was counted as the end of the stretch before.
    private mutating func mark(_ column: Int, _ row: Int, _ arms: UInt8, _ trait: Trait, isFirst: Bool) {
        let index = row * size.columns + column
        places[index].arms |= arms
        if !isFirst { places[index].lines = min(places[index].lines, 250) + 1 }
        places[index].isHeavy = places[index].isHeavy && trait.isHeavy
        places[index].isDashed = places[index].isDashed && trait.isDashed
        if trait.rank > places[index].rank {
            places[index].rank = trait.rank
            places[index].style = trait.style
        }
    }

    func draw(in frame: inout Frame, _ drawing: Drawing) {
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                let place = places[row * size.columns + column]
                if place.arms != 0 { frame.put(glyph(place, drawing), at: Point(column, row), style: place.style) }
            }
        }
    }

    private func glyph(_ place: Place, _ drawing: Drawing) -> Unicode.Scalar {
        let arms = Int(place.arms)
        if drawing == .ascii { return arms != 10 ? Self.ascii[arms] : place.isDashed ? "." : place.isHeavy ? "=" : "-" }
        if place.isDashed, arms == 10 { return "╌" }
        if place.isDashed, arms == 5 { return "╎" }
        return place.isHeavy ? Self.heavy[arms] : Self.light[arms]
    }

    private static let light: [Unicode.Scalar] = [" ", "│", "─", "╰", "│", "│", "╭", "├", "─", "╯", "─", "┴", "╮", "┤", "┬", "┼"]
    private static let heavy: [Unicode.Scalar] = [" ", "┃", "━", "┗", "┃", "┃", "┏", "┣", "━", "┛", "━", "┻", "┓", "┫", "┳", "╋"]
    private static let ascii: [Unicode.Scalar] = [" ", "|", "-", "+", "|", "|", "+", "+", "-", "+", "-", "+", "+", "+", "+", "+"]

    /// Columns before the arrowhead where `route` alone runs level, if there are `count` of them in sight.
    func run(for route: MapLayout.Route, fitting count: Int) -> Range<Int>? {
        guard let last = route.points.last else { return nil }
        let head = point(last)
        guard head.row >= 0, head.row < size.rows else { return nil }
        let step = route.isReversed ? 1 : -1
        var column = head.column + step
        var length = 0
        while column >= 0, column < size.columns, isOwn(column, head.row), length < 24 {
            length += 1
            column += step
        }
        guard length >= count else { return nil }
        return route.isReversed ? head.column + 1..<head.column + 1 + length : head.column - length..<head.column - 1
    }

    private func isOwn(_ column: Int, _ row: Int) -> Bool {
        let place = places[row * size.columns + column]
        return place.arms == 10 && place.lines == 1
    }
}
