import Canvas
import Insight

/// Boxes and lines of a layout, as far as they lie in the part that is seen.
struct MapPicture {
    let model: MapModel
    let layout: MapLayout
    let boxes: MapBoxes
    let selected: String?
    let look: Look
    /// The selected node, its callers and its callees.
    private let near: Set<String>
    private let rates: [MapLayout.Edge: ServiceMap.Edge]

    /// Columns before the first layer, for the arrow of what comes from outside.
    static let margin = 4
    /// Lines that carry at least this part of the busiest one's calls are heavy.
    private static let heavyShare = 0.4

    init(_ model: MapModel, _ boxes: MapBoxes, selected: String?, look: Look) {
        self.model = model
        self.boxes = boxes
        self.selected = selected
        self.look = look
        layout = model.layout(boxes)
        var near: Set<String> = []
        if let selected {
            let neighbours = model.map.neighbours(of: selected)
            near = Set(neighbours.callers + neighbours.callees + [selected])
        }
        self.near = near
        rates = Dictionary(model.calls.map { (MapLayout.Edge(from: $0.from, to: $0.to), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The whole, which may be larger than any screen.
    static func extent(of layout: MapLayout) -> Rect { Rect(column: 0, row: 0, columns: layout.columns + margin, rows: layout.rows) }

    /// Where a box stands in the whole.
    static func place(of box: MapLayout.Box) -> Rect {
        Rect(column: box.column + margin, row: box.row, columns: box.columns, rows: box.rows)
    }

    /// What lies at `corner` of the whole comes to `rect`'s upper left.
    func draw(in frame: inout Frame, _ rect: Rect, from corner: Point) {
        var canvas = look.frame(rect.size)
        var lines = MapLines(size: rect.size, corner: corner)
        for route in layout.routes { lines.add(route.points, trait(of: route.edge)) }
        lines.draw(in: &canvas, look.drawing)
        for box in layout.boxes { draw(box, &canvas, corner) }
        for route in layout.routes { drawEnds(of: route, lines, &canvas) }
        for route in layout.routes { drawLabel(of: route, lines, &canvas) }
        frame.draw(canvas, at: rect.origin)
    }

    private func trait(of edge: MapLayout.Edge) -> MapLines.Trait {
        let call = rates[edge]
        let isNear = selected == nil || edge.from == selected || edge.to == selected
        let bad = MapHealth.role(call?.errorShare)
        let role = bad ?? (isNear && selected != nil ? .edgeStrong : .edge)
        let style = isNear ? look.theme[role] : look.theme[.faint]
        return MapLines.Trait(
            style: style, rank: (isNear ? 4 : 0) + (bad == .bad ? 2 : bad == .warn ? 1 : 0),
            isHeavy: (call?.rate ?? 0) > 0 && (call?.rate ?? 0) >= model.busiestRate * Self.heavyShare,
            isDashed: call?.isAsynchronous ?? false)
    }

    // MARK: - Boxes

    private func draw(_ box: MapLayout.Box, _ canvas: inout Frame, _ corner: Point) {
        guard let node = model.nodes[box.id] else { return }
        var rect = Self.place(of: box)
        rect.column -= corner.column
        rect.row -= corner.row
        guard !rect.intersection(canvas.bounds).isEmpty else { return }
        let isFaint = selected != nil && !near.contains(box.id)
        let isSelected = box.id == selected
        let theme = look.theme
        let bad = MapHealth.role(node.errorShare)
        let border = isSelected ? theme[.borderFocused].bold : isFaint ? theme[.faint] : bad.map { theme[$0] } ?? theme[.border]
        drawBorder(&canvas, rect, MapCorners(isRound: node.kind != .service, isSelected: isSelected, look.drawing), border)
        let name = isSelected ? theme[.title].adding(.reverse) : isFaint ? theme[.muted] : theme[.strong]
        let used = canvas.write(
            " " + node.name, at: Point(rect.column + 2, rect.row), style: name, width: rect.columns - 5, truncation: .middle)
        canvas.write(" ", at: Point(rect.column + 2 + used, rect.row), style: name)
        if !node.system.isEmpty, node.system != node.name {
            let place = Point(rect.column + 2, rect.endRow - 1)
            canvas.write(" " + node.system + " ", at: place, style: theme[isFaint ? .faint : .muted], width: rect.columns - 3)
        }
        MapBox(node: node, boxes: boxes).draw(in: &canvas, rect.inset(columns: 1, rows: 1), look: look, isFaint: isFaint)
        if node.entryRate > 0, box.layer == 0 { drawEntry(&canvas, rect, isFaint) }
        canvas.addHitArea(rect, "node:" + box.id)
    }

    private func drawBorder(_ canvas: inout Frame, _ rect: Rect, _ corners: MapCorners, _ style: Style) {
        canvas.horizontalLine(at: rect.origin, columns: rect.columns, style: style, corners.horizontal)
        canvas.horizontalLine(at: Point(rect.column, rect.endRow - 1), columns: rect.columns, style: style, corners.horizontal)
        canvas.verticalLine(at: rect.origin, rows: rect.rows, style: style, corners.vertical)
        canvas.verticalLine(at: Point(rect.endColumn - 1, rect.row), rows: rect.rows, style: style, corners.vertical)
        canvas.put(corners.topLeft, at: rect.origin, style: style)
        canvas.put(corners.topRight, at: Point(rect.endColumn - 1, rect.row), style: style)
        canvas.put(corners.bottomLeft, at: Point(rect.column, rect.endRow - 1), style: style)
        canvas.put(corners.bottomRight, at: Point(rect.endColumn - 1, rect.endRow - 1), style: style)
    }

    private func drawEntry(_ canvas: inout Frame, _ rect: Rect, _ isFaint: Bool) {
        let style = look.theme[isFaint ? .faint : .edgeStrong]
        canvas.horizontalLine(at: Point(rect.column - 3, rect.row + 1), columns: 2, style: style)
        canvas.put(look.drawing.glyphs.arrowRight, at: Point(rect.column - 1, rect.row + 1), style: style)
    }

    // MARK: - Ends and labels of lines

    /// The arrowhead, and the place in the border of the source where the line begins.
    private func drawEnds(of route: MapLayout.Route, _ lines: MapLines, _ canvas: inout Frame) {
        guard let first = route.points.first, let last = route.points.last, let source = layout[route.edge.from] else { return }
        let style = trait(of: route.edge).style
        let glyphs = look.drawing.glyphs
        let isLoop = route.edge.from == route.edge.to
        let arrow = isLoop ? glyphs.arrowUp : route.isReversed ? glyphs.arrowLeft : glyphs.arrowRight
        canvas.put(arrow, at: lines.point(last), style: style)
        let begin = MapCell(column: route.isReversed ? source.column : source.column + source.columns - 1, row: first.row)
        let isHeavy = route.edge.from == selected
        let joint: Unicode.Scalar
        if look.drawing == .ascii {
            joint = "+"
        } else if route.isReversed {
            joint = isHeavy ? "┨" : "┤"
        } else {
            joint = isHeavy ? "┠" : "├"
        }
        canvas.put(joint, at: lines.point(begin), style: style)
    }

    private func drawLabel(of route: MapLayout.Route, _ lines: MapLines, _ canvas: inout Frame) {
        guard let call = rates[route.edge], call.rate > 0 else { return }
        let text = Quantity.rate(call.rate)
        let width = columns(of: text)
        guard let run = lines.run(for: route, fitting: width + 2) else { return }
        let trait = trait(of: route.edge)
        let isNear = selected == nil || route.edge.from == selected || route.edge.to == selected
        let style = trait.rank & 3 > 0 && isNear ? trait.style : look.theme[isNear ? .muted : .faint]
        let column = route.isReversed ? run.lowerBound + 1 : run.upperBound - width
        guard let head = route.points.last else { return }
        canvas.write(text, at: Point(column, lines.point(head).row), style: style)
    }
}

/// The characters of a box's border: square for services, round for what is known only from its callers, heavy for the selected one.
struct MapCorners {
    let topLeft: Unicode.Scalar
    let topRight: Unicode.Scalar
    let bottomLeft: Unicode.Scalar
    let bottomRight: Unicode.Scalar
    let horizontal: Unicode.Scalar
    let vertical: Unicode.Scalar

    init(isRound: Bool, isSelected: Bool, _ drawing: Drawing) {
        let corners: [Unicode.Scalar] =
            switch (drawing == .ascii, isRound, isSelected) {
            case (true, false, _): ["+", "+", "+", "+"]
            case (true, true, _): [".", ".", "'", "'"]
            case (false, false, false): ["┌", "┐", "└", "┘"]
            case (false, false, true): ["┏", "┓", "┗", "┛"]
            case (false, true, _): ["╭", "╮", "╰", "╯"]
            }
        (topLeft, topRight, bottomLeft, bottomRight) = (corners[0], corners[1], corners[2], corners[3])
        let isHeavy = isSelected && !isRound && drawing != .ascii
        horizontal = isHeavy ? "━" : drawing.glyphs.horizontal
        vertical = isHeavy ? "┃" : drawing.glyphs.vertical
    }
}
