extension TimeSpan {
    /// A length of time as Prometheus writes it: whole numbers with units from large to small, `1h30m`, `15s`, `500ms`; also `0`.
    /// Nil for anything else, for a unit twice, and for what does not fit.
    package init?(prometheus text: some StringProtocol) {
        let units: [(name: String, milliseconds: Int64)] = [
            ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        if text == "0" {
            self = .zero
            return
        }
        var rest = Substring(text)
        var total: Int64 = 0
        var next = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let count = Int64(digits), let unit = units.indices.first(where: { units[$0].name == letters }), unit >= next else {
                return nil
            }
            next = unit + 1
            let (product, overflow) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, overflowed) = total.addingReportingOverflow(product)
            guard !overflow, !overflowed, sum <= .max / 1_000_000 else { return nil }
            total = sum
        }
        self = .milliseconds(total)
    }

    /// As Prometheus writes it: `1h30m`, `15s`, `500ms`, `0s`; parts below a millisecond are cut.
    package var prometheus: String {
        var rest = nanoseconds / 1_000_000
        guard rest != 0 else { return "0s" }
        var out = rest < 0 ? "-" : ""
        rest = Int64(clamping: rest.magnitude)
        let units: [(String, Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
        for (name, size) in units where rest >= size {
            out += "\(rest / size)\(name)"
            rest %= size
        }
        return out
    }
}
