import PromQL
import Telemetry

/// Why a rule has no result this time.
package enum RuleFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case query(QueryError)
    /// Two results are one after the rule's labels were laid over them.
    case sameLabels(String, isAlert: Bool)
    /// More results than the group allows: the limit, how many, of what.
    case limit(Int, Int, String)
    /// Of a rule over logs or traces.
    case search(String)
    case notAVector

    package var description: String {
        switch self {
        case .query(let error): error.description
        case .sameLabels(let labels, let isAlert):
            "vector contains metrics with the same labelset after applying \(isAlert ? "alert" : "rule") labels"
                + (labels.isEmpty ? "" : ": \(labels)")
        case .limit(let limit, let count, let kind): "exceeded limit of \(limit) with \(count) \(kind)"
        case .search(let message): message
        case .notAVector: "rule result is not a vector or scalar"
        }
    }
}
