import ArgumentParser
import Telemetry
import Terminal

/// Where telemetry comes from; the same on every command that collects.
struct SourceOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Scrape this page of metrics; may be repeated.", valueName: "url"))
    var scrape: [String] = []
    @Option(name: .long, help: ArgumentHelp("Tail the files that match; - is standard input; may be repeated.", valueName: "glob"))
    var logs: [String] = []
    @Option(name: .customLong("otlp-http"), help: ArgumentHelp("Receive OTLP over HTTP here, or off.", valueName: "address"))
    var otlpHTTP: String?
    @Option(name: .customLong("otlp-grpc"), help: ArgumentHelp("Receive OTLP over gRPC here, or off.", valueName: "address"))
    var otlpGRPC: String?
    @Option(name: .long, help: ArgumentHelp("Receive Zipkin spans here, or off.", valueName: "address"))
    var zipkin: String?
    @Option(
        name: .long, help: ArgumentHelp("Read this configuration: dogwatch.yaml, or a prometheus.yml.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?
    @Option(
        name: .long, help: ArgumentHelp("Evaluate the rules of these files; a pattern; may be repeated.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var rules: [String] = []
    @Option(
        name: .long, help: ArgumentHelp("Put a recording or a lone file into the store first; may be repeated.", valueName: "path"),
        completion: .file())
    var load: [String] = []
    @Option(name: .long, help: ArgumentHelp("The budget for everything kept in memory, such as 512MiB.", valueName: "size"))
    var memory: String?
    @Option(name: .long, help: ArgumentHelp("Keep metrics no longer than this, such as 1d, where the memory would.", valueName: "time"))
    var retention: String?
    @Option(name: .long, help: ArgumentHelp("Record what is collected into this folder.", valueName: "folder"), completion: .directory)
    var record: String?
    @Option(name: .long, help: ArgumentHelp("Answer Prometheus's HTTP API here, with /metrics of dogwatch itself.", valueName: "address"))
    var api: String?
}

/// Which rules are evaluated over a recording.
struct RuleOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Evaluate the rules of these files; a pattern; may be repeated.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var rules: [String] = []
    @Option(
        name: .long, help: ArgumentHelp("Take rules, objectives and alerts of this configuration.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?
}

/// How the dashboard looks.
struct LookOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("harbour, paper or beacon, or a theme file.", valueName: "name"))
    var theme: String?
    @Option(name: .long, help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
    var color: ColorChoice = .auto
    @Flag(name: .long, help: "Draw with ASCII characters alone.")
    var ascii = false
    @Option(name: .long, help: ArgumentHelp("How often the screen is brought up to date, such as 1s.", valueName: "time"))
    var refresh: String?
    @Option(name: .long, help: ArgumentHelp("How much time is shown, such as 5m.", valueName: "time"))
    var window: String?
    @Option(
        name: .long,
        help: ArgumentHelp("The view to begin with: overview, map, latency, traces, logs, alerts, metrics, collectors.", valueName: "view"))
    var view: String?
    @Flag(name: .customLong("no-mouse"), help: "Leave the mouse to the terminal.")
    var noMouse = false
}

/// Where `traces`, `logs` and `snapshot` read from.
struct StoredOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Read this recording.", valueName: "path"), completion: .directory)
    var recording: String?
    @Option(
        name: .long, parsing: .upToNextOption, help: ArgumentHelp("Read these files as they lie.", valueName: "path"), completion: .file())
    var file: [String] = []
    @Option(name: .long, help: ArgumentHelp("The budget for everything kept in memory, such as 512MiB.", valueName: "size"))
    var memory: String?
}

/// Lengths of time as Prometheus writes them.
func parseSpan(_ text: String, option: String) throws -> TimeSpan {
    guard let span = TimeSpan(prometheus: text), span > .zero else {
        throw Failure.use("\(option) wants a length of time such as 500ms, 5s or 10m, not \"\(text)\"")
    }
    return span
}
