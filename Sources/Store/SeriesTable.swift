import Telemetry

/// The rows of 128 series. Written only while nobody else holds it.
final class SeriesSegment: @unchecked Sendable {
    let heads = UnsafeMutablePointer<SeriesHead>.allocate(capacity: SeriesTable.segmentSize)
    fileprivate(set) var count = 0
    fileprivate(set) var liveCount = 0
    fileprivate(set) var labels: LabelRuns

    fileprivate init() { labels = LabelRuns() }
    fileprivate init(copying other: SeriesSegment) {
        heads.initialize(from: other.heads, count: other.count)
        (count, liveCount, labels) = (other.count, other.liveCount, other.labels)
    }
    deinit { heads.deallocate() }

    fileprivate func append(_ head: SeriesHead, _ run: some Collection<UInt32>) {
        (heads + count).initialize(to: head)
        if !isKnownUniquelyReferenced(&labels) { labels = LabelRuns(copying: labels) }
        labels.append(run)
        (count, liveCount) = (count + 1, liveCount + 1)
    }
}

/// All series by number, with holes where series went. A copy is a snapshot: it shares the segments that nobody writes to.
struct SeriesTable: Sendable {
    static let segmentSize = 128

    private(set) var segments: [SeriesSegment?] = []
    /// The number of the first series of the first segment, divided by the size of one.
    private var base = 0
    private(set) var endIndex = 0
    private(set) var count = 0
    var startIndex: Int { base * Self.segmentSize }

    func segment(of index: Int) -> SeriesSegment? {
        let segment = index / Self.segmentSize - base
        return segment >= 0 && index < endIndex ? segments[segment] : nil
    }
    /// Nil where that series went or never was.
    subscript(index: Int) -> SeriesHead? {
        guard let segment = segment(of: index) else { return nil }
        let head = segment.heads[index % Self.segmentSize]
        return head.isAlive ? head : nil
    }
    /// The rows of the segment that `index` is in, for the writer alone; valid until the table is copied or changed otherwise.
    mutating func own(_ index: Int) -> UnsafeMutablePointer<SeriesHead>? {
        let place = index / Self.segmentSize - base
        guard place >= 0, index < endIndex, segments[place] != nil else { return nil }
        if !isKnownUniquelyReferenced(&segments[place]), let shared = segments[place] { segments[place] = SeriesSegment(copying: shared) }
        return segments[place]?.heads
    }
    /// Nothing happens where that series went.
    mutating func change(_ index: Int, _ body: (inout SeriesHead) -> Void) {
        guard let heads = own(index), heads[index % Self.segmentSize].isAlive else { return }
        body(&heads[index % Self.segmentSize])
    }

    func withLabels<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt32>) -> Result) -> Result? {
        segment(of: index)?.labels.withRun(index % Self.segmentSize, body)
    }

    mutating func append(_ head: SeriesHead, _ run: some Collection<UInt32>) -> UInt32 {
        if endIndex - base * Self.segmentSize == segments.count * Self.segmentSize { segments.append(SeriesSegment()) }
        _ = own(endIndex - (endIndex % Self.segmentSize == 0 ? 0 : 1))
        segments[segments.count - 1]?.append(head, run)
        (endIndex, count) = (endIndex + 1, count + 1)
        return UInt32(endIndex - 1)
    }

    mutating func remove(_ index: Int) {
        guard self[index] != nil, let heads = own(index) else { return }
        heads[index % Self.segmentSize].flags = []
        count -= 1
        let place = index / Self.segmentSize - base
        segments[place]?.liveCount -= 1
        // The segment being filled stays.
        guard segments[place]?.liveCount == 0, segments[place]?.count == Self.segmentSize else { return }
        segments[place] = nil
        var gone = 0
        while gone < segments.count, segments[gone] == nil { gone += 1 }
        segments.removeFirst(gone)
        base += gone
    }

    /// Of all series, in the order of their numbers.
    func forEach(_ body: (UInt32, SeriesHead) -> Void) {
        for (place, segment) in segments.enumerated() {
            guard let segment else { continue }
            let first = (base + place) * Self.segmentSize
            for row in 0..<segment.count where segment.heads[row].isAlive { body(UInt32(first + row), segment.heads[row]) }
        }
    }
}
