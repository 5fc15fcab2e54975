import Telemetry

/// A node of the routing tree, what it does not say taken over from above.
package struct Route: Sendable {
    package var receiver: String
    package var matchers: [AlertMatcher]
    /// Labels that alerts are grouped by; ascending.
    package var groupBy: [String]
    /// Every label: each alert for itself.
    package var groupsByAll: Bool
    package var continues: Bool
    package var groupWait: TimeSpan
    package var groupInterval: TimeSpan
    package var repeatInterval: TimeSpan
    /// Names of time intervals in which nothing is sent, and outside of which nothing is sent.
    package var muteTimes: [String]
    package var activeTimes: [String]
    package var children: [Route]

    package init(
        receiver: String, matchers: [AlertMatcher] = [], groupBy: [String] = [], groupsByAll: Bool = false, continues: Bool = false,
        groupWait: TimeSpan = .seconds(30), groupInterval: TimeSpan = .minutes(5), repeatInterval: TimeSpan = .minutes(240),
        muteTimes: [String] = [], activeTimes: [String] = [], children: [Route] = []
    ) {
        self.receiver = receiver
        self.matchers = matchers
        self.groupBy = groupBy.sorted()
        self.groupsByAll = groupsByAll
        self.continues = continues
        self.groupWait = groupWait
        self.groupInterval = groupInterval
        self.repeatInterval = repeatInterval
        self.muteTimes = muteTimes
        self.activeTimes = activeTimes
        self.children = children
    }

    /// A route that alerts take, with what tells it from all others.
    package struct Match: Sendable {
        package var route: Route
        /// The matchers from the top down, as in Alertmanager's group keys: `{}/{severity="critical"}`.
        package var key: String
    }

    /// The routes for `labels`: of the children the first that matches, and those behind it as long as it says `continue`; the node itself
    /// where none does.
    package func matches(_ labels: LabelSet) -> [Match] { matches(labels, above: "") }
    private func matches(_ labels: LabelSet, above: String) -> [Match] {
        guard matchers.match(labels) else { return [] }
        let key = above + matchers.text
        var all: [Match] = []
        for child in children {
            let found = child.matches(labels, above: key + "/")
            all += found
            if !found.isEmpty, !child.continues { break }
        }
        return all.isEmpty ? [Match(route: self, key: key)] : all
    }

    /// The labels of the group that an alert belongs to.
    package func groupLabels(of labels: LabelSet) -> LabelSet {
        groupsByAll ? labels : LabelSet(sorted: labels.labels.filter { groupBy.contains($0.name) })
    }
    /// All receivers that are named here or beneath.
    package var receiverNames: Set<String> { children.reduce(into: [receiver]) { $0.formUnion($1.receiverNames) } }
    package var intervalNames: Set<String> { children.reduce(into: Set(muteTimes + activeTimes)) { $0.formUnion($1.intervalNames) } }
}

/// Mutes alerts while certain others fire.
package struct InhibitRule: Sendable {
    package var source: [AlertMatcher]
    package var target: [AlertMatcher]
    /// Labels that must agree; one that both lack agrees.
    package var equal: [String]
    package init(source: [AlertMatcher], target: [AlertMatcher], equal: [String]) {
        self.source = source
        self.target = target
        self.equal = equal
    }
}
