import Testing

@testable import Canvas

@Suite struct ThemeTests {
    @Test func allThemeFilesAreBuiltIn() {
        #expect(ThemeCatalog.names == ["harbour", "paper", "beacon", "monochrome"])
        #expect(Theme.standard.name == "harbour")
    }

    /// What is read must be legible: WCAG AA on the background it stands on.
    @Test(arguments: ThemeCatalog.themes.filter { $0 != .monochrome })
    func textIsLegible(theme: Theme) throws {
        let decoration: Set<Role> = [
            .screen, .faint, .border, .borderFocused, .gaugeTrack, .gridLine, .scrollBar, .scrollThumb, .waterfallTrack, .edge, .gauge,
        ]
        for role in Role.allCases where !decoration.contains(role) {
            #expect(try ratio(theme[role], theme) >= 4.5, "\(theme.name): \(role.rawValue)")
        }
        for style in theme.services + theme.series { #expect(try ratio(style, theme) >= 4.5, "\(theme.name): services and series") }
    }

    @Test(arguments: ThemeCatalog.themes.filter { $0 != .monochrome })
    func whatStandsInSelectedRowsStaysLegible(theme: Theme) throws {
        for role in [Role.text, .strong, .muted, .good, .warn, .bad, .info, .levelInfo, .levelWarn, .levelError] {
            #expect(try ratio(theme[role].overlaid(by: theme[.selection]), theme) >= 4.5, "\(theme.name): \(role.rawValue)")
        }
    }

    @Test(arguments: ThemeCatalog.themes.filter { $0 != .monochrome })
    func heatGrowsSteadily(theme: Theme) {
        #expect(theme.heatColors.count == Theme.heatSteps)
        #expect(Set(theme.heatColors).count == Theme.heatSteps)
    }

    private func ratio(_ style: Style, _ theme: Theme) throws -> Double {
        let ground = theme[.screen].background == .standard ? theme.assumedBackground : theme[.screen].background
        return try #require(
            contrast(
                style.foreground == .standard ? theme.assumedForeground : style.foreground,
                style.background == .standard ? ground : style.background))
    }

    @Test func themesThatKeepTheTerminalsBackgroundPaintNone() {
        for name in ["harbour", "paper", "monochrome"] { #expect(ThemeCatalog.theme(named: name)?[.screen].background == .standard) }
    }

    @Test func faultsHaveTheirPlaceAndAProposal() {
        let (theme, faults) = ThemeFile.parse(
            """
            name = x
            titel = #ffffff
            good = #12345
            bad = rde bold
            warn #ffffff
            series = #ffffff
            services = #ffffff
            heat = #000000 #ffffff
            series = #ffffff
            key =
            """)
        #expect(theme == nil)
        #expect(
            faults == [
                ThemeFault(line: 2, column: 1, message: "unknown role \"titel\"; did you mean \"title\"?"),
                ThemeFault(line: 3, column: 8, message: "\"#12345\" is no colour; write it as #rrggbb"),
                ThemeFault(line: 4, column: 7, message: "unknown colour or attribute \"rde\"; did you mean \"red\"?"),
                ThemeFault(line: 5, column: 6, message: "expected \"=\" after \"warn\""),
                ThemeFault(line: 9, column: 1, message: "\"series\" stands in line 6 already"),
                ThemeFault(line: 10, column: 5, message: "\"key\" has no value"),
            ])
    }

    @Test func anEmptyFileSaysWhatIsMissing() {
        #expect(ThemeFile.parse("").faults.map(\.message).contains("no \"heat = …\" in the file"))
    }

    @Test func aServiceKeepsItsHue() {
        #expect(Theme.standard.service("order") == Theme.standard.service("order"))
        #expect(Set(["order", "payment", "gateway", "cart", "bank"].map { Theme.standard.service($0) }).count >= 3)
    }
}
