import Telemetry

/// How a program ended.
package enum CommandResult: Hashable, Sendable {
    /// With the first of what it wrote.
    case ended(status: Int32, output: String)
    case killed(signal: Int32)
    case timedOut
    case cannotStart(detail: String)
}

/// Runs programs. May be called from any thread, several at once; waits until the program has ended.
package protocol CommandRunner: Sendable {
    /// `arguments` begin with the program, which is looked for in PATH; `input` is its standard input.
    func run(_ arguments: [String], input: [UInt8], timeout: TimeSpan) -> CommandResult
}
