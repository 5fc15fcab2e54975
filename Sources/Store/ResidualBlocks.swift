import Telemetry

/// Whole numbers in blocks of up to 32. A block is a byte of flags and width, a base where none of the flags says otherwise, the packed numbers, and
/// patches for the few that are too large. Drawn in docs/store.md.
enum ResidualBlocks {
    static let blockSize = 32
    /// Numbers alternate in sign, so that small ones of both kinds are few bits; without it they count from the block's base.
    private static let zigzagFlag: UInt8 = 0x80
    private static let patchFlag: UInt8 = 0x40

    static func largestSize(_ count: Int) -> Int { count * 8 + (count / blockSize + 1) * (2 + 10 + blockSize * 11) }

    /// Writes all `count` numbers; magnitudes must be below 2^55.
    static func encode(_ numbers: UnsafePointer<Int64>, count: Int, to writer: inout VarintWriter) {
        var start = 0
        while start < count {
            let size = min(blockSize, count - start)
            encodeBlock(numbers + start, size, &writer)
            start += size
        }
    }

    private static func encodeBlock(_ numbers: UnsafePointer<Int64>, _ count: Int, _ writer: inout VarintWriter) {
        let (base, zigzags, fit) = fit(numbers, count)
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: blockSize) { scratch in
            guard let bits = scratch.baseAddress else { return }
            for index in 0..<count { bits[index] = zigzags ? zigzag(numbers[index]) : UInt64(bitPattern: numbers[index] &- base) }
            writer.byte(UInt8(fit.width) | (zigzags ? zigzagFlag : 0) | (fit.isPatched ? patchFlag : 0))
            if !zigzags { writer.signed(base) }
            write(bits, count, fit, &writer)
        }
    }
    /// How many bytes `encode` would write.
    static func size(_ numbers: UnsafePointer<Int64>, count: Int) -> Int {
        var (size, start) = (0, 0)
        while start < count {
            let part = min(blockSize, count - start)
            let (base, zigzags, fit) = fit(numbers + start, part)
            size += 1 + (zigzags ? 0 : VarintWriter.size(zigzag(base))) + fit.size
            start += part
        }
        return size
    }

    private struct Fit {
        var width: Int
        var size: Int
        var isPatched = false
    }
    /// The better of the two ways to make small numbers of them.
    private static func fit(_ numbers: UnsafePointer<Int64>, _ count: Int) -> (base: Int64, zigzags: Bool, fit: Fit) {
        var base = numbers[0]
        for index in 1..<max(count, 1) { base = min(base, numbers[index]) }
        let alternating = bestWidth(count) { zigzag(numbers[$0]) }
        let fromBase = bestWidth(count) { UInt64(bitPattern: numbers[$0] &- base) }
        let zigzags = alternating.size <= fromBase.size + VarintWriter.size(zigzag(base))
        return (base, zigzags, zigzags ? alternating : fromBase)
    }
    /// The width with which the numbers take the fewest bytes, those that need more bits as patches.
    @inline(__always) private static func bestWidth(_ count: Int, _ number: (Int) -> UInt64) -> Fit {
        // How many numbers have so many bits; then, from the top, how many bytes their upper bits take as patches: one more for every seventh bit.
        withUnsafeTemporaryAllocation(of: (exactly: UInt16, patches: UInt16).self, capacity: 64 + 8) { lengths in
            lengths.initialize(repeating: (0, 0))
            var all = UInt64(0)
            for index in 0..<count {
                all |= number(index)
                lengths[64 - number(index).leadingZeroBitCount].exactly &+= 1
            }
            let widest = 64 - all.leadingZeroBitCount
            var best = Fit(width: widest, size: BitPacking.byteCount(count, width: widest))
            var (width, larger) = (widest - 1, 0)
            while width >= 0 {
                larger += Int(lengths[width + 1].exactly)
                let patches = larger + Int(lengths[width + 7].patches)
                lengths[width].patches = UInt16(truncatingIfNeeded: patches)
                let size = 1 + BitPacking.byteCount(count, width: width) + larger + patches
                if size < best.size { best = Fit(width: width, size: size, isPatched: true) }
                if size > best.size + 16 { break }
                width -= 1
            }
            return best
        }
    }
    private static func write(_ numbers: UnsafePointer<UInt64>, _ count: Int, _ fit: Fit, _ writer: inout VarintWriter) {
        BitPacking.pack(numbers, count: count, width: fit.width, to: writer.place)
        writer.skip(BitPacking.byteCount(count, width: fit.width))
        guard fit.isPatched else { return }
        let isLarge = { (index: Int) in numbers[index] >> UInt64(fit.width) != 0 }
        writer.byte(UInt8((0..<count).count(where: isLarge)))
        for index in 0..<count where isLarge(index) {
            writer.byte(UInt8(index))
            writer.unsigned(numbers[index] >> UInt64(fit.width))
        }
    }

    static func decode(_ reader: inout VarintReader, count: Int, to out: UnsafeMutablePointer<Int64>) {
        var start = 0
        while start < count {
            let size = min(blockSize, count - start)
            decodeBlock(&reader, size, out + start)
            start += size
        }
    }
    @inline(__always) private static func decodeBlock(_ reader: inout VarintReader, _ count: Int, _ out: UnsafeMutablePointer<Int64>) {
        let head = reader.byte()
        let width = Int(head & 0x3f)
        let base = head & zigzagFlag == 0 ? reader.signed() : 0
        let numbers = UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt64.self)
        BitPacking.unpack(reader.place, count: count, width: width, to: numbers)
        reader.skip(BitPacking.byteCount(count, width: width))
        if head & patchFlag != 0 {
            for _ in 0..<reader.byte() {
                let index = Int(reader.byte())
                numbers[index] |= reader.unsigned() << UInt64(width)
            }
        }
        if head & zigzagFlag != 0 {
            forEachIndex(count) { out[$0] = unzigzag(numbers[$0]) }
        } else if base != 0 {
            forEachIndex(count) { out[$0] &+= base }
        }
    }
}
