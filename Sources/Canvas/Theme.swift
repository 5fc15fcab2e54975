/// How everything looks: a style for each role, and the colours that are counted rather than named.
package struct Theme: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// What the terminal is taken to look like where a colour is the terminal's own: for pictures and for contrast.
    package let assumedForeground: Color
    package let assumedBackground: Color
    private let styles: [Style]
    /// The lines of a chart, in order; as many as a theme gives, at least one.
    package let series: [Style]
    /// The hues services are told apart by; at least one.
    package let services: [Style]
    /// From cold to hot, `heatSteps` of them.
    package let heatColors: [Color]

    package static let heatSteps = 16

    init(
        name: String, assumedForeground: Color, assumedBackground: Color, styles: [Style], series: [Style], services: [Style],
        heatColors: [Color]
    ) {
        self.name = name
        self.assumedForeground = assumedForeground
        self.assumedBackground = assumedBackground
        self.styles = styles
        self.series = series
        self.services = services
        self.heatColors = heatColors
    }

    package var description: String { name }

    package subscript(_ role: Role) -> Style { styles[role.ordinal] }

    /// The `index`-th line of a chart; they come round again.
    package func series(_ index: Int) -> Style { series[Self.wrapped(index, series.count)] }

    /// A service's own hue, the same wherever it is named, in every run.
    package func service(_ name: String) -> Style { services[Self.wrapped(Int(truncatingIfNeeded: stableHash(name)), services.count)] }

    /// The colour of step `0 ..< heatSteps`; 0 is the coldest that is not nothing.
    package func heat(_ step: Int) -> Color { heatColors[min(max(step, 0), heatColors.count - 1)] }

    /// The step for a share from 0 to 1.
    package static func heatStep(_ share: Double) -> Int {
        guard share > 0 else { return 0 }
        return min(Int(min(share, 1) * Double(heatSteps)), heatSteps - 1)
    }

    private static func wrapped(_ index: Int, _ count: Int) -> Int {
        let rest = index % count
        return rest < 0 ? rest + count : rest
    }
}

extension Role {
    /// Its place in `allCases`.
    var ordinal: Int { Self.ordinals[self] ?? 0 }
    private static let ordinals: [Role: Int] = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}

/// FNV-1a with a last stir, as `Hasher` differs from run to run.
func stableHash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (hash ^ hash >> 29) &* 0xbf58_476d_1ce4_e5b9 >> 7
}

/// How something stands, from fine to worst; with a glyph of its own, as nothing is told by colour alone.
package enum Health: Int, Hashable, Sendable, Comparable, CaseIterable {
    case unknown, good, warn, bad, critical

    package static func < (left: Health, right: Health) -> Bool { left.rawValue < right.rawValue }
    package var role: Role {
        switch self {
        case .unknown: .unknown
        case .good: .good
        case .warn: .warn
        case .bad: .bad
        case .critical: .critical
        }
    }
    package func glyph(_ drawing: Drawing) -> Unicode.Scalar {
        switch self {
        case .unknown: drawing.glyphs.unknown
        case .good: drawing.glyphs.good
        case .warn: drawing.glyphs.warn
        case .bad: drawing.glyphs.bad
        case .critical: drawing.glyphs.critical
        }
    }
}
