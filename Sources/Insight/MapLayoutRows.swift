/// The row of every node and bend, and the rows at which lines leave and reach it.
///
/// Rows minimise the bent length of the segments, those between bends weighing most, so that long lines run straight. Each layer by
/// itself is solved exactly (an isotonic regression of least absolute deviations), layer after layer, in sweeps from both sides.
struct MapRows {
    /// Where a segment leaves its left end and reaches its right end, in rows below that node's upper edge.
    struct Ports {
        var left: [Int]
        var right: [Int]
    }
    private let graph: LayeredGraph
    private let spacing: MapLayout.Spacing
    private(set) var rows: [Int]
    private(set) var ports: Ports
    /// Rows a node takes; one more than its box where a line to itself runs below it.
    private let heights: [Int]

    private static let sweeps = 6

    init(_ graph: LayeredGraph, spacing: MapLayout.Spacing) {
        self.graph = graph
        self.spacing = spacing
        let loops = Set(zip(graph.input.edges, graph.isLoop).compactMap { $1 ? $0.from : nil })
        heights = graph.layer.indices.map { graph.isBend($0) ? 1 : graph.input.nodes[$0].rows + (loops.contains($0) ? 1 : 0) }
        rows = Array(repeating: 0, count: graph.layer.count)
        ports = Ports(left: Array(repeating: 0, count: graph.segments.count), right: Array(repeating: 0, count: graph.segments.count))
        assignPorts()
    }

    mutating func settle() {
        for layer in graph.layers { pack(layer) }
        var best = rows
        var least = cost()
        for sweep in 0..<Self.sweeps {
            for layer in graph.layers { align(layer, toLeft: true, toRight: sweep == Self.sweeps - 1) }
            for layer in graph.layers.reversed() { align(layer, toLeft: sweep == Self.sweeps - 1, toRight: true) }
            polish(best: &best, least: &least)
        }
        rows = best
        let top = graph.layers.joined().map { rows[$0] }.min() ?? 0
        for node in rows.indices { rows[node] -= top }
        placeIsolated()
    }

    /// With both sides counting, until nothing moves any more.
    private mutating func polish(best: inout [Int], least: inout Int) {
        let start = rows
        for _ in 0..<3 {
            let before = rows
            for layer in graph.layers { align(layer, toLeft: true, toRight: true) }
            if rows == before { break }
        }
        let cost = cost()
        if cost < least {
            least = cost
            best = rows
        }
        rows = start
    }

    // MARK: Ports

    private mutating func assignPorts() {
        var position = [Int](repeating: 0, count: graph.layer.count)
        for layer in graph.layers {
            for (index, node) in layer.enumerated() { position[node] = index }
        }
        for node in 0..<graph.realCount {
            let inner = graph.input.nodes[node].rows - 2
            let leaving = graph.outgoing[node].sorted {
                (position[graph.segments[$0].right], $0) < (position[graph.segments[$1].right], $1)
            }
            for (segment, row) in spread(leaving, over: inner) { ports.left[segment] = row }
            let arriving = graph.incoming[node].sorted { (position[graph.segments[$0].left], $0) < (position[graph.segments[$1].left], $1) }
            for (segment, row) in spread(arriving, over: inner) { ports.right[segment] = row }
        }
    }

    /// Segments over the rows between the borders, from top to bottom. Where they are more than the rows, those of reversed edges share
    /// the last row, so that arrows of both directions do not meet in one place.
    private func spread(_ segments: [Int], over rows: Int) -> [(Int, Int)] {
        let isReversed = { graph.isReversed[graph.segments[$0].edge] }
        let mixed = segments.contains(where: isReversed) && !segments.allSatisfy(isReversed)
        guard segments.count > rows, rows > 1, mixed else { return evenly(segments, over: rows) }
        return evenly(segments.filter { !isReversed($0) }, over: rows - 1) + segments.filter(isReversed).map { ($0, rows) }
    }

    private func evenly(_ segments: [Int], over rows: Int) -> [(Int, Int)] {
        segments.enumerated().map { index, segment in (segment, 1 + ((2 * index + 1) * rows - 1) / (2 * segments.count)) }
    }

    // MARK: Rows

    private mutating func pack(_ layer: [Int]) {
        var row = 0
        for (index, node) in layer.enumerated() {
            if index > 0 { row += distance(layer[index - 1], node) }
            rows[node] = row
        }
    }

    /// From the upper edge of a node to that of the next in its layer.
    private func distance(_ upper: Int, _ lower: Int) -> Int {
        heights[upper] + (graph.isBend(upper) || graph.isBend(lower) ? 0 : spacing.between)
    }

    private func weight(_ segment: LayeredGraph.Segment) -> Int {
        switch (graph.isBend(segment.left), graph.isBend(segment.right)) {
        case (true, true): 16
        case (false, false): 2
        default: 4
        }
    }

    private func cost() -> Int {
        var total = 0
        for (index, segment) in graph.segments.enumerated() {
            let bend = abs(rows[segment.left] + ports.left[index] - rows[segment.right] - ports.right[index])
            total += weight(segment) * (bend + (bend > 0 ? 3 : 0))
        }
        return total
    }

    private mutating func align(_ layer: [Int], toLeft: Bool, toRight: Bool) {
        var runs: [Run] = []
        var offsets: [Int] = []
        offsets.reserveCapacity(layer.count)
        for (index, node) in layer.enumerated() {
            offsets.append(index == 0 ? 0 : offsets[index - 1] + distance(layer[index - 1], node))
            var run = Run(node: index, wishes: wishes(of: node, toLeft: toLeft, toRight: toRight, offset: offsets[index]))
            while let above = runs.last, above.place > run.place {
                run = above.joined(with: run)
                runs.removeLast()
            }
            runs.append(run)
        }
        for run in runs {
            for index in run.nodes { rows[layer[index]] = run.place + offsets[index] }
        }
    }

    private func wishes(of node: Int, toLeft: Bool, toRight: Bool, offset: Int) -> [Run.Wish] {
        var wishes: [Run.Wish] = []
        if toLeft {
            for index in graph.incoming[node] {
                let segment = graph.segments[index]
                wishes.append(Run.Wish(row: rows[segment.left] + ports.left[index] - ports.right[index] - offset, weight: weight(segment)))
            }
        }
        if toRight {
            for index in graph.outgoing[node] {
                let segment = graph.segments[index]
                wishes.append(Run.Wish(row: rows[segment.right] + ports.right[index] - ports.left[index] - offset, weight: weight(segment)))
            }
        }
        if wishes.isEmpty { return [Run.Wish(row: rows[node] - offset, weight: 1)] }
        return wishes.count > 1 ? wishes.sorted { $0.row < $1.row } : wishes
    }

    /// Below everything else, in even lines across the layers.
    private mutating func placeIsolated() {
        guard !graph.isolated.isEmpty else { return }
        var top = graph.layers.joined().map { rows[$0] + heights[$0] }.max().map { $0 + spacing.between } ?? 0
        var line: [Int] = []
        for node in graph.isolated {
            if let first = line.first, graph.layer[first] == graph.layer[node] {
                top += (line.map { heights[$0] }.max() ?? 0) + spacing.between
                line = []
            }
            rows[node] = top
            line.append(node)
        }
    }
}

/// Neighbours of one layer pressed against each other, and where they wish to stand.
private struct Run {
    struct Wish {
        var row: Int
        var weight: Int
    }
    private(set) var nodes: ClosedRange<Int>
    /// Ascending by row.
    private var wishes: [Wish]
    /// The weighted median of the wishes; of two equally good ones the upper.
    private(set) var place: Int

    init(node: Int, wishes: [Wish]) {
        self.init(nodes: node...node, wishes: wishes)
    }
    private init(nodes: ClosedRange<Int>, wishes: [Wish]) {
        self.nodes = nodes
        self.wishes = wishes
        let total = wishes.reduce(0) { $0 + $1.weight }
        var below = 0
        place = wishes.first?.row ?? 0
        for wish in wishes {
            below += wish.weight
            place = wish.row
            if below * 2 >= total { break }
        }
    }

    func joined(with lower: Run) -> Run {
        var merged: [Wish] = []
        merged.reserveCapacity(wishes.count + lower.wishes.count)
        var (a, b) = (0, 0)
        while a < wishes.count || b < lower.wishes.count {
            if b == lower.wishes.count || (a < wishes.count && wishes[a].row <= lower.wishes[b].row) {
                merged.append(wishes[a])
                a += 1
            } else {
                merged.append(lower.wishes[b])
                b += 1
            }
        }
        return Run(nodes: nodes.lowerBound...lower.nodes.upperBound, wishes: merged)
    }
}
