import Telemetry

/// The moments of a panel: multiples of their step since the epoch, so that a refresh adds moments and moves none.
package struct PanelSteps: Hashable, Sendable {
    package let start: Timestamp
    package let step: TimeSpan
    /// At least 2.
    package let count: Int

    /// Over `window` up to the last whole step at or before `end`, of about `wanted` steps but none under a second.
    package init(over window: TimeSpan, endingAt end: Timestamp, about wanted: Int) {
        let least = max(window.nanoseconds / Int64(max(wanted, 1)), 1)
        let steps: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]
        let seconds = steps.first { $0 * 1_000_000_000 >= least } ?? 86_400
        step = .seconds(seconds)
        let width = seconds * 1000
        let last = end.milliseconds / width * width
        count = max(Int(clamping: window.nanoseconds / step.nanoseconds), 1) + 1
        start = Timestamp(milliseconds: last) - TimeSpan(nanoseconds: step.nanoseconds &* Int64(count - 1))
    }

    package var end: Timestamp { time(count - 1) }
    package var span: TimeSpan { end - start }
    package func time(_ index: Int) -> Timestamp { start + TimeSpan(nanoseconds: step.nanoseconds &* Int64(index)) }
    /// The nearest moment; nil outside.
    package func index(of time: Timestamp) -> Int? {
        let offset = (time - start).nanoseconds
        let half = step.nanoseconds / 2
        guard offset >= -half else { return nil }
        let index = Int(clamping: (offset + half) / step.nanoseconds)
        return index < count ? index : nil
    }
}
