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
        var base = numbers[0]
        for index in 1..<max(count, 1) { base = min(base, numbers[index]) }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * blockSize) { scratch in
            guard let offsets = scratch.baseAddress else { return }
            let signs = offsets + blockSize
            for index in 0..<count {
                offsets[index] = UInt64(bitPattern: numbers[index] &- base)
                signs[index] = zigzag(numbers[index])
            }
            let (fromBase, alternating) = (bestWidth(offsets, count), bestWidth(signs, count))
            if alternating.size <= fromBase.size + VarintWriter.size(zigzag(base)) {
                writer.byte(UInt8(alternating.width) | zigzagFlag | (alternating.isPatched ? patchFlag : 0))
                write(signs, count, alternating, &writer)
            } else {
                writer.byte(UInt8(fromBase.width) | (fromBase.isPatched ? patchFlag : 0))
                writer.signed(base)
                write(offsets, count, fromBase, &writer)
            }
        }
    }

    private struct Fit {
        var width: Int
        var size: Int
        var isPatched = false
    }
    /// The width with which the numbers take the fewest bytes, those that need more bits as patches.
    private static func bestWidth(_ numbers: UnsafePointer<UInt64>, _ count: Int) -> Fit {
        var all = UInt64(0)
        for index in 0..<count { all |= numbers[index] }
        let widest = 64 - all.leadingZeroBitCount
        var best = Fit(width: widest, size: BitPacking.byteCount(count, width: widest))
        var width = widest - 1
        // A patch takes two bytes or more: where narrower numbers leave out more than they save, still narrower ones do too.
        while width >= 0 {
            var size = 1 + BitPacking.byteCount(count, width: width)
            for index in 0..<count where numbers[index] >> UInt64(width) != 0 {
                size += 1 + VarintWriter.size(numbers[index] >> UInt64(width))
            }
            if size < best.size { best = Fit(width: width, size: size, isPatched: true) }
            if size > best.size + 16 { break }
            width -= 1
        }
        return best
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
            for index in 0..<count { out[index] = unzigzag(numbers[index]) }
        } else {
            for index in 0..<count { out[index] &+= base }
        }
    }
}
