import Insight
import TestKit
import Testing

@Suite struct MapLayoutTests {
    @Test func laysAChainOutInOneStraightLine() {
        let layout = MapLayout(nodes("abc"), edges("a>b b>c"))
        #expect(layout.boxes.map(\.layer) == [0, 1, 2])
        #expect(Set(layout.boxes.map(\.row)) == [0])
        #expect(layout.routes.allSatisfy { $0.points.count == 2 && !$0.isReversed })
        #expect(layout.rows == 4)
    }

    @Test func givesTheSameForAnyOrderOfTheInput() {
        var random = Seeded(7)
        let graph = RandomGraph(nodeCount: 25, edgeCount: 45, &random)
        let first = MapLayout(graph.nodes, graph.edges)
        for _ in 0..<5 {
            #expect(MapLayout(graph.nodes.shuffled(using: &random), graph.edges.shuffled(using: &random)) == first)
        }
    }

    @Test func returnsThePreviousLayoutForTheSameGraph() {
        let first = MapLayout(nodes("abcd"), edges("a>b a>c c>d"))
        #expect(MapLayout(nodes("abcd"), edges("a>b a>c c>d"), keeping: first) == first)
    }

    @Test func takesTheOrderOverWhereOnlySizesDiffer() {
        var random = Seeded(12)
        let graph = RandomGraph(nodeCount: 20, edgeCount: 35, &random)
        let wide = graph.nodes.map { MapLayout.Node(id: $0.id, columns: 20, rows: 6) }
        let first = MapLayout(graph.nodes, graph.edges)
        #expect(MapLayout(wide, graph.edges, keeping: first) == MapLayout(wide, graph.edges))
    }

    @Test func keepsTheOrderOfKnownNodesWhenOneComes() {
        let first = MapLayout(nodes("gxyz"), edges("g>x g>y g>z"))
        let second = MapLayout(nodes("gaxyzm"), edges("g>x g>y g>z g>a g>m"), keeping: first)
        let order = { (layout: MapLayout) in layout.boxes.filter { "xyz".contains($0.id) }.sorted { $0.row < $1.row }.map(\.id) }
        #expect(order(second) == order(first))
        #expect(second.boxes.count == 6)
    }

    @Test func drawsEdgesOfACircleBackwards() {
        let layout = MapLayout(nodes("ab"), edges("a>b b>a"))
        #expect(layout.routes.map(\.isReversed) == [false, true])
        #expect(layout["a"]?.layer == 0 && layout["b"]?.layer == 1)
        check(layout, "mutual")
    }

    @Test func leadsALoopBackIntoItsBoxFromBelow() throws {
        let layout = MapLayout(nodes("a"), edges("a>a"))
        let box = try #require(layout["a"])
        let route = try #require(layout.routes.first)
        #expect(route.points.first == MapCell(column: box.column + box.columns, row: box.row + box.rows - 2))
        #expect(route.points.last?.row == box.row + box.rows)
        #expect(layout.rows == box.rows + 1)
        check(layout, "loop")
    }

    @Test func setsNodesWithoutEdgesInEvenLines() {
        let layout = MapLayout(nodes("abcdef"), [])
        #expect(Set(layout.boxes.map(\.row)).count == 2)
        #expect(Set(layout.boxes.map(\.layer)).count == 4)
        check(layout, "isolated")
    }

    @Test func ignoresUnknownEndsAndRepeatedNames() {
        let layout = MapLayout(nodes("ab") + nodes("a"), edges("a>b a>b a>q q>b"))
        #expect(layout.boxes.count == 2)
        #expect(layout.routes.count == 1)
        #expect(layout["q"] == nil)
    }

    @Test func takesNothing() {
        let layout = MapLayout([], [])
        #expect(layout.columns == 0 && layout.rows == 0 && layout.boxes.isEmpty)
    }

    @Test func countsEdgesBeyondItsLimit() {
        let names = (0..<170).map { "n\($0 + 100)" }
        var links: [MapLayout.Edge] = []
        for (index, name) in names.enumerated() {
            for other in names[(index + 1)...] where index == 0 || other == names[index + 1] { links.append(.init(from: name, to: other)) }
        }
        let layout = MapLayout(names.map { .init(id: $0, columns: 8, rows: 3) }, links)
        let bends = (1..<170).reduce(0) { $0 + $1 - 1 }
        #expect(bends > MapLayout.maximumBends)
        #expect(layout.unrouted > 0)
        #expect(layout.routes.filter(\.points.isEmpty).count == layout.unrouted)
    }

    @Test(arguments: 0..<60) func holdsItsPromisesForRandomGraphs(seed: Int) {
        var random = Seeded(UInt64(seed))
        let count = Int.random(in: 1...30, using: &random)
        let graph = RandomGraph(nodeCount: count, edgeCount: Int.random(in: 0...2 * count, using: &random), &random)
        check(MapLayout(graph.nodes, graph.edges, spacing: .init(trail: 3)), "seed \(seed)")
    }

    @Test func crossesHardlyMoreThanNeeded() {
        var found = 0
        var least = 0
        for seed in 0..<40 as Range<UInt64> {
            var random = Seeded(seed)
            let links = (0..<9).map { _ in (Int.random(in: 0..<5, using: &random), Int.random(in: 0..<5, using: &random)) }
            var all = links.map { MapLayout.Edge(from: "a\($0)", to: "b\($1)") }
            // Every node gets an edge, so that all stand in two layers.
            for index in 0..<5 { all.append(.init(from: "a\(index)", to: "b\(index)")) }
            found += MapLayout((0..<5).flatMap { nodes(["a\($0)", "b\($0)"]) }, all).crossings
            least += fewestCrossings(Set(all.map { Pair(left: digit($0.from), right: digit($0.to)) }))
        }
        #expect(found <= least + least / 20, "found \(found), possible \(least)")
    }

    // MARK: -

    private func nodes(_ letters: String) -> [MapLayout.Node] { nodes(letters.map(String.init)) }
    private func nodes(_ names: [String]) -> [MapLayout.Node] { names.map { .init(id: $0, columns: 10, rows: 4) } }
    private func edges(_ text: String) -> [MapLayout.Edge] {
        text.split(separator: " ").map { MapLayout.Edge(from: String($0.first ?? "?"), to: String($0.last ?? "?")) }
    }
    private func digit(_ name: String) -> Int { Int(name.dropFirst()) ?? 0 }

    private struct Pair: Hashable {
        var left: Int
        var right: Int
    }
    /// Over all orders of five right ends under all orders of five left ends.
    private func fewestCrossings(_ pairs: Set<Pair>) -> Int {
        var least = Int.max
        let orders = permutations(5)
        for left in orders {
            let placed = pairs.map { Pair(left: left[$0.left], right: $0.right) }
            for right in orders {
                var count = 0
                for a in placed {
                    for b in placed where a.left < b.left && right[a.right] > right[b.right] { count += 1 }
                    if count >= least { break }
                }
                least = min(least, count)
            }
        }
        return least
    }
    private func permutations(_ count: Int) -> [[Int]] {
        if count == 0 { return [[]] }
        return permutations(count - 1).flatMap { rest in
            (0...rest.count).map { place in Array(rest[..<place]) + [count - 1] + Array(rest[place...]) }
        }
    }
}

/// A directed graph with loops, circles and parts that nothing joins.
private struct RandomGraph {
    var nodes: [MapLayout.Node]
    var edges: [MapLayout.Edge]

    init(nodeCount: Int, edgeCount: Int, _ random: inout Seeded) {
        let names = (0..<nodeCount).map { "n\($0)" }
        nodes = names.map { .init(id: $0, columns: Int.random(in: 3...9, using: &random), rows: Int.random(in: 3...5, using: &random)) }
        edges = (0..<edgeCount).map { _ in
            MapLayout.Edge(from: names.randomElement(using: &random) ?? "", to: names.randomElement(using: &random) ?? "")
        }
    }
}

/// Everything that a layout promises.
private func check(_ layout: MapLayout, _ label: String, sourceLocation: SourceLocation = #_sourceLocation) {
    var owner: [MapCell: String] = [:]
    for box in layout.boxes {
        for row in box.row..<box.row + box.rows {
            for column in box.column..<box.column + box.columns {
                let other = owner.updateValue(box.id, forKey: MapCell(column: column, row: row))
                #expect(other == nil, "\(label): \(box.id) over \(other ?? "")", sourceLocation: sourceLocation)
            }
        }
    }
    var users: [Step: MapLayout.Edge] = [:]
    for route in layout.routes where !route.points.isEmpty {
        let problem = fault(of: route, in: layout, owner, &users)
        #expect(problem == nil, "\(label): \(route.edge.from)>\(route.edge.to) \(problem ?? "")", sourceLocation: sourceLocation)
    }
}

private struct Step: Hashable {
    var cell: MapCell
    var isVertical: Bool
}

private func fault(
    of route: MapLayout.Route, in layout: MapLayout, _ owner: [MapCell: String], _ users: inout [Step: MapLayout.Edge]
) -> String? {
    guard let from = layout[route.edge.from], let to = layout[route.edge.to], let first = route.points.first, let last = route.points.last
    else { return "has no ends" }
    if from.id != to.id, route.isReversed != (from.layer > to.layer) { return "disagrees with the layers" }
    if from.id != to.id, from.layer == to.layer { return "stays in its layer" }
    if !touches(first, from) { return "does not leave its source" }
    if !touches(last, to) { return "does not reach its target" }
    for (start, end) in zip(route.points, route.points.dropFirst()) {
        guard (start.row == end.row) != (start.column == end.column) else { return "runs aslant" }
        for row in min(start.row, end.row)...max(start.row, end.row) {
            for column in min(start.column, end.column)...max(start.column, end.column) {
                let cell = MapCell(column: column, row: row)
                if let box = owner[cell] { return "runs through \(box)" }
                if column < 0 || row < 0 || column >= layout.columns || row >= layout.rows { return "leaves the map" }
                let step = Step(cell: cell, isVertical: start.column == end.column)
                if let other = users[step], !meet(other, route.edge) { return "runs along \(other.from)>\(other.to)" }
                users[step] = route.edge
            }
        }
    }
    return nil
}

/// Edges with an end in common may share a port.
private func meet(_ a: MapLayout.Edge, _ b: MapLayout.Edge) -> Bool { !Set([a.from, a.to]).isDisjoint(with: [b.from, b.to]) }

private func touches(_ cell: MapCell, _ box: MapLayout.Box) -> Bool {
    let isBeside =
        cell.row > box.row && cell.row < box.row + box.rows - 1
        && (cell.column == box.column - 1 || cell.column >= box.column + box.columns)
    let isBelow = cell.row == box.row + box.rows && cell.column > box.column && cell.column < box.column + box.columns - 1
    return isBeside || isBelow
}
