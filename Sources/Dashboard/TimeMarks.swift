import Canvas
import Telemetry

/// Round times under a chart.
enum TimeMarks {
    /// As many as stand apart in `columns`: clock times at whole steps of the day as `clock` shows it, dates where a day begins.
    static func of(_ range: ClosedRange<Timestamp>, columns: Int, _ clock: ClockText) -> [AxisMark] {
        let width = max((range.upperBound - range.lowerBound).seconds, 0.001)
        let step = Int64(Ticks.timeStep(seconds: width, count: max(columns / 14, 1))) * 1000
        let offset = clock.offset.map { $0.nanoseconds / 1_000_000 } ?? 0
        let first = range.lowerBound.milliseconds &+ offset
        let past = first % step
        var moment = first &- past &+ (past > 0 ? step : 0) &- offset
        var marks: [AxisMark] = []
        while moment <= range.upperBound.milliseconds, marks.count < 100 {
            let time = Timestamp(milliseconds: moment)
            marks.append(
                AxisMark(
                    (time - range.lowerBound).seconds / width, label(time, step, isMidnight: (moment &+ offset) % 86_400_000 == 0, clock)))
            moment += step
        }
        return marks
    }

    private static func label(_ time: Timestamp, _ step: Int64, isMidnight: Bool, _ clock: ClockText) -> String {
        if isMidnight, step >= 3_600_000 { return String(clock.date(time).suffix(5)) }
        return step % 60_000 == 0 ? clock.hourAndMinute(time) : clock.time(time)
    }
}
