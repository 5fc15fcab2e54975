import Telemetry

/// What goes along through the decoding of one request: what was left out, and the names seen so far.
struct OTLPContext {
    var outcome = WireOutcome()
    private var items = 0
    private var names = NamePool()

    /// A name that comes again and again (attribute keys, span names): one string for all.
    mutating func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String { names[cut(bytes, to: WireLimit.valueBytes)] }

    /// A string cut to `limit` bytes; what is no UTF-8 is repaired.
    mutating func string(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int = WireLimit.valueBytes) -> String {
        String(decoding: cut(bytes, to: limit), as: UTF8.self)
    }

    mutating func blob(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] { Array(cut(bytes, to: WireLimit.valueBytes)) }

    private mutating func cut(_ bytes: UnsafeBufferPointer<UInt8>, to limit: Int) -> UnsafeBufferPointer<UInt8> {
        guard bytes.count > limit else { return bytes }
        outcome.noteCut("a value of \(bytes.count) bytes was cut to \(limit)")
        var end = limit
        while end > limit - 4, end > 0, bytes[end] & 0xc0 == 0x80 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[..<end])
    }

    /// A text of `reader`, cut as a string would be.
    @inline(__always) mutating func text(_ text: PackedSpans.Text, of reader: ProtobufReader) -> PackedSpans.Text {
        text.count <= UInt32(WireLimit.valueBytes) ? text : cut(text, of: reader)
    }
    @inline(never) private mutating func cut(_ text: PackedSpans.Text, of reader: ProtobufReader) -> PackedSpans.Text {
        let short = cut(reader.bytes(of: text), to: WireLimit.valueBytes)
        return PackedSpans.Text(offset: text.offset, count: UInt32(truncatingIfNeeded: short.count))
    }

    mutating func tooDeep() -> AttributeValue {
        outcome.noteCut("a value is nested deeper than \(WireLimit.valueDepth)")
        return .string(WireLimit.tooDeepMarker)
    }
    /// True when the request may hold one more span or record; counts and tells it where not.
    mutating func takesItem() -> Bool {
        items += 1
        if items <= WireLimit.itemsPerRequest { return true }
        outcome.reject(.tooLarge, "a request has more than \(WireLimit.itemsPerRequest) spans or records; send smaller ones")
        return false
    }
    /// True when a list that holds `count` may take one more; tells it where not.
    mutating func hasRoom(_ count: Int, limit: Int, for what: String) -> Bool {
        if count < limit { return true }
        outcome.noteCut("more than \(limit) \(what) in one item")
        return false
    }
}

/// Strings by their bytes, so that what repeats is made once. Bounded: when full, new ones are made each time.
struct NamePool {
    private static let slots = 1024
    private static let longest = 256
    private var table: [String?] = []
    private var count = 0

    subscript(bytes: UnsafeBufferPointer<UInt8>) -> String {
        mutating get {
            // Up to 15 bytes a string needs no memory of its own.
            guard bytes.count > 15, bytes.count <= Self.longest else { return String(decoding: bytes, as: UTF8.self) }
            if table.isEmpty { table = [String?](repeating: nil, count: Self.slots) }
            var slot = Int(truncatingIfNeeded: Self.hash(bytes) & UInt64(Self.slots - 1))
            while let known = table[slot] {
                if Self.equal(known, bytes) { return known }
                slot = (slot &+ 1) & (Self.slots - 1)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if count < Self.slots / 2 {
                count += 1
                table[slot] = text
            }
            return text
        }
    }

    static func equal(_ text: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { stored in
            guard stored.count == bytes.count else { return false }
            for i in 0..<bytes.count where stored[i] != bytes[i] { return false }
            return true
        } ?? false
    }

    /// Eight bytes a step; good enough for names, and a table that fills up only makes strings again.
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = UInt64(bytes.count) &* 0x9e37_79b9_7f4a_7c15
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return hash }
        var at = 0
        while at &+ 8 <= bytes.count {
            hash = (hash ^ base.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            at &+= 8
        }
        while at < bytes.count {
            hash = (hash ^ UInt64(bytes[at])) &* 0xc4ce_b9fe_1a85_ec53
            at &+= 1
        }
        return hash ^ (hash >> 29)
    }
}

/// An id of OTLP: all bytes there, not all zero.
func traceID(_ bytes: UnsafeBufferPointer<UInt8>) -> TraceID? {
    guard bytes.count == 16 else { return nil }
    let id = TraceID(high: bigEndian(bytes, at: 0), low: bigEndian(bytes, at: 8))
    return id.isValid ? id : nil
}
func spanID(_ bytes: UnsafeBufferPointer<UInt8>) -> SpanID? {
    guard bytes.count == 8 else { return nil }
    let id = SpanID(bigEndian(bytes, at: 0))
    return id.isValid ? id : nil
}
/// The eight bytes from `at`, which must be there.
private func bigEndian(_ bytes: UnsafeBufferPointer<UInt8>, at: Int) -> UInt64 {
    UInt64(bigEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: at, as: UInt64.self))
}
