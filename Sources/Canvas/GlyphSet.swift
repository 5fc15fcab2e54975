/// Which characters pictures are made of; chosen by the locale or `--ascii`.
package enum Drawing: String, Hashable, Sendable, CaseIterable {
    /// Unicode with braille dots: the finest.
    case braille
    /// Unicode with block elements, for fonts without braille.
    case block
    /// ASCII alone.
    case ascii

    package var glyphs: GlyphSet { self == .ascii ? .ascii : .unicode }
}

/// The single characters that everything is drawn with.
package struct GlyphSet: Sendable {
    package let horizontal: Unicode.Scalar
    package let vertical: Unicode.Scalar
    package let topLeft: Unicode.Scalar
    package let topRight: Unicode.Scalar
    package let bottomLeft: Unicode.Scalar
    package let bottomRight: Unicode.Scalar
    package let teeLeft: Unicode.Scalar
    package let teeRight: Unicode.Scalar
    package let teeDown: Unicode.Scalar
    package let teeUp: Unicode.Scalar
    package let cross: Unicode.Scalar
    package let ellipsis: Unicode.Scalar
    package let good: Unicode.Scalar
    package let warn: Unicode.Scalar
    package let bad: Unicode.Scalar
    package let critical: Unicode.Scalar
    package let unknown: Unicode.Scalar
    package let ascending: Unicode.Scalar
    package let descending: Unicode.Scalar
    package let folded: Unicode.Scalar
    package let unfolded: Unicode.Scalar
    package let bullet: Unicode.Scalar
    package let arrowLeft: Unicode.Scalar
    package let arrowRight: Unicode.Scalar
    package let arrowUp: Unicode.Scalar
    package let arrowDown: Unicode.Scalar
    package let separator: Unicode.Scalar
    package let pause: Unicode.Scalar
    package let live: Unicode.Scalar
    package let scrollTrack: Unicode.Scalar
    package let scrollThumb: Unicode.Scalar
    package let gap: Unicode.Scalar
    package let tick: Unicode.Scalar

    package static let unicode = GlyphSet(
        horizontal: "─", vertical: "│", topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯", teeLeft: "├", teeRight: "┤",
        teeDown: "┬", teeUp: "┴", cross: "┼", ellipsis: "…", good: "●", warn: "▲", bad: "✗", critical: "◆", unknown: "○", ascending: "▴",
        descending: "▾", folded: "▸", unfolded: "▾", bullet: "•", arrowLeft: "◀", arrowRight: "▶", arrowUp: "▲", arrowDown: "▼",
        separator: "·", pause: "‖", live: "●", scrollTrack: "│", scrollThumb: "┃", gap: "·", tick: "┼")
    package static let ascii = GlyphSet(
        horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", teeLeft: "+", teeRight: "+",
        teeDown: "+", teeUp: "+", cross: "+", ellipsis: "~", good: "o", warn: "^", bad: "x", critical: "!", unknown: "?", ascending: "^",
        descending: "v", folded: ">", unfolded: "v", bullet: "*", arrowLeft: "<", arrowRight: ">", arrowUp: "^", arrowDown: "v",
        separator: "|", pause: "=", live: "*", scrollTrack: "|", scrollThumb: "#", gap: ".", tick: "+")
}
