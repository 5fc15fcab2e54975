import Telemetry

/// A slab of rows: the fixed part grows down from its end, the variable part up from its start. What was written never changes.
final class RowBlock<Row>: @unchecked Sendable {
    let number: UInt32
    let slab: Slab
    private let end: UnsafeMutablePointer<Row>

    init(number: UInt32, slab: Slab) {
        self.number = number
        self.slab = slab
        let usable = slab.size / MemoryLayout<Row>.alignment * MemoryLayout<Row>.alignment
        end = (slab.base + usable).assumingMemoryBound(to: Row.self)
    }
    func write(_ row: Row, at index: Int) { (end - (index + 1)).initialize(to: row) }
    func row(_ index: Int) -> UnsafePointer<Row> { UnsafePointer(end - (index + 1)) }
    func reader(at offset: UInt32) -> ArenaReader {
        ArenaReader(base: UnsafePointer(slab.base.assumingMemoryBound(to: UInt8.self)), position: Int(offset))
    }
    static func room(in slab: Slab, rows: Int) -> Int { slab.size - 8 - rows * MemoryLayout<Row>.stride }
}

/// A block as a snapshot sees it: how far it was written, and what of it counts.
struct RowBlockView<Row>: Sendable {
    let block: RowBlock<Row>
    var count = 0
    var earliest = Int64.max
    var latest = Int64.min
    /// Rows stand in the order of time.
    var isSorted = true
    /// Otherwise, once sealed: the rows in that order.
    var order: [UInt32] = []
    /// A bit for each row that was shed with its trace; empty while there is none.
    var dead: [UInt64] = []
    var deadCount = 0
    /// When its first row came.
    var arrival = Timestamp.distantPast
    /// The turn in which it was sealed, among the blocks of all signals.
    var turn: UInt64 = .max

    func overlaps(_ range: Range<PreciseTime>) -> Bool {
        let isBefore = earliest < range.upperBound.nanoseconds || range.upperBound.nanoseconds == .max
        return isBefore && latest >= range.lowerBound.nanoseconds
    }
    func isDead(_ row: Int) -> Bool { !dead.isEmpty && dead[row >> 6] >> UInt64(row & 63) & 1 == 1 }
    mutating func kill(_ row: Int) {
        while dead.count <= max(row, count - 1) >> 6 { dead.append(0) }
        guard !isDead(row) else { return }
        dead[row >> 6] |= 1 << UInt64(row & 63)
        deadCount += 1
    }
    mutating func wrote(time: Int64, arrival: Timestamp) {
        if time < latest { isSorted = false }
        earliest = min(earliest, time)
        latest = max(latest, time)
        if count == 0 { self.arrival = arrival }
        count += 1
    }
}

extension Range<PreciseTime> {
    /// As `contains`, but a range up to the end of time includes it.
    @inline(__always) func holds(_ time: PreciseTime) -> Bool {
        time >= lowerBound && (time < upperBound || upperBound.nanoseconds == .max)
    }
}

/// Sealed blocks, the oldest first, and the one being written.
struct RowBlocks<Row>: Sendable {
    var sealed: [RowBlockView<Row>] = []
    var open: RowBlockView<Row>?

    /// Where the block of that number stands: the count of `sealed` for the open one.
    func index(ofBlock number: UInt32) -> Int? {
        if let open, open.block.number == number { return sealed.count }
        var low = 0
        var high = sealed.count
        while low < high {
            let middle = (low + high) / 2
            if sealed[middle].block.number < number { low = middle + 1 } else { high = middle }
        }
        return low < sealed.count && sealed[low].block.number == number ? low : nil
    }
    func view(ofBlock number: UInt32) -> RowBlockView<Row>? {
        guard let index = index(ofBlock: number) else { return nil }
        return index == sealed.count ? open : sealed[index]
    }
    /// The row, if it is there and not shed.
    func row(block number: UInt32, _ row: UInt32) -> (block: RowBlock<Row>, row: UnsafePointer<Row>)? {
        guard let view = view(ofBlock: number), Int(row) < view.count, !view.isDead(Int(row)) else { return nil }
        return (view.block, view.block.row(Int(row)))
    }
    func forEach(_ body: (borrowing RowBlockView<Row>) -> Void) {
        for view in sealed { body(view) }
        if let open { body(open) }
    }
    var rowCount: Int { sealed.reduce((open?.count ?? 0) - (open?.deadCount ?? 0)) { $0 + $1.count - $1.deadCount } }
    /// Of the whole slabs.
    var bytes: Int { sealed.reduce(open?.block.slab.size ?? 0) { $0 + $1.block.slab.size + $1.order.count * 4 + $1.dead.count * 8 } }
}
