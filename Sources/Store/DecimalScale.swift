import Telemetry

/// Floating-point numbers as whole ones with so many decimal places, where that is exact.
///
/// What was written as a decimal of up to 15 digits comes back bit for bit: dividing a whole number below 2^53 by a power of ten below 10^23 rounds as
/// reading the text did. Negative zero, infinities and what is no number don't fit.
enum DecimalScale {
    /// More decimal places are seldom meant.
    static let mostPlaces = 15
    /// Leaves room for sums of differences of differences.
    static let largest = Double(1 << 50)
    /// 1.5 · 2^52: a number beside it has its whole part in its lowest bits.
    private static let magic = 0x1.8p52
    private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

    static func power(_ places: Int) -> Double { powers[places] }

    /// `value` times `power`, if dividing that by `power` gives the same bits again.
    @inline(__always) static func whole(_ value: Double, power: Double) -> Int64? {
        let scaled = value * power
        guard scaled.magnitude <= largest else { return nil }
        let rounded = (scaled + magic) - magic
        guard (rounded / power).bitPattern == value.bitPattern else { return nil }
        return Int64(rounded)
    }
    /// The fewest decimal places from `least` on that `value` fits; nil where none are enough.
    static func places(_ value: Double, least: Int = 0) -> Int? {
        guard value.magnitude <= largest else { return nil }
        for places in least..<(mostPlaces + 1) where whole(value, power: powers[places]) != nil { return places }
        return nil
    }

    /// Turns whole numbers into what they stand for, in place; all magnitudes at most `largest`.
    static func restore(_ numbers: UnsafeMutablePointer<UInt64>, count: Int, places: Int) {
        let bits = magic.bitPattern
        let values = UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Double.self)
        if places == 0 {
            forEachIndex(count) { values[$0] = Double(bitPattern: numbers[$0] &+ bits) - magic }
        } else {
            let power = powers[places]
            forEachIndex(count) { values[$0] = (Double(bitPattern: numbers[$0] &+ bits) - magic) / power }
        }
    }
}
