import Glibc
import TestKit
import Testing

/// promtool and dogwatch take the same rule files, and the same unit tests pass with both.
@Suite(.enabled(if: Promtool.path != nil && Conformance.isPresent, "needs promtool and ../shared/conformance")) struct PromtoolTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var kind: String
        var expectation: String
        var testDescription: String { file }
    }
    /// But for those on which versions of promtool differ.
    static let cases: [Case] = {
        guard let folder = Conformance.folder else { return [] }
        let text = String(decoding: contents(of: folder + "/rules/INDEX.tsv"), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 3, !Promtool.oddities.contains(fields[0]) else { return nil }
            return Case(file: folder + "/rules/" + fields[0], kind: fields[1], expectation: fields[2])
        }
    }()

    @Test(arguments: cases) func theyAgree(_ asked: Case) {
        let verb = asked.kind == "unit test" ? "test" : "check"
        let theirs = Child([verb, "rules", asked.file], path: Promtool.path ?? "").finish()
        let ours = Run([verb, "rules", asked.file])
        #expect(
            (ours.code == 0) == (theirs.code == 0),
            "dogwatch \(ours.code): \(ours.error)\npromtool \(theirs.code): \(theirs.error)\(theirs.output)")
    }

    @Test func unknownKeysMayBeIgnored() throws {
        let folder = try #require(Conformance.folder) + "/rules/promtool/"
        for (verb, file) in [("check", "rules_extrafields.yml"), ("test", "rules_run_extrafields.yml")] {
            #expect(Run([verb, "rules", folder + file]).code != 0)
            #expect(Run([verb, "rules", "--ignore-unknown-fields", folder + file]).code == 0)
        }
    }
}

enum Promtool {
    static let path: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first { access($0, X_OK) == 0 }
    /// What only newer ones take: names of any characters, functions and keys that came later. What they say of these is in the tests of rule files.
    static let oddities: Set<String> = [
        "promtool/unittest.yml", "promtool/no-test-group-interval.yml", "promtool/start-time-test.yml", "promtool/features.yml",
        "rulefmt/utf-8_lname.good.yaml", "rulefmt/utf-8_annotation.good.yaml", "rulefmt/legacy_validation_annotation.bad.yaml",
    ]
}
