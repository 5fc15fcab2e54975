import Telemetry

/// Moments as text, in UTC or at a fixed offset from it.
package struct ClockText: Hashable, Sendable {
    /// Local time minus UTC; nil shows UTC.
    package var offset: TimeSpan?
    package init(offset: TimeSpan? = nil) { self.offset = offset }

    /// `12:04:31`.
    package func time(_ moment: Timestamp) -> String { String(decoding: digits(of: moment, fraction: 0), as: UTF8.self) }
    /// `12:04:31.123`.
    package func timeWithMilliseconds(_ moment: Timestamp) -> String { String(decoding: digits(of: moment, fraction: 3), as: UTF8.self) }
    /// `12:04`.
    package func hourAndMinute(_ moment: Timestamp) -> String { String(time(moment).prefix(5)) }
    /// `2026-11-21 12:04:31`.
    package func dateAndTime(_ moment: Timestamp) -> String { date(moment) + " " + time(moment) }
    /// `2026-11-21`.
    package func date(_ moment: Timestamp) -> String {
        let (year, month, day) = civil(fromDays: shifted(moment).floored(by: 86_400_000).quotient)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }
    /// `UTC`, `+02:00`.
    package var zone: String {
        guard let offset else { return "UTC" }
        let minutes = offset.nanoseconds / 60_000_000_000
        return (minutes < 0 ? "-" : "+") + padded(abs(minutes) / 60, 2) + ":" + padded(abs(minutes) % 60, 2)
    }

    private func shifted(_ moment: Timestamp) -> Int64 { (offset.map { moment + $0 } ?? moment).milliseconds }

    private func digits(of moment: Timestamp, fraction: Int) -> [UInt8] {
        let (_, inDay) = shifted(moment).floored(by: 86_400_000)
        var out: [UInt8] = []
        func two(_ value: Int64) {
            out.append(UInt8(48 + value / 10 % 10))
            out.append(UInt8(48 + value % 10))
        }
        two(inDay / 3_600_000)
        out.append(UInt8(ascii: ":"))
        two(inDay / 60_000 % 60)
        out.append(UInt8(ascii: ":"))
        two(inDay / 1000 % 60)
        if fraction == 3 {
            out.append(UInt8(ascii: "."))
            out.append(UInt8(48 + inDay % 1000 / 100))
            two(inDay % 100)
        }
        return out
    }

    private func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days &+ 719_468).floored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Division towards the past: the remainder is never negative.
    fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
