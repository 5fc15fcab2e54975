import Telemetry

/// Moments in words, UTC.
enum CivilText {
    /// As Go's `time.Time` prints itself: `2015-11-05 11:31:59.041 +0000 UTC`.
    static func long(_ time: Timestamp) -> String { layout("2006-01-02 15:04:05.999", time) + " +0000 UTC" }

    /// By a layout of Go's: the words of its reference time, Mon Jan 2 15:04:05 MST 2006.
    static func layout(_ layout: String, _ time: Timestamp) -> String {
        let milliseconds = time.milliseconds
        let seconds = floorDivide(milliseconds, 1000)
        let civil = CivilTime(seconds: seconds)
        let fraction = Int(milliseconds - seconds * 1000)
        var out = ""
        var rest = Substring(layout)
        while !rest.isEmpty {
            guard let (word, text) = Self.words.lazy.compactMap({ word, make in rest.hasPrefix(word) ? (word, make(civil)) : nil }).first
            else {
                if rest.hasPrefix(".000") || rest.hasPrefix(".999") {
                    Self.take(&rest, fraction, &out)
                } else {
                    out.append(rest.removeFirst())
                }
                continue
            }
            out += text
            rest = rest.dropFirst(word.count)
        }
        return out
    }

    /// `.000…` always, `.999…` without zeros at the end.
    private static func take(_ rest: inout Substring, _ milliseconds: Int, _ out: inout String) {
        let digit = rest.dropFirst().first ?? "0"
        let count = rest.dropFirst().prefix { $0 == digit }.count
        rest = rest.dropFirst(count + 1)
        var digits = String((padded(milliseconds, 3) + String(repeating: "0", count: 6)).prefix(count))
        if digit == "9" { while digits.last == "0" { digits.removeLast() } }
        if !digits.isEmpty { out += "." + digits }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Longer words before those that they begin with.
    private static let words: [(String, @Sendable (CivilTime) -> String)] = [
        ("January", { months[$0.month - 1] }), ("Jan", { String(months[$0.month - 1].prefix(3)) }),
        ("Monday", { weekdays[$0.weekday] }), ("Mon", { String(weekdays[$0.weekday].prefix(3)) }),
        ("MST", { _ in "UTC" }), ("2006", { padded(Int($0.year), 4) }), ("-07:00", { _ in "+00:00" }), ("-0700", { _ in "+0000" }),
        ("Z07:00", { _ in "Z" }), ("01", { padded($0.month, 2) }), ("02", { padded($0.day, 2) }),
        ("03", { padded(($0.hour + 11) % 12 + 1, 2) }),
        ("04", { padded($0.minute, 2) }), ("05", { padded($0.second, 2) }), ("06", { padded(Int($0.year) % 100, 2) }),
        ("15", { padded($0.hour, 2) }), ("PM", { $0.hour < 12 ? "AM" : "PM" }), ("pm", { $0.hour < 12 ? "am" : "pm" }),
        ("_2", { ($0.day < 10 ? " " : "") + String($0.day) }), ("1", { String($0.month) }), ("2", { String($0.day) }),
        ("3", { String(($0.hour + 11) % 12 + 1) }), ("4", { String($0.minute) }), ("5", { String($0.second) }),
    ]
}
