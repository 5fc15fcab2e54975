/// The shape of a log line in bytes: words as they are, variables as `<_>`.
enum LineShape {
    private static let mask = Array("<_>".utf8)

    /// Appends the shape of `message` to `out`; line ends and runs of blanks become one blank.
    static func write(_ message: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]) {
        let end = min(message.count, LogPatterns.messageLimit)
        var place = 0
        while place < end {
            let byte = message[place]
            if isBlank(byte) {
                if let last = out.last, last != 0x20 { out.append(0x20) }
                place += 1
            } else if let close = quoteEnd(message, place, end) {
                append(mask, to: &out)
                place = close + 1
            } else if isWord(byte) {
                let stop = wordEnd(message, place, end)
                writeWord(message, place..<stop, &out)
                place = stop
            } else {
                out.append(byte)
                place += 1
            }
        }
        if out.last == 0x20 { out.removeLast() }
    }

    private static func append(_ mask: [UInt8], to out: inout [UInt8]) {
        // Variables side by side, such as `10:22` or `a1,b2` without blanks, stay apart by their punctuation; doubled ones become one.
        if out.count >= 3, out[(out.count - 3)...].elementsEqual(mask) { return }
        out += mask
    }

    /// Digits make a word a variable, but for the path of a URL: there only the parts with digits are.
    private static func writeWord(_ message: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ out: inout [UInt8]) {
        var start = range.lowerBound
        for place in range where message[place] == 0x2f {
            writePart(message, start..<place, &out)
            out.append(0x2f)
            start = place + 1
        }
        writePart(message, start..<range.upperBound, &out)
    }

    private static func writePart(_ message: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ out: inout [UInt8]) {
        guard !range.isEmpty else { return }
        var end = range.upperBound
        // A stop or colon at the end belongs to the sentence.
        while end > range.lowerBound, message[end - 1] == 0x2e || message[end - 1] == 0x3a { end -= 1 }
        if isVariable(message, range.lowerBound..<end) {
            append(mask, to: &out)
        } else {
            out.append(contentsOf: message[range.lowerBound..<end])
        }
        out.append(contentsOf: message[end..<range.upperBound])
    }

    private static func isVariable(_ message: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        var hexDigits = 0
        for place in range {
            let byte = message[place]
            if isDigit(byte) { return true }
            if (0x61...0x66).contains(byte | 0x20) { hexDigits += 1 }
        }
        // Words of hexadecimal letters alone that are this long are ids.
        return hexDigits == range.count && range.count >= 16
    }

    /// The end of a quoted text that begins here; an apostrophe within a word begins none.
    private static func quoteEnd(_ message: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        let quote = message[start]
        guard quote == 0x22 || quote == 0x27 || quote == 0x60 else { return nil }
        if start > 0, quote == 0x27, isWord(message[start - 1]) { return nil }
        var place = start + 1
        while place < end {
            if message[place] == 0x5c {
                place += 2
                continue
            }
            if message[place] == quote { return place }
            place += 1
        }
        return nil
    }

    private static func wordEnd(_ message: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while place < end, isWord(message[place]) { place += 1 }
        return place
    }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    /// Letters, digits, what ids and paths are made of, and all of UTF-8 beyond ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7a).contains(byte | 0x20) || byte >= 0x80 || byte == 0x2d || byte == 0x2e || byte == 0x2f || byte == 0x3a
            || byte == 0x5f
    }
}
