import Telemetry

/// Walks the rows of many blocks in the order of time, either way: blocks wait until their time comes, then are merged through a heap.
struct LogMerge {
    private struct Cursor {
        let view: RowBlockView<LogRow>
        /// Empty where rows stand in the order of time.
        let order: [UInt32]
        /// Positions in that order: the next one, and the one past the last.
        var next: Int
        let end: Int
        let step: Int

        var row: UnsafePointer<LogRow> { view.block.row(order.isEmpty ? next : Int(order[next])) }
    }

    private let newestFirst: Bool
    private let range: Range<PreciseTime>
    /// The last one's time comes first.
    private var waiting: [RowBlockView<LogRow>]
    /// A binary heap: the first has the next row.
    private var active: [Cursor] = []

    init(_ blocks: RowBlocks<LogRow>, in range: Range<PreciseTime>, newestFirst: Bool) {
        self.newestFirst = newestFirst
        self.range = range
        waiting = (blocks.sealed + [blocks.open].compactMap { $0 }).filter { $0.count > 0 && $0.overlaps(range) }
        if newestFirst { waiting.sort { $0.latest < $1.latest } } else { waiting.sort { $0.earliest > $1.earliest } }
    }

    mutating func next() -> UnsafePointer<LogRow>? {
        admit()
        guard let row = active.first?.row else { return nil }
        active[0].next += active[0].step
        if active[0].next == active[0].end {
            let last = active.removeLast()
            if !active.isEmpty { active[0] = last }
        }
        sink()
        return row
    }

    /// Moves to the heap what may hold the next row.
    private mutating func admit() {
        while let candidate = waiting.last {
            if let head = active.first?.row.pointee.header.time.nanoseconds {
                if newestFirst ? candidate.latest < head : candidate.earliest > head { return }
            }
            waiting.removeLast()
            if let cursor = cursor(over: candidate) { add(cursor) }
        }
    }

    private func cursor(over view: RowBlockView<LogRow>) -> Cursor? {
        let order = view.isSorted ? [] : view.order.isEmpty ? view.timeOrder() : view.order
        let time = { (position: Int) in view.block.row(order.isEmpty ? position : Int(order[position])).pointee.header.time }
        let low = firstPosition(in: view.count) { time($0) >= range.lowerBound }
        let high = range.upperBound.nanoseconds == .max ? view.count : firstPosition(in: view.count) { time($0) >= range.upperBound }
        guard low < high else { return nil }
        return newestFirst
            ? Cursor(view: view, order: order, next: high - 1, end: low - 1, step: -1)
            : Cursor(view: view, order: order, next: low, end: high, step: 1)
    }
    private func firstPosition(in count: Int, where isPast: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isPast(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        let (first, second) = (active[a].row, active[b].row)
        let isEarlier = (first.pointee.header.time, first.pointee.header.ref) < (second.pointee.header.time, second.pointee.header.ref)
        return isEarlier != newestFirst
    }
    private mutating func add(_ cursor: Cursor) {
        active.append(cursor)
        var child = active.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            active.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
    private mutating func sink() {
        var parent = 0
        while 2 * parent + 1 < active.count {
            var child = 2 * parent + 1
            if child + 1 < active.count, precedes(child + 1, child) { child += 1 }
            guard precedes(child, parent) else { return }
            active.swapAt(child, parent)
            parent = child
        }
    }
}
