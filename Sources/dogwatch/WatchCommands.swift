import ArgumentParser
import Glibc
import Runtime
import Store
import Telemetry

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "The dashboard on live sources.",
        discussion:
            "  dogwatch --scrape http://127.0.0.1:9901/stats/prometheus --logs '/var/log/shop/*.log'\n  dogwatch --config prometheus.yml --record incident/"
    )
    @OptionGroup var sources: SourceOptions
    @OptionGroup var look: LookOptions

    func run() throws {
        try requireTerminal()
        let collecting = try Collecting(sources)
        let subject = DashboardRun.Subject(name: collecting.subject, mode: { .live }, clock: Parts.clock)
        try DashboardRun.run(
            collecting.engine, subject, look, collecting.plan.interface, collecting.rules.desk, begin: { collecting.start() },
            end: { collecting.stop() })
    }
}

/// Before anything is opened: where there is no terminal, the dashboard has no business.
func requireTerminal() throws {
    guard isatty(1) == 1 else {
        throw Failure.use(
            "the dashboard needs a terminal, and standard output is none; dogwatch serve collects without one, dogwatch snapshot prints one frame, dogwatch logs and traces search."
        )
    }
}

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "The dashboard on a recording, or on any single file it can read.",
        discussion: "  dogwatch replay incident/ --speed 10 --from 5m\n  dogwatch replay trace.json --speed max")
    @Argument(
        help: ArgumentHelp("A recording's folder; or OTLP JSON lines, a Zipkin or Jaeger export, logs, OpenMetrics.", valueName: "path"),
        completion: .file())
    var path: String
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var look: LookOptions

    func run() throws {
        try requireTerminal()
        try Replaying(path, name: path.split(separator: "/").last.map(String.init) ?? path, replay).run(look)
    }
}

struct ReplayOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How fast: 1, 10, …, or max.", valueName: "factor"))
    var speed = "1"
    @Option(name: .long, help: ArgumentHelp("Begin so far into it, such as 4m30s, or at a time of day, 12:04.", valueName: "moment"))
    var from: String?
    @OptionGroup var rules: RuleOptions
    @Option(name: .long, help: ArgumentHelp("The budget for everything kept in memory, such as 512MiB.", valueName: "size"))
    var memory: String?
}

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "The bundled recording, played as if live: the tour, with no network.",
        discussion: "  dogwatch demo\n  dogwatch demo --speed 10 --from 0s")
    @Option(name: .long, help: ArgumentHelp("How fast: 1, 10, …, or max.", valueName: "factor"))
    var speed = "1"
    @Option(name: .long, help: ArgumentHelp("Begin so far into it.", valueName: "time"))
    var from = "3m30s"
    @OptionGroup var look: LookOptions

    static let recording = "checkout-incident"

    func run() throws {
        try requireTerminal()
        guard let path = Bundled.path(Self.recording) else {
            throw Failure(
                "the bundled recording \(Self.recording) was not found beside the program; dogwatch replay PATH plays any recording.")
        }
        var options = ReplayOptions()
        options.speed = speed
        options.from = from
        options.memory = nil
        options.rules = RuleOptions()
        (options.rules.rules, options.rules.config) = ([], nil)
        try Replaying(path, name: Self.recording, options).run(look)
    }
}
