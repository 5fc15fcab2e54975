/// Elements that never change once written. A copy is a snapshot: it shares the memory, and does not see what is appended later.
///
/// Only one copy may be appended to.
struct AppendOnly<Element: Sendable>: Sendable {
    private var segments: [WriteOnceSegment<Element>] = []
    private(set) var count = 0

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "an index within what was appended")
        return segments[index / WriteOnceSegment<Element>.capacity].base[index % WriteOnceSegment<Element>.capacity]
    }

    mutating func append(_ element: Element) {
        if count == segments.count * WriteOnceSegment<Element>.capacity { segments.append(WriteOnceSegment()) }
        segments[segments.count - 1].append(element)
        count += 1
    }
}

/// A fixed number of places, each written once before any reader learns of it.
private final class WriteOnceSegment<Element>: @unchecked Sendable {
    static var capacity: Int { 1024 }
    let base = UnsafeMutablePointer<Element>.allocate(capacity: 1024)
    private var count = 0

    func append(_ element: Element) {
        (base + count).initialize(to: element)
        count += 1
    }
    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }
}

/// A table whose rows change in place and whose front goes away. A copy shares the segments that nobody writes to.
struct SegmentedTable<Row: Sendable>: Sendable {
    static var segmentCapacity: Int { 512 }
    private(set) var segments: [[Row]] = []
    /// The index of the first row of the first segment.
    private(set) var base = 0
    private(set) var endIndex = 0

    func contains(_ index: Int) -> Bool { index >= base && index < endIndex }
    subscript(index: Int) -> Row {
        get { segments[(index - base) / Self.segmentCapacity][(index - base) % Self.segmentCapacity] }
        _modify { yield &segments[(index - base) / Self.segmentCapacity][(index - base) % Self.segmentCapacity] }
    }
    mutating func append(_ row: Row) {
        if endIndex - base == segments.count * Self.segmentCapacity {
            segments.append([])
            segments[segments.count - 1].reserveCapacity(Self.segmentCapacity)
        }
        segments[segments.count - 1].append(row)
        endIndex += 1
    }
    /// Lets go of full segments at the front that `isGone` is true of to the last row.
    mutating func trim(_ isGone: (Row) -> Bool) {
        var gone = 0
        while gone < segments.count, segments[gone].count == Self.segmentCapacity, segments[gone].allSatisfy(isGone) { gone += 1 }
        segments.removeFirst(gone)
        base += gone * Self.segmentCapacity
    }
}
