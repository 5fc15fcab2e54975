/// A set of Unicode scalars; `ignoresCase` compares both cases of what is asked for.
struct ScalarSet: Hashable, Sendable {
    /// Ascending, apart from each other, once `normalise` was called.
    private(set) var ranges: [ClosedRange<UInt32>]
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    static let last: UInt32 = 0x10ffff

    init(_ ranges: [ClosedRange<UInt32>], ignoresCase: Bool = false, isNegated: Bool = false) {
        self.ranges = Self.merged(ignoresCase ? ranges + ranges.flatMap(Self.otherCases) : ranges)
        if isNegated { self.ranges = Self.complement(self.ranges) }
        for scalar in UInt32(0)..<128 where self.ranges.contains(where: { $0.contains(scalar) }) {
            if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
        }
    }

    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return low >> UInt64(scalar) & 1 != 0 }
        if scalar < 128 { return high >> UInt64(scalar - 64) & 1 != 0 }
        return ranges.contains { $0.contains(scalar) }
    }

    /// The scalar, where there is only one.
    var single: UInt32? { ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil }

    static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var out: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = out.last, range.lowerBound <= last.upperBound &+ 1 {
                out[out.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                out.append(range)
            }
        }
        return out
    }

    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var out: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= last { out.append(next...last) }
        return out
    }

    /// The other cases of the scalars in `range`; beyond ASCII only for ranges of at most 1024 scalars.
    private static func otherCases(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        var out: [ClosedRange<UInt32>] = []
        for letter in UInt32(0x41)...0x5a {
            if range.contains(letter) { out.append((letter + 32)...(letter + 32)) }
            if range.contains(letter + 32) { out.append(letter...letter) }
        }
        guard range.upperBound > 127, range.count <= 1024 else { return out }
        for value in range where value > 127 {
            guard let properties = Unicode.Scalar(value)?.properties else { continue }
            for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] where mapping.unicodeScalars.count == 1 {
                if let other = mapping.unicodeScalars.first { out.append(other.value...other.value) }
            }
        }
        return out
    }
}
