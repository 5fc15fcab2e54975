extension Theme {
    /// With no colours at all: told apart by weight and reversal. Needs no file, so it is there when one is broken.
    package static let monochrome: Theme = {
        let styles = Role.allCases.map { Style(.standard, on: .standard, attributes($0)) }
        let heat = (0..<heatSteps).map { step -> Color in
            let level = UInt8(48 + step * 13)
            return .rgb(level, level, level)
        }
        return Theme(
            name: "monochrome", assumedForeground: .hex(0xd0d0d0), assumedBackground: .hex(0x101010), styles: styles,
            series: [.plain, Style(.standard, on: .standard, .bold), Style(.standard, on: .standard, .dim)], services: [.plain],
            heatColors: heat)
    }()

    private static func attributes(_ role: Role) -> TextAttributes {
        switch role {
        case .selection, .tabActive, .critical, .levelFatal, .match, .toast, .paused: [.reverse]
        case .selectionUnfocused, .headerSorted, .link: [.underline]
        case .title, .strong, .header, .key, .bad, .warn, .levelError, .levelWarn, .criticalPath, .borderFocused, .badge, .filter, .live,
            .replaying, .p99, .edgeStrong, .scrollThumb, .gauge:
            [.bold]
        case .muted, .faint, .border, .unknown, .levelTrace, .levelDebug, .gaugeTrack, .axis, .gridLine, .scrollBar, .waterfallTrack, .edge,
            .placeholder, .keyHint:
            [.dim]
        default: []
        }
    }
}
