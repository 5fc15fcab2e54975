import Ports
import Synchronization
import Telemetry

/// The time of a recording: what a replay goes by instead of the real one.
///
/// While it loads, it stands at the newest arrival. Then it runs, `speed` times as fast as real time, and stops at the end.
package final class ReplayClock: WatchClock {
    private struct State {
        var position: Timestamp
        /// When `position` was true, by the monotonic clock; nil while it loads.
        var runningSince: Int64?
        var end: Timestamp
    }
    private let state: Mutex<State>
    private let speed: Double
    private let monotonic: @Sendable () -> Int64

    package init(start: Timestamp, end: Timestamp, speed: Double, monotonic: @escaping @Sendable () -> Int64 = monotonicNanoseconds) {
        state = Mutex(State(position: start, runningSince: nil, end: end))
        self.speed = speed
        self.monotonic = monotonic
    }

    package var now: Timestamp {
        let time = monotonic()
        return state.withLock { state in
            guard let since = state.runningSince else { return state.position }
            let passed = Double(time &- since) / 1e6 * speed
            return min(state.position + .milliseconds(Int64(min(passed, 1e15))), state.end)
        }
    }

    /// Puts it at `moment`, standing.
    package func stand(at moment: Timestamp) {
        state.withLock {
            $0.position = moment
            $0.runningSince = nil
            $0.end = max($0.end, moment)
        }
    }

    /// Lets it run up to `moment` at least: a file need not tell at its beginning when it ends.
    package func extend(to moment: Timestamp) {
        let reached = now
        state.withLock { state in
            guard moment > state.end else { return }
            // One that was held up at the end goes on from there, and makes up for nothing.
            if state.runningSince != nil, reached == state.end {
                state.position = reached
                state.runningSince = monotonic()
            }
            state.end = moment
        }
    }

    /// Lets it run on from where it stands.
    package func run() {
        let time = monotonic()
        state.withLock { if $0.runningSince == nil { $0.runningSince = time } }
    }

    /// How long until it reads `moment`; zero when it does.
    package func realTime(until moment: Timestamp) -> TimeSpan {
        let left = moment - now
        guard left > .zero else { return .zero }
        return TimeSpan(nanoseconds: Int64(min(Double(left.nanoseconds) / speed, 9e18)))
    }
}
