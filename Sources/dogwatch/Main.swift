import ArgumentParser
import Glibc
import Telemetry

@main
struct Dogwatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dogwatch",
        abstract: "Watches microservices behind an API gateway, from a terminal.",
        discussion: """
            Metrics are scraped, JSON logs are tailed, spans are received; or a recording is replayed.

              dogwatch --scrape http://127.0.0.1:9901/stats/prometheus --logs '/var/log/shop/*.log'
              dogwatch replay incident/ --speed 10
              dogwatch demo
            """,
        version: Version.text,
        subcommands: [
            WatchCommand.self, ReplayCommand.self, DemoCommand.self, ServeCommand.self, TracesCommand.self, LogsCommand.self,
            QueryCommand.self, AlertsCommand.self, SnapshotCommand.self, CheckCommand.self, TestCommand.self, NotifyCommand.self,
        ],
        defaultSubcommand: WatchCommand.self)

    /// Exit codes: 0 fine, 1 what was asked for does not hold, 2 wrong use.
    static func main() {
        Surroundings.prepareProcess()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            leave(error)
        }
    }

    private static func leave(_ error: any Error) -> Never {
        if let failure = error as? Failure {
            StandardError.write("dogwatch: \(failure.message)\n")
            Glibc.exit(failure.code)
        }
        let code = exitCode(for: error)
        if error is ExitCode { Glibc.exit(code.rawValue) }
        if code.isSuccess {
            // Help, version and completion scripts were asked for.
            StandardOutput.write(fullMessage(for: error) + "\n")
            Glibc.exit(0)
        }
        StandardError.write("dogwatch: \(unknownCommand ?? sentence(message(for: error))) See dogwatch --help.\n")
        Glibc.exit(2)
    }

    /// What to say where the first word is meant as a command and is none; nil where it is one, or an option.
    private static var unknownCommand: String? {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard CommandLine.arguments.count > 1, let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
            !names.contains(word)
        else { return nil }
        let near = nearest(to: word, among: names).map { "did you mean \"\($0)\"?" } ?? "there are \(names.joined(separator: ", "))."
        return "there is no command \"\(word)\"; \(near)"
    }

    private static func sentence(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("?") || text.hasSuffix("!") ? text : text + "."
    }
}

/// Ends the program with a sentence on standard error.
struct Failure: Error {
    var message: String
    var code: Int32
    /// What was asked for does not hold, or can't be done.
    init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
    /// The program was used wrongly.
    static func use(_ message: String) -> Failure { Failure(message, code: 2) }
}

enum Version {
    static let text = "0.1.0"
}

/// Text for scripts and people; never over the dashboard.
enum StandardOutput {
    /// As it is: frames with their colours, scripts of the shell.
    static func write(_ text: String) { writeAll(1, text) }
    /// What was collected: a file or a pipe gets it byte by byte, a terminal with its controls escaped.
    static func writeCollected(_ text: String) { writeAll(1, isatty(1) == 1 ? escapingControls(text, keeping: ["\n"]) : text) }
}
enum StandardError {
    /// Sentences, which may quote anything: controls are escaped.
    static func write(_ text: String) { writeAll(2, escapingControls(text, keeping: ["\n"])) }
}

private func writeAll(_ descriptor: Int32, _ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
