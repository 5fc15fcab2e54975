import Telemetry

/// Times as logs write them, by integer arithmetic; nil where it is no time.
enum LogTime {
    private static let year2000 = PreciseTime(nanoseconds: 946_684_800 * 1_000_000_000)

    /// From the year 2000 to a day behind `arrival`: others come of broken clocks and wrong units.
    static func isPlausible(_ time: PreciseTime, arrival: Timestamp) -> Bool {
        time >= year2000 && time <= (arrival + .minutes(24 * 60)).precise
    }

    /// A whole text that is a time.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> PreciseTime? {
        if let (time, length) = calendar(bytes, from: 0), length == bytes.count { return time }
        guard bytes.count <= 40 else { return nil }
        if let number = JSONText(bytes: bytes).decimal { return Int64(exactly: number).flatMap(epoch) }
        return Double(JSONText(bytes: bytes).string).flatMap { epoch($0) }
    }

    /// Since 1970 in seconds, milliseconds, microseconds or nanoseconds, told by the size.
    static func epoch(_ number: Int64) -> PreciseTime? {
        let factor: Int64
        switch number {
        case ..<0: return nil
        case ..<100_000_000_000: factor = 1_000_000_000
        case ..<100_000_000_000_000: factor = 1_000_000
        case ..<100_000_000_000_000_000: factor = 1000
        default: factor = 1
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : PreciseTime(nanoseconds: product)
    }
    static func epoch(_ number: Double) -> PreciseTime? {
        guard number.isFinite, number >= 0, number < 9e18 else { return nil }
        let whole = Int64(number)
        guard number < 1e11, let base = epoch(whole) else {
            return number < 1e14 ? Int64(exactly: (number * 1e6).rounded()).map { PreciseTime(nanoseconds: $0) } : epoch(whole)
        }
        // A double keeps about a quarter of a microsecond of a time in seconds: more digits would be noise.
        let fraction = ((number - Double(whole)) * 1e6).rounded()
        return base + .microseconds(Int64(fraction))
    }

    /// `2006-01-02T15:04:05.123456789+01:00` and its relatives (space or slash, comma, no offset: UTC), and how far it reaches.
    static func calendar(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (time: PreciseTime, end: Int)? {
        guard bytes.count &- start >= 10, let year = digits(bytes, start, 4), let month = digits(bytes, start + 5, 2),
            let day = digits(bytes, start + 8, 2)
        else { return nil }
        let separator = bytes[start + 4]
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: "/"), bytes[start + 7] == separator, (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        let midnight = CivilTime.days(year: year, month: Int(month), day: Int(day)) &* 86400
        var at = start + 10
        guard at < bytes.count, [0x54, 0x74, 0x20, 0x5f].contains(bytes[at]), let clock = clock(bytes, from: at + 1) else {
            return at == bytes.count ? (PreciseTime(nanoseconds: midnight &* 1_000_000_000), at) : nil
        }
        at = clock.end
        let offset = zone(bytes, from: &at)
        let seconds = midnight &+ clock.seconds &- offset
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : (PreciseTime(nanoseconds: nanoseconds) + .nanoseconds(clock.nanoseconds), at)
    }

    /// `15:04:05`, with a fraction behind a dot or comma.
    static func clock(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (seconds: Int64, nanoseconds: Int64, end: Int)? {
        guard bytes.count &- start >= 8, bytes[start + 2] == 0x3a, bytes[start + 5] == 0x3a, let hour = digits(bytes, start, 2),
            let minute = digits(bytes, start + 3, 2), let second = digits(bytes, start + 6, 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var at = start + 8
        var nanoseconds: Int64 = 0
        if at + 1 < bytes.count, bytes[at] == 0x2e || bytes[at] == 0x2c, isDigit(bytes[at + 1]) {
            at += 1
            var scale: Int64 = 100_000_000
            while at < bytes.count, isDigit(bytes[at]) {
                nanoseconds += Int64(bytes[at] &- 0x30) * scale
                scale /= 10
                at += 1
            }
        }
        return (hour * 3600 + minute * 60 + second, nanoseconds, at)
    }

    /// `Z`, `+01:00`, `-0130`, `+01`, also behind a space, in seconds east; 0 and no step where there is none.
    private static func zone(_ bytes: UnsafeBufferPointer<UInt8>, from at: inout Int) -> Int64 {
        var i = at
        if i + 1 < bytes.count, bytes[i] == 0x20, [0x2b, 0x2d, 0x5a].contains(bytes[i + 1]) { i += 1 }
        guard i < bytes.count else { return 0 }
        if bytes[i] == 0x5a || bytes[i] == 0x7a {
            at = i + 1
            return 0
        }
        guard bytes[i] == 0x2b || bytes[i] == 0x2d, let hours = digits(bytes, i + 1, 2), hours <= 14 else { return 0 }
        let sign: Int64 = bytes[i] == 0x2b ? 1 : -1
        i += 3
        let colon = i < bytes.count && bytes[i] == 0x3a ? i + 1 : i
        if let minutes = digits(bytes, colon, 2), minutes < 60 {
            at = colon + 2
            return sign * (hours * 3600 + minutes * 60)
        }
        at = i
        return sign * hours * 3600
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func digits(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        guard start >= 0, start &+ count <= bytes.count else { return nil }
        var value: Int64 = 0
        for i in start..<(start + count) {
            guard isDigit(bytes[i]) else { return nil }
            value = value * 10 + Int64(bytes[i] &- 0x30)
        }
        return value
    }
}
