import Synchronization
import Telemetry

/// A clock that shows one time after the other, and then the last for ever.
final class Ticks: Sendable {
    private let times: Mutex<[Timestamp]>
    init(_ times: [Timestamp]) { self.times = Mutex(times) }
    func next() -> Timestamp { times.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .distantPast } }
}
