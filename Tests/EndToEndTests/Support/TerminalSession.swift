import Glibc

/// The program on a pseudo-terminal, and what that shows.
final class TerminalSession {
    private let pid: pid_t
    private let master: Int32
    /// Held open so that the terminal's settings can be read after the program has gone.
    private let slave: Int32
    private(set) var screen: ScreenModel
    /// All that was sent to the terminal.
    private(set) var bytes: [UInt8] = []
    let settingsBefore: [UInt8]
    private var code: Int32?

    init(_ arguments: [String], columns: Int = 120, rows: Int = 36, environment: [String: String] = [:]) {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        let name = Self.unlock(master)
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        screen = ScreenModel(columns: columns, rows: rows)
        Self.setSize(master, columns: columns, rows: rows)
        settingsBefore = Self.settings(of: slave)
        var settings = ["TERM": "xterm-256color"]
        settings.merge(environment) { $1 }
        pid = Program.start(Program.path, arguments, environment: settings, ownSession: true) { actions in
            // The first terminal that a session's leader opens is its own.
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
    }
    deinit {
        if code == nil {
            kill(pid, SIGKILL)
            _ = Program.ended(pid, waits: true)
        }
        close(master)
        close(slave)
    }

    var text: String { screen.text }
    var settingsNow: [UInt8] { Self.settings(of: slave) }
    var sent: String { String(decoding: bytes, as: UTF8.self) }

    func type(_ keys: String) {
        let keys = Array(keys.utf8)
        _ = keys.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }
    func resize(columns: Int, rows: Int) {
        screen.resize(columns: columns, rows: rows)
        Self.setSize(master, columns: columns, rows: rows)
    }
    func signal(_ number: Int32) { kill(pid, number) }

    /// Reads on until the screen is as wanted; false where that does not come in time, or the program ends before.
    func wait(until isWanted: (ScreenModel) -> Bool) -> Bool {
        let deadline = Program.now + Program.patience
        while !isWanted(screen) {
            guard Program.now < deadline, readMore(deadline), Program.ended(pid, waits: false).map({ code = $0 }) == nil else {
                return isWanted(screen)
            }
        }
        return true
    }
    func wait(for texts: String...) -> Bool { wait { screen in texts.allSatisfy { screen.text.contains($0) } } }

    /// Waits until the program has ended and all it wrote was read; its exit code, nil where it goes on and on.
    func waitForEnd() -> Int32? {
        let deadline = Program.now + Program.patience
        while code == nil, Program.now < deadline {
            _ = readMore(min(deadline, Program.now + 20_000_000))
            code = Program.ended(pid, waits: false)
        }
        while let more = Program.read(master, nanoseconds: 1_000_000), !more.isEmpty { take(more) }
        return code
    }

    private func readMore(_ deadline: Int64) -> Bool {
        guard let more = Program.read(master, nanoseconds: min(deadline - Program.now, 100_000_000)) else { return false }
        take(more)
        return true
    }
    private func take(_ more: [UInt8]) {
        bytes += more
        screen.feed(more)
    }

    /// Makes the other side ready; its name. As `unlockpt` and `ptsname`, which Swift does not see.
    private static func unlock(_ master: Int32) -> String {
        let (lock, nameOf) = (UInt(0x4004_5431), UInt(0x8004_5430))
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        precondition(
            master >= 0 && ioctl(master, lock, &isLocked) == 0 && ioctl(master, nameOf, &number) == 0, "a pseudo-terminal can be made")
        return "/dev/pts/\(number)"
    }

    private static func setSize(_ descriptor: Int32, columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        precondition(ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0, "a terminal of our own can be resized")
    }
    private static func settings(of descriptor: Int32) -> [UInt8] {
        var settings = termios()
        tcgetattr(descriptor, &settings)
        return withUnsafeBytes(of: &settings) { Array($0) }
    }
}
