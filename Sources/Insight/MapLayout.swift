/// A place in a map's grid of text cells, counted from its upper left corner; both parts are at least zero.
package struct MapCell: Hashable, Sendable {
    package var column: Int
    package var row: Int
    package init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }
}

/// Where the boxes and lines of a directed graph stand on a grid of text cells: layers from left to right, lines at right angles.
///
/// Sugiyama's way: cycles are broken, nodes get layers, long edges get a way through the layers between, crossings are reduced, rows
/// are chosen so that lines run straight, and the gaps between layers are routed as channels. Lines share cells only where their edges
/// share a port; all other meetings are crossings. The result follows from ids, sizes and edges alone, whatever their order.
package struct MapLayout: Equatable, Sendable {
    /// A box to place; sizes in cells, at least 3 × 3. Lines arrive at the rows between its upper and its lower border.
    package struct Node: Hashable, Sendable {
        package var id: String
        package var columns: Int
        package var rows: Int
        package init(id: String, columns: Int, rows: Int) {
            self.id = id
            self.columns = columns
            self.rows = rows
        }
    }
    /// Carries no weight on purpose: a box must not move because its traffic changed.
    package struct Edge: Hashable, Comparable, Sendable {
        package var from: String
        package var to: String
        package init(from: String, to: String) {
            self.from = from
            self.to = to
        }
        package static func < (a: Edge, b: Edge) -> Bool { (a.from, a.to) < (b.from, b.to) }
    }
    /// Cells kept free: before the first lane of a gap, behind its last (for a label and the arrowhead), and between boxes.
    package struct Spacing: Hashable, Sendable {
        package var lead: Int
        package var trail: Int
        package var between: Int
        package init(lead: Int = 1, trail: Int = 9, between: Int = 1) {
            self.lead = max(1, lead)
            self.trail = max(2, trail)
            self.between = max(0, between)
        }
    }
    package struct Box: Hashable, Sendable {
        package var id: String
        package var layer: Int
        package var column: Int
        package var row: Int
        package var columns: Int
        package var rows: Int
    }
    /// The line of one edge, by its corners: from the first cell outside its source to the last cell before its target, where the
    /// arrowhead belongs. Neighbouring points share a row or a column. Empty where `maximumBends` left no room for it.
    package struct Route: Hashable, Sendable {
        package var edge: Edge
        package var points: [MapCell]
        /// It runs from right to left, against the layers.
        package var isReversed: Bool
    }

    /// Ascending by id.
    package private(set) var boxes: [Box] = []
    /// Ascending by edge; an edge given twice stands once.
    package private(set) var routes: [Route] = []
    package private(set) var columns = 0
    package private(set) var rows = 0
    /// Crossings between lines in the chosen order of the layers, before the lanes of the channels.
    package private(set) var crossings = 0
    /// Edges that were not routed, because `maximumBends` was reached.
    package private(set) var unrouted = 0
    private var input = Input()
    /// The nodes and bends of each layer, by number.
    private var order: [[Int]] = []

    /// Intermediate places of long edges in one layout; edges beyond it are left out and counted.
    package static let maximumBends = 12_000
    /// Crossings that an order kept may have beyond twice those of a fresh one.
    package static let toleratedCrossings = 4

    /// Lays out `nodes` and `edges`; of nodes with one id the first counts, edges of unknown ends are ignored.
    ///
    /// Given the `previous` layout, nodes that it knew keep their order within their layer, unless that costs more than twice the
    /// crossings of a fresh start; with the same input it is returned as it is, and where only sizes differ its order is taken over.
    /// 200 nodes with 400 edges take some milliseconds.
    package init(_ nodes: [Node], _ edges: [Edge], spacing: Spacing = Spacing(), keeping previous: MapLayout? = nil) {
        let input = Input(nodes, edges, spacing)
        if let previous, previous.input == input {
            self = previous
            return
        }
        self.input = input
        var graph = LayeredGraph(input)
        if let previous, previous.input.joinsTheSame(as: input) {
            // Order follows from ids and edges, not from sizes.
            graph.layers = previous.order
            crossings = previous.crossings
        } else {
            graph.order(keeping: nil)
            crossings = graph.crossings()
            if let previous { keepOrder(of: previous, in: &graph) }
        }
        order = graph.layers
        unrouted = graph.unrouted
        place(graph)
    }

    /// The box of `id`, or nil.
    package subscript(id: String) -> Box? {
        var low = 0
        var high = boxes.count
        while low < high {
            let middle = (low + high) / 2
            if boxes[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < boxes.count && boxes[low].id == id ? boxes[low] : nil
    }

    /// Takes the order of `previous`, unless a fresh start has come to be far clearer: services that appear one by one would else leave
    /// a tangle behind.
    private mutating func keepOrder(of previous: MapLayout, in graph: inout LayeredGraph) {
        var kept = graph
        kept.order(keeping: Dictionary(previous.boxes.map { ($0.id, $0.row) }, uniquingKeysWith: { first, _ in first }))
        let count = kept.crossings()
        guard count <= 2 * crossings + Self.toleratedCrossings else { return }
        graph = kept
        crossings = count
    }

    private mutating func place(_ graph: LayeredGraph) {
        var grid = MapRows(graph, spacing: input.spacing)
        grid.settle()
        let routing = MapRouting(graph, rows: grid.rows, ports: grid.ports, spacing: input.spacing)
        boxes = input.nodes.indices.map { index in
            let node = input.nodes[index]
            let layer = graph.layer[index]
            return Box(
                id: node.id, layer: layer, column: routing.layerColumns[layer], row: grid.rows[index], columns: node.columns,
                rows: node.rows)
        }
        routes = input.edges.indices.map { index in
            let edge = input.edges[index]
            let named = Edge(from: input.nodes[edge.from].id, to: input.nodes[edge.to].id)
            return Route(edge: named, points: routing.points[index], isReversed: graph.isReversed[index])
        }
        columns = routing.columns
        let lowest = routes.lazy.flatMap(\.points).map { $0.row + 1 }.max() ?? 0
        rows = max(lowest, boxes.map { $0.row + $0.rows }.max() ?? 0)
    }

    /// What was asked for, in one order whatever the order it came in; edges by index.
    struct Input: Hashable, Sendable {
        struct Link: Hashable, Sendable {
            var from: Int
            var to: Int
        }
        var nodes: [Node] = []
        var edges: [Link] = []
        var spacing = Spacing()

        init() {}
        init(_ nodes: [Node], _ edges: [Edge], _ spacing: Spacing) {
            let unique = Dictionary(nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            self.nodes = unique.values.map { Node(id: $0.id, columns: max(3, $0.columns), rows: max(3, $0.rows)) }.sorted { $0.id < $1.id }
            let indices = Dictionary(self.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
            let links = Set(
                edges.compactMap { edge in indices[edge.from].flatMap { from in indices[edge.to].map { Link(from: from, to: $0) } } })
            self.edges = links.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
            self.spacing = spacing
        }

        /// The same ids and the same edges; sizes may differ.
        func joinsTheSame(as other: Input) -> Bool {
            edges == other.edges && nodes.count == other.nodes.count && zip(nodes, other.nodes).allSatisfy { $0.id == $1.id }
        }
    }
}
