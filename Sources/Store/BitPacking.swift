import Telemetry

/// Small whole numbers side by side, each `width` bits, the first in the lowest bits.
///
/// Readers load eight bytes for each number: up to `slack` bytes after the packed ones must be readable, whatever they hold.
enum BitPacking {
    static let slack = 8
    /// With more bits a number could reach over nine bytes.
    static let widest = 57

    static func byteCount(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    /// Writes `byteCount` bytes at `out`. Bits above `width` are left out.
    static func pack(_ numbers: UnsafePointer<UInt64>, count: Int, width: Int, to out: UnsafeMutablePointer<UInt8>) {
        precondition(width <= widest, "a number in eight bytes wherever it begins")
        guard width > 0 else { return }
        let mask = (UInt64(1) << UInt64(width)) - 1
        var (pending, held, place) = (UInt64(0), 0, 0)
        for index in 0..<count {
            pending |= (numbers[index] & mask) << UInt64(held)
            held += width
            while held >= 8 {
                out[place] = UInt8(truncatingIfNeeded: pending)
                (pending, held, place) = (pending >> 8, held - 8, place + 1)
            }
        }
        if held > 0 { out[place] = UInt8(truncatingIfNeeded: pending) }
    }

    static func unpack(_ bytes: UnsafePointer<UInt8>, count: Int, width: Int, to out: UnsafeMutablePointer<UInt64>) {
        guard width > 0 else { return out.update(repeating: 0, count: count) }
        let mask = (UInt64(1) << UInt64(width)) &- 1
        let raw = UnsafeRawPointer(bytes)
        var bit = 0
        forEachIndex(count) { index in
            out[index] = (raw.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self) &>> UInt64(bit & 7)) & mask
            bit &+= width
        }
    }
}

/// Numbers of any size in as many bytes as they need: seven bits a byte, the lowest first, the highest bit telling that more follow.
struct VarintWriter {
    private(set) var place: UnsafeMutablePointer<UInt8>
    init(_ place: UnsafeMutablePointer<UInt8>) { self.place = place }

    mutating func byte(_ byte: UInt8) {
        place.pointee = byte
        place += 1
    }
    mutating func unsigned(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(rest))
    }
    mutating func signed(_ number: Int64) { unsigned(zigzag(number)) }
    mutating func bits(_ bits: UInt64, bytes: Int = 8) {
        for index in 0..<bytes { byte(UInt8(truncatingIfNeeded: bits >> UInt64(index * 8))) }
    }
    mutating func skip(_ count: Int) { place += count }

    static func size(_ number: UInt64) -> Int { max(1, (64 - number.leadingZeroBitCount + 6) / 7) }
}

/// Reads what `VarintWriter` wrote; trusts it.
struct VarintReader {
    private(set) var place: UnsafePointer<UInt8>
    init(_ place: UnsafePointer<UInt8>) { self.place = place }

    mutating func byte() -> UInt8 {
        defer { place += 1 }
        return place.pointee
    }
    mutating func unsigned() -> UInt64 {
        var (number, shift) = (UInt64(0), UInt64(0))
        while true {
            let byte = byte()
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }
    mutating func signed() -> Int64 { unzigzag(unsigned()) }
    mutating func bits(bytes: Int = 8) -> UInt64 {
        var bits = UInt64(0)
        for index in 0..<bytes { bits |= UInt64(byte()) << UInt64(index * 8) }
        return bits
    }
    mutating func skip(_ count: Int) { place += count }
}

/// 0, −1, 1, −2 … as 0, 1, 2, 3 …
@inline(__always) func zigzag(_ number: Int64) -> UInt64 { UInt64(bitPattern: (number &<< 1) ^ (number &>> 63)) }
@inline(__always) func unzigzag(_ number: UInt64) -> Int64 { Int64(bitPattern: number &>> 1) ^ (0 &- Int64(bitPattern: number & 1)) }
