import CNcurses
import Glibc

/// How the terminal was found, and its own descriptor: while the dashboard runs, 1 and 2 lead elsewhere, so that nothing is printed over it.
struct SavedTerminal {
    /// The terminal for writing.
    let tty: Int32
    private let settings: termios
    /// Where 1 and 2 led; -1 where they stay as they are.
    private let oldOutput: Int32
    private let oldError: Int32

    /// Nil where no descriptor is left. Moves nothing yet.
    init?() {
        tty = fcntl(1, F_DUPFD_CLOEXEC, 3)
        var found = termios()
        guard tty >= 0, tcgetattr(tty, &found) == 0 else { return nil }
        settings = found
        oldOutput = fcntl(1, F_DUPFD_CLOEXEC, 3)
        oldError = isatty(2) == 1 ? fcntl(2, F_DUPFD_CLOEXEC, 3) : -1
    }

    /// From now on every end restores the terminal, a crash too.
    func arm() {
        var strings = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l\u{1b}[?2004l"
        for name in ["sgr0", "op", "cnorm", "rmkx", "rmcup"] {
            if let text = dw_capability(name) { strings += Self.withoutPadding(String(cString: text)) }
        }
        var settings = settings
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        // What is said while the dashboard runs, a crash's last words above all, is kept and said when the terminal is back.
        let kept = oldError >= 0 ? dw_open_memory() : -1
        dw_arm_restore(tty, &settings, strings, Int32(strings.utf8.count), oldOutput, oldError, kept)
        if nowhere >= 0, oldOutput >= 0 { dup2(nowhere, 1) }
        if kept >= 0 { dup2(kept, 2) } else if nowhere >= 0, oldError >= 0 { dup2(nowhere, 2) }
        if nowhere >= 0 { close(nowhere) }
    }

    func applySettings() {
        var settings = settings
        tcsetattr(tty, TCSADRAIN, &settings)
    }

    /// Closes what was opened here.
    func discard() { for descriptor in [tty, oldOutput, oldError] where descriptor >= 0 { close(descriptor) } }

    /// Without terminfo's delays, `$<5/>`.
    static func withoutPadding(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "$"), rest[start...].hasPrefix("$<"), let end = rest[start...].firstIndex(of: ">") {
            plain += rest[..<start]
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }
}
