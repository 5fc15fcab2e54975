import PromQL
import Telemetry

extension PrometheusAPI {
    /// Steps of one range query.
    static let pointLimit: Int64 = 11_000

    func writeInstant(_ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        let limit = try call.form.limit()
        let time = try call.form.time("time") ?? sources.now()
        let budget = try QueryBudget(call, sources)
        let query = try parsed(call)
        let store = sources.store()
        let answer = try budget.run { options throws(QueryError) in try query.instant(at: time, over: store, options: options) }
        finish(answer, query, limit, call, budget, &json, &notes)
    }

    func writeRange(_ call: Call, _ json: inout JSONBytes, _ notes: inout Notes) throws(APIFailure) {
        let limit = try call.form.limit()
        let start = try call.form.requiredTime("start")
        let end = try call.form.requiredTime("end")
        guard end >= start else { throw .parameter("end", "end timestamp must not be before start time") }
        guard let step = try call.form.span("step") else { throw .parameter("step", "cannot parse \"\" to a valid duration") }
        guard step > .zero else {
            throw .parameter("step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        guard (end - start).nanoseconds / step.nanoseconds <= Self.pointLimit else {
            throw APIFailure(
                .badData, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")
        }
        let budget = try QueryBudget(call, sources)
        let query = try parsed(call)
        let type = query.expression.type
        guard type == .scalar || type == .vector else {
            throw .parameter("query", "invalid expression type \"\(type.rawValue)\" for range query, must be Scalar or instant Vector")
        }
        let store = sources.store()
        // Steps count in milliseconds, as in Prometheus; a finer one than that is one.
        let whole = max(step, .milliseconds(1))
        let answer = try budget.run { options throws(QueryError) in
            try query.range(from: start, through: end, step: whole, over: store, options: options)
        }
        finish(answer, query, limit, call, budget, &json, &notes)
    }

    private func parsed(_ call: Call) throws(APIFailure) -> Query {
        do throws(QueryError) { return try Query(call.form["query"] ?? "") } catch { throw .parameter("query", error.description) }
    }

    private func finish(
        _ answer: QueryAnswer, _ query: Query, _ limit: Int?, _ call: Call, _ budget: QueryBudget, _ json: inout JSONBytes,
        _ notes: inout Notes
    ) {
        var value = answer.value
        if value.truncate(to: limit) { notes.warnings.append("results truncated due to limit") }
        notes.warnings += annotationTexts(answer.annotations.warnings, "warning", query.text)
        notes.infos += annotationTexts(answer.annotations.infos, "info", query.text)
        json.raw("{\"resultType\":")
        json.result(value)
        if let wanted = call.form["stats"] {
            json.raw(",\"stats\":")
            json.statistics(answer.statistics, seconds: budget.elapsed.seconds, isPerStep: wanted == "all")
        }
        json.raw("}")
    }

    /// The first ten, as Prometheus says them.
    private func annotationTexts(_ notes: [Annotations.Note], _ kind: String, _ query: String) -> [String] {
        let bytes = Array(query.utf8)
        var texts = notes.prefix(10).map { note in
            let place = SourcePosition(of: note.range.start, in: bytes)
            return "PromQL \(kind): \(note.message) (\(place.line):\(place.column))"
        }
        if notes.count > texts.count { texts.append("\(notes.count - texts.count) more \(kind) annotations omitted") }
        return texts
    }
}

extension QueryValue {
    /// Keeps the first `limit` series; true where that took any away.
    fileprivate mutating func truncate(to limit: Int?) -> Bool {
        guard let limit else { return false }
        switch self {
        case .vector(let series) where series.count > limit: self = .vector(Array(series.prefix(limit)))
        case .matrix(let series) where series.count > limit: self = .matrix(Array(series.prefix(limit)))
        default: return false
        }
        return true
    }
}

/// The time and the options that one query has.
struct QueryBudget: Sendable {
    private let clock: @Sendable () -> Timestamp
    private let began: Timestamp
    private let deadline: Timestamp
    private let isAbandoned: @Sendable () -> Bool
    private var options: QueryOptions

    init(_ call: PrometheusAPI.Call, _ sources: APISources) throws(APIFailure) {
        var timeout = sources.timeout
        if let asked = try call.form.span("timeout") { timeout = min(asked, timeout) }
        options = sources.options
        if let text = call.form["lookback_delta"] {
            do throws(APIFailure) {
                let lookback = try RequestForm.span(text)
                // Zero means "as usual" to Prometheus.
                if lookback > .zero { options.lookback = lookback }
            } catch {
                throw APIFailure(.badData, "error parsing lookback delta duration: \(error.message)")
            }
        }
        options.countsPerStep = call.form["stats"] == "all"
        clock = sources.clock
        began = call.arrived
        deadline = call.arrived + timeout
        isAbandoned = call.isAbandoned
        let (clock, deadline, isAbandoned) = (clock, deadline, isAbandoned)
        options.isCancelled = { isAbandoned() || clock() >= deadline }
    }

    var elapsed: TimeSpan { clock() - began }

    func run(_ body: (QueryOptions) throws(QueryError) -> QueryAnswer) throws(APIFailure) -> QueryAnswer {
        if clock() >= deadline { throw APIFailure(.timeout, "query timed out in query queue") }
        do throws(QueryError) {
            let answer = try body(options)
            // What came too late is nobody's answer any more, even where the evaluation had no occasion to look at the clock.
            if options.isCancelled() { throw QueryError.cancelled }
            return answer
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: QueryError) -> APIFailure {
        switch error {
        case .syntax: .parameter("query", error.description)
        case .execution, .tooManySamples: APIFailure(.execution, error.description)
        case .cancelled:
            isAbandoned()
                ? APIFailure(.canceled, "query was canceled in expression evaluation")
                : APIFailure(.timeout, "query timed out in expression evaluation")
        }
    }
}
