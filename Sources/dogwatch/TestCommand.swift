import ArgumentParser
import Rules
import Runtime
import Settings
import Telemetry

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs unit tests.", discussion: "  dogwatch test rules tests.yml",
        subcommands: [TestRulesCommand.self])
}

struct TestRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Runs unit tests of alerting and recording rules, in the format of promtool test rules.",
        discussion: "  dogwatch test rules tests/*.yml")
    @Argument(help: ArgumentHelp("The files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]
    @Option(name: .customLong("run"), help: ArgumentHelp("Only tests whose name has this in it; may be repeated.", valueName: "text"))
    var only: [String] = []
    @Flag(name: .customLong("ignore-unknown-fields"), help: "Take keys that are not known, with a warning.")
    var ignoresUnknownFields = false

    func run() throws {
        var isBad = false
        for path in files where !(try runFile(path)) { isBad = true }
        if isBad { throw ExitCode(1) }
    }

    /// Whether all holds.
    private func runFile(_ path: String) throws -> Bool {
        let bytes = try RuleFiles.contents(of: path)
        let file = RuleTestFile.read(bytes, source: path, ignoresUnknownKeys: ignoresUnknownFields)
        for warning in file.warnings { StandardError.write("\(warning)\n") }
        for error in file.errors { StandardError.write(caretText(error, bytes) + "\n") }
        guard file.errors.isEmpty, let groups = try groups(of: file, path) else { return false }
        let testRun = RuleTestRun(file, groups: groups)
        var failed = 0
        let tests = file.tests.filter { test in only.isEmpty || only.contains { test.name.contains($0) } }
        for (number, test) in tests.enumerated() {
            let failures = testRun.run(test)
            guard !failures.isEmpty else { continue }
            failed += 1
            let name = test.name.isEmpty ? "test \(number + 1)" : "test \"\(test.name)\""
            for failure in failures {
                let place = failure.position.map { "\(path):\($0.line):\($0.column)" } ?? path
                StandardError.write("\(place): \(name): \(failure.message)\n")
            }
        }
        if failed == 0 {
            StandardOutput.write("\(path): \(tests.count) tests passed\n")
        } else {
            StandardOutput.write("\(path): \(failed) of \(tests.count) tests failed\n")
        }
        return failed == 0
    }

    /// Nil, and told, where a rule file is wrong.
    private func groups(of file: RuleTestFile, _ path: String) throws -> [RuleGroup]? {
        let (paths, unmatched) = RuleFiles.paths(file.ruleFiles, beside: path)
        for pattern in unmatched { StandardError.write("\(path): no file matches \"\(pattern)\" of rule_files\n") }
        var options = RuleFile.Options()
        options.interval = file.evaluationInterval
        options.ignoresUnknownKeys = ignoresUnknownFields
        var groups: [RuleGroup] = []
        var isBad = false
        for rulePath in paths {
            let bytes = try RuleFiles.contents(of: rulePath)
            let rules = RuleFile.read(bytes, source: rulePath, options)
            for warning in rules.warnings { StandardError.write("\(warning)\n") }
            for error in rules.errors { StandardError.write(caretText(error, bytes) + "\n") }
            isBad = isBad || !rules.errors.isEmpty
            groups += rules.groups
        }
        return isBad ? nil : groups
    }
}
