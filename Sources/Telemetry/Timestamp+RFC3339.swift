extension Timestamp {
    /// `2024-02-29T12:00:00.5Z` or with `+01:00`; nil for anything else, such as a 30th of February.
    package init?(rfc3339 text: String) {
        var reader = DateReader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"), let day = reader.number(2),
            reader.take("T") || reader.take("t"), let hour = reader.number(2), reader.take(":"), let minute = reader.number(2),
            reader.take(":"), let second = reader.number(2), let fraction = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= CivilTime.daysInMonth(month, of: Int64(year)), hour < 24, minute < 60, second < 60
        else {
            return nil
        }
        let seconds = ((Int(CivilTime.days(year: Int64(year), month: month, day: day)) * 24 + hour) * 60 + minute - offset) * 60 + second
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
    }
}

private struct DateReader {
    let bytes: [UInt8]
    var position = 0
    var isAtEnd: Bool { position == bytes.count }

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
    mutating func digit() -> Int? {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
        position += 1
        return Int(bytes[position - 1] - 48)
    }
    /// Of exactly so many digits.
    mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }
    /// Milliseconds, cut; 0 without one, nil for a point without digits.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        guard var value = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        for _ in count..<max(count, 3) { value *= 10 }
        return value
    }
    /// Minutes east of Greenwich.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }
}

extension Timestamp {
    /// In UTC, with the milliseconds where there are any.
    package var rfc3339: String {
        let seconds = floorDivide(milliseconds, 1000)
        let part = String(milliseconds - seconds * 1000)
        let text = CivilTime(seconds: seconds).text
        return part == "0" ? text : text.dropLast() + "." + String(repeating: "0", count: 3 - part.utf8.count) + part + "Z"
    }
    /// From Unix seconds, with a fraction or without, or RFC 3339; nil for anything else.
    package init?(unixOrRFC3339 text: String) {
        if let seconds = Double(text), seconds.isFinite, abs(seconds) < 9e12 {
            self.init(milliseconds: Int64((seconds * 1000).rounded()))
        } else {
            self.init(rfc3339: text)
        }
    }
}
