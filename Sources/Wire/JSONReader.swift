import CSimdjson

/// Reads JSON texts with simdjson; keeps its memory from one text to the next. Not for sharing: one a thread.
package final class JSONReader {
    /// Objects and lists within each other, at most.
    package static let maximumDepth = 1024
    private let parser: OpaquePointer?

    /// `limit`: the longest text it takes, in bytes.
    package init(limit: Int = 256 << 20) { parser = dw_json_create(max(limit, 64), Self.maximumDepth) }
    deinit { dw_json_destroy(parser) }

    /// The root of the JSON text in `bytes`; it and all below it live until the next call, and as long as the reader.
    ///
    /// `slack` more bytes behind `bytes` may be read (their content does not matter): with 64 or more nothing is copied.
    package func parse(_ bytes: UnsafeBufferPointer<UInt8>, slack: Int = 0) throws(WireError) -> JSONValue {
        guard let parser else { throw .malformed(place: "JSON", "memory is short") }
        guard let base = bytes.baseAddress, !bytes.isEmpty else { throw .malformed(place: "JSON", "it is empty") }
        var tape = dw_json_tape()
        let code = dw_json_parse(parser, base, bytes.count, max(slack, 0), &tape)
        guard code == 0, let words = tape.words, let strings = tape.strings else {
            throw .malformed(place: "JSON", String(cString: dw_json_message(code)))
        }
        return JSONValue(words: words, strings: strings, index: 1)
    }

    /// Parses a whole array and hands its root to `body`, which must not keep it.
    package func read<Result>(
        _ bytes: [UInt8], _ body: (JSONValue) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        // A typed error does not pass through `withUnsafeBufferPointer` of every library version, so it travels as a value.
        let outcome: Swift.Result<Result, WireError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(WireError) { return .success(try body(try parse(buffer))) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

/// One value of a parsed JSON text: a place on simdjson's tape (its doc/tape.md draws it). Cheap to copy; dies with its text.
package struct JSONValue {
    let words: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>
    let index: Int

    package enum Kind { case object, array, string, int, unsigned, double, bool, null }

    private var word: UInt64 { words[index] }
    private var payload: UInt64 { word & 0x00FF_FFFF_FFFF_FFFF }
    private var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }

    package var kind: Kind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"): .int
        case UInt8(ascii: "u"): .unsigned
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }
    package var isNull: Bool { tag == UInt8(ascii: "n") }

    /// The index of the word behind this value.
    var next: Int {
        switch tag {
        case UInt8(ascii: "{"), UInt8(ascii: "["): Int(truncatingIfNeeded: payload & 0xFFFF_FFFF)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index &+ 2
        default: index &+ 1
        }
    }
    func at(_ index: Int) -> JSONValue { JSONValue(words: words, strings: strings, index: index) }

    /// The bytes of a string; nil for anything else.
    package var text: JSONText? { tag == UInt8(ascii: "\"") ? stringAtTag : nil }
    var stringAtTag: JSONText {
        let start = strings + Int(truncatingIfNeeded: payload)
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return JSONText(bytes: UnsafeBufferPointer(start: start + 4, count: Int(length)))
    }
    package var string: String? { text?.string }
    package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }
    /// A whole number that fits; doubles only where they are whole.
    package var int: Int64? {
        switch tag {
        case UInt8(ascii: "l"): Int64(bitPattern: words[index &+ 1])
        case UInt8(ascii: "u"): Int64(exactly: words[index &+ 1])
        case UInt8(ascii: "d"): Int64(exactly: Double(bitPattern: words[index &+ 1]))
        default: nil
        }
    }
    package var unsigned: UInt64? {
        switch tag {
        case UInt8(ascii: "l"): UInt64(exactly: Int64(bitPattern: words[index &+ 1]))
        case UInt8(ascii: "u"): words[index &+ 1]
        case UInt8(ascii: "d"): UInt64(exactly: Double(bitPattern: words[index &+ 1]))
        default: nil
        }
    }
    package var double: Double? {
        switch tag {
        case UInt8(ascii: "l"): Double(Int64(bitPattern: words[index &+ 1]))
        case UInt8(ascii: "u"): Double(words[index &+ 1])
        case UInt8(ascii: "d"): Double(bitPattern: words[index &+ 1])
        default: nil
        }
    }

    /// The members of an object in their order; none for anything else.
    package var members: JSONMembers {
        tag == UInt8(ascii: "{") ? JSONMembers(value: at(index &+ 1), end: next &- 1) : JSONMembers(value: self, end: index)
    }
    /// The elements of a list in their order; none for anything else.
    package var elements: JSONElements {
        tag == UInt8(ascii: "[") ? JSONElements(value: at(index &+ 1), end: next &- 1) : JSONElements(value: self, end: index)
    }
    /// The first member named `key` that is not null. Linear.
    package subscript(key: StaticString) -> JSONValue? {
        for (name, value) in members where name == key && !value.isNull { return value }
        return nil
    }
}

/// Walks the members of an object.
package struct JSONMembers: Sequence, IteratorProtocol {
    var value: JSONValue
    let end: Int
    package mutating func next() -> (key: JSONText, value: JSONValue)? {
        guard value.index < end else { return nil }
        let key = value.stringAtTag
        let member = value.at(value.index &+ 1)
        value = value.at(member.next)
        return (key, member)
    }
}

/// Walks the elements of a list.
package struct JSONElements: Sequence, IteratorProtocol {
    var value: JSONValue
    let end: Int
    package mutating func next() -> JSONValue? {
        guard value.index < end else { return nil }
        let element = value
        value = value.at(value.next)
        return element
    }
}

/// The bytes of a JSON string, escapes resolved, valid UTF-8; dies with its text.
package struct JSONText {
    package let bytes: UnsafeBufferPointer<UInt8>
    package var string: String { String(decoding: bytes, as: UTF8.self) }
    package static func == (text: JSONText, word: StaticString) -> Bool {
        let count = text.bytes.count
        guard word.utf8CodeUnitCount == count else { return false }
        let other = word.utf8Start
        for i in 0..<count where text.bytes[i] != other[i] { return false }
        return true
    }
}
