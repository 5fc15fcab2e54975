import Telemetry

/// Numbers for people, exactly as Prometheus's template functions write them.
package enum Humanize {
    private static let large = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    private static let small = ["m", "u", "n", "p", "f", "a", "z", "y"]

    /// Four digits, and a prefix of the SI.
    package static func plain(_ value: Double) -> String {
        if value == 0 || !value.isFinite { return four(value) }
        if abs(value) < 1 { return scaledDown(value) }
        var (value, prefix) = (value, "")
        for next in large where abs(value) >= 1000 {
            prefix = next
            value /= 1000
        }
        return four(value) + prefix
    }
    package static func binary(_ value: Double) -> String {
        if abs(value) <= 1 || !value.isFinite { return four(value) }
        var (value, prefix) = (value, "")
        for next in ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"] where abs(value) >= 1024 {
            prefix = next
            value /= 1024
        }
        return four(value) + prefix
    }
    package static func percentage(_ ratio: Double) -> String { four(ratio * 100) + "%" }

    /// `1d 2h 3m 4s`; less than a minute with four digits.
    package static func duration(_ value: Double) -> String {
        if !value.isFinite { return four(value) }
        if value == 0 { return "0s" }
        if abs(value) < 1 { return scaledDown(value) + "s" }
        let sign = value < 0 ? "-" : ""
        let magnitude = abs(value)
        guard magnitude < 9e18 else { return four(value) + "s" }
        let whole = Int64(magnitude)
        let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60)
        if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(seconds)s" }
        if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(seconds)s" }
        if minutes != 0 { return "\(sign)\(minutes)m \(seconds)s" }
        return sign + four(magnitude) + "s"
    }
    /// Unix seconds as a date, UTC.
    package static func timestamp(_ value: Double) -> String {
        guard let time = moment(value) else { return four(value) }
        return CivilText.long(time)
    }
    static func moment(_ seconds: Double) -> Timestamp? {
        guard seconds.isFinite, abs(seconds) < 9e12 else { return nil }
        return Timestamp(milliseconds: Int64((seconds * 1000).rounded()))
    }

    private static func scaledDown(_ value: Double) -> String {
        var (value, prefix) = (value, "")
        for next in small where abs(value) < 1 {
            prefix = next
            value *= 1000
        }
        return four(value) + prefix
    }
    private static func four(_ value: Double) -> String { GoFormat.text("%.4g", [.float(value)]) }
}
