import Store
import Telemetry

/// Something that became different at a moment.
package struct Change: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case version, restart, targetLost, targetBack, breakerOpened, breakerClosed, limitReached, limitCleared, ejected, readmitted
        case rateLimiting, errorsUp, errorsDown
    }
    package var time: Timestamp
    package var kind: Kind
    /// Nil where nothing tells whose.
    package var service: String?
    /// What it is about beside the service: a version, breaker, cluster or instance.
    package var subject: String
    /// `order: the breaker to payment opened`
    package var sentence: String
    package var isBad: Bool {
        switch kind {
        case .targetLost, .breakerOpened, .limitReached, .ejected, .rateLimiting, .errorsUp, .restart: true
        case .version, .targetBack, .breakerClosed, .limitCleared, .readmitted, .errorsDown: false
        }
    }
}

/// What changed within a window, newest first.
package struct Changes: Sendable {
    package private(set) var all: [Change] = []
    /// More are left out, the oldest first.
    package static let limit = 500

    /// Reads metrics and, given the report of the same window, versions and error shares from its spans.
    package init(_ snapshot: StoreSnapshot, report: ServiceReport? = nil, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp) {
        var found = MetricChanges(snapshot.metrics, over: window, at: now).all
        if let report { found += Self.ofSpans(report) }
        if let service = lens.service { found.removeAll { $0.service != service && $0.subject != service } }
        found.sort { ($1.time, $0.sentence) < ($0.time, $1.sentence) }
        all = Array(found.prefix(Self.limit))
    }

    static func ofSpans(_ report: ServiceReport) -> [Change] {
        report.services.flatMap { newVersions(of: $0, report.buckets) + errorTurns(of: $0, report.buckets) }
    }

    /// Versions whose first request came well after the service's first one in the window.
    private static func newVersions(of row: ServiceRow, _ buckets: TimeBuckets) -> [Change] {
        guard row.versions.count > 1 || row.versions.first.map({ $0.firstSeen > buckets.start.timestamp }) == true,
            let oldest = row.versions.map(\.firstSeen).min()
        else { return [] }
        let settled = oldest + max(.seconds(10), TimeSpan(nanoseconds: buckets.length.nanoseconds / 20))
        return row.versions.filter { $0.firstSeen > settled }.map {
            Change(
                time: $0.firstSeen, kind: .version, service: row.name, subject: $0.version,
                sentence: "\(row.name): version \($0.version) takes requests")
        }
    }

    /// Crossings of the tolerance for failing, up at it and down below half of it, so that it does not flutter.
    private static func errorTurns(of row: ServiceRow, _ buckets: TimeBuckets) -> [Change] {
        var changes: [Change] = []
        var isFailing: Bool?
        let limit = HealthTolerance().failing
        for (index, point) in row.series.enumerated() {
            // A failure among one or two requests says little.
            guard let share = point.errorShare, point.requests >= 5 || point.errors >= 3 else { continue }
            let before = isFailing
            if share >= limit { isFailing = true } else if share < limit / 2 || before == nil { isFailing = false }
            guard let before, let now = isFailing, before != now else { continue }
            changes.append(
                Change(
                    time: buckets.range(of: index).lowerBound.timestamp, kind: now ? .errorsUp : .errorsDown, service: row.name,
                    subject: row.name,
                    sentence: "\(row.name): \(percentText(share)) of requests fail" + (now ? "" : ", healed")))
        }
        return changes
    }
}
