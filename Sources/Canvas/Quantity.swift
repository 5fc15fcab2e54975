/// Numbers as people read them, each kind in a width that does not jump from one value to the next.
package enum Quantity {
    /// `85 µs`, `812 ms`, `1.2 s`, `3m20s`, `2h05m`, `3d04h`; `–` for none.
    package static func duration(nanoseconds: Double) -> String {
        guard nanoseconds.isFinite else { return nanoseconds.isNaN ? "–" : nanoseconds > 0 ? ">∞" : "<0" }
        if nanoseconds < 0 { return "-" + duration(nanoseconds: -nanoseconds) }
        switch nanoseconds {
        case ..<999.5: return "\(whole(nanoseconds)) ns"
        case ..<999_500: return significant(nanoseconds / 1e3) + " µs"
        case ..<999_500_000: return significant(nanoseconds / 1e6) + " ms"
        case ..<99_950_000_000: return significant(nanoseconds / 1e9) + " s"
        default: return clock(seconds: nanoseconds / 1e9)
        }
    }

    /// `>10s`: a value known only to lie beyond a bucket's bound.
    package static func beyond(nanoseconds: Double) -> String { ">" + roundDuration(nanoseconds: nanoseconds).filter { $0 != " " } }

    /// `10 s`, `500 ms`, `2.5 s`, `5m`, `2h30m`: a round number for an axis, a bound or a window, without parts that are zero.
    package static func roundDuration(nanoseconds: Double) -> String {
        if nanoseconds.magnitude >= 60e9, nanoseconds.magnitude < 3e20, nanoseconds.remainder(dividingBy: 1e9) == 0 {
            return wholeSeconds(nanoseconds / 1e9)
        }
        let text = duration(nanoseconds: nanoseconds)
        guard let zero = text.firstRange(of: ".0 ") else { return text }
        return text[..<zero.lowerBound] + " " + text[zero.upperBound...]
    }

    /// `1m30s`, `2h`, `5d12h`, exact.
    private static func wholeSeconds(_ seconds: Double) -> String {
        if seconds < 0 { return "-" + wholeSeconds(-seconds) }
        var rest = Int(seconds)
        var text = ""
        for (size, name) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] where rest >= size {
            text += String(rest / size) + name
            rest %= size
        }
        return text
    }

    /// `0.3/s`, `41.2/s`, `1.2k/s`.
    package static func rate(_ perSecond: Double) -> String { perSecond.isFinite ? scaled(perSecond) + "/s" : "–" }

    /// `12.4 MiB`.
    package static func bytes(_ count: Double) -> String {
        guard count.isFinite else { return "–" }
        if count < 0 { return "-" + bytes(-count) }
        var value = count
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 999.5, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return (unit == 0 ? whole(value) : significant(value)) + " " + units[unit]
    }

    /// `1 234 567`, grouped by no-break spaces.
    package static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var grouped = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "\u{a0}" }
            grouped.append(digit)
        }
        return grouped
    }

    /// `999`, `1.2k`, `34.5k`, `6.7M`: for places too narrow for all digits.
    package static func compact(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        return value == value.rounded() && abs(value) < 1000 ? whole(value) : scaled(value)
    }

    /// A share as a percentage: `0 %`, `<0.1 %`, `3.1 %`, `38 %`, `100 %`.
    package static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "–" }
        if share < 0 { return "-" + percent(-share) }
        let value = share * 100
        if value == 0 { return "0 %" }
        if value < 0.1 { return "<0.1 %" }
        if value > 99.9, value < 100 { return ">99.9 %" }
        return (value < 9.95 ? fixed(value, 1) : whole(value)) + " %"
    }

    /// `value` with `decimals` digits after the point, rounded half away from zero.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return value.isNaN ? "–" : value > 0 ? "∞" : "-∞" }
        let places = min(max(decimals, 0), 9)
        var factor = 1
        for _ in 0..<places { factor *= 10 }
        guard abs(value) * Double(factor) < 9e18 else { return String(Int(value)) }
        let scaled = Int((abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % factor)
        return sign + String(scaled / factor) + "." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// About three digits: `4.21`, `41.2`, `412`; below one thousand.
    private static func significant(_ value: Double) -> String {
        value < 9.995 ? fixed(value, 1) : value < 99.95 ? fixed(value, 1) : whole(value)
    }

    private static func whole(_ value: Double) -> String { fixed(value, 0) }

    private static func scaled(_ value: Double) -> String {
        if value < 0 { return "-" + scaled(-value) }
        switch value {
        case 0: return "0"
        case ..<0.05: return "<0.1"
        case ..<99.95: return fixed(value, 1)
        case ..<999.5: return whole(value)
        case ..<999_500: return significant(value / 1e3) + "k"
        case ..<999_500_000: return significant(value / 1e6) + "M"
        case ..<999_500_000_000: return significant(value / 1e9) + "G"
        default: return significant(min(value / 1e12, 999)) + "T"
        }
    }

    private static func clock(seconds: Double) -> String {
        let total = Int(min(seconds.rounded(), 3e11))
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        if total < 3600 { return "\(total / 60)m\(padded(total % 60))s" }
        if total < 86_400 { return "\(total / 3600)h\(padded(total / 60 % 60))m" }
        return "\(total / 86_400)d\(padded(total / 3600 % 24))h"
    }
}
