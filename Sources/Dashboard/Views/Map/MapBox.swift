import Canvas
import Insight
import Telemetry

/// One box of the map: what it says and how large it is.
struct MapBox {
    static let largeColumns = 18
    static let smallColumns = 15
    let node: ServiceMap.Node
    let boxes: MapBoxes

    /// Depends on what the node is, never on what it measures.
    static func size(_ node: ServiceMap.Node, _ boxes: MapBoxes) -> MapLayout.Node {
        let hasVersions = boxes == .large && node.versions.count > 1
        return MapLayout.Node(id: node.id, columns: boxes == .large ? largeColumns : smallColumns, rows: hasVersions ? 5 : 4)
    }

    /// The rows between the borders, each the width of the box less its borders.
    func draw(in frame: inout Frame, _ inside: Rect, look: Look, isFaint: Bool) {
        let theme = look.theme
        let room = boxes == .large ? inside.inset(columns: 1) : inside
        let plain = theme[isFaint ? .muted : .text]
        let line = { (row: Int) in Rect(column: room.column, row: room.row + row, columns: room.columns, rows: 1) }
        guard node.requests > 0, let share = node.errorShare else {
            frame.write(StyledText("no calls", theme[.unknown]), in: line(0), .leading)
            return
        }
        frame.write(StyledText(Quantity.rate(node.rate), plain), in: line(0), .leading)
        frame.write(shareText(share, look, plain), in: line(0), .trailing)
        frame.write(StyledText("p95", theme[isFaint ? .faint : .muted]), in: line(1), .leading)
        frame.write(slowness(look, plain), in: line(1), .trailing)
        if inside.rows > 2 {
            frame.write(StyledText(node.versions.prefix(4).joined(separator: " "), theme[.info]), in: line(2), .leading)
        }
    }

    private func shareText(_ share: Double, _ look: Look, _ plain: Style) -> StyledText {
        guard let role = MapHealth.role(share) else { return StyledText(Quantity.percent(share), plain) }
        let mark = role == .bad ? look.drawing.glyphs.bad : look.drawing.glyphs.warn
        return StyledText("\(Character(mark))" + (boxes == .large ? " " : "") + Quantity.percent(share), look.theme[role])
    }

    private func slowness(_ look: Look, _ plain: Style) -> StyledText {
        guard let p95 = node.p95 else { return StyledText("–", plain) }
        let text = Quantity.duration(nanoseconds: Double(p95.nanoseconds))
        return p95 > MapHealth.slow
            ? StyledText("\(Character(look.drawing.glyphs.warn)) " + text, look.theme[.warn]) : StyledText(text, plain)
    }
}
