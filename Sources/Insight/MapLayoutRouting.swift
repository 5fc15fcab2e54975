/// The columns of the layers, and the lines of all edges through the gaps between them.
struct MapRouting {
    private let graph: LayeredGraph
    private let spacing: MapLayout.Spacing
    private let rows: [Int]
    private let ports: MapRows.Ports
    /// The left edge of each layer.
    private(set) var layerColumns: [Int] = []
    private(set) var columns = 0
    /// By edge of the input: its corners from source to target.
    private(set) var points: [[MapCell]]

    init(_ graph: LayeredGraph, rows: [Int], ports: MapRows.Ports, spacing: MapLayout.Spacing) {
        self.graph = graph
        self.spacing = spacing
        self.rows = rows
        self.ports = ports
        points = Array(repeating: [], count: graph.input.edges.count)
        let channels = channels()
        measure(channels)
        trace(channels)
    }

    /// One behind each layer; the last holds only the loops of the last layer.
    private func channels() -> [MapChannel] {
        var wires = [[MapChannel.Wire]](repeating: [], count: graph.layerCount)
        for (index, segment) in graph.segments.enumerated() {
            let wire = MapChannel.Wire(
                segment: index, left: rows[segment.left] + ports.left[index], right: rows[segment.right] + ports.right[index])
            wires[graph.layer[segment.left]].append(wire)
        }
        var loops = [[MapChannel.Loop]](repeating: [], count: graph.layerCount)
        for (index, edge) in graph.input.edges.enumerated() where graph.isLoop[index] {
            let node = edge.from
            let height = graph.input.nodes[node].rows
            loops[graph.layer[node]].append(MapChannel.Loop(edge: index, leaving: rows[node] + height - 2, returning: rows[node] + height))
        }
        return zip(wires, loops).map { MapChannel($0, loops: $1) }
    }

    private mutating func measure(_ channels: [MapChannel]) {
        var widths = [Int](repeating: 0, count: graph.layerCount)
        for (index, node) in graph.input.nodes.enumerated() { widths[graph.layer[index]] = max(widths[graph.layer[index]], node.columns) }
        var column = 0
        for layer in 0..<graph.layerCount {
            layerColumns.append(column)
            column += widths[layer]
            let isLast = layer == graph.layerCount - 1
            let lanes = channels[layer].laneCount
            if !isLast { column += spacing.lead + lanes + spacing.trail } else if lanes > 0 { column += spacing.lead + lanes }
            laneOrigins.append(layerColumns[layer] + widths[layer] + spacing.lead)
        }
        columns = column
    }
    private var laneOrigins: [Int] = []

    private mutating func trace(_ channels: [MapChannel]) {
        for (index, edge) in graph.input.edges.enumerated() {
            if graph.isLoop[index] {
                points[index] = loop(index, at: edge.from, in: channels[graph.layer[edge.from]])
            } else if !graph.segmentsOfEdge[index].isEmpty {
                let line = line(graph.segmentsOfEdge[index], through: channels)
                points[index] = graph.isReversed[index] ? line.reversed() : line
            }
        }
    }

    private func line(_ segments: [Int], through channels: [MapChannel]) -> [MapCell] {
        var path = Path()
        for index in segments {
            let segment = graph.segments[index]
            let layer = graph.layer[segment.left]
            let node = segment.left
            let start = layerColumns[layer] + (graph.isBend(node) ? 0 : graph.input.nodes[node].columns)
            path.append(MapCell(column: start, row: rows[node] + ports.left[index]))
            for turn in channels[layer].turns(of: index) {
                path.append(MapCell(column: laneOrigins[layer] + turn.lane, row: turn.from))
                path.append(MapCell(column: laneOrigins[layer] + turn.lane, row: turn.to))
            }
            path.append(MapCell(column: layerColumns[layer + 1] - 1, row: rows[segment.right] + ports.right[index]))
        }
        return path.points
    }

    /// Out at the right, down, and back into the box from below.
    private func loop(_ edge: Int, at node: Int, in channel: MapChannel) -> [MapCell] {
        let layer = graph.layer[node]
        let box = graph.input.nodes[node]
        let lane = laneOrigins[layer] + channel.lane(ofLoop: edge)
        let leaving = rows[node] + box.rows - 2
        var path = Path()
        path.append(MapCell(column: layerColumns[layer] + box.columns, row: leaving))
        path.append(MapCell(column: lane, row: leaving))
        path.append(MapCell(column: lane, row: leaving + 2))
        path.append(MapCell(column: layerColumns[layer] + box.columns - 2, row: leaving + 2))
        return path.points
    }
}

/// Points without those that stand between two others on one straight line.
private struct Path {
    private(set) var points: [MapCell] = []

    mutating func append(_ point: MapCell) {
        guard let last = points.last else {
            points.append(point)
            return
        }
        if last == point { return }
        if points.count > 1 {
            let before = points[points.count - 2]
            let isStraight =
                (before.row == last.row && last.row == point.row) || (before.column == last.column && last.column == point.column)
            if isStraight { points.removeLast() }
        }
        points.append(point)
    }
}
