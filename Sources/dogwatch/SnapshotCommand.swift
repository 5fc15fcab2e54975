import ArgumentParser
import Canvas
import Dashboard
import Runtime
import Store
import Telemetry

enum FrameFormat: String, ExpressibleByArgument, CaseIterable { case text, ansi, svg }

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Prints one frame of a view.",
        discussion:
            "  dogwatch snapshot map --recording incident/ --at 5m30s --size 120x36\n  dogwatch snapshot traces --recording incident/ --keys 'e Enter' --format svg > trace.svg"
    )
    @Argument(help: ArgumentHelp("overview, map, latency, traces, logs, alerts, metrics or collectors; or its number.", valueName: "view"))
    var view: String
    @OptionGroup var stored: StoredOptions
    @OptionGroup var rules: RuleOptions
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The moment: so far from the beginning, such as 4m30s, or a time of day. The end where it is not given.", valueName: "moment"))
    var at: String?
    @Option(name: .long, help: ArgumentHelp("Columns by rows.", valueName: "CxR"))
    var size = "120x36"
    @Option(name: .long, help: ArgumentHelp("harbour, paper, beacon, or a theme file.", valueName: "name"))
    var theme: String?
    @Option(name: .long, help: "text, ansi or svg.")
    var format: FrameFormat = .text
    @Option(name: .long, help: ArgumentHelp("How much time is shown, such as 5m.", valueName: "time"))
    var window: String?
    @Option(name: .long, help: ArgumentHelp("Keys to press first, by their names, apart by spaces: 'Down Down Enter'.", valueName: "keys"))
    var keys: String?
    @Option(name: .long, help: ArgumentHelp("What the view is filtered by.", valueName: "search"))
    var search: String?
    @Flag(name: .long, help: "Draw with ASCII characters alone.")
    var ascii = false

    func run() throws {
        let id = try DashboardRun.viewNamed(view)
        let size = try Self.size(size)
        let window = try window.map { try parseSpan($0, option: "--window") } ?? .minutes(5)
        let themes = try DashboardRun.themes(theme)
        let keys = try (keys ?? "").split(separator: " ").map { word in
            guard let key = Key(String(word)) else {
                throw Failure.use("--keys: \"\(word)\" names no key; keys are called q, Enter, PgDn, Ctrl-L and so on.")
            }
            return key
        }
        let stored = try Stored(stored, until: at, rules: RulePlan(rules))
        let state = DashboardState(
            themes: themes, drawing: ascii ? .ascii : .braille, size: size, clock: stored.now, start: id, window: window)
        let name = self.stored.recording ?? self.stored.file.first ?? ""
        var facts = ShellFacts(
            stored.snapshot, subject: name.split(separator: "/").last.map(String.init) ?? "", mode: .live, isRecording: false)
        facts.mode = .replaying(speed: nil, isOver: true)
        let frame = StillDashboard(state, stored.snapshot, facts, alerting: AlertingFacts(stored.rules)).frame(after: keys, search: search)
        switch format {
        case .text: StandardOutput.write(frame.text())
        case .ansi: StandardOutput.write(frame.ansi())
        case .svg: StandardOutput.write(frame.svg(theme: themes.first ?? .standard, title: "dogwatch"))
        }
    }

    static func size(_ text: String) throws -> Size {
        let parts = text.split(separator: "x").map { Int($0) }
        guard parts.count == 2, let columns = parts[0], let rows = parts[1], (1...Size.limit).contains(columns),
            (1...Size.limit).contains(rows)
        else {
            throw Failure.use("--size wants columns and rows such as 120x36, at most \(Size.limit) of each, not \"\(text)\".")
        }
        return Size(columns: columns, rows: rows)
    }
}
