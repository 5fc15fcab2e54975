import PromQL
import Telemetry

extension Expression {
    /// Functions whose value goes with the moment of the evaluation whatever they are asked of.
    private static let momentary: Set<String> = [
        "time", "timestamp", "predict_linear", "start", "end", "step", "range", "minute", "hour", "day_of_week", "day_of_month",
        "day_of_year",
        "days_in_month", "month", "year",
    ]

    /// With `@ time` on every selector and outermost subquery that has none; nil where the value would still go with the moment.
    func pinned(at time: Timestamp) -> Expression? {
        var pinned = self
        switch node {
        case .number, .string: break
        case .parentheses(let inner): return inner.pinned(at: time).map { Expression(.parentheses($0), range) }
        case .negation(let inner): return inner.pinned(at: time).map { Expression(.negation($0), range) }
        case .plus(let inner): return inner.pinned(at: time).map { Expression(.plus($0), range) }
        case .binary(var binary):
            guard let left = binary.left.pinned(at: time), let right = binary.right.pinned(at: time) else { return nil }
            (binary.left, binary.right) = (left, right)
            pinned.node = .binary(binary)
        case .aggregation(var aggregation):
            guard let inner = aggregation.inner.pinned(at: time) else { return nil }
            aggregation.inner = inner
            if let parameter = aggregation.parameter {
                guard let parameter = parameter.pinned(at: time) else { return nil }
                aggregation.parameter = parameter
            }
            pinned.node = .aggregation(aggregation)
        case .call(var call):
            guard !Self.momentary.contains(call.function.name) else { return nil }
            for index in call.arguments.indices {
                // The labels that `info` looks for are not selected at a moment of their own.
                if call.function.name == "info", index == 1 { continue }
                guard let argument = call.arguments[index].pinned(at: time) else { return nil }
                call.arguments[index] = argument
            }
            pinned.node = .call(call)
        case .vector(var selector):
            selector.shift.at = selector.shift.at ?? .time(time)
            pinned.node = .vector(selector)
        case .matrix(var matrix):
            matrix.selector.shift.at = matrix.selector.shift.at ?? .time(time)
            pinned.node = .matrix(matrix)
        case .subquery(var subquery):
            guard subquery.inner.pinned(at: time) != nil else { return nil }
            subquery.shift.at = subquery.shift.at ?? .time(time)
            pinned.node = .subquery(subquery)
        }
        return usesStep || pinned.isMomentary ? nil : pinned
    }

    /// `@ start()` and `@ end()` go with the moment too.
    private var isMomentary: Bool {
        let shift: TimeShift? =
            switch node {
            case .vector(let selector): selector.shift
            case .matrix(let matrix): matrix.selector.shift
            case .subquery(let subquery): subquery.shift
            default: nil
            }
        return shift?.at == .start || shift?.at == .end
    }

    /// `step()` and `range()` in a duration.
    private var usesStep: Bool {
        switch node {
        case .vector, .matrix, .subquery: text.contains("step()") || text.contains("range()")
        default: false
        }
    }
}
