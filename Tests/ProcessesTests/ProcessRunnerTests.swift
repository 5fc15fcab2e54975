import Ports
import Telemetry
import Testing

@testable import Processes

struct ProcessRunnerTests {
    private let runner = ProcessRunner()

    @Test func givesTheInputAndKeepsTheFirstOfTheOutput() {
        #expect(runner.run(["cat"], input: Array("hello".utf8), timeout: .seconds(10)) == .ended(status: 0, output: "hello"))
        let much = [UInt8](repeating: 0x61, count: 1 << 20)
        #expect(runner.run(["cat"], input: much, timeout: .seconds(10)) == .ended(status: 0, output: String(repeating: "a", count: 300)))
    }
    @Test func tellsHowItEnded() {
        #expect(runner.run(["sh", "-c", "echo no >&2; exit 3"], input: [], timeout: .seconds(10)) == .ended(status: 3, output: "no\n"))
        #expect(runner.run(["sh", "-c", "kill -9 $$"], input: [], timeout: .seconds(10)) == .killed(signal: 9))
        guard case .cannotStart(let detail) = runner.run(["/nonexistent/program"], input: [], timeout: .seconds(1)) else {
            return #expect(Bool(false), "it was started")
        }
        #expect(detail.contains("/nonexistent/program"))
        #expect(runner.run([], input: [], timeout: .seconds(1)) == .cannotStart(detail: "there is no program to run"))
    }
    @Test func aProgramThatDoesNotReadIsNoTrouble() {
        let much = [UInt8](repeating: 0x61, count: 1 << 20)
        #expect(runner.run(["true"], input: much, timeout: .seconds(10)) == .ended(status: 0, output: ""))
    }
    @Test func oneThatHangsGoesWithItsChildren() {
        #expect(runner.run(["sh", "-c", "sleep 1000 & sleep 1000"], input: [], timeout: .milliseconds(100)) == .timedOut)
    }
}
