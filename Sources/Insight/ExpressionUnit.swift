import PromQL
import Telemetry

/// What the values of an expression are counted in, worked out from the names in it and what is done to them.
package struct ExpressionUnit {
    /// A unit, and how often it is divided by seconds.
    private struct Dimension: Equatable {
        var base: ValueUnit
        var perSecond = 0
        /// Seconds since the epoch, of which only differences are lengths of time.
        var isMoment = false
        /// Times a hundred: a share of it will be in percent.
        var isHundredfold = false
        static let plain = Dimension(base: .plain)
    }
    private let metadata: (String) -> MetricMetadata?

    /// `metadata` is asked for the names of metrics and of their families.
    package init(metadata: @escaping (String) -> MetricMetadata?) { self.metadata = metadata }

    package func unit(of expression: Expression) -> ValueUnit {
        let found = dimension(expression) ?? .plain
        if found.isMoment || found.isHundredfold { return .plain }
        return found.perSecond == 0 ? found.base : found.perSecond == 1 ? found.base.perSecond : .plain
    }

    /// Nil for what takes the unit of what stands beside it.
    private func dimension(_ expression: Expression) -> Dimension? {
        switch expression.node {
        case .number, .string: nil
        case .parentheses(let inner), .negation(let inner), .plus(let inner): dimension(inner)
        case .vector(let selector): dimension(of: selector)
        case .matrix(let matrix): dimension(of: matrix.selector)
        case .subquery(let subquery): dimension(subquery.inner)
        case .aggregation(let aggregation): dimension(aggregation)
        case .call(let call): dimension(call)
        case .binary(let binary): dimension(binary)
        }
    }

    private func dimension(of selector: VectorSelector) -> Dimension {
        let matched = selector.matchers.first { $0.name == LabelSet.nameLabel && $0.operation == .equal }?.value
        guard let name = selector.name ?? matched else { return .plain }
        if name.hasSuffix("_count") || name.hasSuffix("_bucket") { return .plain }
        let told =
            metadata(name)
            ?? ["_total", "_sum"].lazy.compactMap { name.hasSuffix($0) ? metadata(String(name.dropLast($0.count))) : nil }.first
        let isMoment = ["_timestamp_seconds", "_time_seconds", "_created"].contains { name.hasSuffix($0) } && told?.type != .counter
        return Dimension(
            base: ValueUnit(named: MetricEntry(name: name, form: .gauge, metadata: told ?? MetricMetadata()).unit), isMoment: isMoment)
    }

    private func dimension(_ aggregation: Aggregation) -> Dimension? {
        switch aggregation.operation {
        case .count, .group, .countValues, .stdvar: .plain
        default: dimension(aggregation.inner)
        }
    }

    private func dimension(_ call: Call) -> Dimension? {
        let inner = call.arguments.first { $0.type == .vector || $0.type == .matrix }
        switch call.function.name {
        case "rate", "irate", "deriv":
            guard let inner, var found = dimension(inner) else { return .plain }
            found.perSecond += 1
            return found
        case "time", "timestamp": return Dimension(base: .seconds, isMoment: true)
        case "histogram_quantile", "histogram_avg", "histogram_stddev": return inner.map(observed)
        case "histogram_sum": return inner.flatMap(dimension)
        case "histogram_count", "absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "resets", "sgn", "exp",
            "ln",
            "log2", "log10", "stdvar_over_time", "histogram_stdvar", "minute", "hour", "month", "year", "day_of_week", "day_of_month",
            "day_of_year", "days_in_month":
            return .plain
        case "histogram_fraction": return Dimension(base: .ratio)
        default: return inner.flatMap(dimension)
        }
    }

    /// What a histogram's observations are counted in: that of the first metric below, without its rate.
    private func observed(_ expression: Expression) -> Dimension {
        var pending = [expression]
        while let next = pending.popLast() {
            switch next.node {
            case .vector(let selector): return ofObservations(selector)
            case .matrix(let matrix): return ofObservations(matrix.selector)
            case .parentheses(let inner), .negation(let inner), .plus(let inner): pending.append(inner)
            case .subquery(let subquery): pending.append(subquery.inner)
            case .aggregation(let aggregation): pending.append(aggregation.inner)
            case .call(let call): pending += call.arguments.reversed()
            case .binary(let binary): pending += [binary.right, binary.left]
            case .number, .string: break
            }
        }
        return .plain
    }
    private func ofObservations(_ selector: VectorSelector) -> Dimension {
        var base = selector
        if let name = selector.name, name.hasSuffix("_bucket") { base.name = String(name.dropLast(7)) }
        return dimension(of: base)
    }

    // MARK: - Operators

    private func dimension(_ binary: BinaryExpression) -> Dimension? {
        if binary.operation.isComparison, binary.returnsBool { return .plain }
        let (left, right) = (dimension(binary.left), dimension(binary.right))
        switch binary.operation {
        case .multiply: return product(left, right, Self.factor(binary.left) ?? Self.factor(binary.right))
        case .divide: return quotient(left, right)
        case .power, .atan2: return .plain
        case .subtract where left?.isMoment == true && right?.isMoment == true: return Dimension(base: .seconds)
        default: return left ?? right
        }
    }

    private static func factor(_ expression: Expression) -> Double? {
        switch expression.node {
        case .number(let value, _): value
        case .parentheses(let inner): factor(inner)
        default: nil
        }
    }

    private func product(_ left: Dimension?, _ right: Dimension?, _ factor: Double?) -> Dimension? {
        guard let left, let right else {
            guard let one = left ?? right else { return nil }
            if factor == 1 { return one }
            guard factor == 100, !one.isHundredfold else { return .plain }
            if one.base == .ratio, one.perSecond == 0 { return Dimension(base: .percent) }
            return Dimension(base: one.base, perSecond: one.perSecond, isMoment: one.isMoment, isHundredfold: true)
        }
        if right.base == .plain { return Dimension(base: left.base, perSecond: left.perSecond + right.perSecond) }
        return left.base == .plain ? Dimension(base: right.base, perSecond: left.perSecond + right.perSecond) : .plain
    }

    private func quotient(_ left: Dimension?, _ right: Dimension?) -> Dimension? {
        guard let left else { return right == nil ? nil : .plain }
        guard let right else { return .plain }
        if left.isHundredfold {
            return Dimension(base: left.base, perSecond: left.perSecond) == right && right.base != .plain
                ? Dimension(base: .percent) : .plain
        }
        if left == right { return left == .plain ? .plain : Dimension(base: .ratio) }
        return right.base == .plain ? Dimension(base: left.base, perSecond: left.perSecond - right.perSecond) : .plain
    }
}
