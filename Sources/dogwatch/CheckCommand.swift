import ArgumentParser
import Canvas
import Telemetry

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says what is wrong with a file, with line and column.",
        discussion: """
              dogwatch check config dogwatch.yaml
              dogwatch check rules rules/*.yml
              dogwatch check theme themes/harbour.theme
              curl -s http://127.0.0.1:9100/metrics | dogwatch check metrics
            """,
        subcommands: [CheckConfigCommand.self, CheckRulesCommand.self, CheckMetricsCommand.self, CheckThemeCommand.self])
}

struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "config", abstract: "Checks dogwatch.yaml or prometheus.yml.")
    @Argument(help: ArgumentHelp("The files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    func run() throws {
        var isBad = false
        for file in files {
            let reading = try Plan.readConfiguration(file, Parts.files)
            for warning in reading.warnings { StandardError.write("\(warning)\n") }
            for error in reading.errors { StandardError.write("\(error)\n") }
            if reading.errors.isEmpty { StandardOutput.write("\(file): fine\n") } else { isBad = true }
        }
        if isBad { throw ExitCode(1) }
    }
}

struct CheckThemeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "theme", abstract: "Checks theme files.")
    @Argument(help: ArgumentHelp("The files.", valueName: "file"), completion: .file(extensions: ["theme"]))
    var files: [String]

    func run() throws {
        var isBad = false
        for file in files {
            let bytes: [UInt8]
            do {
                bytes = try Parts.files.contents(of: file, limit: ByteCount(1 << 20))
            } catch {
                throw Failure.use("\(file): \(error.detail).")
            }
            let faults = ThemeFile.parse(String(decoding: bytes, as: UTF8.self)).faults
            for fault in faults { StandardError.write("\(file):\(fault.line):\(fault.column): \(fault.message)\n") }
            if faults.isEmpty { StandardOutput.write("\(file): fine\n") } else { isBad = true }
        }
        if isBad { throw ExitCode(1) }
    }
}
