import Telemetry

/// Which moment the dashboard shows: the newest, or one that stays.
package struct TimeCursor: Hashable, Sendable {
    /// Nil follows the clock.
    package private(set) var fixed: Timestamp?
    package private(set) var window = TimeSpan.minutes(5)

    package init(window: TimeSpan = .minutes(5), fixed: Timestamp? = nil) {
        self.window = window
        self.fixed = fixed
    }

    /// The windows that `+` and `-` go through.
    package static let windows: [TimeSpan] = [
        .seconds(30), .minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(15), .minutes(30), .minutes(60), .minutes(180),
        .minutes(360), .minutes(720), .minutes(1440),
    ]

    package func now(_ clock: Timestamp) -> Timestamp { fixed.map { min($0, clock) } ?? clock }
    package mutating func toggle(at clock: Timestamp) { fixed = fixed == nil ? clock : nil }
    package mutating func hold(at moment: Timestamp?) { fixed = moment }

    /// A tenth of the window, backwards for a negative `count`; coming up to the clock follows it again.
    package mutating func step(_ count: Int64, clock: Timestamp) {
        let step = TimeSpan(nanoseconds: max(window.nanoseconds / 10, 1_000_000_000))
        let moved = now(clock) + TimeSpan(nanoseconds: step.nanoseconds &* count)
        fixed = moved >= clock ? nil : moved
    }

    package mutating func lengthen() { window = Self.windows.first { $0 > window } ?? window }
    package mutating func shorten() { window = Self.windows.last { $0 < window } ?? window }
    package mutating func setWindow(_ span: TimeSpan) {
        window = min(max(span, .seconds(5)), .minutes(1440))
    }
}
