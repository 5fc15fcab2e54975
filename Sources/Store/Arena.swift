import Telemetry

/// Writes the variable part of rows into the lower end of a block, in the encoding drawn in `docs/store.md`.
///
/// A string that stands already in the block is a reference to it: keys and common values cost three bytes.
final class ArenaWriter: @unchecked Sendable {
    private static let tableSize = 4096
    /// Shorter strings are no longer than a reference to them, longer ones rarely come again.
    private static let shared = 3...1024
    /// Lists within maps within lists, …; what lies deeper is stored as empty.
    static let depthLimit = 64

    private var base: UnsafeMutablePointer<UInt8>
    private(set) var used = 0
    private var limit = 0
    /// Where a string with this hash was last written, plus one.
    private let table: UnsafeMutablePointer<UInt32>

    init() {
        table = .allocate(capacity: Self.tableSize)
        base = UnsafeMutableRawPointer(table).assumingMemoryBound(to: UInt8.self)
    }
    deinit { table.deallocate() }

    func begin(at base: UnsafeMutableRawPointer, limit: Int) {
        self.base = base.assumingMemoryBound(to: UInt8.self)
        used = 0
        self.limit = limit
        table.initialize(repeating: 0, count: Self.tableSize)
    }

    func byte(_ value: UInt8) {
        precondition(used < limit, "a row's bytes were reckoned before it was written")
        base[used] = value
        used &+= 1
    }

    func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }
    func signed(_ value: Int64) { varint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
    func fixed(_ value: UInt64) { for shift in 0..<8 { byte(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) } }

    func string(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ shared($0) }) == nil { Array(text.utf8).withUnsafeBufferPointer { shared($0) } }
    }

    func bytes(_ bytes: UnsafeBufferPointer<UInt8>) {
        varint(UInt64(bytes.count) << 1)
        precondition(bytes.count <= limit - used, "a row's bytes were reckoned before it was written")
        if let source = bytes.baseAddress { (base + used).update(from: source, count: bytes.count) }
        used += bytes.count
    }

    func attributes(_ attributes: [Attribute], depth: Int = 0) {
        varint(UInt64(attributes.count))
        for attribute in attributes {
            string(attribute.key)
            value(attribute.value, depth: depth)
        }
    }

    private func value(_ value: AttributeValue, depth: Int) {
        switch value {
        case .empty: tag(.empty)
        case .bool(let flag): tag(flag ? .yes : .no)
        case .int(let number):
            tag(.int)
            signed(number)
        case .double(let number):
            tag(.double)
            fixed(number.bitPattern)
        case .string(let text):
            tag(.string)
            string(text)
        case .bytes(let content):
            tag(.bytes)
            content.withUnsafeBufferPointer { bytes($0) }
        case .array(let values) where depth < Self.depthLimit:
            tag(.array)
            varint(UInt64(values.count))
            for element in values { self.value(element, depth: depth + 1) }
        case .map(let entries) where depth < Self.depthLimit:
            tag(.map)
            attributes(entries, depth: depth + 1)
        case .array, .map: tag(.empty)
        }
    }
    private func tag(_ tag: ValueTag) { byte(tag.rawValue) }

    private func shared(_ content: UnsafeBufferPointer<UInt8>) {
        guard Self.shared.contains(content.count) else { return bytes(content) }
        let place = Self.hash(content) & (Self.tableSize - 1)
        if table[place] > 0, let offset = reference(to: content, at: Int(table[place] - 1)) { return varint(UInt64(offset) << 1 | 1) }
        table[place] = UInt32(truncatingIfNeeded: used + 1)
        bytes(content)
    }

    /// `offset` again, if it holds these bytes.
    private func reference(to content: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int? {
        var reader = ArenaReader(base: base, position: offset)
        let there = reader.bytes()
        guard there.count == content.count else { return nil }
        for index in 0..<content.count where there[index] != content[index] { return nil }
        return offset
    }

    private static func hash(_ content: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = UInt64(content.count)
        for byte in content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & 0x7fff_ffff)
    }
}

enum ValueTag: UInt8 { case empty, yes, no, int, double, string, bytes, array, map }

/// Reads what an `ArenaWriter` wrote; nothing else may be given to it.
struct ArenaReader {
    let base: UnsafePointer<UInt8>
    var position: Int

    init(base: UnsafePointer<UInt8>, position: Int) {
        self.base = base
        self.position = position
    }

    mutating func byte() -> UInt8 {
        defer { position &+= 1 }
        return base[position]
    }
    mutating func varint() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = byte()
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift &+= 7
        }
    }
    mutating func count() -> Int { Int(truncatingIfNeeded: varint()) }
    mutating func signed() -> Int64 {
        let value = varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
    mutating func fixed() -> UInt64 {
        var value: UInt64 = 0
        for shift in 0..<8 { value |= UInt64(byte()) << UInt64(8 * shift) }
        return value
    }

    /// The bytes of a string, wherever in the block they stand.
    mutating func bytes() -> UnsafeBufferPointer<UInt8> {
        let head = count()
        if head & 1 == 1 {
            var there = ArenaReader(base: base, position: head >> 1)
            return there.bytes()
        }
        defer { position += head >> 1 }
        return UnsafeBufferPointer(start: base + position, count: head >> 1)
    }
    mutating func string() -> String { String(decoding: bytes(), as: UTF8.self) }

    mutating func attributes() -> [Attribute] {
        let count = count()
        var out: [Attribute] = []
        out.reserveCapacity(count)
        for _ in 0..<count {
            let key = string()
            out.append(Attribute(key, value()))
        }
        return out
    }

    /// The value under `key` among attributes, leaving the position anywhere.
    mutating func attribute(_ key: String) -> AttributeValue? {
        for _ in 0..<count() {
            if bytes().elementsEqual(key.utf8) { return value() }
            skipValue()
        }
        return nil
    }

    mutating func value() -> AttributeValue {
        switch ValueTag(rawValue: byte()) {
        case .yes: .bool(true)
        case .no: .bool(false)
        case .int: .int(signed())
        case .double: .double(Double(bitPattern: fixed()))
        case .string: .string(string())
        case .bytes: .bytes(Array(bytes()))
        case .array: .array(values())
        case .map: .map(attributes())
        case .empty, nil: .empty
        }
    }
    private mutating func values() -> [AttributeValue] {
        let count = count()
        var out: [AttributeValue] = []
        out.reserveCapacity(count)
        for _ in 0..<count { out.append(value()) }
        return out
    }

    mutating func skipAttributes() {
        for _ in 0..<count() {
            _ = bytes()
            skipValue()
        }
    }
    private mutating func skipValue() {
        switch ValueTag(rawValue: byte()) {
        case .int: _ = varint()
        case .double: position += 8
        case .string, .bytes: _ = bytes()
        case .array: for _ in 0..<count() { skipValue() }
        case .map: skipAttributes()
        case .yes, .no, .empty, nil: break
        }
    }
}

/// How many bytes of arena something takes at most.
enum Footprint {
    static func of(_ text: String) -> Int { text.utf8.count + 10 }
    static func of(_ attributes: [Attribute], depth: Int = 0) -> Int {
        attributes.reduce(10) { $0 + of($1.key) + of($1.value, depth: depth) }
    }
    private static func of(_ value: AttributeValue, depth: Int) -> Int {
        switch value {
        case .empty, .bool, .int, .double: 11
        case .string(let text): of(text) + 1
        case .bytes(let bytes): bytes.count + 11
        case .array(let values): depth < ArenaWriter.depthLimit ? values.reduce(11) { $0 + of($1, depth: depth + 1) } : 1
        case .map(let entries): depth < ArenaWriter.depthLimit ? of(entries, depth: depth + 1) + 1 : 1
        }
    }
    static func of(_ resource: Resource) -> Int { of(resource.attributes) }
    static func of(_ scope: InstrumentationScope) -> Int { of(scope.name) + of(scope.version) + of(scope.attributes) }
}
