/// Reads one class such as `[a-z\d]`, or one escape such as `\d`.
struct PatternClass {
    let scalars: [Unicode.Scalar]
    var position: Int
    let ignoresCase: Bool

    private static let named: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5a, 0x61...0x7a], "alpha": [0x41...0x5a, 0x61...0x7a], "ascii": [0...0x7f],
        "blank": [9...9, 32...32],
        "cntrl": [0...31, 127...127], "digit": [0x30...0x39], "graph": [33...126], "lower": [0x61...0x7a], "print": [32...126],
        "punct": [33...47, 58...64, 91...96, 123...126], "space": [9...13, 32...32], "upper": [0x41...0x5a],
        "word": [0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a], "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]
    private static let controls: [Unicode.Scalar: UInt32] = ["a": 7, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13]

    private func error(_ detail: String) -> PatternError {
        PatternError(detail: detail, offset: scalars.prefix(position).reduce(0) { $0 + UTF8.width($1) })
    }
    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// From the opening bracket on.
    mutating func parse() throws(PatternError) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = next == "^"
        if isNegated { position += 1 }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            ranges += try item()
        }
        guard next == "]" else {
            position = start
            throw error("missing closing ]")
        }
        position += 1
        return ScalarSet(ranges, ignoresCase: ignoresCase, isNegated: isNegated)
    }

    private mutating func item() throws(PatternError) -> [ClosedRange<UInt32>] {
        if let ranges = try named() { return ranges }
        let lower = try end()
        guard let first = single(lower), next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else { return lower }
        position += 1
        guard let last = single(try end()), last >= first else { throw error("a range whose bounds are the wrong way round") }
        return [first...last]
    }
    private func single(_ ranges: [ClosedRange<UInt32>]) -> UInt32? {
        ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
    }
    private mutating func end() throws(PatternError) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw error("missing closing ]") }
        if scalar == "\\" { return try escape() }
        position += 1
        return [scalar.value...scalar.value]
    }

    /// `[:alpha:]` or `[:^alpha:]`.
    private mutating func named() throws(PatternError) -> [ClosedRange<UInt32>]? {
        guard next == "[", position + 1 < scalars.count, scalars[position + 1] == ":" else { return nil }
        var name = ""
        var end = position + 2
        while end < scalars.count, scalars[end] != ":", name.utf8.count < 16 {
            name.unicodeScalars.append(scalars[end])
            end += 1
        }
        guard end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1] == "]" else { return nil }
        let isNegated = name.hasPrefix("^")
        guard let ranges = Self.named[isNegated ? String(name.dropFirst()) : name] else { throw error("unknown class [:\(name):]") }
        position = end + 2
        return isNegated ? ScalarSet.complement(ScalarSet.merged(ranges)) : ranges
    }

    /// From the backslash on.
    mutating func escape() throws(PatternError) -> [ClosedRange<UInt32>] {
        guard position + 1 < scalars.count else { throw error("a backslash at the end") }
        let letter = scalars[position + 1]
        if let ranges = Self.perl(letter) {
            position += 2
            return ranges
        }
        if letter == "x" { return try hexadecimal() }
        if let control = Self.controls[letter] {
            position += 2
            return [control...control]
        }
        if ("1"..."9").contains(letter) { throw error("back references, which take more than linear time, are not supported") }
        if letter == "p" || letter == "P" { throw error("Unicode properties are not supported") }
        if letter.isASCII, letter.properties.isAlphabetic || ("0"..."9").contains(letter) { throw error("unknown escape \\\(letter)") }
        position += 2
        return [letter.value...letter.value]
    }

    private static func perl(_ letter: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
        switch letter {
        case "d": named["digit"]
        case "w": named["word"]
        case "s": [9...10, 12...13, 32...32]
        case "D": named["digit"].map(ScalarSet.complement)
        case "W": named["word"].map(ScalarSet.complement)
        case "S": ScalarSet.complement([9...10, 12...13, 32...32])
        default: nil
        }
    }

    private mutating func hexadecimal() throws(PatternError) -> [ClosedRange<UInt32>] {
        position += 2
        let isBraced = next == "{"
        if isBraced { position += 1 }
        var value: UInt32 = 0
        var digits = 0
        while let digit = hexValue(next), digits < (isBraced ? 6 : 2) {
            value = value << 4 | digit
            digits += 1
            position += 1
        }
        guard digits == 2 || isBraced && digits > 0, !isBraced || next == "}", Unicode.Scalar(value) != nil else {
            throw error("\\x without the digits of a character")
        }
        if isBraced { position += 1 }
        return [value...value]
    }
    private func hexValue(_ scalar: Unicode.Scalar?) -> UInt32? {
        guard let scalar, scalar.isASCII, let value = Character(scalar).hexDigitValue else { return nil }
        return UInt32(value)
    }
}
