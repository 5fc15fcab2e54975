/// One column of the screen: a character with up to two combining marks, how it looks, and how wide it is.
///
/// No control character gets in: what could move a cursor, change direction or break a line becomes U+FFFD.
package struct Cell: Hashable, Sendable {
    private let base: UInt32
    /// Two marks of sixteen bits, the first in the low half; zero where there is none.
    let marks: UInt32
    package var style: Style
    /// 1, 2, or 0 for the right half of a wide one.
    package let width: UInt8

    package init(_ scalar: Unicode.Scalar, _ style: Style = .plain) {
        self.init(Glyph(scalar), style)
    }

    init(_ glyph: Glyph, _ style: Style) {
        base = glyph.scalar
        marks = glyph.marks
        width = glyph.width
        self.style = style
    }

    package static let blank = Cell(" ")
    package static func blank(_ style: Style) -> Cell { Cell(Glyph.blank, style) }
    /// The right half of a wide character.
    static func trailing(_ style: Style) -> Cell { Cell(Glyph.trailing, style) }

    package var scalar: Unicode.Scalar { Unicode.Scalar(base) ?? "\u{fffd}" }
    package var isBlank: Bool { base == 0x20 }
    package var firstMark: Unicode.Scalar? { marks & 0xffff == 0 ? nil : Unicode.Scalar(marks & 0xffff) }
    package var secondMark: Unicode.Scalar? { marks >> 16 == 0 ? nil : Unicode.Scalar(marks >> 16) }

    /// Equal cells have equal numbers.
    var fingerprint: UInt64 {
        var hash = UInt64(base) | UInt64(marks) << 32
        hash = (hash ^ UInt64(style.foreground.code) << 7) &* 0x9e37_79b9_7f4a_7c15
        hash ^= UInt64(style.background.code) | UInt64(style.attributes.rawValue) << 40 | UInt64(width) << 48
        return (hash ^ hash >> 29) &* 0xbf58_476d_1ce4_e5b9
    }
}
