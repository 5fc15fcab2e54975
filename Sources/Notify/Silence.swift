import Telemetry

/// Alerts that match are not told of for a while.
package struct Silence: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case expired, active, pending }
    package var id: String
    package var matchers: [AlertMatcher]
    package var startsAt: Timestamp
    package var endsAt: Timestamp
    package var createdBy: String
    package var comment: String
    package var updatedAt: Timestamp
    package init(
        id: String = "", matchers: [AlertMatcher], startsAt: Timestamp, endsAt: Timestamp, createdBy: String, comment: String,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.createdBy = createdBy
        self.comment = comment
        self.updatedAt = updatedAt
    }

    package func state(at now: Timestamp) -> State { now < startsAt ? .pending : now < endsAt ? .active : .expired }
    package func silences(_ labels: LabelSet, at now: Timestamp) -> Bool { state(at: now) == .active && matchers.match(labels) }
}

/// Why a silence was not taken.
package enum SilenceError: Error, Hashable, Sendable {
    case noMatchers, matchesEverything, endsBeforeStart, endsInPast, unknown(id: String), tooMany(limit: Int)

    package var message: String {
        switch self {
        case .noMatchers: "at least one matcher required"
        case .matchesEverything: "at least one matcher must not match the empty string"
        case .endsBeforeStart: "end time must not be before start time"
        case .endsInPast: "end time can't be in the past"
        case .unknown(let id): "silence \(id) not found"
        case .tooMany(let limit): "there are \(limit) silences already; delete some that are not needed"
        }
    }
}

/// All silences, those that are over too, for a while.
package struct SilenceBook: Sendable {
    package static let limit = 10_000
    /// How long one that is over is kept.
    package static let retention = TimeSpan.minutes(120 * 60)

    package private(set) var silences: [String: Silence] = [:]
    package init(_ silences: [Silence] = []) {
        self.silences = Dictionary(silences.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// Ids of those that silence `labels` now, ascending.
    package func active(for labels: LabelSet, at now: Timestamp) -> [String] {
        silences.isEmpty ? [] : silences.values.filter { $0.silences(labels, at: now) }.map(\.id).sorted()
    }

    /// Takes a new silence, or changes one by its id: in place where only times and words change, else the old one ends and a new one begins.
    /// `makeID` gives ids that were never given before. Returns the id.
    package mutating func set(_ wanted: Silence, at now: Timestamp, makeID: () -> String) throws(SilenceError) -> String {
        var silence = wanted
        guard !silence.matchers.isEmpty else { throw .noMatchers }
        guard silence.matchers.contains(where: { !$0.holds("") }) else { throw .matchesEverything }
        guard silence.endsAt >= silence.startsAt else { throw .endsBeforeStart }
        guard silence.endsAt >= now else { throw .endsInPast }
        silence.updatedAt = now
        if !silence.id.isEmpty {
            guard let known = silences[silence.id] else { throw .unknown(id: silence.id) }
            if canChange(known, to: silence, at: now) {
                silences[silence.id] = silence
                return silence.id
            }
            if known.state(at: now) != .expired { try expire(silence.id, at: now) }
        }
        guard silences.count < Self.limit else { throw .tooMany(limit: Self.limit) }
        silence.startsAt = max(silence.startsAt, now)
        silence.id = makeID()
        silences[silence.id] = silence
        return silence.id
    }
    private func canChange(_ known: Silence, to next: Silence, at now: Timestamp) -> Bool {
        guard known.matchers == next.matchers else { return false }
        switch known.state(at: now) {
        case .active: return known.startsAt == next.startsAt && next.endsAt >= now
        case .pending: return next.startsAt >= now
        case .expired: return false
        }
    }

    package mutating func expire(_ id: String, at now: Timestamp) throws(SilenceError) {
        guard var silence = silences[id] else { throw .unknown(id: id) }
        switch silence.state(at: now) {
        case .expired: return
        case .active: silence.endsAt = now
        case .pending: (silence.startsAt, silence.endsAt) = (now, now)
        }
        silence.updatedAt = now
        silences[id] = silence
    }

    /// Lets go of those that have been over for long.
    mutating func forget(before now: Timestamp) {
        silences = silences.filter { $0.value.endsAt + Self.retention > now }
    }
    package func sorted(at now: Timestamp) -> [Silence] {
        silences.values.sorted { a, b in
            let (left, right) = (a.state(at: now), b.state(at: now))
            return left != right ? left.order < right.order : (a.endsAt, a.id) < (b.endsAt, b.id)
        }
    }
}

extension Silence.State {
    fileprivate var order: Int { self == .active ? 0 : self == .pending ? 1 : 2 }
}
