/// How many colours a terminal shows.
package enum ColorDepth: Int, Hashable, Sendable, Comparable, CaseIterable {
    case monochrome, eight, sixteen, palette, full

    package static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }

    /// The nearest colour that can be shown.
    package func nearest(to color: Color) -> Color {
        switch (self, color.kind) {
        case (.full, _), (_, .standard): return self == .monochrome ? .standard : color
        case (.monochrome, _): return .standard
        case (.palette, .indexed): return color
        case (.palette, .rgb(let red, let green, let blue)): return .indexed(nearestOfPalette(red, green, blue))
        case (.sixteen, .indexed(let index)) where index < 16: return color
        case (.eight, .indexed(let index)) where index < 16: return .indexed(index & 7)
        default: return nearestNamed(color, count: self == .sixteen ? 16 : 8)
        }
    }

    /// `style` with colours that can be shown. Without enough of them a background keeps its meaning as reversal,
    /// and a text that would vanish on its background takes the terminal's own colour.
    package func style(_ style: Style) -> Style {
        if self == .full { return style }
        var shown = Style(nearest(to: style.foreground), on: nearest(to: style.background), style.attributes)
        switch self {
        case .monochrome:
            if style.background != .standard, style.foreground != style.background, isStriking(style) { shown.attributes.insert(.reverse) }
        case .eight, .sixteen:
            // A shade on its own colour, as in heat maps: the shade says enough.
            if style.foreground == style.background, style.background != .standard {
                return Style(shown.foreground, on: .standard, shown.attributes)
            }
            if shown.background != .standard, !isStriking(style) { shown = lifted(shown, from: style) }
            if shown.foreground == shown.background, shown.background != .standard { shown.foreground = contrasting(shown.background) }
            if self == .eight, style.foreground != .standard, shown.foreground == .ansi(0), shown.background == .standard {
                shown.foreground = .standard
                shown.attributes.insert(.dim)
            }
        default: break
        }
        return shown
    }

    /// A background of its own beside a text chosen for it: a badge, a tab, a selection.
    private func isStriking(_ style: Style) -> Bool {
        guard let ratio = contrast(style.background, .hex(0x000000)) else { return false }
        return ratio > 5 || style.attributes.contains(.bold)
    }

    /// Faint tints have no counterpart among few colours: a near-black one goes, a bluish one becomes blue.
    private func lifted(_ shown: Style, from style: Style) -> Style {
        guard case .rgb(let red, let green, let blue) = style.background.kind, blue > 60, Int(blue) - Int(max(red, green)) / 2 > 36 else {
            return Style(shown.foreground, on: .standard, shown.attributes)
        }
        return Style(.ansi(self == .sixteen ? 15 : 7), on: .ansi(4), shown.attributes)
    }

    private func contrasting(_ color: Color) -> Color { (Channels(color)?.luminance ?? 0) > 0.2 ? .ansi(0) : .ansi(7) }
}

/// The cube's six levels.
private let levels: [UInt32] = [0, 95, 135, 175, 215, 255]

/// xterm's palette as `0xrrggbb`.
func paletteColor(_ index: UInt8) -> UInt32 {
    let named: [UInt32] = [
        0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x3465d8, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff5050, 0x50ff50, 0xffff50, 0x5c8cff,
        0xff50ff, 0x50ffff, 0xffffff,
    ]
    if index < 16 { return named[Int(index)] }
    if index >= 232 {
        let grey = 8 + 10 * UInt32(index - 232)
        return grey << 16 | grey << 8 | grey
    }
    let place = Int(index) - 16
    return levels[place / 36] << 16 | levels[place / 6 % 6] << 8 | levels[place % 6]
}

private func nearestOfPalette(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    func level(_ byte: UInt8) -> Int { byte < 48 ? 0 : byte < 115 ? 1 : (Int(byte) - 35) / 40 }
    let cube = UInt8(16 + 36 * level(red) + 6 * level(green) + level(blue))
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let grey = UInt8(232 + min(max((mean - 3) / 10, 0), 23))
    guard let wanted = Channels(.rgb(red, green, blue)), let one = Channels(.indexed(cube)), let other = Channels(.indexed(grey)) else {
        return cube
    }
    return other.distance(to: wanted) < one.distance(to: wanted) ? grey : cube
}

private func nearestNamed(_ color: Color, count: UInt8) -> Color {
    guard let wanted = Channels(color) else { return color }
    var best = (distance: Double.infinity, index: UInt8(7))
    for index in 0..<count {
        guard let candidate = Channels(.indexed(index)) else { continue }
        let distance = candidate.distance(to: wanted) + hueGap(candidate, wanted)
        if distance < best.distance { best = (distance, index) }
    }
    return .ansi(best.index)
}

/// A penalty for greys that stand in for a colour: among few colours the hue is what is remembered.
private func hueGap(_ candidate: Channels, _ wanted: Channels) -> Double {
    func chroma(_ channels: Channels) -> Double {
        max(channels.red, channels.green, channels.blue) - min(channels.red, channels.green, channels.blue)
    }
    return chroma(wanted) > 0.25 && chroma(candidate) < 0.1 ? 0.2 : 0
}

/// What a palette index usually looks like, as `0xrrggbb`.
package func paletteValue(_ index: UInt8) -> UInt32 { paletteColor(index) }
