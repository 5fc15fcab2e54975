import Canvas
import Insight
import Telemetry

extension MapView {
    package static func draw(_ model: MapModel, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        let areas = MapAreas(model, state, size)
        if model.nodes.isEmpty {
            drawEmpty(&frame, model, look)
        } else if state.showsList {
            drawList(&frame, areas.main, model, state, look)
        } else {
            drawPicture(&frame, areas, model, state, look)
        }
        if let pane = areas.pane, let id = state.selected, let node = model.nodes[id] {
            MapPane(model: model, node: node, state: state, look: look).draw(in: &frame, pane)
        }
        drawFoot(&frame, areas, model, state, look)
        return frame
    }

    private static func drawPicture(_ frame: inout Frame, _ areas: MapAreas, _ model: MapModel, _ state: State, _ look: Look) {
        let corner = areas.corner(for: state, model)
        let selected = state.selected.flatMap { model.nodes[$0]?.id }
        let extent = areas.extent
        // A map that fits stands a little away from the edge.
        var rect = areas.main
        if extent.rows < rect.rows { rect = rect.cutTop(min((rect.rows - extent.rows) / 2, 1)).rest }
        MapPicture(model, areas.boxes, selected: selected, look: look).draw(in: &frame, rect, from: corner)
    }

    // MARK: - The list

    private static func drawList(_ frame: inout Frame, _ rect: Rect, _ model: MapModel, _ state: State, _ look: Look) {
        let theme = look.theme
        let calls = model.sortedCalls(state.sort)
        let counts = StyledText("\(calls.count) calls between \(model.nodes.count)", theme[.muted])
        let border = theme[state.isInPane ? .border : .borderFocused]
        let inside = frame.box(rect, title: StyledText("Calls", theme[.title]), trailing: counts, style: border)
        let selected = calls.firstIndex { MapLayout.Edge(from: $0.from, to: $0.to) == state.selectedCall } ?? 0
        let table = Table(
            columns: listColumns(model), rows: calls, sort: state.sort, selected: calls.isEmpty ? nil : selected,
            firstRow: Table<ServiceMap.Edge>.firstRow(showing: selected, from: 0, visible: max(inside.rows - 1, 1), count: calls.count),
            isFocused: !state.isInPane,
            whenEmpty: StyledText("No service calls another in this window.", theme[.muted]))
        table.draw(in: &frame, inside, theme: theme)
    }

    private static func listColumns(_ model: MapModel) -> [TableColumn<ServiceMap.Edge>] {
        let name = { @Sendable (id: String) in model.nodes[id]?.name ?? id }
        return [
            TableColumn("caller", title: "caller", width: .flexible(minimum: 12, maximum: 32), truncation: .middle) {
                StyledText(name($0.from), $1.theme[.strong])
            },
            TableColumn("arrow", title: "", width: .fixed(1)) {
                let glyphs = $1.drawing.glyphs
                return StyledText(String(Character($0.isAsynchronous ? glyphs.separator : glyphs.arrowRight)), $1.theme[.edge])
            },
            TableColumn("callee", title: "callee", width: .flexible(minimum: 12, maximum: 32), truncation: .middle) {
                StyledText(name($0.to), $1.theme[.strong])
            },
            TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing) {
                StyledText(Quantity.rate($0.rate), $1.theme[.text])
            },
            TableColumn("traffic", title: "traffic", width: .fixed(10), priority: 4) {
                let share = model.busiestRate > 0 ? $0.rate / model.busiestRate : 0
                return Bar(share).styled(width: 10, drawing: $1.drawing, style: $1.theme[.gauge], track: $1.theme[.gaugeTrack])
            },
            TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing, priority: 2) {
                StyledText(Quantity.count($0.errors), $1.theme[$0.errors > 0 ? MapHealth.role($0.errorShare) ?? .text : .faint])
            },
            TableColumn("share", title: "error %", width: .fixed(8), alignment: .trailing) {
                let role = MapHealth.role($0.errorShare)
                let mark = role == .bad ? $1.drawing.glyphs.bad : $1.drawing.glyphs.warn
                let text = Quantity.percent($0.errorShare)
                return StyledText(role == nil ? text : "\(Character(mark)) \(text)", $1.theme[role ?? .muted])
            },
            TableColumn("p50", title: "p50", width: .fixed(8), alignment: .trailing, priority: 3) {
                StyledText($0.p50.map { Quantity.duration(nanoseconds: Double($0.nanoseconds)) } ?? "–", $1.theme[.muted])
            },
            TableColumn("p95", title: "p95", width: .fixed(8), alignment: .trailing, priority: 1) {
                StyledText($0.p95.map { Quantity.duration(nanoseconds: Double($0.nanoseconds)) } ?? "–", $1.theme[.text])
            },
        ]
    }

    // MARK: - Nothing to show

    private static func drawEmpty(_ frame: inout Frame, _ model: MapModel, _ look: Look) {
        let theme = look.theme
        let (why, remedy) = emptiness(model)
        let width = min(64, frame.size.columns - 8)
        let lines =
            TextBlock(StyledText(why, theme[.strong])).lines(width: width - 1)
            + [StyledText()] + TextBlock(StyledText(remedy, theme[.muted])).lines(width: width - 1)
        let top = max((frame.size.rows - lines.count) / 2, 0)
        for (index, line) in lines.enumerated() {
            frame.write(line, in: Rect(column: (frame.size.columns - width) / 2, row: top + index, columns: width, rows: 1), .center)
        }
    }

    private static func emptiness(_ model: MapModel) -> (why: String, remedy: String) {
        let length = Quantity.roundDuration(nanoseconds: Double(model.window.nanoseconds))
        if model.hiddenCount > 0 { return ("No service fits \"\(model.search)\".", "Esc in the filter clears it.") }
        if !model.lens.isOpen {
            return ("No call in the last \(length) fits \(model.lens).", "F opens the lens, - makes the window longer.")
        }
        return (
            "No spans in the last \(length), so no map.",
            "The map follows from traces. Send them by OTLP to 127.0.0.1:4318 (HTTP) or :4317 (gRPC), or as Zipkin to :9411; view 9 shows what has come."
        )
    }

    // MARK: - The foot: what the lines mean, and where more lies

    private static func drawFoot(_ frame: inout Frame, _ areas: MapAreas, _ model: MapModel, _ state: State, _ look: Look) {
        guard !areas.foot.isEmpty, !model.nodes.isEmpty else { return }
        let theme = look.theme
        let more = state.showsList ? StyledText() : moreText(areas, areas.corner(for: state, model), look)
        let room = areas.foot.columns - more.columns - 2
        var left = StyledText()
        if let note = model.map.note { left.append(note + "  ", theme[.warn]) }
        if model.hiddenCount > 0 { left.append("\(model.hiddenCount) filtered out  ", theme[.filter]) }
        if model.layout(areas.boxes).unrouted > 0 { left.append("\(model.layout(areas.boxes).unrouted) lines not drawn  ", theme[.warn]) }
        if !state.showsList, left.columns + legend(look).columns <= room { left = left + legend(look) }
        frame.write(left, at: Point(areas.foot.column + 1, areas.foot.row), width: room)
        frame.write(more, in: areas.foot, .trailing)
    }

    private static func legend(_ look: Look) -> StyledText {
        let theme = look.theme
        let isASCII = look.drawing == .ascii
        let glyphs = look.drawing.glyphs
        var text = StyledText(isASCII ? "==" : "━━", theme[.edge])
        text.append(" much traffic  ", theme[.muted])
        text.append(isASCII ? ".." : "╌╌", theme[.edge])
        text.append(" messages  ", theme[.muted])
        text.append("\(Character(glyphs.warn))", theme[.warn])
        text.append(" 1 %  ", theme[.muted])
        text.append("\(Character(glyphs.bad))", theme[.bad])
        text.append(" 10 % failed  ", theme[.muted])
        text.append(isASCII ? ".--." : "╭──╮", theme[.border])
        text.append(" sends no spans", theme[.muted])
        return text
    }

    /// Which way services lie that are not in sight, and how many.
    private static func moreText(_ areas: MapAreas, _ corner: Point, _ look: Look) -> StyledText {
        let seen = Rect(column: corner.column, row: corner.row, columns: areas.main.columns, rows: areas.main.rows)
        var counts = [0, 0, 0, 0]
        for box in areas.layout.boxes {
            let place = MapPicture.place(of: box)
            if place.endColumn <= seen.column { counts[0] += 1 } else if place.column >= seen.endColumn { counts[1] += 1 }
            if place.endRow <= seen.row { counts[2] += 1 } else if place.row >= seen.endRow { counts[3] += 1 }
        }
        guard counts.contains(where: { $0 > 0 }) else { return StyledText() }
        let glyphs = look.drawing.glyphs
        var text = StyledText("more:", look.theme[.muted])
        for (arrow, count) in zip([glyphs.arrowLeft, glyphs.arrowRight, glyphs.arrowUp, glyphs.arrowDown], counts) where count > 0 {
            text.append(" \(Character(arrow)) ", look.theme[.key])
            text.append(String(count), look.theme[.text])
        }
        text.append(" ")
        return text
    }
}

/// Where the parts of the view lie, and which part of the map is in sight.
struct MapAreas {
    let main: Rect
    let pane: Rect?
    let foot: Rect
    let boxes: MapBoxes
    let layout: MapLayout
    var extent: Rect { MapPicture.extent(of: layout) }

    init(_ model: MapModel, _ state: MapView.State, _ size: Size) {
        let (foot, body) = Rect(size).cutBottom(1)
        self.foot = foot
        let opens = state.selected.map { model.nodes[$0] != nil } ?? false
        if opens, !state.isAlone, !model.nodes.isEmpty {
            if size.columns >= 110 {
                let (pane, main) = body.cutRight(min(max(size.columns / 3, 38), 60))
                (self.pane, self.main) = (pane, main)
            } else {
                let (pane, main) = body.cutBottom(min(max(size.rows / 3, 7), 12))
                (self.pane, self.main) = (pane, main)
            }
        } else {
            (pane, main) = (nil, body)
        }
        let fits =
            model.large.columns + MapPicture.margin <= main.columns
            || (main.columns >= 110 && model.small.columns + MapPicture.margin > main.columns)
        boxes = state.boxes ?? (fits ? .large : .small)
        layout = model.layout(boxes)
    }

    /// The corner in the state, moved no further than the selection and the edges of the map need.
    func corner(for state: MapView.State, _ model: MapModel) -> Point {
        var corner = state.corner
        if let box = state.selected.flatMap({ layout[$0] }) {
            let place = MapPicture.place(of: box)
            // A little of what lies around it, too.
            corner.column = min(max(corner.column, place.endColumn + 6 - main.columns), max(place.column - 6, 0))
            corner.row = min(max(corner.row, place.endRow + 1 - main.rows), max(place.row - 1, 0))
        } else if corner == .zero, let box = MapView.firstBox(layout, model) {
            corner.row = box.row + box.rows / 2 - main.rows / 2
        }
        return Point(
            min(max(corner.column, 0), max(extent.columns - main.columns, 0)), min(max(corner.row, 0), max(extent.rows - main.rows, 0)))
    }
}
