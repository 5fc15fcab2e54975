import CNcurses
import Canvas
import Glibc

/// The terminal while it is ours: takes frames, gives input, and is left as it was found.
///
/// One at a time, used by one thread; only `wake()` may be called by others.
package final class TerminalScreen {
    package private(set) var size: Size
    package let depth: ColorDepth
    package let isUTF8: Bool
    package let isInsideTmux: Bool
    package private(set) var isMouseOn = false

    private let output: Int32
    private let input: Int32
    private let saved: SavedTerminal
    private let wakeDescriptor: Int32
    private let screen: OpaquePointer
    private let window: UnsafeMutablePointer<WINDOW>
    private var painter: Painter
    private var decoder = InputDecoder()
    private var isOpen = true

    /// Takes the terminal over. Standard output must be one; keys come from standard input, or from `/dev/tty` where that is something else.
    package static func open(color: ColorChoice = .auto, mouse: Bool = true) throws(TerminalFailure) -> TerminalScreen {
        guard isatty(1) == 1 else { throw .notATerminal }
        let input = isatty(0) == 1 ? dup(0) : Glibc.open("/dev/tty", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .notATerminal }
        let environment = TerminalEnvironment.current
        prepareLocale()
        let wake = dw_open_pipe()
        guard wake >= 0, let saved = SavedTerminal() else { throw .noPipe }
        dw_catch_signals()
        guard let screen = environment.candidates.lazy.compactMap({ dw_newterm($0, saved.tty, input) }).first, let window = dw_stdscr()
        else {
            dw_release_signals()
            dw_free_streams()
            saved.discard()
            throw .unknownTerminal(name: environment.term)
        }
        let opened = TerminalScreen(screen, window, environment, color, input: input, saved: saved, wake: wake)
        opened.enter()
        if mouse { opened.setMouse(true) }
        return opened
    }

    private init(
        _ screen: OpaquePointer, _ window: UnsafeMutablePointer<WINDOW>, _ environment: TerminalEnvironment, _ color: ColorChoice,
        input: Int32,
        saved: SavedTerminal, wake: Int32
    ) {
        self.screen = screen
        self.window = window
        self.input = input
        self.saved = saved
        output = saved.tty
        wakeDescriptor = wake
        isUTF8 = environment.isUTF8
        isInsideTmux = environment.isInsideTmux
        let isDirect = tigetflag("RGB") == 1
        let depth = environment.depth(colors: Int(tigetnum("colors")), isDirect: isDirect, color)
        // Where no colour is wanted, ncurses is not told of any, so that it sends not even resets.
        let hasColors = depth > .monochrome && start_color() == OK && use_default_colors() == OK
        self.depth = hasColors ? depth : .monochrome
        size = Self.measure(saved.tty) ?? Size(columns: Int(getmaxx(window)), rows: Int(getmaxy(window)))
        painter = Painter(
            window: window, depth: self.depth, isUTF8: isUTF8, pairs: ColorPairs(limit: Int(dw_color_pairs()), isDirect: isDirect))
    }

    deinit { close() }

    /// The drawing that suits this terminal where nobody asked for another.
    package var suggestedDrawing: Drawing { TerminalEnvironment.current.suggestedDrawing }

    private func enter() {
        raw()
        noecho()
        nonl()
        keypad(window, true)
        nodelay(window, true)
        set_escdelay(25)
        curs_set(0)
        defineKeys()
        saved.arm()
        send("\u{1b}[?2004h")
    }

    /// Gives the terminal back exactly as it was; what comes after is for the shell to see.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        leave()
        dw_restore()
        delscreen(screen)
        dw_free_streams()
        dw_release_signals()
        saved.discard()
        Glibc.close(input)
    }

    /// The modes of our own first, while the terminal still listens to them on this screen.
    private func leave() {
        send((isMouseOn ? Self.mouseOff : "") + "\u{1b}[?2004l")
        endwin()
    }

    // MARK: - Out

    /// Shows `frame`; only rows that differ from the last are touched, and only what changed in them is sent.
    package func paint(_ frame: Frame) {
        guard isOpen else { return }
        painter.paint(frame)
    }

    /// Paints all of the next frame anew: Ctrl-L.
    package func repaint() {
        clearok(window, true)
        painter.forget()
    }

    /// Lets the program have the mouse, or gives it back to the terminal for selecting text.
    package func setMouse(_ isOn: Bool) {
        guard isOpen, isOn != isMouseOn else { return }
        isMouseOn = isOn
        send(isOn ? Self.mouseOn : Self.mouseOff)
    }

    static let mouseOn = "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h"
    static let mouseOff = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l"

    /// To the clipboard of the person at the terminal: through tmux inside it, else by OSC 52.
    package func copy(_ text: String) -> CopyOutcome {
        if isInsideTmux, case .tmux(let bytes) = Clipboard.copyThroughTmux(text) { return .tmux(bytes: bytes) }
        let count = text.utf8.count
        guard let sequence = Clipboard.sequence(text) else { return .tooLarge(bytes: count, limit: Clipboard.encodedLimit / 4 * 3) }
        writeAll(sequence[...], to: output)
        return .terminal(bytes: count)
    }

    /// Rings, or shows a notice: bytes of `TerminalBytes`.
    package func notify(_ bytes: String) { send(bytes) }

    private func send(_ text: String) { writeAll(Array(text.utf8)[...], to: output) }

    // MARK: - In

    /// Ends a `waitForInput` at once; from any thread.
    package static func wake() { dw_wake() }

    /// What came, in order; waits for it at most for `time`, forever where nil. Empty when the time is over.
    package func waitForInput(for time: Duration? = nil) -> [InputEvent] {
        guard isOpen else { return [.ended(.hangup)] }
        var polled = [pollfd(fd: input, events: Int16(POLLIN), revents: 0), pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        let ready = poll(&polled, 2, time.map(Self.milliseconds) ?? -1)
        guard ready > 0 else { return [] }
        var events: [InputEvent] = []
        if polled[1].revents != 0 { drainWakes(into: &events) }
        if polled[0].revents & Int16(POLLIN) != 0 {
            readKeys(into: &events)
        } else if polled[0].revents != 0 {
            events.append(.ended(.hangup))
        }
        return events
    }

    private static func milliseconds(_ time: Duration) -> Int32 {
        let (seconds, attoseconds) = time.components
        guard seconds >= 0 else { return 0 }
        return Int32(min(seconds, 1_000_000) * 1_000) + Int32((max(attoseconds, 0) + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private func readKeys(into events: inout [InputEvent]) {
        var code: wint_t = 0
        var count = 0
        while count < 100_000 {
            let result = wget_wch(window, &code)
            guard result != ERR else { break }
            count += 1
            for event in decoder.take(UInt32(code), isFunctionKey: result == KEY_CODE_YES) {
                if event == .key(.control("z")) { suspend(into: &events) } else { events.append(event) }
            }
        }
        events += decoder.settle()
        // Readable with nothing to read is the end: the connection is gone.
        if count == 0, Self.isAtEnd(input) { events.append(.ended(.hangup)) }
    }

    private static func isAtEnd(_ descriptor: Int32) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, 0) > 0 else { return false }
        if polled.revents & Int16(POLLHUP | POLLERR) != 0 { return true }
        var waiting: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &waiting) == 0 && waiting == 0
    }

    private func drainWakes(into events: inout [InputEvent]) {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(wakeDescriptor, &bytes, bytes.count)
        guard count > 0 else { return }
        var seen: Set<UInt8> = []
        for byte in bytes[..<count] where seen.insert(byte).inserted { take(signal: Int32(byte), into: &events) }
    }

    private func take(signal: Int32, into events: inout [InputEvent]) {
        switch signal {
        case 0: events.append(.wake)
        case SIGWINCH: resize(into: &events)
        case SIGTSTP: suspend(into: &events)
        case SIGCONT: resume(into: &events)
        case SIGHUP: events.append(.ended(.hangup))
        case SIGINT: events.append(.ended(.interrupt))
        case SIGQUIT: events.append(.ended(.quit))
        default: events.append(.ended(.terminate))
        }
    }

    private func resize(into events: inout [InputEvent]) {
        guard let measured = Self.measure(output), measured != size else { return }
        size = measured
        resizeterm(Int32(max(measured.rows, 1)), Int32(max(measured.columns, 1)))
        painter.forget()
        events.append(.resized(measured))
    }

    private func suspend(into events: inout [InputEvent]) {
        leave()
        saved.applySettings()
        dw_stop_group()
        resume(into: &events)
    }

    /// After `fg`, or after a stop that nobody told us of. The shell may have set the terminal as it likes.
    private func resume(into events: inout [InputEvent]) {
        reset_prog_mode()
        raw()
        noecho()
        nonl()
        send("\u{1b}[?2004h" + (isMouseOn ? Self.mouseOn : ""))
        if let keypadMode = dw_capability("smkx") { send(SavedTerminal.withoutPadding(String(cString: keypadMode))) }
        resize(into: &events)
        repaint()
        if !events.contains(.resumed) { events.append(.resumed) }
    }

    private static func measure(_ descriptor: Int32) -> Size? {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return nil }
        return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    // MARK: - At the start

    /// Crash reports of the runtime wait for a key by default, which a dashboard's user doesn't expect. The runtime reads its settings when a
    /// process begins, so this begins it again with better ones, once, where there would be such reports at all; call it first in `main`, before
    /// threads are made.
    package static func prepareCrashReports() {
        guard dw_reports_crashes() != 0, getenv("SWIFT_BACKTRACE") == nil, isatty(1) == 1 else { return }
        setenv("SWIFT_BACKTRACE", "enable=yes,interactive=no,color=no,warnings=suppressed", 1)
        var arguments = duplicated(CommandLine.arguments)
        execv("/proc/self/exe", &arguments)
        for argument in arguments { free(argument) }
    }

    /// ncurses measures characters by the locale; numbers are written with a point everywhere.
    private static func prepareLocale() {
        setlocale(LC_ALL, "")
        let codeset = nl_langinfo(Int32(CODESET)).map { String(cString: $0) } ?? ""
        if codeset != "UTF-8" { setlocale(LC_ALL, "C.UTF-8") }
        setlocale(LC_NUMERIC, "C")
    }

    private func defineKeys() {
        define_key("\u{1b}[<", Int32(KeyCode.mouse))
        define_key("\u{1b}[200~", Int32(KeyCode.pasteStart))
        define_key("\u{1b}[201~", Int32(KeyCode.pasteEnd))
        for (sequence, number) in KeyCode.functionSequences { define_key("\u{1b}" + sequence, Int32(KeyCode.functionKeys) + Int32(number)) }
        for (place, key) in KeyCode.cursorKeys.enumerated() {
            let isLetter = key.suffix.count == 1
            define_key("\u{1b}[" + key.suffix, Int32(KeyCode.plain) + Int32(place))
            if isLetter { define_key("\u{1b}O" + key.suffix, Int32(KeyCode.plain) + Int32(place)) }
            for modifier in 2...8 {
                let sequence = isLetter ? "1;\(modifier)\(key.suffix)" : "\(key.suffix.dropLast());\(modifier)~"
                define_key("\u{1b}[" + sequence, Int32(KeyCode.modified) + Int32(8 * place + modifier - 1))
            }
        }
    }
}
