import Telemetry

extension Parser {
    /// A number or a duration (seconds), if one comes; `spelling` is that of a duration.
    mutating func number() throws(QueryError) -> (value: Double, spelling: String?, token: Token)? {
        let token = try peek()
        switch token.kind {
        case .number:
            try take()
            return (try number(token), nil, token)
        case .duration:
            try take()
            let span = try duration(token)
            return (span.seconds, span.queryText, token)
        default: return nil
        }
    }

    func string(_ token: Token) throws(QueryError) -> String {
        guard let text = unquoted(bytes(token)) else {
            throw failure("error unquoting string \(quoted(text(token))): invalid syntax", token.range)
        }
        return text
    }

    private func duration(_ token: Token) throws(QueryError) -> TimeSpan {
        let text = text(token)
        if let span = TimeSpan(prometheus: text) { return span }
        var (rest, last) = (Substring(text), -1)
        let units = ["y", "w", "d", "h", "m", "s", "ms"]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber }
            let unit = rest[digits.endIndex...].prefix { !$0.isNumber }
            rest = rest[unit.endIndex...]
            guard !digits.isEmpty, !unit.isEmpty, UInt64(digits) != nil else { break }
            guard let index = units.firstIndex(of: String(unit)) else {
                throw failure("unknown unit \(quoted(String(unit))) in duration \(quoted(text))", token.range)
            }
            guard index > last else { throw failure("not a valid duration string: \(quoted(text))", token.range) }
            last = index
            if rest.isEmpty { throw failure("duration out of range", token.range) }
        }
        throw failure("not a valid duration string: \(quoted(text))", token.range)
    }

    private func number(_ token: Token) throws(QueryError) -> Double {
        let text = text(token)
        let syntax = failure("error parsing number: strconv.ParseFloat: parsing \(quoted(text)): invalid syntax", token.range)
        guard hasProperUnderscores(text) else { throw syntax }
        let digits = text.filter { $0 != "_" }.lowercased()
        if digits == "inf" { return .infinity }
        if digits == "nan" { return .nan }
        if let whole = wholeNumber(digits) { return Double(whole) }
        guard !digits.hasPrefix("0x"), let value = Double(digits) else { throw syntax }
        guard value.isFinite else {
            throw failure("error parsing number: strconv.ParseFloat: parsing \(quoted(text)): value out of range", token.range)
        }
        return value
    }

    /// Hexadecimal after `0x`, octal after another leading zero.
    private func wholeNumber(_ digits: String) -> Int64? {
        if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0"), digits.utf8.count > 1 { return Int64(digits.dropFirst(), radix: 8) }
        return Int64(digits)
    }

    /// Only between digits, or between `0x` (or a leading zero) and a digit.
    private func hasProperUnderscores(_ text: String) -> Bool {
        var before: UInt8 = 0
        let isHexadecimal = text.lowercased().hasPrefix("0x")
        var bytes = Array(text.utf8)
        if isHexadecimal { bytes.replaceSubrange(0..<2, with: [UInt8(ascii: "0")]) }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            before = index > 0 ? bytes[index - 1] : 0
            let after = index + 1 < bytes.count ? bytes[index + 1] : 0
            guard isDigit(before, isHexadecimal), isDigit(after, isHexadecimal) else { return false }
        }
        return true
    }

    private func isDigit(_ byte: UInt8, _ isHexadecimal: Bool) -> Bool {
        PromQL.isDigit(byte) || isHexadecimal && byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f")
    }
}

extension Int64 {
    /// The nearest whole number that there is; zero for NaN.
    init(clamping value: Double) { self = value.isNaN ? 0 : value >= 0x1p63 ? .max : value < -0x1p63 ? .min : Int64(value) }
}
