import Telemetry

/// The time the program goes by: real, replayed or virtual.
package protocol WatchClock: Sendable {
    var now: Timestamp { get }
}
