import Telemetry

/// Where a chunk stands.
struct ChunkRef: Hashable, Sendable {
    var block: UInt32
    var offset: UInt32
    static let none = ChunkRef(block: .max, offset: 0)
}

/// Up to `capacity` samples of one series, within a block; times count from its `base`.
struct ChunkHeader: Sendable {
    /// Beyond so many milliseconds from its first sample a chunk takes none.
    static let longest = Int64(UInt32.max)

    let series: UInt32
    let capacity: UInt16
    /// Of the chunk before this one.
    let previousCount: UInt16
    let previous: ChunkRef
    let base: Int64

    static var size: Int { (MemoryLayout<ChunkHeader>.stride + 7) & ~7 }
    static func size(capacity: Int) -> Int { size + (capacity * 4 + 7) & ~7 + capacity * 8 }
}

/// A slab of chunks, one after the other.
final class MetricBlock: @unchecked Sendable {
    let number: UInt32
    let slab: Slab
    /// The writer's own: how far chunks were laid out, how many samples stand in them, and the turn in which the block was sealed.
    var used = 0
    var sampleCount = 0
    var turn: UInt64 = .max

    init(number: UInt32, slab: Slab) {
        self.number = number
        self.slab = slab
    }
    func chunk(at offset: UInt32) -> Chunk { Chunk(start: slab.base + Int(offset)) }
}

/// A place for samples; the owner of the block must outlive it.
struct Chunk {
    let start: UnsafeMutableRawPointer

    var header: ChunkHeader { start.load(as: ChunkHeader.self) }
    func begin(_ header: ChunkHeader) { start.storeBytes(of: header, as: ChunkHeader.self) }

    private var deltas: UnsafeMutablePointer<UInt32> { (start + ChunkHeader.size).assumingMemoryBound(to: UInt32.self) }
    private func values(_ capacity: UInt16) -> UnsafeMutablePointer<UInt64> {
        (start + ChunkHeader.size + (Int(capacity) * 4 + 7) & ~7).assumingMemoryBound(to: UInt64.self)
    }
    func write(_ index: Int, time: Int64, value: Double) {
        let header = header
        deltas[index] = UInt32(truncatingIfNeeded: time &- header.base)
        values(header.capacity)[index] = value.bitPattern
    }
    func sample(_ index: Int) -> Sample {
        let header = header
        return Sample(
            Timestamp(milliseconds: header.base &+ Int64(deltas[index])), Double(bitPattern: values(header.capacity)[index]))
    }
    func time(_ index: Int) -> Int64 { header.base &+ Int64(deltas[index]) }
}
