/// The themes that are built in. To add one, put its file into `themes/` and its line here.
package enum ThemeCatalog {
    private static let sources: [[UInt8]] = [
        PackageResources.harbour_theme,
        PackageResources.paper_theme,
        PackageResources.beacon_theme,
    ]

    /// All themes, the default one first; the monochrome one last.
    package static let themes: [Theme] =
        sources.compactMap { ThemeFile.parse(String(decoding: $0, as: UTF8.self)).theme } + [.monochrome]

    package static var names: [String] { themes.map(\.name) }
    package static func theme(named name: String) -> Theme? { themes.first { $0.name == name } }
}

extension Theme {
    /// `harbour`.
    package static var standard: Theme { ThemeCatalog.themes.first ?? .monochrome }
}
