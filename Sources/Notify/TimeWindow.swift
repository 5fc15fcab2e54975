import Telemetry

/// Prometheus's Alertmanager calls it a time interval: certain times of certain days; what is not said is always.
package struct TimeWindow: Hashable, Sendable {
    /// Minutes of the day, from and up to (not included).
    package var times: [Range<Int>] = []
    /// 0 is Sunday.
    package var weekdays: [ClosedRange<Int>] = []
    /// Negative counts from the end: -1 is the last day of the month.
    package var daysOfMonth: [ClosedRange<Int>] = []
    package var months: [ClosedRange<Int>] = []
    package var years: [ClosedRange<Int>] = []
    /// What is added to UTC for the clock that is meant.
    package var zone = ZoneOffsets.utc
    package init() {}

    package func contains(_ time: Timestamp) -> Bool {
        let seconds = floorDivide(time.milliseconds, 1000) + zone.offset(at: floorDivide(time.milliseconds, 1000))
        let civil = CivilTime(seconds: seconds)
        let minute = civil.hour * 60 + civil.minute
        if !times.isEmpty, !times.contains(where: { $0.contains(minute) }) { return false }
        if !weekdays.isEmpty, !weekdays.contains(where: { $0.contains(civil.weekday) }) { return false }
        if !months.isEmpty, !months.contains(where: { $0.contains(civil.month) }) { return false }
        if !years.isEmpty, !years.contains(where: { $0.contains(Int(civil.year)) }) { return false }
        guard !daysOfMonth.isEmpty else { return true }
        let count = civil.daysInMonth
        return daysOfMonth.contains { range in
            let from = range.lowerBound < 0 ? count + range.lowerBound + 1 : range.lowerBound
            let to = range.upperBound < 0 ? count + range.upperBound + 1 : min(range.upperBound, count)
            return from <= civil.day && civil.day <= to
        }
    }
}

/// The offsets of a time zone through the years, from a file of the zone database (RFC 8536).
package struct ZoneOffsets: Hashable, Sendable {
    package static let utc = ZoneOffsets(transitions: [], first: 0)
    private var transitions: [Transition]
    private var first: Int64
    private struct Transition: Hashable, Sendable {
        var time: Int64
        var offset: Int64
    }
    private init(transitions: [Transition], first: Int64) {
        self.transitions = transitions
        self.first = first
    }

    /// Seconds to add to UTC at a moment in Unix seconds; after the last change that the file has, as at that.
    package func offset(at seconds: Int64) -> Int64 {
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
