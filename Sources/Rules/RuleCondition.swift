import PromQL
import Telemetry

/// What a rule compares with what: the value without the comparison, so that it can be seen while the rule is quiet.
package struct RuleCondition: Sendable {
    package var value: Query
    package var comparison: SignalQuestion.Comparison
    /// A number, or what is worked out anew at each moment.
    package var threshold: Query
    /// Where the threshold is a number.
    package var limit: Double?

    /// Nil where the expression's outermost operation is no comparison of a vector with something.
    package init?(_ query: Query) {
        self.init(of: query.expression)
    }
    private init?(of expression: Expression) {
        guard case .binary(let binary) = Self.stripped(expression).node, !binary.returnsBool else { return nil }
        // What is and-ed to a comparison only lets fewer of it through.
        if binary.operation == .and || binary.operation == .unless {
            self.init(of: binary.left)
            return
        }
        guard let comparison = SignalQuestion.Comparison(rawValue: binary.operation.rawValue)
        else { return nil }
        let (left, right) = (binary.left, binary.right)
        // `5 < x` is `x > 5`.
        if left.type == .scalar, right.type == .vector {
            self.init(right, comparison.mirrored, left)
        } else if left.type == .vector {
            self.init(left, comparison, right)
        } else {
            return nil
        }
    }
    private init(_ value: Expression, _ comparison: SignalQuestion.Comparison, _ threshold: Expression) {
        self.value = Query(value, text: value.text)
        self.comparison = comparison
        self.threshold = Query(threshold, text: threshold.text)
        limit = Self.number(threshold)
    }

    private static func stripped(_ expression: Expression) -> Expression {
        if case .parentheses(let inner) = expression.node { return stripped(inner) }
        return expression
    }
    private static func number(_ expression: Expression) -> Double? {
        switch stripped(expression).node {
        case .number(let value, _): value
        case .negation(let inner): number(inner).map { -$0 }
        case .plus(let inner): number(inner)
        default: nil
        }
    }
}

extension SignalQuestion.Comparison {
    package var mirrored: Self {
        switch self {
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .equal, .notEqual: self
        }
    }
}
