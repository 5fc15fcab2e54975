import Telemetry

/// What a standing query knows of its expression: every selector with how far it looks; nil where a step's value depends on more than the samples around it.
struct StandingPlan {
    private(set) var selectors: [SourceRange: (matchers: [LabelMatcher], delay: Int64, before: Int64, after: Int64)] = [:]
    private let planner: Planner
    /// The query's ends move with every refresh; `info` selects series of its own; and where counts and sums alone are asked of histograms, whether one began anew
    /// is told by all samples before it.
    private static let looksFurther: Set<String> = ["start", "end", "info", "histogram_count", "histogram_sum", "histogram_avg"]

    init?(_ expression: Expression, _ planner: Planner) {
        self.planner = planner
        guard add(expression, delay: 0, before: 0) else { return nil }
    }

    private mutating func add(_ expression: Expression, delay: Int64, before: Int64) -> Bool {
        switch expression.node {
        case .number, .string: return true
        case .parentheses(let inner), .negation(let inner), .plus(let inner): return add(inner, delay: delay, before: before)
        case .binary(let binary): return add(binary.left, delay: delay, before: before) && add(binary.right, delay: delay, before: before)
        case .aggregation(let aggregation):
            return add(aggregation.inner, delay: delay, before: before)
                && (aggregation.parameter.map { add($0, delay: delay, before: before) } ?? true)
        case .call(let call):
            if Self.looksFurther.contains(call.function.name) { return false }
            return call.arguments.allSatisfy { add($0, delay: delay, before: before) }
        case .vector(let selector): return add(selector, expression.range, range: nil, delay: delay, before: before)
        case .matrix(let matrix):
            guard let range = try? planner.milliseconds(matrix.range, allowsNegative: false) else { return false }
            return add(matrix.selector, matrix.selectorRange, range: range, delay: delay, before: before)
        case .subquery(let subquery):
            // A bad duration makes the whole query fail, which says so better.
            guard subquery.shift.at == nil, let moment = try? planner.moment(subquery.shift),
                let range = try? planner.milliseconds(subquery.range, allowsNegative: false)
            else { return false }
            return add(subquery.inner, delay: delay &+ moment.offset, before: before &+ range)
        }
    }
    private mutating func add(
        _ selector: VectorSelector, _ place: SourceRange, range: Int64?, delay: Int64, before: Int64
    ) -> Bool {
        guard selector.shift.at == nil, let moment = try? planner.moment(selector.shift), selectors[place] == nil else { return false }
        let lookback = planner.run.lookback
        let extra = range == nil || selector.modifier != nil ? lookback : 0
        let after = selector.modifier == .smoothed ? lookback : 0
        selectors[place] = (selector.matchers, delay &+ moment.offset, before &+ (range ?? 0) &+ extra, after)
        return true
    }
}

/// What a standing query keeps from refresh to refresh beside its answer.
final class StandingState {
    let selections: [SourceRange: StandingSelection]
    /// Groups of series by the place of what is aggregated; good as long as the series are the same.
    var groupings: [SourceRange: Grouping] = [:]
    /// True once the samples of the next steps are kept.
    var isWarm = false
    private(set) var seriesVersion: UInt64 = 0
    /// Kept for the next steps, sixteen bytes each.
    private static let mostSamples = 1_500_000

    init(_ plan: StandingPlan) {
        let limit = Self.mostSamples / max(plan.selectors.count, 1)
        selections = plan.selectors.mapValues {
            StandingSelection($0.matchers, delay: $0.delay, before: $0.before, after: $0.after, limit: limit)
        }
    }
    /// False where series went.
    func select(_ run: Evaluation, windowStart: Int64) throws(QueryError) -> Bool {
        seriesVersion = run.querier.seriesVersion
        groupings = [:]
        for selection in selections.values {
            guard try selection.select(run, windowStart: windowStart) else { return false }
        }
        return true
    }
    func keep(_ run: Evaluation, from first: Int64, _ grid: StepGrid) throws(QueryError) {
        for selection in selections.values { try selection.keep(run, from: first, grid) }
        isWarm = true
    }
    /// The earliest step whose value may have changed; `.max` for none.
    func update(_ run: Evaluation, first: Int64, _ grid: StepGrid) throws(QueryError) -> Int64 {
        var earliest = Int64.max
        for selection in selections.values {
            let time = try selection.update(run, first: first, grid)
            if time != .max { earliest = min(earliest, time &+ selection.delay &- selection.after) }
        }
        return earliest
    }
}
