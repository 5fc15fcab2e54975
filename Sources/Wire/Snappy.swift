/// Snappy's block format, as remote write packs its requests: a length, then literals and copies of what came before. Its drawing: format_description.txt
/// of google/snappy.
package enum Snappy {
    /// A copy of 64 bytes takes three: nothing unpacks to more than this many times its size.
    private static let mostExpansion = 22

    /// All of `packed` unpacked, at most `limit` bytes.
    package static func unpack(_ packed: [UInt8], limit: Int) throws(WireError) -> [UInt8] {
        let result: Result<[UInt8], WireError> = packed.withUnsafeBufferPointer { input in
            do throws(WireError) { return .success(try unpack(input, limit: limit)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func unpack(_ input: UnsafeBufferPointer<UInt8>, limit: Int) throws(WireError) -> [UInt8] {
        var reader = Reader(input: input)
        let length = try reader.length()
        guard length <= limit else { throw .tooLarge(what: "the unpacked body", limit: limit) }
        // Before any memory is taken on the word of the sender.
        guard length <= input.count * mostExpansion else {
            throw reader.malformed("it says that it unpacks to \(length) bytes, which it can't")
        }
        var failure: WireError?
        let output = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            do throws(WireError) { try reader.elements(into: buffer, length: length, &filled) } catch { failure = error }
        }
        if let failure { throw failure }
        return output
    }

    private struct Reader {
        let input: UnsafeBufferPointer<UInt8>
        var at = 0

        func malformed(_ what: String) -> WireError { .malformed(place: "snappy byte \(at)", what) }

        mutating func length() throws(WireError) -> Int {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), through: 28, by: 7) {
                guard at < input.count else { break }
                let byte = input[at]
                at += 1
                value |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return Int(value) }
            }
            throw malformed("its length does not end")
        }

        mutating func elements(into buffer: UnsafeMutableBufferPointer<UInt8>, length: Int, _ filled: inout Int) throws(WireError) {
            while at < input.count {
                let tag = Int(input[at])
                at += 1
                switch tag & 3 {
                case 0: try literal(tag >> 2, buffer, length, &filled)
                case 1: try copy(4 + tag >> 2 & 7, from: (tag >> 5) << 8 | number(bytes: 1), buffer, length, &filled)
                case 2: try copy(1 + tag >> 2, from: number(bytes: 2), buffer, length, &filled)
                default: try copy(1 + tag >> 2, from: number(bytes: 4), buffer, length, &filled)
                }
            }
            guard filled == length else { throw malformed("it ends after \(filled) of \(length) bytes") }
        }

        private mutating func literal(
            _ size: Int, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ length: Int, _ filled: inout Int
        ) throws(WireError) {
            let count = try size < 60 ? size + 1 : number(bytes: size - 59) + 1
            guard count <= input.count - at else { throw malformed("a literal of \(count) bytes runs over the end") }
            guard count <= length - filled else { throw malformed("it unpacks to more than the \(length) bytes it says") }
            _ = UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + count])
                .initialize(fromContentsOf: UnsafeBufferPointer(rebasing: input[at..<at + count]))
            at += count
            filled += count
        }

        /// The copy may reach into itself: then what it began with repeats.
        private func copy(
            _ count: Int, from offset: Int, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ length: Int, _ filled: inout Int
        ) throws(WireError) {
            guard offset > 0, offset <= filled else { throw malformed("a copy reaches \(offset) bytes back, before the beginning") }
            guard count <= length - filled else { throw malformed("it unpacks to more than the \(length) bytes it says") }
            for place in filled..<filled + count { buffer.initializeElement(at: place, to: buffer[place - offset]) }
            filled += count
        }

        /// Little-endian, of 1 to 4 bytes.
        private mutating func number(bytes count: Int) throws(WireError) -> Int {
            guard input.count - at >= count else { throw malformed("it ends within a length") }
            var value = 0
            for place in 0..<count { value |= Int(input[at + place]) << (8 * place) }
            at += count
            return value
        }
    }
}
