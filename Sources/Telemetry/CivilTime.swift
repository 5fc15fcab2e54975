/// A moment in the Gregorian calendar, UTC.
package struct CivilTime: Hashable, Sendable {
    package let year: Int64
    /// 1…12.
    package let month: Int
    /// 1…31.
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    /// 0 is Sunday.
    package let weekday: Int
    /// 1…366.
    package let dayOfYear: Int

    package init(seconds: Int64) {
        let days = floorDivide(seconds, 86400)
        self.init(days: days, rest: Int(seconds &- days &* 86400))
    }
    /// Days since the epoch, and seconds of the day.
    package init(days: Int64, rest: Int) {
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        weekday = Int(((days % 7) + 11) % 7)
        // Howard Hinnant's civil_from_days: years begin in March, so that the leap day is the last.
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayFromMarch + 2) / 153
        day = Int(dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let starts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        dayOfYear = starts[month - 1] + day + (month > 2 && Self.isLeap(year) ? 1 : 0)
    }
    /// Days since the epoch of a day of the proleptic Gregorian calendar; Howard Hinnant's days_from_civil.
    @inlinable package static func days(year: Int64, month: Int, day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + Int64(dayOfYear) - 719_468
    }
    package static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    package var daysInMonth: Int { Self.daysInMonth(month, of: year) }
    package static func daysInMonth(_ month: Int, of year: Int64) -> Int {
        month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
    /// As RFC 3339 writes it, in whole seconds.
    package var text: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            + "-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second))Z"
    }
}

/// Towards the past; `divisor` is positive.
@inlinable package func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
