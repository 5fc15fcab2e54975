import Glibc
import Telemetry
import Testing

/// The real program on a pseudo-terminal.
@Suite struct DashboardTests {
    private let incident: Incident
    init() throws { incident = try Incident() }

    private func replay(_ options: String..., columns: Int = 120, rows: Int = 36, environment: [String: String] = [:]) -> TerminalSession {
        TerminalSession(["replay", incident.path, "--speed", "max"] + options, columns: columns, rows: rows, environment: environment)
    }

    @Test func theKeysLeadThroughTheIncident() throws {
        let session = replay()
        try #require(session.wait(for: "dogwatch", "replayed", "incident", "payment", "gateway"), "\(session.text)")
        session.type("2")
        #expect(session.wait(for: "gateway", "order", "payment") && session.wait { $0.text.contains("2 Map") }, "\(session.text)")
        session.type("4")
        #expect(session.wait(for: "p99"), "\(session.text)")
        session.type("5")
        try #require(session.wait(for: "POST /checkout"), "\(session.text)")
        session.type("\r")
        #expect(session.wait(for: "authorise-card", "charge"), "the waterfall: \(session.text)")
        session.type("6")
        #expect(session.wait(for: "card refused by acquirer"), "\(session.text)")
        session.type("9")
        #expect(session.wait(for: "127.0.0.1:9100", "payment.log"), "\(session.text)")
        session.type("?")
        #expect(session.wait(for: "Keys of", "Esc closes"), "\(session.text)")
        session.type("\u{1b}")
        #expect(session.wait { !$0.text.contains("Esc closes") }, "\(session.text)")
        session.type("1")
        #expect(session.wait(for: "payment", "gateway"), "\(session.text)")
        session.type("\u{3}")
        #expect(session.waitForEnd() == 0)
        #expect(session.screen.unknown.isEmpty)
    }

    @Test func qLeavesFromTheTopAndNoTraceIsLeftOnTheTerminal() throws {
        let session = replay()
        try #require(session.wait(for: "replayed"), "\(session.text)")
        #expect(session.screen.modes.contains("?1049"), "on a screen of its own")
        session.type("q")
        #expect(session.waitForEnd() == 0)
        expectRestored(session)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT]) func aSignalRestoresTheTerminal(_ signal: Int32) throws {
        let session = replay()
        try #require(session.wait(for: "replayed"), "\(session.text)")
        session.signal(signal)
        #expect(session.waitForEnd() != nil)
        expectRestored(session)
    }

    @Test(arguments: [SIGABRT, SIGSEGV]) func aCrashRestoresTheTerminal(_ signal: Int32) throws {
        let session = replay(environment: ["SWIFT_BACKTRACE": "enable=no"])
        try #require(session.wait(for: "replayed"), "\(session.text)")
        session.signal(signal)
        let code = try #require(session.waitForEnd())
        #expect(code == 128 + signal)
        expectRestored(session)
    }

    @Test func aResizeWhileItLoadsIsFollowed() throws {
        let session = replay(columns: 100, rows: 30)
        session.resize(columns: 80, rows: 24)
        #expect(session.wait(for: "replayed", "payment"), "\(session.text)")
        session.resize(columns: 140, rows: 40)
        #expect(session.wait { $0.lines[39].contains("Enter") && $0.lines[0].contains("mem") }, "\(session.text)")
        session.resize(columns: 40, rows: 10)
        #expect(session.wait(for: "dogwatch needs 60x16"), "\(session.text)")
        session.resize(columns: 120, rows: 36)
        #expect(session.wait(for: "payment", "gateway"), "\(session.text)")
        session.type("q")
        #expect(session.waitForEnd() == 0)
    }

    @Test(arguments: ["xterm", "vt100", "tmux-256color", "linux"]) func itRunsOnTerminalsOfOtherKinds(_ name: String) throws {
        let session = replay(environment: ["TERM": name, "COLORTERM": ""])
        #expect(session.wait(for: "replayed", "payment"), "\(session.text)")
        session.type("q")
        #expect(session.waitForEnd() == 0)
        #expect(session.settingsNow == session.settingsBefore)
    }

    @Test func searchFiltersWhatIsShown() throws {
        let session = replay("--view", "logs")
        try #require(session.wait(for: "card authorised", "card refused"), "\(session.text)")
        session.type("/")
        session.type("level=error\r")
        #expect(session.wait { $0.text.contains("card refused") && !$0.text.contains("card authorised") }, "\(session.text)")
        session.type("\u{3}")
        #expect(session.waitForEnd() == 0)
    }

    @Test func aReplayCutInTheMiddleShowsWhatIsThere() throws {
        try incident.cut()
        let session = replay()
        #expect(session.wait(for: "replayed", "payment"), "\(session.text)")
        session.type("q")
        #expect(session.waitForEnd() == 0)
        #expect(session.sent.contains("dogwatch: "), "told on standard error, after the screen is given back")
    }

    private func expectRestored(_ session: TerminalSession, _ location: SourceLocation = #_sourceLocation) {
        #expect(session.settingsNow == session.settingsBefore, sourceLocation: location)
        #expect(
            session.screen.modes.isDisjoint(with: ["?1049", "?2004", "?1000", "?1002", "?1006", "?1"]), "\(session.screen.modes)",
            sourceLocation: location)
        #expect(session.sent.contains("\u{1b}[?1049l"), sourceLocation: location)
    }
}
