extension Double {
    /// The shortest digits that read back the same, as Go's `%g` writes them: with an exponent below 1e−4 and from 1e6 on.
    package var brief: String { text(plainExponents: -4..<6) }
    /// The shortest digits that read back the same, as the HTTP API of Prometheus writes values: with an exponent below 1e−6 and from 1e21 on.
    package var apiText: String { text(plainExponents: -6..<21) }

    private func text(plainExponents: Range<Int>) -> String {
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "+Inf" }
        let sign = self.sign == .minus ? "-" : ""
        guard self != 0 else { return sign + "0" }
        let (digits, exponent) = magnitude.decimalDigits
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
