/// What one or two columns show: a base scalar that is safe to send to a terminal, and its marks.
struct Glyph: Hashable, Sendable {
    var scalar: UInt32
    var marks: UInt32
    var width: UInt8

    static let blank = Glyph(scalar: 0x20, marks: 0, width: 1)
    static let trailing = Glyph(scalar: 0x20, marks: 0, width: 0)
    static let replacement = Glyph(scalar: 0xfffd, marks: 0, width: 1)

    init(scalar: UInt32, marks: UInt32, width: UInt8) {
        self.scalar = scalar
        self.marks = marks
        self.width = width
    }

    init(_ scalar: Unicode.Scalar) {
        switch ScalarClass(scalar) {
        case .narrow: self.init(scalar: scalar.value, marks: 0, width: 1)
        case .wide: self.init(scalar: scalar.value, marks: 0, width: 2)
        case .letterOfFlag: self.init(scalar: flagLetter(scalar), marks: 0, width: 1)
        case .mark, .ignored, .joiner, .unsafe: self = .replacement
        }
    }

    /// Adds a combining mark; beyond two, and beyond the basic plane, marks are left out.
    mutating func combine(_ mark: Unicode.Scalar) {
        guard mark.value <= 0xffff else { return }
        if marks == 0 { marks = mark.value } else if marks >> 16 == 0 { marks |= mark.value << 16 }
    }
}

/// What a scalar does on a terminal.
enum ScalarClass: Equatable {
    case narrow, wide
    /// Sits on the character before it.
    case mark
    /// Shows nothing and does no harm: variation selectors, the non-joiner, skin tones after a picture.
    case ignored
    /// Melts the next picture into the one before: terminals differ on it, so the next one is left out.
    case joiner
    /// Half of a flag: shown as the letter it stands for, as terminals differ on the pair.
    case letterOfFlag
    /// Control, bidirectional, invisible or not a character: shown escaped.
    case unsafe

    init(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        if value >= 0x20, value < 0x7f {
            self = .narrow
        } else if value < 0xa0 {
            self = .unsafe
        } else {
            self = Self.beyondASCII(value, scalar)
        }
    }

    private static func beyondASCII(_ value: UInt32, _ scalar: Unicode.Scalar) -> ScalarClass {
        switch value {
        case 0xad: return .unsafe
        case 0xa0...0x2ff, 0x2500...0x25fc, 0x2800...0x28ff: return .narrow
        case 0x1160...0x11ff: return .mark
        case 0x200c, 0xfe00...0xfe0f, 0x1f3fb...0x1f3ff, 0xe0100...0xe01ef: return .ignored
        case 0x200d: return .joiner
        case 0x1f1e6...0x1f1ff: return .letterOfFlag
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return .mark
        case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: return .unsafe
        default: return isWide(value) ? .wide : .narrow
        }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        guard value >= 0x1100 else { return false }
        var low = 0
        var high = wideScalars.count
        while low < high {
            let middle = (low + high) / 2
            if wideScalars[middle].last < value { low = middle + 1 } else { high = middle }
        }
        return low < wideScalars.count && wideScalars[low].first <= value
    }
}

private func flagLetter(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value &- 0x1f1e6 &+ 0x41 }

/// The glyphs of a text, safe to show: what would act on the terminal is spelled out (`\n`, `\x1b`, `\u202e`).
struct Glyphs: Sequence, IteratorProtocol {
    private var scalars: String.UnicodeScalarView.Iterator
    private var ahead: Unicode.Scalar?
    /// ASCII bytes still to be given out, the next one lowest.
    private var escape: UInt64 = 0

    init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
        ahead = scalars.next()
    }

    mutating func next() -> Glyph? {
        if escape != 0 { return nextOfEscape() }
        while let scalar = ahead {
            ahead = scalars.next()
            if scalar.value >= 0x20, scalar.value < 0x7f {
                let glyph = Glyph(scalar: scalar.value, marks: 0, width: 1)
                return (ahead?.value ?? 0) < 0x300 ? glyph : absorbing(glyph)
            }
            switch ScalarClass(scalar) {
            case .narrow, .wide, .letterOfFlag: return absorbing(Glyph(scalar))
            case .ignored, .joiner: continue
            case .mark:
                // A mark with nothing to sit on sits on a blank.
                var glyph = Glyph.blank
                glyph.combine(scalar)
                return absorbing(glyph)
            case .unsafe:
                escape = Self.spelled(scalar)
                return nextOfEscape()
            }
        }
        return nil
    }

    private mutating func nextOfEscape() -> Glyph {
        defer { escape >>= 8 }
        return Glyph(scalar: UInt32(escape & 0xff), marks: 0, width: 1)
    }

    /// Takes in what follows `glyph` and belongs to it.
    private mutating func absorbing(_ glyph: Glyph) -> Glyph {
        var whole = glyph
        while let scalar = ahead, scalar.value >= 0x300 {
            switch ScalarClass(scalar) {
            case .mark: whole.combine(scalar)
            case .ignored: break
            case .joiner:
                ahead = scalars.next()
                if let joined = ahead, glyph.width == 2, ScalarClass(joined) == .wide || ScalarClass(joined) == .narrow, joined.value > 0xff
                {
                    ahead = scalars.next()
                }
                continue
            case .unsafe where glyph.scalar == 0x1f3f4 && scalar.value >= 0xe0020 && scalar.value <= 0xe007f: break
            default: return whole
            }
            ahead = scalars.next()
        }
        return whole
    }

    private static func spelled(_ scalar: Unicode.Scalar) -> UInt64 {
        switch scalar.value {
        case 0x09: return pack("\\t")
        case 0x0a: return pack("\\n")
        case 0x0d: return pack("\\r")
        case 0..<0x100:
            let digits = String(scalar.value, radix: 16)
            return pack("\\x" + (digits.count < 2 ? "0" : "") + digits)
        default: return pack("\\u" + String(scalar.value, radix: 16))
        }
    }

    private static func pack(_ text: String) -> UInt64 {
        var packed: UInt64 = 0
        for (index, byte) in text.utf8.prefix(8).enumerated() { packed |= UInt64(byte) << UInt64(8 * index) }
        return packed
    }
}

/// The columns `text` takes on the screen.
package func columns(of text: String) -> Int {
    var total = 0
    for glyph in Glyphs(text) { total += Int(glyph.width) }
    return total
}
