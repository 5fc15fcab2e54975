import Telemetry

/// What mutes what at one moment: the alerts that fire, sorted by what inhibition rules compare, so that asking for many costs little.
struct Inhibitor: Sendable {
    private struct Rule: Sendable {
        var rule: InhibitRule
        /// Sources by the values of the labels that must agree; with each, whether it is a target too.
        var sources: [[String]: [(labels: LabelSet, isTarget: Bool)]] = [:]
    }
    private let rules: [Rule]

    init(_ rules: [InhibitRule], firing: some Sequence<RoutedAlert>) {
        var indexed = rules.map { Rule(rule: $0) }
        for alert in firing {
            for place in indexed.indices where indexed[place].rule.source.match(alert.labels) {
                let rule = indexed[place].rule
                indexed[place].sources[rule.key(of: alert.labels), default: []].append((alert.labels, rule.target.match(alert.labels)))
            }
        }
        self.rules = indexed
    }

    /// Those that mute `labels`. An alert that matches both sides isn't muted by others that do too.
    func sources(of labels: LabelSet) -> [LabelSet] {
        rules.flatMap { entry -> [LabelSet] in
            guard !entry.sources.isEmpty, entry.rule.target.match(labels), let found = entry.sources[entry.rule.key(of: labels)] else {
                return []
            }
            let isBoth = entry.rule.source.match(labels)
            return found.lazy.filter { !(isBoth && $0.isTarget) }.map(\.labels)
        }
    }
    func mutes(_ labels: LabelSet) -> Bool { !sources(of: labels).isEmpty }
}

extension InhibitRule {
    /// A label that is not there agrees with one that is empty.
    fileprivate func key(of labels: LabelSet) -> [String] { equal.map { labels[$0] ?? "" } }
}

/// Why an alert is not told of.
package struct Suppression: Hashable, Sendable {
    package var silencedBy: [String] = []
    package var inhibitedBy: [LabelSet] = []
    package var mutedBy: [String] = []
    package var isSuppressed: Bool { !silencedBy.isEmpty || !inhibitedBy.isEmpty || !mutedBy.isEmpty }
}

/// All that keeps alerts from being told at one moment, for whoever asks about many.
package struct Suppressions: Sendable {
    private let dispatcher: Dispatcher
    private let inhibitor: Inhibitor
    private let now: Timestamp

    init(_ dispatcher: Dispatcher, _ inhibitor: Inhibitor, at now: Timestamp) {
        self.dispatcher = dispatcher
        self.inhibitor = inhibitor
        self.now = now
    }
    package func of(_ labels: LabelSet) -> Suppression {
        var result = Suppression(silencedBy: dispatcher.silences.active(for: labels, at: now))
        result.inhibitedBy = inhibitor.sources(of: labels).sorted { $0.isBefore($1) }
        if let root = dispatcher.configuration.route {
            result.mutedBy = root.matches(labels).flatMap { dispatcher.configuration.muted($0.route, at: now) }
        }
        return result
    }
}

extension NotifyConfiguration {
    /// Names of the time windows because of which a route is silent at `now`.
    func muted(_ route: Route, at now: Timestamp) -> [String] {
        func isInside(_ name: String) -> Bool { timeWindows[name]?.contains { $0.contains(now) } ?? false }
        let muting = route.muteTimes.filter(isInside)
        guard muting.isEmpty, !route.activeTimes.isEmpty, !route.activeTimes.contains(where: isInside) else { return muting }
        return route.activeTimes
    }
}
