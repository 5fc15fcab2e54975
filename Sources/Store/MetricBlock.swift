import Telemetry

/// Where a chunk stands.
struct ChunkRef: Hashable, Sendable {
    var block: UInt32
    var offset: UInt32
    static let none = ChunkRef(block: .max, offset: 0)
}

/// What stands ahead of the bytes of a sealed chunk; twenty bytes, at a multiple of four.
struct ChunkHeader: Sendable {
    static let size = 20
    /// Chunks further back are out of reach: long before that the block is gone.
    private static let farthest = UInt32(UInt16.max)

    let series: UInt32
    let first: Int64
    let count: UInt16
    /// Of the chunk, without the header.
    let byteCount: Int
    /// The chunk before this one of its series.
    let previous: ChunkRef

    init(series: UInt32, first: Int64, count: Int, byteCount: Int, previous: ChunkRef) {
        (self.series, self.first, self.count) = (series, first, UInt16(count))
        (self.byteCount, self.previous) = (byteCount, previous)
    }

    var sizeWithBytes: Int { Self.size + (byteCount + 3) & ~3 }

    func write(to place: UnsafeMutableRawPointer, block: UInt32) {
        let isReachable = previous != .none && block >= previous.block && block - previous.block < Self.farthest
        let distance = isReachable ? UInt16(block - previous.block) : .max
        place.storeBytes(of: series, as: UInt32.self)
        place.storeBytes(of: distance, toByteOffset: 4, as: UInt16.self)
        place.storeBytes(of: isReachable ? UInt16(previous.offset / 4) : 0, toByteOffset: 6, as: UInt16.self)
        place.storeBytes(of: first, toByteOffset: 8, as: Int64.self)
        place.storeBytes(of: count, toByteOffset: 16, as: UInt16.self)
        place.storeBytes(of: UInt16((byteCount + 3) / 4), toByteOffset: 18, as: UInt16.self)
    }
    init(at place: UnsafeRawPointer, block: UInt32) {
        series = place.load(as: UInt32.self)
        let distance = place.load(fromByteOffset: 4, as: UInt16.self)
        first = place.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        count = place.load(fromByteOffset: 16, as: UInt16.self)
        byteCount = 4 * Int(place.load(fromByteOffset: 18, as: UInt16.self))
        previous =
            distance == .max || UInt32(distance) > block
            ? .none : ChunkRef(block: block - UInt32(distance), offset: 4 * UInt32(place.load(fromByteOffset: 6, as: UInt16.self)))
    }
}

/// A slab of sealed chunks, one after the other.
final class MetricBlock: @unchecked Sendable {
    /// So that offsets fit in sixteen bits.
    static let largest = 1 << 18

    let number: UInt32
    let slab: Slab
    /// The writer's own: how far chunks were laid out, how many samples stand in them, the newest time among them, and the turn in which the
    /// block was sealed.
    var used = 0
    var sampleCount = 0
    var newest = Int64.min
    var turn: UInt64 = .max

    init(number: UInt32, slab: Slab) {
        self.number = number
        self.slab = slab
    }
    func header(at offset: UInt32) -> ChunkHeader { ChunkHeader(at: UnsafeRawPointer(slab.base + Int(offset)), block: number) }
    func bytes(at offset: UInt32) -> UnsafePointer<UInt8> {
        UnsafePointer((slab.base + Int(offset) + ChunkHeader.size).assumingMemoryBound(to: UInt8.self))
    }
    func hasRoom(for size: Int) -> Bool { used + size + FloatChunk.slack <= min(slab.size, max(Self.largest, size + FloatChunk.slack)) }

    /// Lays `chunk` out; there must be room.
    func append(_ header: ChunkHeader, _ chunk: UnsafePointer<UInt8>, newest time: Int64) -> ChunkRef {
        let place = slab.base + used
        header.write(to: place, block: number)
        (place + ChunkHeader.size).copyMemory(from: chunk, byteCount: header.byteCount)
        defer { used += header.sizeWithBytes }
        sampleCount += Int(header.count)
        newest = max(newest, time)
        return ChunkRef(block: number, offset: UInt32(used))
    }
}

/// The blocks that were not evicted, by number; a copy is a snapshot.
struct MetricBlocks: Sendable {
    private(set) var all: [MetricBlock] = []
    private var nextNumber: UInt32 = 0
    private(set) var bytes = 0

    /// Of the oldest block that was not evicted: numbers ascend by one.
    var firstNumber: UInt32 { nextNumber - UInt32(all.count) }
    subscript(number: UInt32) -> MetricBlock? {
        // No block but the one asked for is looked at.
        let first = firstNumber
        guard number >= first, number < nextNumber else { return nil }
        return all[Int(number - first)]
    }
    mutating func open(_ slab: Slab, turn: UInt64) -> MetricBlock {
        all.last?.turn = turn
        let block = MetricBlock(number: nextNumber, slab: slab)
        all.append(block)
        nextNumber += 1
        bytes += slab.size
        return block
    }
    mutating func removeFirst() -> MetricBlock? {
        guard !all.isEmpty else { return nil }
        let block = all.removeFirst()
        bytes -= block.slab.size
        return block
    }
}
