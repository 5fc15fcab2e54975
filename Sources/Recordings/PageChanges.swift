/// A page told by what differs from an earlier one, line by line, and back; drawn in docs/recording-format.md.
///
/// `=3` three lines as before; `~41 17` the first 41 bytes of the next earlier line, then `17`; `-2` two earlier lines left out; `+text` a new line.
enum PageChanges {
    /// How far ahead a line is looked for in the earlier page.
    private static let lookAhead = 256

    /// Appends the changes that make `page` of `earlier`.
    static func write(_ page: [UInt8], after earlier: [UInt8], into out: inout [UInt8]) {
        let old = lines(of: earlier)
        let oldKeys = old.map { key(of: earlier, $0) }
        var next = 0
        var same = 0
        page.withUnsafeBufferPointer { new in
            earlier.withUnsafeBufferPointer { before in
                for line in lines(of: page) {
                    if next < old.count, equal(new, line, before, old[next]) {
                        same += 1
                        next += 1
                        continue
                    }
                    emit("=", &same, into: &out)
                    let wanted = key(of: page, line)
                    guard let found = oldKeys[next..<min(old.count, next + lookAhead)].firstIndex(of: wanted) else {
                        out.append(UInt8(ascii: "+"))
                        out += new[line]
                        out.append(0x0a)
                        continue
                    }
                    var skipped = found - next
                    emit("-", &skipped, into: &out)
                    next = found + 1
                    if equal(new, line, before, old[found]) { same += 1 } else { change(new, line, before, old[found], into: &out) }
                }
            }
        }
        emit("=", &same, into: &out)
    }

    /// `earlier` with `changes` made; nil where they don't fit it or the result passes `limit`.
    static func apply(_ changes: UnsafeRawBufferPointer, to earlier: [UInt8], limit: Int) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(min(limit, earlier.count + changes.count))
        var source = PageCursor(earlier)
        var isFirst = true
        var position = 0
        while position < changes.count {
            let operation = changes[position]
            let end = position + (changes[position...].firstIndex(of: 0x0a).map { $0 - position } ?? changes.count - position)
            let argument = UnsafeRawBufferPointer(rebasing: changes[(position + 1)..<max(end, position + 1)])
            position = end + 1
            if operation == UInt8(ascii: "+") {
                begin(&out, &isFirst)
                out += argument
            } else {
                guard let (count, used) = number(argument), make(operation, count, argument, used, &source, &out, &isFirst, limit) else {
                    return nil
                }
            }
            guard out.count <= limit else { return nil }
        }
        return out
    }

    private static func make(
        _ operation: UInt8, _ count: Int, _ argument: UnsafeRawBufferPointer, _ used: Int, _ source: inout PageCursor, _ out: inout [UInt8],
        _ isFirst: inout Bool, _ limit: Int
    ) -> Bool {
        switch operation {
        case UInt8(ascii: "="):
            guard let range = source.take(count) else { return false }
            begin(&out, &isFirst)
            out += source.bytes[range]
            return true
        case UInt8(ascii: "-"): return source.take(count) != nil
        case UInt8(ascii: "~"):
            guard let range = source.take(1), count <= range.count, used < argument.count else { return false }
            begin(&out, &isFirst)
            out += source.bytes[range.lowerBound..<(range.lowerBound + count)]
            out += argument[(used + 1)...]
            return true
        default: return false
        }
    }

    private static func begin(_ out: inout [UInt8], _ isFirst: inout Bool) {
        if !isFirst { out.append(0x0a) }
        isFirst = false
    }

    private static func emit(_ operation: Unicode.Scalar, _ count: inout Int, into out: inout [UInt8]) {
        guard count > 0 else { return }
        out.append(UInt8(ascii: operation))
        out += String(count).utf8
        out.append(0x0a)
        count = 0
    }

    private static func change(
        _ new: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, _ before: UnsafeBufferPointer<UInt8>, _ old: Range<Int>,
        into out: inout [UInt8]
    ) {
        var shared = 0
        while shared < min(line.count, old.count), new[line.lowerBound + shared] == before[old.lowerBound + shared] { shared += 1 }
        out.append(UInt8(ascii: "~"))
        out += String(shared).utf8
        out.append(UInt8(ascii: " "))
        out += new[(line.lowerBound + shared)..<line.upperBound]
        out.append(0x0a)
    }

    private static func equal(
        _ a: UnsafeBufferPointer<UInt8>, _ first: Range<Int>, _ b: UnsafeBufferPointer<UInt8>, _ second: Range<Int>
    ) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<first.count where a[first.lowerBound + index] != b[second.lowerBound + index] { return false }
        return true
    }

    private static func number(_ text: UnsafeRawBufferPointer) -> (value: Int, used: Int)? {
        var value = 0
        var used = 0
        while used < text.count, used < 10, (0x30...0x39).contains(text[used]) {
            value = value * 10 + Int(text[used] - 0x30)
            used += 1
        }
        return used == 0 ? nil : (value, used)
    }

    /// What stands between newlines: one range more than there are newlines.
    private static func lines(of page: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        page.withUnsafeBufferPointer { bytes in
            for index in bytes.indices where bytes[index] == 0x0a {
                lines.append(start..<index)
                start = index + 1
            }
        }
        lines.append(start..<page.count)
        return lines
    }

    /// A hash of what names a line: for a sample its name and labels, for a comment the whole.
    private static func key(of page: [UInt8], _ line: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var inBraces = false
        page.withUnsafeBufferPointer { bytes in
            let isComment = !line.isEmpty && bytes[line.lowerBound] == UInt8(ascii: "#")
            for index in line {
                let byte = bytes[index]
                if byte == UInt8(ascii: "{") { inBraces = true }
                if byte == UInt8(ascii: " "), !isComment, !inBraces || bytes[index - 1] == UInt8(ascii: "}") { break }
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return hash
    }
}

/// Walks over the lines of a page.
private struct PageCursor {
    let bytes: [UInt8]
    private var position = 0
    private var isAtEnd = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next `count` lines with the newlines between them; nil where there are not so many.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count > 0, !isAtEnd else { return nil }
        let start = position
        var end = position
        for taken in 1...count {
            guard !isAtEnd else { return nil }
            end = bytes.withUnsafeBufferPointer { bytes in
                var index = position
                while index < bytes.count, bytes[index] != 0x0a { index += 1 }
                return index
            }
            isAtEnd = end == bytes.count
            position = end + 1
            _ = taken
        }
        return start..<end
    }
}
