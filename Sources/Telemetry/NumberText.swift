extension Double {
    /// The shortest digits that read back the same, as Go's `%g` writes them: with an exponent below 1e−4 and from 1e6 on.
    package var brief: String { text(plainExponents: -4..<6) }
    /// As Go's `%.2g` for two digits: the shortest digits, rounded in decimal to so many.
    package func brief(digits: Int) -> String { text(plainExponents: -4..<max(digits, 1), digits: max(digits, 1)) }
    /// The shortest digits that read back the same, never with an exponent: `0.1`, `+Inf`, `NaN`.
    package var plainText: String { text(plainExponents: .min ..< .max) }
    /// The shortest digits that read back the same, as the HTTP API of Prometheus writes values: with an exponent below 1e−6 and from 1e21 on.
    package var apiText: String { text(plainExponents: -6..<21) }

    /// The shortest digits that read back the same, always with an exponent, as Go's `%e`: `3.75e-01`.
    package var scientificText: String { self == 0 ? (sign == .minus ? "-0e+00" : "0e+00") : text(plainExponents: 0..<0) }

    private func text(plainExponents: Range<Int>, digits limit: Int = .max) -> String {
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "+Inf" }
        let sign = self.sign == .minus ? "-" : ""
        guard self != 0 else { return sign + "0" }
        var (digits, exponent) = magnitude.decimalDigits
        if digits.count > limit, Self.round(&digits, to: limit) { exponent += 1 }
        guard plainExponents.contains(exponent) else {
            let power = abs(exponent)
            return sign + digits.prefix(1) + (digits.count > 1 ? "." : "") + digits.dropFirst() + (exponent < 0 ? "e-" : "e+")
                + (power < 10 ? "0" : "") + String(power)
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = exponent + 1
        if digits.count <= whole { return sign + digits + String(repeating: "0", count: whole - digits.count) }
        return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
    }
    /// Whether the first digit moved up to the next power of ten.
    private static func round(_ digits: inout String, to count: Int) -> Bool {
        let isUp = digits.dropFirst(count).first.map { $0 >= "5" } ?? false
        var kept = Array(digits.utf8.prefix(count))
        while kept.last == UInt8(ascii: isUp ? "9" : "0") { kept.removeLast() }
        let carries = kept.isEmpty
        if carries { kept = [UInt8(ascii: "1")] } else if isUp { kept[kept.count - 1] += 1 }
        digits = String(decoding: kept, as: UTF8.self)
        return carries
    }
    /// Digits without zeros at the ends, and the power of ten of the first. Of a positive finite number.
    private var decimalDigits: (digits: String, exponent: Int) {
        let parts = description.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts.first.map(String.init) ?? ""
        let point = mantissa.firstIndex(of: ".") ?? mantissa.endIndex
        exponent += mantissa.distance(from: mantissa.startIndex, to: point) - 1
        let all = mantissa.filter { $0 != "." }
        let digits = all.drop { $0 == "0" }
        exponent -= all.count - digits.count
        return (
            String(digits.prefix(upTo: (digits.lastIndex { $0 != "0" }).map { digits.index(after: $0) } ?? digits.startIndex)), exponent
        )
    }
}
