/// Red, green and blue from 0 to 1.
struct Channels: Hashable, Sendable {
    var red: Double
    var green: Double
    var blue: Double

    init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// What a palette index usually looks like; nil for the terminal's own colour.
    init?(_ color: Color) {
        switch color.kind {
        case .standard: return nil
        case .rgb(let red, let green, let blue): self.init(bytes: red, green, blue)
        case .indexed(let index):
            let value = paletteColor(index)
            self.init(bytes: UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff))
        }
    }

    private init(bytes red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.init(red: Double(red) / 255, green: Double(green) / 255, blue: Double(blue) / 255)
    }

    var color: Color { .rgb(byte(red), byte(green), byte(blue)) }
    private func byte(_ share: Double) -> UInt8 { UInt8(min(max(share, 0), 1) * 255 + 0.5) }

    /// As WCAG 2 defines it.
    var luminance: Double { 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) }
    private func linear(_ share: Double) -> Double {
        guard share > 0.04045 else { return share / 12.92 }
        return power((share + 0.055) / 1.055, 2.4)
    }

    func mixed(with other: Channels, _ share: Double) -> Channels {
        Channels(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share, blue: blue + (other.blue - blue) * share)
    }

    /// Squared and weighted, as eyes see green best and blue least.
    func distance(to other: Channels) -> Double {
        let (r, g, b) = (red - other.red, green - other.green, blue - other.blue)
        return 0.3 * r * r + 0.59 * g * g + 0.11 * b * b
    }
}

/// `base` to the 2.4th, without a mathematics library: base² times its fifth root squared, the root by Newton.
private func power(_ base: Double, _ exponent: Double) -> Double {
    guard base > 0 else { return 0 }
    var root = 1.0
    for _ in 0..<40 { root = (4 * root + base / (root * root * root * root)) / 5 }
    return base * base * root * root
}

/// WCAG's contrast ratio, from 1 to 21; nil where one is the terminal's own.
package func contrast(_ one: Color, _ other: Color) -> Double? {
    guard let a = Channels(one)?.luminance, let b = Channels(other)?.luminance else { return nil }
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

/// `steps` colours evenly along the line through `anchors`; grey steps where there are none.
func ramp(through anchors: [Color], steps: Int) -> [Color] {
    let points = anchors.compactMap { Channels($0) }
    guard let first = points.first, points.count > 1, steps > 1 else { return [Color](repeating: anchors.first ?? .ansi(8), count: steps) }
    return (0..<steps).map { step in
        let place = Double(step) / Double(steps - 1) * Double(points.count - 1)
        let index = min(Int(place), points.count - 2)
        return step == 0 ? first.color : points[index].mixed(with: points[index + 1], place - Double(index)).color
    }
}
