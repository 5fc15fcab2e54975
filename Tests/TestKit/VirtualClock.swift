import Ports
import Synchronization
import Telemetry

/// A clock that moves when told.
package final class VirtualClock: WatchClock {
    private let time: Mutex<Timestamp>

    package init(_ start: Timestamp = .seconds(1_700_000_000)) { time = Mutex(start) }
    package var now: Timestamp { time.withLock { $0 } }
    package func advance(by span: TimeSpan) { time.withLock { $0 = $0 + span } }
    package func move(to moment: Timestamp) { time.withLock { $0 = moment } }
}
