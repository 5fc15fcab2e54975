/// A colour: the terminal's own, one of its palette, or red, green and blue.
package struct Color: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case standard
        /// One of the terminal's palette: 0 to 15 are its named colours, 16 to 255 the cube and the greys.
        case indexed(UInt8)
        case rgb(red: UInt8, green: UInt8, blue: UInt8)
    }

    /// `0` is the terminal's own; `0x01_0000_nn` a palette index; `0x02_rr_gg_bb` a mixed one.
    package let code: UInt32
    private init(code: UInt32) { self.code = code }

    /// The terminal's own foreground or background.
    package static let standard = Color(code: 0)
    package static let `default` = standard
    /// One of the sixteen named colours.
    package static func ansi(_ index: UInt8) -> Color { .indexed(index & 15) }
    package static func indexed(_ index: UInt8) -> Color { Color(code: 0x0100_0000 | UInt32(index)) }
    package static func rgb(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Color {
        Color(code: 0x0200_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue))
    }
    /// `0xrrggbb`.
    package static func hex(_ value: UInt32) -> Color { Color(code: 0x0200_0000 | value & 0xff_ffff) }

    package var kind: Kind {
        switch code >> 24 {
        case 0: .standard
        case 1: .indexed(UInt8(truncatingIfNeeded: code))
        default:
            .rgb(
                red: UInt8(truncatingIfNeeded: code >> 16), green: UInt8(truncatingIfNeeded: code >> 8),
                blue: UInt8(truncatingIfNeeded: code))
        }
    }
}

package struct TextAttributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let bold = TextAttributes(rawValue: 1)
    package static let dim = TextAttributes(rawValue: 2)
    package static let italic = TextAttributes(rawValue: 4)
    package static let underline = TextAttributes(rawValue: 8)
    package static let reverse = TextAttributes(rawValue: 16)
}

/// How a cell looks. A standard background lets through what was there when it is written over something.
package struct Style: Hashable, Sendable {
    package var foreground: Color
    package var background: Color
    package var attributes: TextAttributes

    package init(_ foreground: Color = .standard, on background: Color = .standard, _ attributes: TextAttributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    package static let plain = Style()
    package var bold: Style { adding(.bold) }
    package var underlined: Style { adding(.underline) }

    package func adding(_ attributes: TextAttributes) -> Style { Style(foreground, on: background, self.attributes.union(attributes)) }
    package func on(_ background: Color) -> Style { Style(foreground, on: background, attributes) }
    /// `other` laid over this: its colours where it has any, and the attributes of both.
    package func overlaid(by other: Style) -> Style {
        Style(
            other.foreground == .standard ? foreground : other.foreground,
            on: other.background == .standard ? background : other.background, attributes.union(other.attributes))
    }
}
