/// Rows by number. Numbers ascend and are never given twice; rows may go again, in any order. A copy is a snapshot: it shares the segments that
/// nobody writes to.
struct SparseTable<Row: Sendable>: Sendable {
    static var segmentSize: Int { 128 }

    /// Empty where all rows went.
    private var segments: [[Row?]] = []
    private var liveCounts: [UInt8] = []
    /// The number of the first row of the first segment.
    private var base = 0
    /// One more than the highest number given.
    private(set) var endIndex = 0
    private(set) var count = 0
    private var segmentCount = 0

    /// Nil where that row went or never was.
    subscript(index: Int) -> Row? {
        guard index >= base, index < endIndex else { return nil }
        let (segment, place) = (index - base).quotientAndRemainder(dividingBy: Self.segmentSize)
        return segments[segment].isEmpty ? nil : segments[segment][place]
    }

    @discardableResult mutating func append(_ row: Row) -> Int {
        if endIndex - base == segments.count * Self.segmentSize {
            segments.append([])
            segments[segments.count - 1].reserveCapacity(Self.segmentSize)
            liveCounts.append(0)
            segmentCount += 1
        }
        segments[segments.count - 1].append(row)
        liveCounts[liveCounts.count - 1] += 1
        (endIndex, count) = (endIndex + 1, count + 1)
        return endIndex - 1
    }

    /// Nothing happens where there is no such row.
    mutating func change<Result>(_ index: Int, _ body: (inout Row) -> Result) -> Result? {
        guard index >= base, index < endIndex else { return nil }
        let (segment, place) = (index - base).quotientAndRemainder(dividingBy: Self.segmentSize)
        return segments[segment].isEmpty ? nil : segments[segment][place].change(body)
    }

    mutating func remove(_ index: Int) {
        guard self[index] != nil else { return }
        let (segment, place) = (index - base).quotientAndRemainder(dividingBy: Self.segmentSize)
        segments[segment][place] = nil
        liveCounts[segment] -= 1
        count -= 1
        // The segment being filled stays: its next row's place follows from its length.
        if liveCounts[segment] == 0, segments[segment].count == Self.segmentSize { dropSegment(segment) }
    }
    private mutating func dropSegment(_ segment: Int) {
        segments[segment] = []
        segmentCount -= 1
        var gone = 0
        while gone < segments.count, segments[gone].isEmpty { gone += 1 }
        guard gone > 0 else { return }
        segments.removeFirst(gone)
        liveCounts.removeFirst(gone)
        base += gone * Self.segmentSize
    }

    /// Of the rows alone, not of what they refer to.
    var bytes: Int { segmentCount * Self.segmentSize * MemoryLayout<Row?>.stride + segments.count * 9 }
}

extension Optional {
    /// Changes in place what there is.
    fileprivate mutating func change<Result>(_ body: (inout Wrapped) -> Result) -> Result? {
        guard var value = self else { return nil }
        // Taken out meanwhile: what it refers to is then held once, and needs no copy.
        self = nil
        defer { self = value }
        return body(&value)
    }
}
