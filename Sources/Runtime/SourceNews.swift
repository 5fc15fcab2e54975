import Telemetry

/// What there is to tell of the sources where no view shows them: who listens, what goes wrong, what is well again. A sentence each.
///
/// A source that goes on having troubles of many kinds is heard of once in `pause`.
package struct SourceNews {
    package static let pause = TimeSpan.seconds(10)

    private struct Told {
        var health = SourceStatus.Health.waiting
        var error: String?
        var errorTime: Timestamp?
        var time = Timestamp.distantPast
    }
    private var told: [Source: Told] = [:]

    package init() {}

    package mutating func news(of sources: [SourceStatus], at now: Timestamp) -> [String] {
        sources.compactMap { status in
            var told = told[status.source] ?? Told()
            guard let sentence = Self.sentence(status, told, at: now) else { return nil }
            told.health = status.health
            if status.lastErrorTime != told.errorTime { (told.error, told.errorTime) = (status.lastError, status.lastErrorTime) }
            told.time = now
            self.told[status.source] = told
            return "\(status.source.kind.rawValue) \(status.source.name): \(sentence)"
        }
    }

    private static func sentence(_ status: SourceStatus, _ told: Told, at now: Timestamp) -> String? {
        let hasChanged = status.health != told.health
        let isNew = status.lastErrorTime != told.errorTime && (status.lastError != told.error || hasChanged && status.health == .down)
        if let error = status.lastError, isNew, hasChanged || now - told.time >= pause { return error }
        guard hasChanged else { return nil }
        switch (told.health, status.health) {
        case (.down, .up): return "well again"
        case (.waiting, .up) where status.interval == nil: return status.detail.isEmpty ? nil : status.detail
        default: return nil
        }
    }
}
