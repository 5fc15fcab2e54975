/// As Go's `%g` (or, with `digits`, `%.2g`) writes a number.
func brief(_ value: Double, digits: Int? = nil) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
    if value == 0 { return value.sign == .minus ? "-0" : "0" }
    var parts = Decimal(value)
    if let digits { parts.round(to: digits) }
    let limit = digits.map { max($0, 1) } ?? 6
    if parts.exponent < -4 || parts.exponent >= limit { return parts.scientific }
    return parts.plain
}

/// The value of a label of type number as OpenMetrics writes it: `1` is `1.0`.
func openMetricsText(_ value: Double) -> String {
    let text = brief(value)
    return value.isFinite && !text.contains(where: { $0 == "." || $0 == "e" }) ? text + ".0" : text
}

/// The shortest decimal digits of a finite number, and where its point stands.
private struct Decimal {
    var isNegative: Bool
    /// 0…9, without leading or trailing zeros.
    var digits: [UInt8]
    /// Of the first digit: `d.ddd × 10^exponent`.
    var exponent: Int

    init(_ value: Double) {
        isNegative = value.sign == .minus
        digits = []
        exponent = 0
        var (point, power, isFraction, isPower) = (0, 0, false, false)
        var powerSign = 1
        for byte in value.magnitude.description.utf8 {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"): isPower = true
            case UInt8(ascii: "-"): powerSign = -1
            case UInt8(ascii: "0")...UInt8(ascii: "9") where isPower: power = power * 10 + Int(byte - 48)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - 48)
                if !isFraction { point += 1 }
            default: break
            }
        }
        let leading = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leading)
        while digits.last == 0 { digits.removeLast() }
        exponent = point - leading - 1 + power * powerSign
    }
    mutating func round(to count: Int) {
        guard digits.count > count else { return }
        let isUp = digits[count] >= 5
        digits.removeLast(digits.count - count)
        var place = count - 1
        if isUp {
            while place >= 0, digits[place] == 9 {
                digits[place] = 0
                place -= 1
            }
            if place >= 0 {
                digits[place] += 1
            } else {
                digits.insert(1, at: 0)
                exponent += 1
            }
        }
        while digits.count > 1, digits.last == 0 { digits.removeLast() }
    }
    private func text(_ digits: some Sequence<UInt8>) -> String { String(decoding: digits.map { $0 + 48 }, as: UTF8.self) }
    var plain: String {
        let sign = isNegative ? "-" : ""
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + text(digits) }
        if digits.count <= exponent + 1 { return sign + text(digits) + String(repeating: "0", count: exponent + 1 - digits.count) }
        return sign + text(digits[...exponent]) + "." + text(digits[(exponent + 1)...])
    }
    var scientific: String {
        let power = abs(exponent)
        let mantissa = text(digits.prefix(1)) + (digits.count > 1 ? "." + text(digits.dropFirst()) : "")
        return (isNegative ? "-" : "") + mantissa + "e" + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "") + String(power)
    }
}
