/// The offsets of a time zone through the years, from a file of the zone database (RFC 8536).
package struct ZoneOffsets: Hashable, Sendable {
    package static let utc = ZoneOffsets(transitions: [], first: 0)
    private var transitions: [Transition]
    private var first: Int64
    /// Of the time after the last transition.
    private var rule: ZoneRule?
    private struct Transition: Hashable, Sendable {
        var time: Int64
        var offset: Int64
    }
    private init(transitions: [Transition], first: Int64) {
        self.transitions = transitions
        self.first = first
    }

    /// Seconds to add to UTC at a moment in Unix seconds.
    package func offset(at seconds: Int64) -> Int64 {
        if let rule, seconds >= transitions.last?.time ?? .min { return rule.offset(at: seconds) }
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].time <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : transitions[low - 1].offset
    }

    /// Nil for what is no such file.
    package init?(file bytes: [UInt8]) {
        guard let first = TZifBlock(bytes, at: 0, timeSize: 4) else { return nil }
        // The second block has the same in 64 bits.
        let block = first.version >= 2 ? TZifBlock(bytes, at: first.end, timeSize: 8) ?? first : first
        transitions = block.transitions.map { Transition(time: $0.time, offset: $0.offset) }
        self.first = block.standard
        // Behind it, between two line feeds, stands what goes on for ever; newer files have little else.
        guard first.version >= 2, block.end < bytes.count, bytes[block.end] == UInt8(ascii: "\n") else { return }
        rule = ZoneRule(String(decoding: bytes[(block.end + 1)...].prefix { $0 != UInt8(ascii: "\n") }.prefix(100), as: UTF8.self))
    }
}

/// One data block of a zone file.
private struct TZifBlock {
    static let countLimit = 100_000
    let version: Int
    let end: Int
    let transitions: [(time: Int64, offset: Int64)]
    /// Before the first transition.
    let standard: Int64

    init?(_ bytes: [UInt8], at start: Int, timeSize: Int) {
        func number(_ place: Int, _ size: Int) -> Int64? {
            guard place >= 0, place + size <= bytes.count else { return nil }
            let raw = bytes[place..<(place + size)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : Int64(bitPattern: raw)
        }
        guard start >= 0, start + 44 <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        version = bytes[start + 4] == 0 ? 1 : Int(bytes[start + 4]) - 48
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4) ?? -1) }
        guard counts.allSatisfy({ (0...Self.countLimit).contains($0) }), counts[4] > 0 else { return nil }
        let (universal, standards, leaps, timeCount, typeCount, characters) = (
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
        )
        let times = start + 44
        let indices = times + timeCount * timeSize
        let types = indices + timeCount
        end = types + typeCount * 6 + characters + leaps * (timeSize + 4) + standards + universal
        guard end <= bytes.count else { return nil }
        var found: [(time: Int64, offset: Int64)] = []
        for place in 0..<timeCount {
            let type = Int(bytes[indices + place])
            guard type < typeCount, let time = number(times + place * timeSize, timeSize), let offset = number(types + type * 6, 4) else {
                return nil
            }
            found.append((time, offset))
        }
        transitions = found
        standard = (0..<typeCount).first { bytes[types + $0 * 6 + 4] == 0 }.flatMap { number(types + $0 * 6, 4) } ?? number(types, 4) ?? 0
    }
}
