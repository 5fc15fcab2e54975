import PromQL
import Telemetry

/// One of `slos`: what is good, of what, how much of it, over how long.
///
/// Of metrics, `good` (or `bad`) and `total` are rates or counters in PromQL with `[window]` where the window goes; of spans, searches. A latency objective
/// over spans says `faster_than`.
package struct ServiceLevelObjective: Sendable {
    package enum Indicator: Sendable {
        /// The share of bad things, and how many there are in all, with `[window]` in them.
        case promQL(bad: String, total: String)
        case spans(search: String, bad: String, fields: [String])
    }
    package var name: String
    package var indicator: Indicator
    /// Such as 0.999.
    package var target: Double
    /// The period that the target is about, such as 30d.
    package var window: TimeSpan
    package var labels: [Label]
    package var position: SourcePosition?
    package init(
        name: String, indicator: Indicator, target: Double, window: TimeSpan, labels: [Label] = [], position: SourcePosition? = nil
    ) {
        self.name = name
        self.indicator = indicator
        self.target = target
        self.window = window
        self.labels = labels
        self.position = position
    }

    /// One pair of windows: both must burn faster than the factor. Google's SRE workbook, chapter 5, for a period of 30 days.
    package struct Burn: Hashable, Sendable {
        package var long: TimeSpan
        package var short: TimeSpan
        /// The part of the whole period's budget that is gone when the long window is through.
        package var budget: Double
        package var severity: String
        /// How many times faster than allowed: budget × period ÷ long window.
        package func factor(_ period: TimeSpan) -> Double { budget * period.seconds / long.seconds }
    }
    package static let burns: [Burn] = [
        Burn(long: .minutes(60), short: .minutes(5), budget: 0.02, severity: "critical"),
        Burn(long: .minutes(360), short: .minutes(30), budget: 0.05, severity: "critical"),
        Burn(long: .minutes(1440), short: .minutes(120), budget: 0.10, severity: "warning"),
        Burn(long: .minutes(4320), short: .minutes(360), budget: 0.10, severity: "warning"),
    ]
}

extension String {
    /// With the length of time in the place of each `[window]`, and looked at so much earlier.
    package func replacingWindow(_ span: TimeSpan, offset: TimeSpan? = nil) -> String {
        let range = "[\(span.prometheus)]" + (offset.map { " offset \($0.prometheus)" } ?? "")
        var (out, rest) = ("", self[...])
        while let place = rest.firstRange(of: "[window]") {
            out += rest[..<place.lowerBound] + range
            rest = rest[place.upperBound...]
        }
        return out + rest
    }
}
