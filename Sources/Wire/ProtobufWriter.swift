/// Writes the few protobuf messages that dogwatch answers with and keeps; fields with their default value are left out.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ field: UInt32, _ value: UInt64) {
        guard value != 0 else { return }
        raw(UInt64(field << 3))
        raw(value)
    }
    /// A `sint32` or `sint64`.
    mutating func zigzag(_ field: UInt32, _ value: Int64) { varint(field, UInt64(bitPattern: value << 1 ^ value >> 63)) }
    /// Left out only where all bits are zero: -0 is there.
    mutating func double(_ field: UInt32, _ value: Double) {
        guard value.bitPattern != 0 else { return }
        raw(UInt64(field << 3 | 1))
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }
    /// A repeated `double`, packed.
    mutating func doubles(_ field: UInt32, _ values: [Double]) {
        guard !values.isEmpty else { return }
        raw(UInt64(field << 3 | 2))
        raw(UInt64(values.count * 8))
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    }
    mutating func string(_ field: UInt32, _ value: String) {
        if !value.isEmpty { message(field, Array(value.utf8)) }
    }
    /// Written even when empty: a message that is there and empty differs from none.
    mutating func message(_ field: UInt32, _ content: [UInt8]) {
        raw(UInt64(field << 3 | 2))
        raw(UInt64(content.count))
        bytes += content
    }
    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
