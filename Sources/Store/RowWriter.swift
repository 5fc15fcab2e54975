import Telemetry

/// What came before the rows of a batch: written once a block, and referred to.
struct OriginKey: Hashable, Sendable {
    let resource: Resource
    let scope: InstrumentationScope
}

/// The origin of one batch, and where it was written last: looked up once a block, not once a row.
struct BatchOrigin {
    let key: OriginKey
    /// In the arena, at most.
    let size: Int
    fileprivate var block: UInt32?
    fileprivate var offset: UInt32 = 0

    init(resource: Resource, scope: InstrumentationScope) {
        key = OriginKey(resource: resource, scope: scope)
        size = Footprint.of(resource) + Footprint.of(scope)
    }
}

/// Writes rows into the open block, and opens the next when one is full.
struct RowWriter<Row>: Sendable {
    /// Larger rows are refused, however large the budget.
    static var recordLimit: Int { 16 << 20 }

    let pool: SlabPool
    let turns: Turns
    /// What one row may take.
    let limit: Int
    let arena = ArenaWriter()
    var blocks = RowBlocks<Row>()
    private(set) var bytes = 0
    private var nextNumber: UInt32 = 0
    private var origins: [OriginKey: UInt32] = [:]

    init(pool: SlabPool, turns: Turns, budget: Int) {
        self.pool = pool
        self.turns = turns
        limit = min(Self.recordLimit, max(pool.slabSize, budget / 16))
    }

    /// Makes room for one row with `size` bytes beside it, and for its origin where that isn't in the open block; false when that is more than a
    /// row may take.
    mutating func reserve(_ size: Int, _ origin: BatchOrigin, atSeal prepare: (inout RowBlockView<Row>) -> Void = { _ in }) -> Bool {
        let needed = size + origin.size + MemoryLayout<Row>.stride + 16
        guard needed <= limit else { return false }
        let room = blocks.open.map { RowBlock<Row>.room(in: $0.block.slab, rows: $0.count + 1) - arena.used } ?? -1
        if room >= size + (isWritten(origin) ? 0 : origin.size) { return true }
        seal(prepare)
        // A large origin gets as much room again for rows, or each of them would open a block and write it anew.
        let slab = pool.take(atLeast: min(limit, needed + origin.size))
        bytes += slab.size
        blocks.open = RowBlockView(block: RowBlock(number: nextNumber, slab: slab))
        nextNumber += 1
        arena.begin(at: slab.base, limit: slab.size)
        return true
    }

    mutating func seal(_ prepare: (inout RowBlockView<Row>) -> Void = { _ in }) {
        guard var open = blocks.open else { return }
        open.turn = turns.next()
        prepare(&open)
        bytes += open.order.count * 4
        blocks.sealed.append(open)
        blocks.open = nil
        origins.removeAll(keepingCapacity: true)
    }

    private func isWritten(_ origin: BatchOrigin) -> Bool { origin.block != nil && origin.block == blocks.open?.block.number }

    /// The offset of the resource and scope in the open block, written if it isn't there yet.
    mutating func offset(of origin: inout BatchOrigin) -> UInt32 {
        if isWritten(origin) { return origin.offset }
        origin.offset = offset(of: origin.key)
        origin.block = blocks.open?.block.number
        return origin.offset
    }
    private mutating func offset(of key: OriginKey) -> UInt32 {
        if let offset = origins[key] { return offset }
        let offset = UInt32(arena.used)
        arena.attributes(key.resource.attributes)
        arena.string(key.scope.name)
        arena.string(key.scope.version)
        arena.attributes(key.scope.attributes)
        origins[key] = offset
        return offset
    }

    mutating func write(_ row: Row, time: Int64, at arrival: Timestamp) {
        guard let count = blocks.open?.count else { return }
        blocks.open?.block.write(row, at: count)
        blocks.open?.wrote(time: time, arrival: arrival)
    }

    mutating func removeSealed(at index: Int) { bytes -= cost(of: blocks.sealed.remove(at: index)) }
    mutating func removeSealed(where isGone: (RowBlockView<Row>) -> Bool) {
        for view in blocks.sealed where isGone(view) { bytes -= cost(of: view) }
        blocks.sealed.removeAll(where: isGone)
    }
    private func cost(of view: RowBlockView<Row>) -> Int { view.block.slab.size + view.order.count * 4 }
}

extension ArenaReader {
    mutating func resource() -> Resource { Resource(attributes: attributes()) }
    mutating func scope() -> InstrumentationScope {
        skipAttributes()
        let name = string()
        let version = string()
        return InstrumentationScope(name: name, version: version, attributes: attributes())
    }
}
