/// One label of a series.
package struct Label: Hashable, Comparable, Sendable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
    package static func < (a: Label, b: Label) -> Bool { (a.name, a.value) < (b.name, b.value) }
}

/// The labels that identify a series, its metric name among them under `__name__`; ascending by name, no name twice.
package struct LabelSet: Hashable, Sendable {
    package let labels: [Label]

    /// Sorts `labels`; of labels with one name the last wins, and empty values are left out, as Prometheus treats them.
    package init(_ labels: [Label]) {
        var unique: [String: String] = [:]
        for label in labels { unique[label.name] = label.value }
        self.labels = unique.filter { !$0.value.isEmpty }.map { Label($0.key, $0.value) }.sorted { $0.name < $1.name }
    }
    /// `labels` must already be ascending by name, unique, with no empty value.
    package init(sorted labels: [Label]) { self.labels = labels }

    package static let nameLabel = "__name__"
    /// The value of label `name`, or nil. Linear; label sets are short.
    package subscript(name: String) -> String? { labels.first { $0.name == name }?.value }
    /// The metric name, or the empty string.
    package var metricName: String { self[Self.nameLabel] ?? "" }
    /// These labels with those of `other` laid over them.
    package func merging(_ other: [Label]) -> LabelSet { LabelSet(labels + other) }
    /// Without the labels named.
    package func removing(_ names: Set<String>) -> LabelSet { LabelSet(sorted: labels.filter { !names.contains($0.name) }) }
}

/// A condition on one label: `= != =~ !~`. Regular expressions are anchored at both ends, as in Prometheus.
package struct LabelMatcher: Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable { case equal = "=", notEqual = "!=", matches = "=~", doesNotMatch = "!~" }
    package var name: String
    package var operation: Operation
    package var value: String
    package init(_ name: String, _ operation: Operation, _ value: String) {
        self.name = name
        self.operation = operation
        self.value = value
    }
}
