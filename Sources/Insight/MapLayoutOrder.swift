/// Fewer crossings: sweeps over the layers by barycentre, each followed by exchanges of neighbours.
extension LayeredGraph {
    /// Orders every layer. With `known` rows of an earlier layout its nodes keep their order; only new nodes and bends move.
    mutating func order(keeping known: [String: Int]?) {
        var ordering = Ordering(self, known: known)
        ordering.settle()
        layers = ordering.layers
    }

    /// Crossings between segments in the present order.
    func crossings() -> Int { Ordering(self, layers: layers).crossings() }
}

private struct Ordering {
    private(set) var layers: [[Int]]
    private let left: [[Int]]
    private let right: [[Int]]
    private var position: [Int]
    /// Parts that no edge joins stay apart: the order of the part each node belongs to.
    private var part: [Int]
    /// The row in an earlier layout, for nodes that stay in order.
    private var fixed: [Int?]

    private static let sweeps = 24
    /// Sweeps without success before it ends: fewer in large graphs, where each takes long.
    private var patience: Int { position.count > 1500 ? 2 : 5 }

    init(_ graph: LayeredGraph, layers: [[Int]]) {
        left = graph.incoming.map { $0.map { graph.segments[$0].left } }
        right = graph.outgoing.map { $0.map { graph.segments[$0].right } }
        self.layers = layers
        position = Array(repeating: 0, count: graph.layer.count)
        part = position
        fixed = Array(repeating: nil, count: graph.layer.count)
        for layer in layers.indices { number(layer) }
    }

    init(_ graph: LayeredGraph, known: [String: Int]?) {
        self.init(graph, layers: Array(repeating: [], count: graph.layerCount))
        if let known {
            for (index, node) in graph.input.nodes.enumerated() { fixed[index] = known[node.id] }
        }
        start(graph)
    }

    /// Depth first from the nodes of the first layers, part by part: neighbours come to stand near each other.
    private mutating func start(_ graph: LayeredGraph) {
        let alone = Set(graph.isolated)
        var parts: [[Int]] = []
        var isSeen = [Bool](repeating: false, count: graph.layer.count)
        let roots = (0..<graph.realCount).sorted { (graph.layer[$0], $0) < (graph.layer[$1], $1) }
        for root in roots where !isSeen[root] && !alone.contains(root) { parts.append(reach(root, &isSeen)) }
        let ranked = parts.map { members in (members: members, row: members.compactMap { fixed[$0] }.min()) }.sorted { a, b in
            if let x = a.row, let y = b.row, x != y { return x < y }
            if (a.row == nil) != (b.row == nil) { return a.row != nil }
            return a.members.count != b.members.count ? a.members.count > b.members.count : a.members[0] < b.members[0]
        }
        for (rank, entry) in ranked.enumerated() {
            for node in entry.members {
                part[node] = rank
                layers[graph.layer[node]].append(node)
            }
        }
        for layer in layers.indices { number(layer) }
    }

    private func reach(_ root: Int, _ isSeen: inout [Bool]) -> [Int] {
        var members: [Int] = []
        var stack = [root]
        while let node = stack.popLast() {
            if isSeen[node] { continue }
            isSeen[node] = true
            members.append(node)
            stack.append(contentsOf: left[node].reversed())
            stack.append(contentsOf: right[node].reversed())
        }
        return members
    }

    /// The best of several beginnings: one in depth, the others shuffled, as many as the size of the graph allows.
    mutating func settle() {
        let beginning = layers
        var best = layers
        var fewest = Int.max
        for attempt in 0..<max(1, min(12, 1500 / max(1, position.count))) where fewest > 0 {
            layers = attempt == 0 ? beginning : shuffled(beginning, UInt64(attempt))
            for layer in layers.indices { number(layer) }
            let count = sweep()
            if count < fewest {
                fewest = count
                best = layers
            }
        }
        layers = best
        for layer in layers.indices { number(layer) }
    }

    /// Each part within itself, always in the same way.
    private func shuffled(_ layers: [[Int]], _ seed: UInt64) -> [[Int]] {
        layers.map { layer in
            layer.sorted { (part[$0], mixed($0, seed)) < (part[$1], mixed($1, seed)) }
        }
    }

    private func mixed(_ node: Int, _ seed: UInt64) -> UInt64 {
        let value = (UInt64(node) &+ 1) &* 0x9e37_79b9_7f4a_7c15 &+ seed &* 0xbf58_476d_1ce4_e5b9
        return (value ^ value >> 31) &* 0x94d0_49bb_1331_11eb
    }

    /// Sweeps until that no longer helps; returns the crossings of what it leaves.
    private mutating func sweep() -> Int {
        restoreKnownOrder()
        exchange()
        var best = layers
        var fewest = crossings()
        var failures = 0
        for sweep in 0..<Self.sweeps where fewest > 0 && failures < patience {
            sweepOnce(rightward: sweep.isMultiple(of: 2))
            exchange()
            let count = crossings()
            failures = count < fewest ? 0 : failures + 1
            if count < fewest {
                fewest = count
                best = layers
            }
        }
        layers = best
        return fewest
    }

    private mutating func number(_ layer: Int) {
        for (index, node) in layers[layer].enumerated() { position[node] = index }
    }

    private mutating func sweepOnce(rightward: Bool) {
        let indices = layers.indices.dropFirst(rightward ? 1 : 0).dropLast(rightward ? 0 : 1)
        for layer in rightward ? Array(indices) : indices.reversed() {
            let ahead = layers[rightward ? layer - 1 : layer + 1].count
            let own = layers[layer].count
            let keyed = layers[layer].map { node in
                let neighbours = rightward ? left[node] : right[node]
                let sum = neighbours.reduce(0) { $0 + position[$1] * 2 + 1 }
                let place = Double(position[node] * 2 + 1) / Double(own)
                let centre = neighbours.isEmpty ? place : Double(sum) / Double(neighbours.count * ahead)
                return (part: part[node], centre: centre, position: position[node], node: node)
            }
            layers[layer] = keyed.sorted { ($0.part, $0.centre, $0.position) < ($1.part, $1.centre, $1.position) }.map(\.node)
            number(layer)
            restoreKnownOrder(in: layer)
        }
    }

    private mutating func restoreKnownOrder() {
        for layer in layers.indices { restoreKnownOrder(in: layer) }
    }

    /// Puts the nodes of an earlier layout back into their order, each into a place that one of them holds.
    private mutating func restoreKnownOrder(in layer: Int) {
        let places = layers[layer].indices.filter { fixed[layers[layer][$0]] != nil }
        guard places.count > 1 else { return }
        let nodes = places.map { layers[layer][$0] }.sorted { (part[$0], fixed[$0] ?? 0, $0) < (part[$1], fixed[$1] ?? 0, $1) }
        for (place, node) in zip(places, nodes) { layers[layer][place] = node }
        number(layer)
    }

    /// Exchanges neighbours in a layer as long as that takes crossings away.
    private mutating func exchange() {
        var improved = true
        var rounds = 0
        while improved && rounds < 12 {
            improved = false
            rounds += 1
            for layer in layers.indices where layers[layer].count > 1 {
                for index in 1..<layers[layer].count {
                    let (upper, lower) = (layers[layer][index - 1], layers[layer][index])
                    guard part[upper] == part[lower], fixed[upper] == nil || fixed[lower] == nil, gain(upper, lower) > 0 else { continue }
                    layers[layer].swapAt(index - 1, index)
                    position[upper] = index
                    position[lower] = index - 1
                    improved = true
                }
            }
        }
    }

    /// Crossings that go away when `lower` changes places with `upper`.
    private func gain(_ upper: Int, _ lower: Int) -> Int {
        difference(left[upper], left[lower]) + difference(right[upper], right[lower])
    }

    private func difference(_ upper: [Int], _ lower: [Int]) -> Int {
        var total = 0
        for a in upper {
            for b in lower { total += (position[a] - position[b]).signum() }
        }
        return total
    }

    func crossings() -> Int {
        var total = 0
        for layer in layers.indices.dropLast() { total += crossings(behind: layer) }
        return total
    }

    /// Inversions among the right ends of the segments in order of their left ends, counted with a Fenwick tree.
    private func crossings(behind layer: Int) -> Int {
        var tree = [Int](repeating: 0, count: layers[layer + 1].count + 1)
        var total = 0
        var seen = 0
        for node in layers[layer] {
            let ends = right[node].map { position[$0] }.sorted()
            for end in ends {
                var notAbove = 0
                var index = end + 1
                while index > 0 {
                    notAbove += tree[index]
                    index &= index - 1
                }
                total += seen - notAbove
            }
            for end in ends {
                var index = end + 1
                while index < tree.count {
                    tree[index] += 1
                    index += index & -index
                }
            }
            seen += ends.count
        }
        return total
    }
}
