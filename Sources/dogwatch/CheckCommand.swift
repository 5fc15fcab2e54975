import ArgumentParser
import Canvas
import Settings
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
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks dogwatch.yaml or prometheus.yml, and the rule files it names.")
    @Argument(help: ArgumentHelp("The files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    func run() throws {
        var isBad = false
        for file in files {
            let reading = try Plan.readConfiguration(file, Parts.files)
            for warning in reading.warnings { StandardError.write("\(warning)\n") }
            for error in reading.errors { StandardError.write("\(error)\n") }
            if reading.errors.isEmpty { StandardOutput.write("\(file): fine\n") } else { isBad = true }
            isBad = try !areRulesFine(reading.configuration, file) || isBad
        }
        if isBad { throw ExitCode(1) }
    }

    private func areRulesFine(_ configuration: Configuration, _ file: String) throws -> Bool {
        let (paths, unmatched) = RuleFiles.paths(configuration.ruleFiles, beside: file)
        for pattern in unmatched { StandardError.write("\(file): no file matches \"\(pattern)\" of rule_files\n") }
        // A pattern may stand for files to come; a path without wildcards is one that was mistyped.
        var areFine = unmatched.allSatisfy { $0.contains { "*?[".contains($0) } }
        for path in paths { areFine = try RuleFiles.check(path, RuleFile.Options(configuration)).isFine && areFine }
        return areFine
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
