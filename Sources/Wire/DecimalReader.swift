/// Reads the decimal numbers of text formats: exact, the same in every locale, quick for the short ones.
enum DecimalReader {
    /// The not-a-number that Prometheus keeps for `NaN` on a page; not the staleness marker.
    static let ordinaryNaN = Double(bitPattern: 0x7ff8_0000_0000_0001)
    /// Longer numbers are refused; the longest exact decimal of a double has fewer digits.
    static let longest = 1100

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The number that starts at `start`, and where it ends; nil for what is no decimal number, `NaN` or infinity.
    ///
    /// Takes a sign, digits with a point, and an exponent. Hexadecimal and digit separators are no numbers. `isStrict` takes only the
    /// spellings `NaN`, `Inf`, `+Inf` and `-Inf`, otherwise their case does not matter and `infinity` will do.
    @inline(__always)
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isStrict: Bool = false) -> (value: Double, end: Int)? {
        let count = bytes.count
        var i = start
        var isNegative = false
        if i < count, bytes[i] == 0x2d || bytes[i] == 0x2b {
            isNegative = bytes[i] == 0x2d
            i &+= 1
        }
        var mantissa: UInt64 = 0
        let firstDigit = i
        while i < count, case let digit = bytes[i] &- 0x30, digit < 10 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            i &+= 1
        }
        var digits = i &- firstDigit
        // The usual case first: a whole number that ends here and fits a double exactly.
        if digits > 0, digits < 16, i == count || bytes[i] <= PageByte.space {
            // A signed whole number converts in one instruction.
            let value = Double(Int64(bitPattern: mantissa))
            return (isNegative ? -value : value, i)
        }
        var exponent = 0
        if i < count, bytes[i] == 0x2e {
            i &+= 1
            let firstDecimal = i
            while i < count, case let digit = bytes[i] &- 0x30, digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                i &+= 1
            }
            exponent = firstDecimal &- i
            digits &-= exponent
        }
        guard digits > 0 else { return special(bytes, from: start, isStrict: isStrict) }
        if i < count, bytes[i] | 0x20 == 0x65 {
            guard let (power, end) = readExponent(bytes, from: i &+ 1) else { return nil }
            exponent &+= power
            i = end
        }
        if digits <= 19, mantissa <= 1 << 53, (-22...22).contains(exponent) {
            let whole = Double(Int64(bitPattern: mantissa))
            let value = exponent < 0 ? whole / powers[0 &- exponent] : whole * powers[exponent]
            return (isNegative ? -value : value, i)
        }
        if digits <= 19, let value = DecimalRounding.value(mantissa, exponent) { return (isNegative ? -value : value, i) }
        return exact(bytes, from: start, to: i)
    }

    /// The number that stands from `start` to the end of a line, and where that is; nil where anything else follows it.
    @inline(__always)
    static func readLine(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (value: Double, end: Int)? {
        if start &+ 8 <= bytes.count, let base = bytes.baseAddress, let whole = shortWhole(UnsafeRawPointer(base) + start) {
            return (whole.value, start &+ whole.length)
        }
        guard let number = read(bytes, from: start), number.end < bytes.count, bytes[number.end] == PageByte.newline else { return nil }
        return number
    }

    /// A whole number of up to seven digits that ends its line; nil for anything else, which may be a number all the same.
    ///
    /// All digits at once: most of a page is counters, whose lengths no processor foresees. Looks at eight bytes.
    @inline(__always)
    private static func shortWhole(_ start: UnsafeRawPointer) -> (value: Double, length: Int)? {
        let digits = start.loadUnaligned(as: UInt64.self).littleEndian ^ 0x3030_3030_3030_3030
        // The lowest byte that is no digit has its highest bit set here.
        let others = ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
        let bits = UInt64(others.trailingZeroBitCount & ~7)
        guard bits > 0, bits < 64, UInt8(truncatingIfNeeded: digits &>> bits) == PageByte.newline ^ 0x30 else { return nil }
        let aligned = digits &<< (64 &- bits)
        let pairs = aligned &* 10 &+ (aligned &>> 8)
        let high = (pairs & 0xff_0000_00ff) &* (100 + 1_000_000 << 32)
        let low = (pairs &>> 16 & 0xff_0000_00ff) &* (1 + 10_000 << 32)
        return (Double(Int64(truncatingIfNeeded: (high &+ low) &>> 32)), Int(bits &>> 3))
    }

    private static func readExponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (power: Int, end: Int)? {
        var i = start
        var isNegative = false
        if i < bytes.count, bytes[i] == 0x2d || bytes[i] == 0x2b {
            isNegative = bytes[i] == 0x2d
            i &+= 1
        }
        let firstDigit = i
        var power = 0
        while i < bytes.count, PageByte.isDigit(bytes[i]) {
            if power < 100_000 { power = power &* 10 &+ Int(bytes[i] &- 0x30) }
            i &+= 1
        }
        return i == firstDigit ? nil : (isNegative ? 0 &- power : power, i)
    }

    /// Too long or too far from one for a single rounding: the standard library reads these exactly, in no locale.
    @inline(never)
    private static func exact(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> (value: Double, end: Int)? {
        guard end - start <= longest else { return nil }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
        return Double(text).map { ($0, end) }
    }

    @inline(never)
    private static func special(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isStrict: Bool) -> (value: Double, end: Int)? {
        var end = start
        while end < bytes.count, end - start < 10, PageByte.isLetter(bytes[end]) || bytes[end] == 0x2b || bytes[end] == 0x2d { end += 1 }
        let word = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
        if isStrict, !["NaN", "Inf", "+Inf", "-Inf"].contains(word) { return nil }
        switch word.lowercased() {
        case "nan": return (ordinaryNaN, end)
        case "inf", "+inf", "infinity", "+infinity": return (.infinity, end)
        case "-inf", "-infinity": return (-.infinity, end)
        default: return nil
        }
    }
}
