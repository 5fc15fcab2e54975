import Disk
import Rules
import Runtime
import Settings
import Telemetry
import TestKit
import Testing

/// Prometheus's own rule files and rule tests, each with the outcome that `promtool` gives.
@Suite(.enabled(if: Conformance.isPresent, "needs ../shared/conformance")) struct RuleConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var kind: String
        var expectation: String
        var testDescription: String { file }
    }
    private static let folder = (Conformance.folder ?? "") + "/rules"
    static let cases: [Case] = {
        guard Conformance.isPresent else { return [] }
        let text = String(decoding: contents(of: folder + "/INDEX.tsv"), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Case(file: fields[0], kind: fields[1], expectation: fields[2])
        }
    }()

    private func rules(_ path: String, interval: TimeSpan = .minutes(1), ignores: Bool = false) -> RuleFile {
        var options = RuleFile.Options()
        options.interval = interval
        options.ignoresUnknownKeys = ignores
        return RuleFile.read(contents(of: path), source: path, options)
    }

    @Test(arguments: cases.filter { $0.kind == "rule file" }) func aRuleFileIsTakenAsThere(_ asked: Case) {
        let path = Self.folder + "/" + asked.file
        let file = rules(path)
        switch asked.expectation {
        // Dogwatch takes every function, and names of any characters.
        case "loads", "loads only with the experimental PromQL features", "error under legacy name validation only":
            #expect(file.errors.isEmpty, "\(file.errors)")
        case "loads with a warning":
            #expect(file.errors.isEmpty)
            #expect(!file.warnings.isEmpty)
        case "error": #expect(!file.errors.isEmpty)
        case "error unless unknown fields are ignored":
            #expect(!file.errors.isEmpty)
            #expect(rules(path, ignores: true).errors.isEmpty)
        default: Issue.record("no meaning for \(asked.expectation)")
        }
    }

    /// The names of the tests that fail; nil where a file can't be read.
    private func failing(_ file: String, ignores: Bool = false) -> [String: [String]]? {
        let path = Self.folder + "/" + file
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let tests = RuleTestFile.read(contents(of: path), source: path, ignoresUnknownKeys: ignores)
        guard tests.errors.isEmpty else { return nil }
        var groups: [RuleGroup] = []
        for pattern in tests.ruleFiles {
            for found in SystemFiles().paths(matching: folder + "/" + pattern) {
                let file = rules(found, interval: tests.evaluationInterval, ignores: ignores)
                guard file.errors.isEmpty else { return nil }
                groups += file.groups
            }
        }
        var failures: [String: [String]] = [:]
        for (number, test) in tests.tests.enumerated() {
            let found = RuleTestRun(tests, groups: groups).run(test)
            if !found.isEmpty { failures[test.name.isEmpty ? "\(number)" : test.name] = found.map(\.message) }
        }
        return failures
    }

    @Test(arguments: cases.filter { $0.kind == "unit test" }) func aUnitTestHasTheOutcomeThatItHasThere(_ asked: Case) {
        let failures = failing(asked.file)
        switch (asked.file.split(separator: "/").last ?? "", asked.expectation) {
        case (_, "all pass"): #expect(failures == [:])
        case (_, "error"): #expect(failures == nil)
        case (_, "pass only when unknown fields are ignored"):
            #expect(failures == nil)
            #expect(failing(asked.file, ignores: true) == [:])
        case ("rules_run.yml", _): #expect(failures.map { Array($0.keys) } == ["wrong test"])
        case ("rules_run_fuzzy.yml", _): #expect(failures.map { Array($0.keys) } == ["wrong fuzzy match"])
        // Each of its four expectations fails.
        case ("failing.yml", _): #expect(failures?.values.joined().count == 4)
        case (_, "fail"): #expect(failures?.isEmpty == false)
        default: Issue.record("no meaning for \(asked.expectation)")
        }
    }
}
