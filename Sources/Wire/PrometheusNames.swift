import Telemetry

/// What OpenTelemetry's names and units are called in Prometheus, by the rules of Prometheus's otlptranslator with underscores and suffixes.
package enum PrometheusNames {
    private static let units = [
        "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
        "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes", "TiBy": "tebibytes", "KBy": "kilobytes",
        "kBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes", "m": "meters", "V": "volts", "A": "amperes",
        "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius", "Hz": "hertz", "1": "", "%": "percent",
    ]
    private static let perUnits = [
        "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
    ]

    /// The name of a metric's family; nil where nothing of its name is left.
    package static func metric(_ name: String, unit: String, kind: OTLPMetric.Kind, isMonotonic: Bool) -> String? {
        var words = words(of: name)
        let (main, per) = unitWords(unit)
        if !main.isEmpty, !words.contains(main) { words.append(main) }
        if !per.isEmpty, !words.contains(per) { words.append(per) }
        if kind == .sum, isMonotonic { words = words.filter { $0 != "total" } + ["total"] }
        // Counters of things are often said to have the unit 1; a gauge with it is a ratio.
        if unit == "1", kind == .gauge { words = words.filter { $0 != "ratio" } + ["ratio"] }
        let joined = words.joined(separator: "_")
        guard let first = joined.utf8.first else { return nil }
        return isDigit(first) ? "_" + joined : joined
    }

    /// The unit in words: `bytes_per_second` for `By/s`; empty for `1` and for what stands in braces.
    package static func unit(_ unit: String) -> String {
        let (main, per) = unitWords(unit)
        return [main, per].filter { !$0.isEmpty }.joined(separator: "_")
    }

    /// The name of an attribute as a label; nil where nothing of it is left.
    package static func label(_ key: String) -> String? {
        guard let first = key.utf8.first else { return nil }
        var name: [UInt8] = isDigit(first) ? Array("key_".utf8) : []
        for scalar in key.unicodeScalars { name.append(scalar.isASCII && isWord(UInt8(scalar.value)) ? UInt8(scalar.value) : 0x5f) }
        guard name.contains(where: { $0 != 0x5f }) else { return nil }
        if name[0] == 0x5f, name.count < 2 || name[1] != 0x5f { name = Array("key".utf8) + name }
        return String(decoding: name, as: UTF8.self)
    }

    private static func unitWords(_ unit: String) -> (main: String, per: String) {
        let parts = unit.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map { trimmed($0) }
        let main = parts.first.map { isAnnotated($0) ? "" : clean(units[$0] ?? $0) } ?? ""
        guard parts.count > 1, !parts[1].isEmpty, !isAnnotated(parts[1]) else { return (main, "") }
        let per = clean(perUnits[parts[1]] ?? parts[1])
        return (main, per.isEmpty ? "" : "per_" + per)
    }
    private static func isAnnotated(_ unit: String) -> Bool { unit.contains("{") || unit.contains("}") }
    private static func clean(_ unit: String) -> String { words(of: unit).joined(separator: "_") }
    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// What stands between characters that a name may not have.
    private static func words(of name: String) -> [String] {
        name.utf8.split { !isNameByte($0) }.map { String(decoding: Array($0), as: UTF8.self) }
    }
    private static func isNameByte(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || byte != 0x5f && isWord(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x5f, 0x61...0x7a: true
        default: false
        }
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Double {
    /// The shortest decimal digits that stand for it, without an exponent: what `le` and `quantile` labels of OTLP are called.
    var decimalText: String {
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "+Inf" }
        if self == rounded(), magnitude < 1e15 { return self == 0 ? (sign == .minus ? "-0" : "0") : String(Int64(self)) }
        let text = description
        guard let e = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: e)...]) else {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        let minus = text.hasPrefix("-") ? "-" : ""
        let mantissa = text[..<e].drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa.first ?? "")
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        if exponent < 0 { return minus + "0." + String(repeating: "0", count: -exponent - 1) + whole + fraction }
        let zeros = exponent - fraction.utf8.count
        return zeros >= 0
            ? minus + whole + fraction + String(repeating: "0", count: zeros)
            : minus + whole + fraction.prefix(exponent) + "." + fraction.dropFirst(exponent)
    }
}
