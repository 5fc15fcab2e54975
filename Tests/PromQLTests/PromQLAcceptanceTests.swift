import Glibc
import TestKit
import Testing

/// Prometheus's own acceptance cases: those of the folder that `DOGWATCH_PROMQL_TESTS` names, or of `../shared/conformance/promql`.
@Suite struct PromQLAcceptanceTests {
    static let folder: String? = {
        if let path = getenv("DOGWATCH_PROMQL_TESTS") { return String(cString: path) }
        return Conformance.folder.map { $0 + "/promql" }
    }()
    /// Experimental cases that are left out, by file, and why.
    static let leftOut = [
        "start_timestamps.test": "experimental, and dogwatch's store keeps no start timestamps of samples"
    ]

    @Test(.enabled(if: folder != nil, "no ../shared/conformance beside the package, and no DOGWATCH_PROMQL_TESTS"))
    func everyCaseComesOutAsInPrometheus() throws {
        let folder = try #require(Self.folder)
        let names = Self.scripts(in: folder)
        #expect(!names.isEmpty, "\(folder) has no *.test")
        var (passed, failed, reruns, leftOut) = (0, 0, 0, 0)
        for name in names {
            let script: AcceptanceScript
            do throws(AcceptanceScript.Fault) {
                script = try AcceptanceScript(String(decoding: contents(of: folder + "/" + name), as: UTF8.self))
            } catch {
                Issue.record("\(name): not read: \(error)")
                failed += 1
                continue
            }
            if let reason = Self.leftOut[name] {
                let count = script.commands.count { if case .evaluate = $0 { true } else { false } }
                print("\(name): \(count) left out: \(reason)")
                leftOut += count
                continue
            }
            let run = AcceptanceRun(script)
            print(
                "\(name): \(run.passed) passed, \(run.failures.count) failed; \(run.reruns) asked again, \(run.rerunFailures.count) failed")
            for failure in run.failures + run.rerunFailures {
                Issue.record("\(name):\(failure.line): \(failure.query): \(failure.problem)")
            }
            passed += run.passed
            failed += run.failures.count
            reruns += run.rerunFailures.count
        }
        print("\(leftOut) left out")
        print("\(passed) passed, \(failed) failed")
        #expect(failed + reruns == 0)
    }

    private static func scripts(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".test") { names.append(name) }
        }
        return names.sorted()
    }
}
