import Canvas
import Glibc

/// What the user asked for on the command line about colour.
package enum ColorChoice: String, Sendable, CaseIterable { case auto, always, never }

/// Why there is no screen.
package enum TerminalFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case notATerminal
    case unknownTerminal(name: String)
    case noPipe

    package var description: String {
        switch self {
        case .notATerminal:
            "the dashboard needs a terminal on its standard output; without one use \"dogwatch serve\", \"dogwatch query\" or \"dogwatch snapshot\""
        case .unknownTerminal(let name):
            "no description of the terminal \"\(name)\", nor of xterm or vt100, is installed; install ncurses-base or set TERM"
        case .noPipe: "no file descriptor is left for the terminal; raise the limit (ulimit -n)"
        }
    }
}

/// The environment, as far as it says something about the terminal; a value, so that its rules can be tested.
package struct TerminalEnvironment: Hashable, Sendable {
    package var term: String
    package var colorTerm: String
    package var hasNoColor: Bool
    package var isForcingColor: Bool
    package var locale: String
    package var isInsideTmux: Bool

    package init(
        term: String, colorTerm: String = "", hasNoColor: Bool = false, isForcingColor: Bool = false, locale: String = "C.UTF-8",
        isInsideTmux: Bool = false
    ) {
        self.term = term
        self.colorTerm = colorTerm
        self.hasNoColor = hasNoColor
        self.isForcingColor = isForcingColor
        self.locale = locale
        self.isInsideTmux = isInsideTmux
    }

    /// This process's own.
    package static var current: TerminalEnvironment {
        func value(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        return TerminalEnvironment(
            term: value("TERM"), colorTerm: value("COLORTERM"), hasNoColor: !value("NO_COLOR").isEmpty,
            isForcingColor: !["", "0"].contains(value("CLICOLOR_FORCE")),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].map(value).first { !$0.isEmpty } ?? "", isInsideTmux: !value("TMUX").isEmpty)
    }

    /// A locale that is not set says nothing against UTF-8, which is what terminals speak today.
    package var isUTF8: Bool {
        let name = locale.lowercased()
        return name.isEmpty || name.contains("utf-8") || name.contains("utf8")
    }

    /// The Linux console has no braille in its font.
    package var suggestedDrawing: Drawing { !isUTF8 ? .ascii : term == "linux" ? .block : .braille }

    private var claimsFullColor: Bool { ["truecolor", "24bit"].contains(colorTerm.lowercased()) }

    /// The descriptions to try, the best first.
    var candidates: [String] {
        var names: [String] = []
        if claimsFullColor, !hasNoColor {
            if term.hasPrefix("tmux") { names.append("tmux-direct") } else if term.hasPrefix("xterm") { names.append("xterm-direct") }
        }
        for name in [term, "xterm-256color", "xterm", "vt100"] where !name.isEmpty && !names.contains(name) { names.append(name) }
        return names
    }

    /// `colors` as terminfo counts them.
    func depth(colors: Int, isDirect: Bool, _ choice: ColorChoice) -> ColorDepth {
        let wants = choice == .always || choice == .auto && (isForcingColor || !hasNoColor)
        guard wants else { return .monochrome }
        if isDirect { return .full }
        switch colors {
        case 256...: return .palette
        case 16...: return .sixteen
        case 8...: return .eight
        default: return .monochrome
        }
    }
}
