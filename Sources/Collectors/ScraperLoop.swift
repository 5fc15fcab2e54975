import Telemetry

/// When one target is scraped: at once, then at its own place in each interval, and never while a scrape is under way.
struct ScraperLoop: Equatable, Sendable {
    /// A start so little off its place counts as on it, so that the times of samples are evenly spaced.
    static let tolerance = TimeSpan.milliseconds(2)

    let interval: TimeSpan
    /// From a whole number of intervals since the epoch to the place of this target.
    let offset: TimeSpan
    private(set) var next: Timestamp
    /// When the scrape that is under way was started.
    private(set) var underWay: Timestamp?

    init(interval: TimeSpan, hash: UInt64, from now: Timestamp) {
        self.interval = interval
        offset = .milliseconds(Int64(hash % UInt64(max(1, interval.nanoseconds / 1_000_000))))
        next = now
    }

    /// False where `starts` would be false and change nothing.
    func mayStart(at now: Timestamp) -> Bool { now >= next || next - now > interval + interval }
    /// True when a scrape is to be started now; `underWay` then says as of when.
    mutating func starts(at now: Timestamp) -> Bool {
        // A clock that was set back must not silence the target.
        if next - now > interval + interval { next = place(after: now) }
        guard underWay == nil, now >= next else { return false }
        let nearest = place(after: now - interval - Self.tolerance)
        let places = [nearest, nearest + interval]
        underWay = places.first { abs((now - $0).nanoseconds) <= Self.tolerance.nanoseconds } ?? now
        // Half an interval at least, one and a half at most, also between the first scrape and the first at its place.
        next = place(after: now + TimeSpan(nanoseconds: interval.nanoseconds / 2))
        return true
    }

    mutating func finish(at now: Timestamp) {
        underWay = nil
        // Places that went by meanwhile are left out, not made up for.
        if next < now { next = place(after: now) }
    }

    /// The first place later than `time`.
    private func place(after time: Timestamp) -> Timestamp {
        let step = max(1, interval.nanoseconds / 1_000_000)
        let start = offset.nanoseconds / 1_000_000
        let since = time.milliseconds &- start
        let whole = since >= 0 ? since / step : (since - step + 1) / step
        return Timestamp(milliseconds: (whole &+ 1) &* step &+ start)
    }
}
