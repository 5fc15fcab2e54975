import Canvas
import Insight

/// Values as the Metrics view writes them.
enum ValueText {
    /// For an axis or a legend: about three digits.
    static func short(_ value: Double, _ unit: ValueUnit) -> String { text(value, unit) { compact($0) } }
    /// For a table: about six digits.
    static func exact(_ value: Double, _ unit: ValueUnit) -> String { text(value, unit) { number($0, digits: 6) } }

    /// Marks of an axis in one unit, with as many digits as it takes to tell them apart.
    static func ticks(_ values: [Double], _ unit: ValueUnit) -> [String] {
        let greatest = values.lazy.map(abs).max() ?? 0
        switch unit {
        case .plain: return distinct(values, 1, "")
        case .perSecond: return distinct(values, 1, "/s")
        case .other(let name): return distinct(values, 1, " " + name)
        case .percent: return distinct(values, 1, " %")
        case .ratio: return distinct(values, 0.01, " %")
        case .bytes, .bytesPerSecond:
            let (size, name) = byteUnit(greatest)
            return distinct(values, size, " " + name + (unit == .bytes ? "" : "/s"))
        case .seconds:
            if greatest >= 60, values.allSatisfy({ $0 == $0.rounded() }) {
                return values.map { $0 == 0 ? "0" : Quantity.roundDuration(nanoseconds: $0 * 1e9) }
            }
            let (size, name) = timeUnits.first { greatest >= $0.size } ?? (1e-9, "ns")
            return distinct(values, size, " " + name)
        }
    }

    /// What is round for values as great as `greatest`.
    static func base(_ unit: ValueUnit, _ greatest: Double) -> Ticks.Base {
        switch unit {
        case .seconds: .time
        case .bytes, .bytesPerSecond: .decimal(per: byteUnit(greatest).size)
        default: .decimal(per: 1)
        }
    }

    private static let timeUnits: [(size: Double, name: String)] = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]

    private static func byteUnit(_ greatest: Double) -> (size: Double, name: String) {
        var size = 1.0
        for name in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if greatest < size * 1024 { return (size, name) }
            size *= 1024
        }
        return (size, "PiB")
    }

    private static func distinct(_ values: [Double], _ size: Double, _ suffix: String) -> [String] {
        var texts: [String] = []
        for digits in 3...9 {
            texts = values.map { $0 == 0 ? "0" : shortened($0 / size, digits) + suffix }
            if Set(texts).count == texts.count { break }
        }
        return texts
    }

    /// Thousands as `k`, `M`, `G`, `T`, without empty zeros.
    private static func shortened(_ value: Double, _ digits: Int) -> String {
        guard abs(value) >= 10_000, abs(value) < 1e15 else { return number(value, digits: digits) }
        let (size, name) = [(1e12, "T"), (1e9, "G"), (1e6, "M")].first { abs(value) >= $0.0 } ?? (1e3, "k")
        return number(value / size, digits: digits) + name
    }

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
        if decimals == 0 { return Quantity.count(Int(value.rounded())) }
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
