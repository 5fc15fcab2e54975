import Telemetry

/// A place in a query: UTF-8 offsets, half open.
package struct SourceRange: Hashable, Sendable {
    package var start: Int
    package var end: Int
    package init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }
}

/// What an expression comes to.
package enum ValueType: String, Hashable, Sendable {
    case scalar, string, vector = "instant vector", matrix = "range vector"
}

/// A parsed and type-checked PromQL expression; every node knows its place in the text.
package struct Expression: Hashable, Sendable {
    package var node: Node
    package var range: SourceRange
    package init(_ node: Node, _ range: SourceRange) {
        self.node = node
        self.range = range
    }

    package indirect enum Node: Hashable, Sendable {
        /// `spelling` is kept where it was written as a duration, to print it back.
        case number(Double, spelling: String?)
        case string(String)
        case parentheses(Expression)
        case negation(Expression)
        /// A plus sign before an expression: changes nothing but the printed form.
        case plus(Expression)
        case binary(BinaryExpression)
        case aggregation(Aggregation)
        case call(Call)
        case vector(VectorSelector)
        case matrix(MatrixSelector)
        case subquery(Subquery)
    }

    package var type: ValueType {
        switch node {
        case .number: .scalar
        case .string: .string
        case .parentheses(let inner), .negation(let inner), .plus(let inner): inner.type
        case .binary(let binary): binary.left.type == .scalar && binary.right.type == .scalar ? .scalar : .vector
        case .aggregation, .vector: .vector
        case .call(let call): call.function.result
        case .matrix, .subquery: .matrix
        }
    }
}

/// `left operation right`, with how their series are matched.
package struct BinaryExpression: Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable, CaseIterable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%", power = "^", atan2
        case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
        case and, or, unless
        /// Between native histograms: keeps the observations below or above (experimental).
        case trimUpper = "</", trimLower = ">/"
        package var isComparison: Bool {
            switch self {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
            default: false
            }
        }
        package var isSet: Bool { self == .and || self == .or || self == .unless }
    }
    package enum Cardinality: Hashable, Sendable { case oneToOne, manyToOne, oneToMany, manyToMany }
    /// `on`, `ignoring`, `group_left`, `group_right`, `fill…`.
    package struct Matching: Hashable, Sendable {
        package var cardinality = Cardinality.oneToOne
        /// Of `on` or `ignoring`, as written.
        package var labels: [String] = []
        /// `on`: only `labels` are compared; otherwise all but these.
        package var isOn = false
        /// Labels of the "one" side that `group_left` or `group_right` lists.
        package var include: [String] = []
        /// What stands for a missing partner on that side (experimental `fill`).
        package var fillLeft: Double?
        package var fillRight: Double?
        package init() {}
    }
    package var operation: Operation
    package var left: Expression
    package var right: Expression
    /// `bool` after a comparison: 0 and 1 instead of filtering.
    package var returnsBool: Bool
    /// Nil unless both sides are vectors.
    package var matching: Matching?
    /// Of the operator itself.
    package var operatorRange: SourceRange
    package init(
        _ operation: Operation, _ left: Expression, _ right: Expression, returnsBool: Bool = false, matching: Matching? = nil,
        operatorRange: SourceRange
    ) {
        self.operation = operation
        self.left = left
        self.right = right
        self.returnsBool = returnsBool
        self.matching = matching
        self.operatorRange = operatorRange
    }
}

/// `sum by (…) (…)` and its like.
package struct Aggregation: Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable, CaseIterable {
        case sum, avg, min, max, count, group, stddev, stdvar, topk, bottomk, quantile
        case countValues = "count_values", limitk, limitRatio = "limit_ratio"
        package var takesParameter: Bool {
            switch self {
            case .topk, .bottomk, .quantile, .countValues, .limitk, .limitRatio: true
            default: false
            }
        }
        package var isExperimental: Bool { self == .limitk || self == .limitRatio }
    }
    package var operation: Operation
    package var inner: Expression
    package var parameter: Expression?
    /// Of `by` or `without`.
    package var grouping: [String]
    package var isWithout: Bool
    package init(
        _ operation: Operation, _ inner: Expression, parameter: Expression? = nil, grouping: [String] = [], isWithout: Bool = false
    ) {
        self.operation = operation
        self.inner = inner
        self.parameter = parameter
        self.grouping = grouping
        self.isWithout = isWithout
    }
}

package struct Call: Hashable, Sendable {
    package var function: Function
    package var arguments: [Expression]
    package init(_ function: Function, _ arguments: [Expression]) {
        self.function = function
        self.arguments = arguments
    }
}

/// Moves the evaluation time: `@`, then `offset`.
package struct TimeShift: Hashable, Sendable {
    package enum At: Hashable, Sendable { case time(Timestamp), start, end }
    package var at: At?
    package var offset: DurationExpression
    package init(at: At? = nil, offset: DurationExpression = .constant(.zero)) {
        self.at = at
        self.offset = offset
    }
}

/// A length of time: written out, or (experimental) an arithmetic of durations that may use `step()` and `range()`.
package indirect enum DurationExpression: Hashable, Sendable {
    case constant(TimeSpan)
    /// Seconds; the scalar expression holds numbers, `+ - * / % ^`, `step()`, `range()`, `min_of`, `max_of` only.
    case computed(Expression)
}

package struct VectorSelector: Hashable, Sendable {
    /// The name before the braces; nil where there is none. Also among the matchers.
    package var name: String?
    /// `__name__` among them.
    package var matchers: [LabelMatcher]
    package var shift: TimeShift
    package enum Extension: String, Hashable, Sendable { case anchored, smoothed }
    /// Experimental; of the vector (`smoothed`) or of the range around it.
    package var modifier: Extension?
    package init(name: String?, matchers: [LabelMatcher], shift: TimeShift = TimeShift(), modifier: Extension? = nil) {
        self.name = name
        self.matchers = matchers
        self.shift = shift
        self.modifier = modifier
    }
}

/// `selector[range]`; the shift stands with the selector.
package struct MatrixSelector: Hashable, Sendable {
    package var selector: VectorSelector
    package var selectorRange: SourceRange
    package var range: DurationExpression
    package init(_ selector: VectorSelector, selectorRange: SourceRange, range: DurationExpression) {
        self.selector = selector
        self.selectorRange = selectorRange
        self.range = range
    }
}

/// `expression[range:step]`.
package struct Subquery: Hashable, Sendable {
    package var inner: Expression
    package var range: DurationExpression
    /// Nil: the default resolution.
    package var step: DurationExpression?
    package var shift: TimeShift
    package init(_ inner: Expression, range: DurationExpression, step: DurationExpression?, shift: TimeShift = TimeShift()) {
        self.inner = inner
        self.range = range
        self.step = step
        self.shift = shift
    }
}
