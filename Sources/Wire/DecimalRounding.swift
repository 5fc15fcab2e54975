/// Rounds decimal numbers of up to 19 digits to the nearest double, by whole numbers of 128 bits.
enum DecimalRounding {
    /// Five to the 27th is the last that fits 63 bits; the two in ten goes straight to the exponent.
    private static let fives: [UInt64] = (0...27).map { exponent in (0..<exponent).reduce(1) { power, _ in power * 5 } }

    /// `mantissa` times ten to the `exponent`, rounded once, half to even; nil for exponents beyond 27 on either side.
    static func value(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 || exponent == 0 { return Double(mantissa) }
        switch exponent {
        case -27..<0: return quotient(mantissa, fives[0 &- exponent], exponent: exponent)
        case 1...27: return product(mantissa, fives[exponent], exponent: exponent)
        default: return nil
        }
    }

    private static func quotient(_ dividend: UInt64, _ divisor: UInt64, exponent: Int) -> Double {
        let (left, right) = (dividend.leadingZeroBitCount, divisor.leadingZeroBitCount)
        let high = dividend << UInt64(left)
        // With both shifted up the quotient has 63 or 64 bits: more than enough, and the remainder tells the rest.
        let (bits, remainder) = (divisor << UInt64(right)).dividingFullWidth((high >> 1, high << 63))
        return rounded(bits, isInexact: remainder != 0, exponent: exponent + right - left - 63)
    }

    private static func product(_ a: UInt64, _ b: UInt64, exponent: Int) -> Double {
        let (high, low) = a.multipliedFullWidth(by: b)
        guard high != 0 else { return rounded(low, isInexact: false, exponent: exponent) }
        let shift = UInt64(high.leadingZeroBitCount)
        let bits = shift == 0 ? high : high << shift | low >> (64 - shift)
        return rounded(bits, isInexact: low << shift != 0, exponent: exponent + 64 - Int(shift))
    }

    /// `bits`, which are not zero, times two to the `exponent`; a little more where it `isInexact`.
    private static func rounded(_ bits: UInt64, isInexact: Bool, exponent: Int) -> Double {
        let shift = bits.leadingZeroBitCount
        let bits = bits << UInt64(shift)
        var significand = bits >> 11
        let rest = bits & 0x7ff
        if rest > 0x400 || (rest == 0x400 && (isInexact || significand & 1 == 1)) { significand += 1 }
        // Where rounding carries into a 54th bit, adding carries it on into the exponent.
        let biased = UInt64(exponent - shift + 11 + 52 + 1023)
        return Double(bitPattern: biased << 52 + (significand - 1 << 52))
    }
}
