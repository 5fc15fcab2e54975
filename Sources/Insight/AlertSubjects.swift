import Store
import Telemetry

/// Which service an alert is about.
package struct AlertSubjects: Sendable {
    private let targets: TargetNames
    private let snapshot: StoreSnapshot

    package init(_ snapshot: StoreSnapshot, at now: Timestamp) {
        self.snapshot = snapshot
        targets = TargetNames(snapshot.metrics, at: now)
    }

    /// What a label says outright; else what the target says of itself; else whatever label has the name of a service that is known by its
    /// traces or logs. Nil where nothing tells.
    package func service(of labels: LabelSet) -> String? {
        for name in ["service", "service_name", "service.name"] {
            if let value = labels[name], !value.isEmpty { return value }
        }
        // What a gateway says of a cluster is about the cluster.
        if let cluster = labels["envoy_cluster_name"], isKnown(cluster) { return cluster }
        if let service = targets.service(of: labels) { return service }
        return ["job", "app", "name"].lazy.compactMap { labels[$0] }.first { !$0.isEmpty && isKnown($0) }
    }
    private func isKnown(_ name: String) -> Bool {
        snapshot.traces.strings.id(of: name) != nil || snapshot.logs.strings.id(of: name) != nil
    }
}
