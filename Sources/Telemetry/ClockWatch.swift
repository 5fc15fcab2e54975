/// Notices that somebody set the wall clock, by a clock that only counts.
package struct ClockWatch: Sendable {
    /// Less than this is a clock that is being steered, and needs no care.
    package static let tolerance = TimeSpan.seconds(2)
    private var last: (wall: Timestamp, monotonic: Int64)?
    package init() {}

    /// How far the wall clock moved beside the time that passed since this was asked last; nil where it just went on.
    /// `monotonic` is in nanoseconds, of a clock that nobody sets; a machine that slept looks like a clock that was set forward.
    package mutating func step(_ wall: Timestamp, monotonic: Int64) -> TimeSpan? {
        defer { last = (wall, monotonic) }
        guard let last else { return nil }
        let step = (wall - last.wall) - .nanoseconds(monotonic &- last.monotonic)
        return step > Self.tolerance || step < .zero - Self.tolerance ? step : nil
    }
}
