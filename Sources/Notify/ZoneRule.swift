import Telemetry

/// When a zone's clock changes, year after year: the form of POSIX's variable TZ with the additions of RFC 8536, such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Hashable, Sendable {
    /// Seconds to add to UTC.
    private var standard: Int64
    private var summer: Summer?
    private struct Summer: Hashable, Sendable {
        var offset: Int64
        var start: Change
        var end: Change
    }
    fileprivate struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// From 1 to 365, the 29th of February never counted.
            case julian(Int)
            /// From 0 to 365, the 29th of February counted.
            case ofYear(Int)
            /// The last week is 5; Sunday is 0.
            case month(Int, week: Int, weekday: Int)
        }
        var day: Day
        /// Seconds of the local time.
        var time: Int64
    }

    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilTime(seconds: seconds + standard).year
        let start = summer.start.seconds(of: year) - standard
        let end = summer.end.seconds(of: year) - summer.offset
        let isSummer = start <= end ? start <= seconds && seconds < end : seconds < end || start <= seconds
        return isSummer ? summer.offset : standard
    }

    /// Nil for what can't be read.
    init?(_ text: String) {
        var reader = Reader(text)
        guard reader.skipName(), let standard = reader.span() else { return nil }
        self.standard = 0 - standard
        if reader.isAtEnd { return }
        guard reader.skipName() else { return nil }
        let offset = reader.next(is: ",") ? self.standard + 3600 : reader.span().map { 0 - $0 }
        guard let offset, reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(), reader.isAtEnd else {
            return nil
        }
        summer = Summer(offset: offset, start: start, end: end)
    }

    private struct Reader {
        private var rest: Substring
        init(_ text: String) { rest = text[...] }
        var isAtEnd: Bool { rest.isEmpty }
        func next(is character: Character) -> Bool { rest.first == character }
        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest = rest.dropFirst()
            return true
        }
        mutating func skipName() -> Bool {
            let before = rest.count
            if take("<") {
                rest = rest.drop { $0 != ">" }
                return take(">")
            }
            rest = rest.drop { $0.isLetter }
            return before - rest.count >= 3
        }
        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard digits.count <= 4, let number = Int(digits), range.contains(number) else { return nil }
            rest = rest.dropFirst(digits.count)
            return number
        }
        /// `2`, `-2:30`, `+1:00:00`, in seconds.
        mutating func span() -> Int64? {
            let isNegative = rest.first == "-"
            if isNegative || rest.first == "+" { rest = rest.dropFirst() }
            guard let hours = number(0...167) else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where take(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }
        mutating func change() -> Change? {
            let day: Change.Day
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."), let weekday = number(0...6) else {
                    return nil
                }
                day = .month(month, week: week, weekday: weekday)
            } else if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ofYear(number)
            }
            guard take("/") else { return Change(day: day, time: 7200) }
            return span().map { Change(day: day, time: $0) }
        }
    }
}

extension ZoneRule.Change {
    /// In a year, by the clock on the wall, as Unix seconds of that reading.
    fileprivate func seconds(of year: Int64) -> Int64 {
        let days: Int64
        switch day {
        case .ofYear(let number): days = CivilTime.days(year: year, month: 1, day: 1) + Int64(number)
        case .julian(let number):
            let isBehindFebruary = number >= 60 && CivilTime.isLeap(year)
            days = CivilTime.days(year: year, month: 1, day: 1) + Int64(number - 1) + (isBehindFebruary ? 1 : 0)
        case .month(let month, let week, let weekday):
            let first = CivilTime.days(year: year, month: month, day: 1)
            let firstWeekday = Int64(CivilTime(days: first, rest: 0).weekday)
            var offset = (Int64(weekday) - firstWeekday + 7) % 7 + Int64(week - 1) * 7
            let next = month == 12 ? CivilTime.days(year: year + 1, month: 1, day: 1) : CivilTime.days(year: year, month: month + 1, day: 1)
            while first + offset >= next { offset -= 7 }
            days = first + offset
        }
        return days * 86_400 + time
    }
}
