import Telemetry

/// The leaves of reading a page: places, escapes, UTF-8.
enum ExpositionText {
    /// An error at a byte offset, its line and column counted.
    @inline(never)
    static func error(_ problem: ExpositionError.Problem, at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> ExpositionError {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == PageByte.newline {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        return ExpositionError(position: SourcePosition(line: line, column: column), problem: problem)
    }

    static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) != nil
    }

    static func string(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    /// With `\\`, `\n` and (in quotes) `\"` taken out; any other back slash stays.
    static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, inQuotes: Bool = true) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var i = range.lowerBound
        while i < range.upperBound {
            if bytes[i] == PageByte.backslash, i + 1 < range.upperBound,
                let plain = plainByte(afterBackslash: bytes[i + 1], inQuotes: inQuotes)
            {
                out.append(plain)
                i += 2
            } else {
                out.append(bytes[i])
                i += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func plainByte(afterBackslash byte: UInt8, inQuotes: Bool) -> UInt8? {
        switch byte {
        case PageByte.backslash: byte
        case UInt8(ascii: "n"): PageByte.newline
        case PageByte.quote: inQuotes ? byte : nil
        default: nil
        }
    }

    /// The bytes as shown in an error: cut, and with nothing that a terminal obeys.
    static func excerpt(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> String {
        var end = start
        while end < bytes.count, end - start < 40, bytes[end] != PageByte.newline { end += 1 }
        var text = ""
        for scalar in string(bytes, start..<end).unicodeScalars {
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{fffd}" : scalar)
        }
        return text
    }
}
