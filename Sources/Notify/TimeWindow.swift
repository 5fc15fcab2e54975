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
