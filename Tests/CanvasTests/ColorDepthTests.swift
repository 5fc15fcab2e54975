import Testing

@testable import Canvas

@Suite struct ColorDepthTests {
    @Test func fullDepthKeepsColors() { #expect(ColorDepth.full.nearest(to: .hex(0x123456)) == .hex(0x123456)) }

    @Test func paletteTakesTheNearestOfCubeAndGreys() {
        #expect(ColorDepth.palette.nearest(to: .hex(0xff0000)) == .indexed(196))
        #expect(ColorDepth.palette.nearest(to: .hex(0x808080)) == .indexed(244))
        #expect(ColorDepth.palette.nearest(to: .hex(0x000000)) == .indexed(16))
    }

    @Test func everyPaletteColorIsNearestToItself() {
        for index in UInt8(16)...255 {
            let mapped = ColorDepth.palette.nearest(to: .hex(paletteValue(index)))
            guard case .indexed(let found) = mapped.kind else { return #expect(Bool(false)) }
            #expect(paletteValue(found) == paletteValue(index))
        }
    }

    @Test func fewColorsKeepTheHue() {
        #expect(ColorDepth.sixteen.nearest(to: .hex(0xff3030)) == .ansi(9))
        #expect(ColorDepth.eight.nearest(to: .hex(0xd01010)) == .ansi(1))
        #expect(ColorDepth.eight.nearest(to: .ansi(12)) == .ansi(4))
    }

    @Test func monochromeHasNoColors() {
        for role in Role.allCases {
            let shown = ColorDepth.monochrome.style(Theme.standard[role])
            #expect(shown.foreground == .standard && shown.background == .standard)
        }
        #expect(ColorDepth.monochrome.style(Theme.standard[.critical]).attributes.contains(.reverse))
        #expect(ColorDepth.monochrome.style(Theme.monochrome[.selection]).attributes.contains(.reverse))
    }

    @Test(arguments: [ColorDepth.eight, .sixteen])
    func nothingVanishesOnItsBackground(depth: ColorDepth) {
        for theme in ThemeCatalog.themes {
            for role in Role.allCases {
                let shown = depth.style(theme[role])
                #expect(shown.background == .standard || shown.foreground != shown.background, "\(theme.name): \(role.rawValue)")
            }
        }
    }
}
