import Telemetry

/// A range query that is asked again and again for a window that moves on: after the first time only what is new is worked out.
///
/// The window ends at the last multiple of `step` that isn't after the moment of the refresh. Every answer equals that of the whole query over the same version of
/// the store, but that steps worked out once stay though the store let their samples go since. What can't be continued is asked as a whole.
/// Used by one thread at a time.
package final class StandingQuery {
    package let query: Query
    package let step: TimeSpan
    private let options: QueryOptions
    private let length: Int64
    private let count: Int
    private var state: StandingState?
    private var result = StandingResult()
    private var symbols: Symbols?
    private var grid: StepGrid?

    package init(_ query: Query, span: TimeSpan, step: TimeSpan, options: QueryOptions = .init()) {
        self.query = query
        self.options = options
        length = max(step.nanoseconds / 1_000_000, 1)
        self.step = .milliseconds(length)
        count = Int(min(max(span.nanoseconds / 1_000_000 / length, 0), 1_000_000)) + 1
    }

    /// The window's steps at `time`: what the whole query would be asked for.
    package func window(at time: Timestamp) -> (from: Timestamp, through: Timestamp) {
        let grid = steps(at: time)
        return (Timestamp(milliseconds: grid.start), Timestamp(milliseconds: grid.end))
    }
    private func steps(at time: Timestamp) -> StepGrid {
        let end = floorDivide(StepGrid.clamp(time), length) &* length
        return StepGrid(start: end &- Int64(count - 1) &* length, step: length, count: count)
    }

    /// The answer for the window that ends at `time`; statistics are of the work that was done.
    package func refresh(at time: Timestamp, over querier: some Querier) throws(QueryError) -> QueryAnswer {
        let next = steps(at: time)
        do {
            if let answer = try proceed(to: next, querier) { return answer }
            return try begin(next, querier)
        } catch {
            state = nil
            throw error
        }
    }

    /// The whole query.
    private func begin(_ next: StepGrid, _ querier: some Querier) throws(QueryError) -> QueryAnswer {
        state = nil
        let run = Evaluation(querier, options, bounds: next, end: next.end, step: length)
        guard query.expression.type == .vector || query.expression.type == .scalar,
            let plan = StandingPlan(query.expression, Planner(run: run))
        else {
            let (from, through) = (Timestamp(milliseconds: next.start), Timestamp(milliseconds: next.end))
            return try query.range(from: from, through: through, step: step, over: querier, options: options)
        }
        let fresh = StandingState(plan)
        _ = try fresh.select(run, windowStart: next.start)
        run.standing = fresh
        result = StandingResult()
        try QueryRun(run).extend(&result, query.expression, next)
        try fresh.keep(run, from: firstNeeded(next), next)
        (state, symbols, grid) = (fresh, run.symbols, next)
        return result.answer(run, next)
    }
    /// The last steps may have to be worked out again, for samples come after their time.
    private func firstNeeded(_ grid: StepGrid) -> Int64 { grid.end &- 2 &* length }

    /// Goes on from the window before; nil where that isn't possible.
    private func proceed(to next: StepGrid, _ querier: some Querier) throws(QueryError) -> QueryAnswer? {
        guard let state, let grid, let symbols, next.end >= grid.end, next.start <= grid.end else { return nil }
        guard let going = Symbols(querier, continuing: symbols) else { return nil }
        let run = Evaluation(querier, options, bounds: next, end: next.end, step: length, symbols: going)
        if querier.seriesVersion != state.seriesVersion {
            guard try state.select(run, windowStart: next.start) else { return nil }
        }
        let changed = try state.update(run, first: firstNeeded(next), next)
        let dirty = max(min(changed, grid.end &+ length), next.start)
        // The first step at or after that moment.
        let first = (floorDivide(dirty &- 1, length) &+ 1) &* length
        run.standing = state
        result.cut(before: next.start, from: first)
        if first <= next.end {
            try QueryRun(run).extend(&result, query.expression, StepGrid(start: first, through: next.end, step: length))
        }
        (self.symbols, self.grid) = (going, next)
        if result.isOvergrown { self.state = nil }
        return result.answer(run, next)
    }
}
