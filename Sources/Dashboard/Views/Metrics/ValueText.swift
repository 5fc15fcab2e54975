import Canvas
import Insight

/// Values as the Metrics view writes them.
enum ValueText {
    /// For an axis or a legend: about three digits.
    static func short(_ value: Double, _ unit: ValueUnit) -> String { text(value, unit) { compact($0) } }
    /// For a table: about six digits.
    static func exact(_ value: Double, _ unit: ValueUnit) -> String { text(value, unit) { number($0, digits: 6) } }

    private static func text(_ value: Double, _ unit: ValueUnit, _ plain: (Double) -> String) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        switch unit {
        case .plain: return plain(value)
        case .seconds: return value == 0 ? "0 s" : Quantity.duration(nanoseconds: value * 1e9)
        case .bytes: return Quantity.bytes(value)
        case .ratio: return Quantity.percent(value)
        case .percent: return plain(value) + " %"
        case .perSecond: return plain(value) + "/s"
        case .bytesPerSecond: return Quantity.bytes(value) + "/s"
        case .other(let unit): return plain(value) + " " + unit
        }
    }

    private static func compact(_ value: Double) -> String {
        let size = abs(value)
        return size >= 10_000 || size == 0 ? Quantity.compact(value) : number(value, digits: 3)
    }

    /// With so many digits that count and no empty zeros; whole numbers are whole.
    static func number(_ value: Double, digits: Int) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 1e15 || size < 1e-4 { return scientific(value, digits) }
        if value == value.rounded() { return Quantity.count(Int(value)) }
        var decimals = digits - 1
        var bound = 10.0
        while bound <= size, decimals > 0 {
            bound *= 10
            decimals -= 1
        }
        bound = 1
        while size < bound, decimals < 9 {
            bound /= 10
            decimals += 1
        }
        return trimmed(Quantity.fixed(value, decimals))
    }

    private static func scientific(_ value: Double, _ digits: Int) -> String {
        var mantissa = abs(value)
        var exponent = 0
        while mantissa >= 10 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1, exponent > -400 {
            mantissa *= 10
            exponent -= 1
        }
        return (value < 0 ? "-" : "") + trimmed(Quantity.fixed(mantissa, digits - 1)) + "e" + String(exponent)
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let kept = text.prefix(text.count - text.reversed().prefix { $0 == "0" }.count)
        return String(kept.last == "." ? kept.dropLast() : kept)
    }
}
