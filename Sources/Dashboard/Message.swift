import Canvas
import Telemetry

/// What the dashboard is told.
package enum Message: Sendable {
    case input(InputEvent)
    /// The clock moved on.
    case tick(Timestamp)
    /// A view was prepared, for the state that asked for it.
    case prepared(ViewID, any Sendable)
    case facts(ShellFacts)
    case alerting(AlertingFacts)
    /// Each `complete` is answered, but for those that a newer one overtook.
    case completed(Completion?)
    /// Something that was asked for happened, or did not; one sentence.
    case notice(String)
}

/// What the dashboard wants of the world.
package enum Command: Hashable, Sendable {
    /// Prepare the view on show with the newest snapshot.
    case prepare
    case complete(text: String, offset: Int)
    case copy(String)
    case write(path: String, bytes: [UInt8])
    case record(path: String)
    case alerting(AlertingRequest)
    /// Read the configuration again.
    case reload
    case setMouse(Bool)
    case repaint
    case quit
}
