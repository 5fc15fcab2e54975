import Telemetry

/// The bytes that tell a terminal to ring or to show a notice.
package enum TerminalBytes {
    private static let limit = 300

    /// BEL; OSC 9 (iTerm2, WezTerm, kitty, Windows Terminal); OSC 777 (foot, urxvt, VTE). No control of `text` comes through, and no semicolon, which
    /// would part the fields of OSC 777.
    package static func notice(_ text: String, rings: Bool, osc9: Bool, osc777: Bool) -> String {
        let safe = String(escapingControls(text).prefix(limit)).replacingSemicolons
        return (osc9 ? "\u{1b}]9;\(safe)\u{7}" : "") + (osc777 ? "\u{1b}]777;notify;dogwatch;\(safe)\u{7}" : "") + (rings ? "\u{7}" : "")
    }
}

extension String {
    fileprivate var replacingSemicolons: String { String(map { $0 == ";" ? "," : $0 }) }
}
