/// A graph whose nodes stand in layers, every segment leading from one layer to the next.
///
/// Nodes below `realCount` are those of the input; above it are the bends of edges that cross several layers. Isolated nodes stand
/// apart, in `isolated`, and in no layer's order.
struct LayeredGraph {
    struct Segment {
        var left: Int
        var right: Int
        var edge: Int
    }
    let input: MapLayout.Input
    let realCount: Int
    /// By node; bends included.
    private(set) var layer: [Int]
    /// By edge of the input.
    private(set) var isReversed: [Bool]
    private(set) var isLoop: [Bool]
    private(set) var segments: [Segment] = []
    /// The segments that leave a node to the right, and those that reach it from the left.
    private(set) var outgoing: [[Int]]
    private(set) var incoming: [[Int]]
    /// By edge, from left to right.
    private(set) var segmentsOfEdge: [[Int]]
    private(set) var isolated: [Int] = []
    private(set) var unrouted = 0
    /// The nodes of each layer from top to bottom.
    var layers: [[Int]] = []

    init(_ input: MapLayout.Input) {
        self.input = input
        realCount = input.nodes.count
        let edges = input.edges
        isLoop = edges.map { $0.from == $0.to }
        outgoing = Array(repeating: [], count: realCount)
        incoming = outgoing
        segmentsOfEdge = Array(repeating: [], count: edges.count)
        let acyclic = AcyclicGraph(nodeCount: realCount, edges)
        isReversed = acyclic.isReversed
        layer = acyclic.layers()
        isolated = acyclic.isolated
        spreadIsolated()
        for (index, edge) in edges.enumerated() where !isLoop[index] {
            thread(index, from: isReversed[index] ? edge.to : edge.from, to: isReversed[index] ? edge.from : edge.to)
        }
    }

    var layerCount: Int { (layer.max() ?? -1) + 1 }
    func isBend(_ node: Int) -> Bool { node >= realCount }

    /// Nodes without neighbours fill the columns that are there, or a few of their own.
    private mutating func spreadIsolated() {
        let columns = max(layerCount, min(isolated.count, 4))
        for (index, node) in isolated.enumerated() where columns > 0 { layer[node] = index % columns }
    }

    private mutating func thread(_ edge: Int, from left: Int, to right: Int) {
        let bends = layer[right] - layer[left] - 1
        guard layer.count - realCount + bends <= MapLayout.maximumBends else {
            unrouted += 1
            return
        }
        var last = left
        for step in 0..<bends {
            let bend = layer.count
            layer.append(layer[left] + step + 1)
            outgoing.append([])
            incoming.append([])
            link(last, bend, edge)
            last = bend
        }
        link(last, right, edge)
    }

    private mutating func link(_ left: Int, _ right: Int, _ edge: Int) {
        outgoing[left].append(segments.count)
        incoming[right].append(segments.count)
        segmentsOfEdge[edge].append(segments.count)
        segments.append(Segment(left: left, right: right, edge: edge))
    }
}

/// The nodes and edges of a graph with every cycle broken, and the layers that follow.
private struct AcyclicGraph {
    let nodeCount: Int
    let edges: [MapLayout.Input.Link]
    private(set) var isReversed: [Bool]
    private var successors: [[Int]]
    private var predecessors: [[Int]]
    /// Nodes in an order in which every edge leads onward.
    private var sequence: [Int] = []

    init(nodeCount: Int, _ edges: [MapLayout.Input.Link]) {
        self.nodeCount = nodeCount
        self.edges = edges
        isReversed = Array(repeating: false, count: edges.count)
        successors = Array(repeating: [], count: nodeCount)
        predecessors = successors
        breakCycles()
        for (index, edge) in edges.enumerated() where edge.from != edge.to {
            let (left, right) = isReversed[index] ? (edge.to, edge.from) : (edge.from, edge.to)
            successors[left].append(right)
            predecessors[right].append(left)
        }
    }

    var isolated: [Int] { (0..<nodeCount).filter { successors[$0].isEmpty && predecessors[$0].isEmpty } }

    /// Walks in depth from what nobody calls; an edge back into the present path is reversed. Where all are called, what calls more
    /// than it is called comes first.
    private mutating func breakCycles() {
        var leaving = [[Int]](repeating: [], count: nodeCount)
        var surplus = [Int](repeating: 0, count: nodeCount)
        var isCalled = [Bool](repeating: false, count: nodeCount)
        for (index, edge) in edges.enumerated() where edge.from != edge.to {
            leaving[edge.from].append(index)
            surplus[edge.from] += 1
            surplus[edge.to] -= 1
            isCalled[edge.to] = true
        }
        enum Visit { case new, open, closed }
        var visits = [Visit](repeating: .new, count: nodeCount)
        var path: [(node: Int, next: Int)] = []
        let roots = (0..<nodeCount).sorted { (isCalled[$0] ? 1 : 0, -surplus[$0], $0) < (isCalled[$1] ? 1 : 0, -surplus[$1], $1) }
        for root in roots where visits[root] == .new {
            visits[root] = .open
            path.append((root, 0))
            while let (node, next) = path.last {
                guard next < leaving[node].count else {
                    visits[node] = .closed
                    sequence.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let edge = leaving[node][next]
                switch visits[edges[edge].to] {
                case .open: isReversed[edge] = true
                case .closed: break
                case .new:
                    visits[edges[edge].to] = .open
                    path.append((edges[edge].to, 0))
                }
            }
        }
        sequence.reverse()
    }

    /// The longest way from a root; then nodes that call more than they are called move up to what they call, which shortens edges.
    func layers() -> [Int] {
        var layer = [Int](repeating: 0, count: nodeCount)
        for node in sequence {
            for next in successors[node] { layer[next] = max(layer[next], layer[node] + 1) }
        }
        for _ in 0..<4 {
            var moved = false
            for node in sequence.reversed() where successors[node].count > predecessors[node].count {
                let latest = (successors[node].map { layer[$0] }.min() ?? 1) - 1
                if latest > layer[node] {
                    layer[node] = latest
                    moved = true
                }
            }
            if !moved { break }
        }
        let first = layer.min() ?? 0
        return layer.map { $0 - first }
    }
}
