/// The gap behind one layer: which lane the vertical part of each line takes.
///
/// Wires that leave one port are one net, with one vertical trunk. A trunk must stand left of another whose net arrives in the row in
/// which it leaves, or their lines would run over each other; where that goes round in a circle, a net is cut in two over a free row.
struct MapChannel {
    struct Wire {
        var segment: Int
        var left: Int
        var right: Int
    }
    struct Loop {
        var edge: Int
        var leaving: Int
        var returning: Int
    }
    /// A vertical part of a line.
    struct Turn {
        var lane: Int
        var from: Int
        var to: Int
    }
    private(set) var laneCount = 0
    private var nets: [MapNet] = []
    private var netOfSegment: [Int: (net: Int, wire: Wire)] = [:]
    private var netOfLoop: [Int: Int] = [:]

    /// Above this many nets the lanes keep their first order, which no longer is improved pair by pair.
    private static let improvableNets = 300

    init(_ wires: [Wire], loops: [Loop]) {
        collect(wires)
        for loop in loops {
            netOfLoop[loop.edge] = nets.count
            nets.append(MapNet(leaving: [loop.leaving, loop.returning], arriving: []))
        }
        assignLanes()
    }

    func lane(ofLoop edge: Int) -> Int { netOfLoop[edge].map { nets[$0].lane } ?? 0 }

    /// The verticals of a segment from left to right; none where it runs straight.
    func turns(of segment: Int) -> [Turn] {
        guard let (index, wire) = netOfSegment[segment], wire.left != wire.right else { return [] }
        let net = nets[index]
        guard let second = net.continuation, let row = net.joint else { return [Turn(lane: net.lane, from: wire.left, to: wire.right)] }
        return [Turn(lane: net.lane, from: wire.left, to: row), Turn(lane: nets[second].lane, from: row, to: wire.right)]
    }

    private mutating func collect(_ wires: [Wire]) {
        var netOfRow: [Int: Int] = [:]
        for wire in wires.sorted(by: { ($0.left, $0.right, $0.segment) < ($1.left, $1.right, $1.segment) }) {
            if let net = netOfRow[wire.left] {
                nets[net].arrive(wire.right)
            } else {
                netOfRow[wire.left] = nets.count
                nets.append(MapNet(leaving: [wire.left], arriving: [wire.right]))
            }
            netOfSegment[wire.segment] = netOfRow[wire.left].map { ($0, wire) }
        }
    }

    private mutating func assignLanes() {
        var order = feasibleOrder()
        if order.count <= Self.improvableNets { order = improved(order) }
        var placed: [Int] = []
        for index in order {
            var lane = 0
            for earlier in placed
            where nets[earlier].lane >= lane && (nets[earlier].meets(nets[index]) || nets[earlier].precedes(nets[index])) {
                lane = nets[earlier].lane + 1
            }
            nets[index].lane = lane
            laneCount = max(laneCount, lane + 1)
            placed.append(index)
        }
    }

    /// Nets with a trunk in an order that keeps every constraint. Those that go down come from the lowest up, those that go up from the
    /// highest down: lines of one direction then nest without crossing.
    private mutating func feasibleOrder() -> [Int] {
        var waiting = nets.indices.filter { !nets[$0].isStraight }.sorted { nets[$0].isBefore(nets[$1]) }
        var order: [Int] = []
        var freeRows = FreeRows(nets)
        while !waiting.isEmpty {
            if let place = waiting.firstIndex(where: { predecessor(of: $0, among: waiting) == nil }) {
                order.append(waiting.remove(at: place))
            } else {
                let net = memberOfCircle(among: waiting)
                cut(net, at: freeRows.take(near: (nets[net].low + nets[net].high) / 2), &waiting)
            }
        }
        return order
    }

    private func predecessor(of net: Int, among waiting: [Int]) -> Int? {
        waiting.first { $0 != net && nets[$0].precedes(nets[net]) }
    }

    /// Going from predecessor to predecessor must come round. Neither half of a net that was cut can be part of a circle: nothing
    /// precedes the first, and the second precedes nothing.
    private func memberOfCircle(among waiting: [Int]) -> Int {
        var seen: Set<Int> = []
        var net = waiting[0]
        while seen.insert(net).inserted { net = predecessor(of: net, among: waiting) ?? net }
        return net
    }

    /// The first part keeps the port and goes to `row`, the second goes from there to where the net arrives.
    private mutating func cut(_ index: Int, at row: Int, _ waiting: inout [Int]) {
        let second = nets.count
        nets.append(MapNet(leaving: [], arriving: nets[index].arriving, joint: row))
        nets[index] = MapNet(leaving: nets[index].leaving, arriving: [], joint: row)
        nets[index].continuation = second
        waiting.append(second)
    }

    /// Moves each net to the place among the others where it crosses least, as far as the constraints let it.
    private func improved(_ start: [Int]) -> [Int] {
        var order = start
        for _ in 0..<3 {
            var moved = false
            for net in start {
                guard let from = order.firstIndex(of: net) else { continue }
                var best = (gain: 0, place: from)
                for step in [-1, 1] {
                    var gain = 0
                    var place = from + step
                    while order.indices.contains(place) {
                        let (first, second) = step < 0 ? (nets[order[place]], nets[net]) : (nets[net], nets[order[place]])
                        if first.precedes(second) { break }
                        if first.meets(second) { gain += first.crossings(before: second) - second.crossings(before: first) }
                        if gain > best.gain { best = (gain, place) }
                        place += step
                    }
                }
                if best.gain > 0 {
                    order.remove(at: from)
                    order.insert(net, at: best.place)
                    moved = true
                }
            }
            if !moved { break }
        }
        return order
    }
}

/// Lines that share a vertical trunk.
struct MapNet {
    let leaving: [Int]
    private(set) var arriving: [Int]
    private(set) var low: Int
    private(set) var high: Int
    var lane = 0
    /// The net that carries on where this one was cut, and the row in which the two meet.
    var continuation: Int?
    let joint: Int?

    init(leaving: [Int], arriving: [Int], joint: Int? = nil) {
        self.leaving = leaving
        self.arriving = arriving
        self.joint = joint
        let rows = leaving + arriving + (joint.map { [$0] } ?? [])
        low = rows.min() ?? 0
        high = rows.max() ?? 0
    }
    mutating func arrive(_ row: Int) {
        if !arriving.contains(row) { arriving.append(row) }
        low = min(low, row)
        high = max(high, row)
    }
    var isStraight: Bool { low == high && continuation == nil }
    func meets(_ other: MapNet) -> Bool { low <= other.high && other.low <= high }
    /// This net must stand left of the other: it leaves in a row in which the other arrives, or is its first part.
    func precedes(_ other: MapNet) -> Bool {
        (continuation != nil && joint == other.joint) || leaving.contains { other.arriving.contains($0) }
    }
    /// Crossings where this trunk stands left of the other.
    func crossings(before other: MapNet) -> Int {
        var count = 0
        for row in arriving where row > other.low && row < other.high { count += 1 }
        for row in other.leaving where row > low && row < high { count += 1 }
        return count
    }
    func isBefore(_ other: MapNet) -> Bool {
        let start = leaving.first ?? 0
        let otherStart = other.leaving.first ?? 0
        let goesDown = low + high > start * 2
        let otherGoesDown = other.low + other.high > otherStart * 2
        if goesDown != otherGoesDown { return goesDown }
        return goesDown ? start > otherStart : start < otherStart
    }
}

/// Rows in which no line of a channel leaves or arrives.
private struct FreeRows {
    private var taken: Set<Int>

    init(_ nets: [MapNet]) { taken = Set(nets.flatMap { $0.leaving + $0.arriving }) }

    mutating func take(near row: Int) -> Int {
        var distance = 0
        while true {
            for candidate in [row - distance, row + distance] where candidate >= 0 && !taken.contains(candidate) {
                taken.insert(candidate)
                return candidate
            }
            distance += 1
        }
    }
}
