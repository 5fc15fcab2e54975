/// Floating-point numbers of any kind, each by the bits that differ from the one before: a 0 for none; 1 0 and the differing bits within the window of
/// before; 1 1, six bits of leading zeros, six of the length less one, and the bits, which become the window. The first number stands whole.
enum XORStream {
    static func largestSize(_ count: Int) -> Int { 8 + (count * 78 + 7) / 8 + 8 }

    /// Returns the bytes written at `out`.
    static func encode(_ values: UnsafeBufferPointer<Double>, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var bits = BitWriter(out)
        var (previous, leading, length) = (UInt64(0), 64, 0)
        for (index, value) in values.enumerated() {
            let difference = value.bitPattern ^ previous
            previous = value.bitPattern
            if index == 0 {
                bits.write(difference, 64)
            } else if difference == 0 {
                bits.write(0, 1)
            } else {
                let (zeros, end) = (difference.leadingZeroBitCount, 64 - difference.trailingZeroBitCount)
                if zeros >= leading, end <= leading + length, length <= end - zeros + 12 {
                    bits.write(0b01, 2)
                } else {
                    (leading, length) = (zeros, end - zeros)
                    bits.write(0b11 | UInt64(leading) << 2 | UInt64(length - 1) << 8, 14)
                }
                bits.write(difference >> UInt64(64 - leading - length), length)
            }
        }
        return bits.finish()
    }

    static func decode(_ bytes: UnsafePointer<UInt8>, count: Int, to out: UnsafeMutablePointer<Double>) {
        guard count > 0 else { return }
        var bits = BitReader(bytes)
        var (previous, leading, length) = (bits.read(64), 0, 0)
        out[0] = Double(bitPattern: previous)
        for index in 1..<max(count, 1) {
            if bits.read(1) == 1 {
                if bits.read(1) == 1 {
                    leading = Int(bits.read(6))
                    length = Int(bits.read(6)) + 1
                }
                previous ^= bits.read(length) << UInt64(64 - leading - length)
            }
            out[index] = Double(bitPattern: previous)
        }
    }
}

private struct BitWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private var place: UnsafeMutablePointer<UInt8>
    private var pending: UInt64 = 0
    private var held = 0

    init(_ place: UnsafeMutablePointer<UInt8>) { (start, self.place) = (place, place) }

    mutating func write(_ bits: UInt64, _ count: Int) {
        if count > 32 {
            write(bits & 0xffff_ffff, 32)
            return write(bits >> 32, count - 32)
        }
        pending |= bits << UInt64(held)
        held += count
        while held >= 8 {
            place.pointee = UInt8(truncatingIfNeeded: pending)
            (place, pending, held) = (place + 1, pending >> 8, held - 8)
        }
    }
    mutating func finish() -> Int {
        if held > 0 {
            place.pointee = UInt8(truncatingIfNeeded: pending)
            place += 1
        }
        return place - start
    }
}

private struct BitReader {
    private let bytes: UnsafeRawPointer
    private var bit = 0

    init(_ bytes: UnsafePointer<UInt8>) { self.bytes = UnsafeRawPointer(bytes) }

    mutating func read(_ count: Int) -> UInt64 {
        if count > 56 {
            let low = read(32)
            return low | read(count - 32) << 32
        }
        defer { bit += count }
        return (bytes.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self) >> UInt64(bit & 7)) & ((UInt64(1) << UInt64(count)) - 1)
    }
}
