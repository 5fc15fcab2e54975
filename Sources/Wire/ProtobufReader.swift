import Telemetry

/// Walks the fields of one protobuf message over memory that outlives it. Every length is checked against the end.
struct ProtobufReader {
    private let base: UnsafePointer<UInt8>
    private var position: Int
    private let end: Int

    /// `offset` of `bytes` are counted from the start of the outermost message, for errors.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return nil }
        self.base = base
        position = 0
        end = bytes.count
    }
    private init(base: UnsafePointer<UInt8>, from start: Int, to end: Int) {
        self.base = base
        position = start
        self.end = end
    }

    /// The tag (`field << 3 | wire type`) of the next field, or nil at the end.
    mutating func tag() throws(WireError) -> UInt32? {
        guard position < end else { return nil }
        let start = position
        let value = try varint()
        guard value <= UInt64(UInt32.max), value >= 8 else { throw malformed("a field has the number \(value >> 3)", at: start) }
        return UInt32(truncatingIfNeeded: value)
    }

    var isAtEnd: Bool { position >= end }

    mutating func varint() throws(WireError) -> UInt64 {
        if position < end, base[position] < 0x80 {
            defer { position &+= 1 }
            return UInt64(base[position])
        }
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = base[position]
            position &+= 1
            if shift == 63, byte > 1 { throw malformed("a number has more than 64 bits", at: start) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw malformed("it ends within a number", at: start)
    }

    mutating func fixed64() throws(WireError) -> UInt64 {
        guard end &- position >= 8 else { throw malformed("it ends within an 8-byte field", at: position) }
        defer { position &+= 8 }
        return UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
    }

    /// A `sint32` or `sint64`.
    mutating func zigzag() throws(WireError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// A repeated `sint64`, packed or one by one; with more than `limit` in all it throws.
    mutating func zigzags(_ tag: UInt32, into values: inout [Int64], limit: Int) throws(WireError) {
        guard tag & 7 == WireType.bytes.rawValue else { return try append(zigzag(), to: &values, limit: limit) }
        var packed = try message()
        while packed.position < packed.end { try append(packed.zigzag(), to: &values, limit: limit) }
    }

    /// A repeated `double`, likewise.
    mutating func doubles(_ tag: UInt32, into values: inout [Double], limit: Int) throws(WireError) {
        guard tag & 7 == WireType.bytes.rawValue else { return try append(Double(bitPattern: fixed64()), to: &values, limit: limit) }
        var packed = try message()
        while packed.position < packed.end { try append(Double(bitPattern: packed.fixed64()), to: &values, limit: limit) }
    }

    /// A repeated `fixed64`, likewise.
    mutating func fixed64s(_ tag: UInt32, into values: inout [UInt64], limit: Int) throws(WireError) {
        guard tag & 7 == WireType.bytes.rawValue else { return try append(fixed64(), to: &values, limit: limit) }
        var packed = try message()
        while packed.position < packed.end { try append(packed.fixed64(), to: &values, limit: limit) }
    }

    /// A repeated `uint64`, likewise.
    mutating func varints(_ tag: UInt32, into values: inout [UInt64], limit: Int) throws(WireError) {
        guard tag & 7 == WireType.bytes.rawValue else { return try append(varint(), to: &values, limit: limit) }
        var packed = try message()
        while packed.position < packed.end { try append(packed.varint(), to: &values, limit: limit) }
    }

    private func append<Value>(_ value: Value, to values: inout [Value], limit: Int) throws(WireError) {
        guard values.count < limit else { throw .tooLarge(what: "a list of numbers", limit: limit) }
        values.append(value)
    }

    mutating func bytes() throws(WireError) -> UnsafeBufferPointer<UInt8> {
        let (start, count) = try length()
        return UnsafeBufferPointer(start: base + start, count: count)
    }
    /// Where a string stands, counted from the start of the outermost message, which is of less than 4 GiB.
    mutating func text() throws(WireError) -> PackedSpans.Text {
        let (start, count) = try length()
        return PackedSpans.Text(offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: count))
    }
    /// The bytes of a text of this reader's outermost message.
    func bytes(of text: PackedSpans.Text) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + Int(text.offset), count: Int(text.count))
    }
    mutating func message() throws(WireError) -> ProtobufReader {
        let (start, count) = try length()
        return ProtobufReader(base: base, from: start, to: start &+ count)
    }

    /// Leaves out the value of a field of no interest.
    mutating func skip(_ tag: UInt32) throws(WireError) {
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: _ = try fixed64()
        case 2: _ = try length()
        case 5:
            guard end &- position >= 4 else { throw malformed("it ends within a 4-byte field", at: position) }
            position &+= 4
        default: throw malformed("field \(tag >> 3) has the wire type \(tag & 7), which is not in use", at: position)
        }
    }

    private mutating func length() throws(WireError) -> (start: Int, count: Int) {
        let start = position
        let count = try varint()
        guard count <= UInt64(end &- position) else { throw malformed("a length of \(count) runs over the end", at: start) }
        defer { position &+= Int(count) }
        return (position, Int(count))
    }
    private func malformed(_ what: String, at offset: Int) -> WireError { .malformed(place: "byte \(offset)", what) }
}

/// A tag as protobuf writes it, for `switch`.
func tag(_ field: UInt32, _ wireType: WireType) -> UInt32 { field << 3 | wireType.rawValue }
enum WireType: UInt32 { case varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 }
