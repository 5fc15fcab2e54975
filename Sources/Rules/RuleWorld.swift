import PromQL
import Telemetry

/// What rules read and write: the store, seen through the one who runs them. Used by one thread at a time.
package protocol RuleWorld: AnyObject {
    /// A version that has all that was written here before.
    var querier: any Querier { get }
    /// Rows of a rule over logs or traces at `time`: one for each combination of its fields' values, whether the condition holds for them or not.
    func rows(of question: SignalQuestion, at time: Timestamp) throws(RuleFailure) -> [SignalRow]
    /// The series of `labels`, made if new; nil where there is no room for it.
    func series(for labels: LabelSet) -> SeriesID?
    /// Samples that are refused are left out, and counted by whoever keeps them; gives those of series that are no more.
    @discardableResult func append(_ samples: [RuleSample]) -> Set<SeriesID>
}

/// One result of a rule over logs or traces.
package struct SignalRow: Hashable, Sendable {
    package var labels: LabelSet
    package var value: Double
    package init(labels: LabelSet, value: Double) {
        self.labels = labels
        self.value = value
    }
}

/// A result to keep.
package struct RuleSample: Hashable, Sendable {
    package var series: SeriesID
    package var time: Timestamp
    package var value: PointValue
    package init(_ series: SeriesID, _ time: Timestamp, _ value: PointValue) {
        self.series = series
        self.time = time
        self.value = value
    }
}

/// What all rules are evaluated with.
package struct RuleContext: Sendable {
    package var externalLabels: LabelSet
    package var externalURL: String
    package var options: QueryOptions
    /// `query` in templates looks here; set for the evaluation under way.
    package init(externalLabels: LabelSet = LabelSet([]), externalURL: String = "", options: QueryOptions = .init()) {
        self.externalLabels = externalLabels
        self.externalURL = externalURL
        self.options = options
    }
}
