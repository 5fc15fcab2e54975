import Telemetry

/// How a service does, best first; in doubt the worse.
package enum Health: Int, Hashable, Comparable, Sendable, CaseIterable {
    case healthy, idle, unknown, late, degraded, failing
    package static func < (a: Health, b: Health) -> Bool { a.rawValue < b.rawValue }
    package var name: String {
        switch self {
        case .healthy: "healthy"
        case .idle: "idle"
        case .unknown: "no data"
        case .late: "late"
        case .degraded: "degraded"
        case .failing: "failing"
        }
    }
}

/// From which share of errors on a service counts as degraded or failing; Kiali's tolerance for failing.
package struct HealthTolerance: Hashable, Sendable {
    package var degraded: Double
    package var failing: Double
    package init(degraded: Double = 0.01, failing: Double = 0.10) {
        self.degraded = degraded
        self.failing = failing
    }
    package func health(errors: Int, of requests: Int) -> Health {
        guard requests > 0 else { return .idle }
        let share = Double(errors) / Double(requests)
        return share >= failing ? .failing : share >= degraded ? .degraded : .healthy
    }
}

/// What is known of the traffic of a service: none, none any more, or none yet tell different things.
package enum Traffic: Hashable, Sendable {
    case flowing
    /// It is there (its metrics or logs come), and nobody calls it.
    case zero
    /// Spans came, but none for longer than usual; nothing tells whether it is there.
    case late(since: Timestamp)
    /// It never sent a span within the window.
    case noData

    /// Silence for so long is late.
    package static let patience = TimeSpan.seconds(30)
}

/// A share as text with as many digits as matter: `38 %`, `3.1 %`, `0.04 %`; `–` for what is none.
func percentText(_ share: Double) -> String {
    let percent = share * 100
    guard percent.isFinite else { return "–" }
    if percent < 0 { return "-" + percentText(-share) }
    if percent >= 10 || percent == 0 { return (Int(exactly: percent.rounded()).map(String.init) ?? String(percent.rounded())) + " %" }
    let digits = percent >= 0.1 ? 10.0 : 100.0
    let scaled = Int((percent * digits).rounded())
    let fraction = String(scaled % Int(digits))
    return "\(scaled / Int(digits)).\(String(repeating: "0", count: (digits == 10 ? 1 : 2) - fraction.count))\(fraction) %"
}
