import PromQL
import TestKit

/// Writes queries of every kind that there is, well typed, from a seed.
struct RandomQuery {
    private var seeded: Seeded
    /// Spaces where none are needed, comments, odd cases of keywords.
    var isUntidy = true

    init(_ seed: UInt64) { seeded = Seeded(seed) }

    mutating func query() -> String {
        switch below(8) {
        case 0: scalar(4)
        case 1: matrix(3)
        case 2: string()
        default: vector(5)
        }
    }

    // MARK: Choosing

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &seeded) }
    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    private mutating func gap() -> String { isUntidy ? pick(["", "", " ", "  ", "\n", " # x\n"]) : "" }
    /// Inside brackets, where no comment may stand.
    private mutating func blank() -> String { isUntidy ? pick(["", "", " ", "\t\n"]) : "" }
    private mutating func word(_ word: String) -> String { isUntidy && chance(10) ? word.uppercased() : word }

    // MARK: Leaves

    private mutating func number() -> String {
        pick([
            "0", "1", "2.5", ".5", "1e3", "1_000", "0x1F", "Inf", "NaN", "5m", "1h30m", "1w", "250ms", "1e-7", "123456789012345678901",
            "1e300",
        ])
    }
    private mutating func string() -> String {
        pick(["\"a\"", "'b\\'c'", "`d\\e`", "\"\\u00e9\\n\\x7f\"", "\"\\\"\"", "\"\u{1F415}\"", "''"])
    }
    private mutating func label() -> String { pick(["a", "job", "le", "__name__", "sum", "by", "on"]) }
    private mutating func labels() -> String {
        let names = (0..<below(3)).map { _ in chance(20) ? "\"x.y\"" : label() }
        return "(" + gap() + names.joined(separator: "," + gap()) + (!names.isEmpty && chance(20) ? "," : "") + ")"
    }
    private mutating func duration() -> String { pick(["5m", "1h", "90s", "1d", "7d", "1w", "365d", "30", "1.5", "0.0001", "0x10"]) }

    private mutating func matcher() -> String {
        if chance(10) { return "\"quoted.name\"" }
        let name = chance(15) ? "\"l.m\"" : pick(["a", "job", "le"])
        return name + gap() + pick(["=", "!=", "=~", "!~"]) + gap() + pick(["\"x\"", "'.+'", "`y|z`", "\"\""])
    }
    /// A selector without range or shift.
    private mutating func selector() -> String {
        let name = pick(["up", "a:b", "sum", "offset", "http_requests_total", "step", "fill"])
        let matchers = (0..<below(3)).map { _ in pick(["a=\"x\"", "job=~'.+'", "le!=`y`", "\"l.m\"!~\"\""]) }
        switch below(4) {
        case 0: return name
        case 1: return "{" + (["job=\"x\""] + (0..<below(3)).map { _ in matcher() }).joined(separator: ",") + "}"
        default: return name + gap() + "{" + matchers.joined(separator: "," + gap()) + "}"
        }
    }

    private mutating func at() -> String {
        chance(80) ? "" : " @" + gap() + pick(["0", "1.5", "-3", "1609746000", "start()", "end( )", "5m"])
    }
    private mutating func offset() -> String {
        guard chance(30) else { return "" }
        return " " + word("offset") + " " + (chance(40) ? offsetExpression() : pick(["", "-", "+"]) + duration())
    }
    /// The two in any order.
    private mutating func shift() -> String { chance(50) ? at() + offset() : offset() + at() }

    /// In parentheses where an operator behind it would be read as one of durations.
    private mutating func shifted(_ selector: String) -> String {
        let shift = shift()
        return shift.contains("(") || shift.contains("-") ? "(" + selector + shift + ")" : selector + shift
    }

    private mutating func offsetExpression() -> String {
        switch below(5) {
        case 0: "(" + durationExpression(2) + ")" + pick(["", " + 3", "^2"])
        case 1: pick(["-", "+"]) + "(" + durationExpression(2) + ")"
        case 2: pick(["--", "-+", "+-"]) + durationExpression(2)
        case 3: pick(["", "-"]) + pick(["step()", "range()", "max_of(1m, step())"])
        default: duration()
        }
    }
    private mutating func durationExpression(_ depth: Int) -> String {
        guard depth > 0 else { return pick(["step()", "range()", duration(), duration()]) }
        switch below(5) {
        case 0: return durationExpression(depth - 1) + blank() + pick(["+", "-", "*", "^"]) + blank() + durationExpression(depth - 1)
        case 1: return "(" + blank() + durationExpression(depth - 1) + ")"
        case 2: return pick(["-", "+"]) + durationExpression(depth - 1)
        case 3: return pick(["min_of(", "max_of("]) + durationExpression(depth - 1) + ", " + durationExpression(depth - 1) + ")"
        default: return duration()
        }
    }
    /// With a number in it, which must stand before a subquery's colon.
    private mutating func span() -> String { duration() + (chance(70) ? "" : " + (" + durationExpression(2) + ")") }

    // MARK: Expressions

    private mutating func scalar(_ depth: Int) -> String {
        guard depth > 0 else { return number() }
        switch below(7) {
        case 0: return scalar(depth - 1) + gap() + " " + pick(["+", "-", "*", "/", "%", "^", "atan2"]) + " " + gap() + scalar(depth - 1)
        case 1: return scalar(depth - 1) + " " + pick(["==", "<", ">=", "!="]) + " bool " + scalar(depth - 1)
        case 2: return pick(["-", "+", "--"]) + scalar(depth - 1)
        case 3: return "(" + gap() + scalar(depth - 1) + gap() + ")"
        case 4: return "scalar(" + vector(depth - 1) + ")"
        case 5: return pick(["time()", "pi()", "step()", "start()", "min_of(1, 2)"])
        default: return number()
        }
    }

    private mutating func vector(_ depth: Int) -> String {
        guard depth > 0 else { return shifted(selector()) }
        switch below(9) {
        case 0, 1: return binary(depth)
        case 2, 3: return aggregation(depth)
        case 4: return call(depth)
        case 5: return "(" + gap() + vector(depth - 1) + ")"
        case 6: return pick(["-", "+"]) + vector(depth - 1)
        case 7: return shifted(selector() + (chance(20) ? pick([" anchored", " smoothed"]) : ""))
        default: return pick(["rate", "last_over_time", "increase", "absent_over_time"]) + "(" + matrix(depth - 1) + ")"
        }
    }

    private mutating func matrix(_ depth: Int) -> String {
        if depth > 0, chance(40) {
            return "(" + vector(depth - 1) + ")[" + span() + blank() + ":" + (chance(50) ? blank() + span() : "") + "]" + shift()
        }
        return selector() + blank() + "[" + blank() + span() + blank() + "]" + (chance(20) ? " anchored" : "") + shift()
    }

    private mutating func aggregation(_ depth: Int) -> String {
        let operation = pick(Aggregation.Operation.allCases)
        let parameter = !operation.takesParameter ? "" : (operation == .countValues ? string() : scalar(depth - 1)) + ", "
        let body = "(" + parameter + vector(depth - 1) + ")"
        let modifier = word(pick(["by", "without"])) + gap() + labels()
        let name = word(operation.rawValue)
        return pick([name + body, name + " " + modifier + gap() + body, name + body + gap() + " " + modifier])
    }

    private mutating func call(_ depth: Int) -> String {
        switch below(6) {
        case 0: pick(["abs", "sort", "histogram_sum", "timestamp"]) + "(" + vector(depth - 1) + ")"
        case 1: "round(" + vector(depth - 1) + (chance(50) ? ", " + scalar(depth - 1) : "") + ")"
        case 2: "label_replace(" + vector(depth - 1) + ", " + string() + "," + string() + ", " + string() + ", " + string() + ")"
        case 3: "histogram_quantile(" + scalar(depth - 1) + ", " + vector(depth - 1) + ")"
        case 4: "info(" + vector(depth - 1) + (chance(50) ? ", {job=~\".*\"}" : "") + ")"
        default: "label_join(" + vector(depth - 1) + ", 'a', ',', 'b', 'c')"
        }
    }

    private mutating func binary(_ depth: Int) -> String {
        let operation = pick(BinaryExpression.Operation.allCases)
        let (left, right) = (vector(depth - 1), vector(depth - 1))
        var modifiers = operation.isComparison && chance(30) ? " bool" : ""
        let isMatched = chance(40)
        if isMatched { modifiers += " " + word(pick(["on", "ignoring"])) + gap() + labels() }
        if !operation.isSet {
            // `on (a) group_left (a)` would be refused.
            if isMatched, chance(40) {
                modifiers += " " + pick(["group_left", "group_right"]) + pick(["()", " (zone)", right.hasPrefix("(") ? "( )" : ""])
            }
            if chance(20) { modifiers += pick([" fill (1)", " fill_left(-2.5)", " fill_right (Inf) fill_left(0)", " fill_right(5m)"]) }
        }
        return left + " " + word(operation.rawValue) + modifiers + " " + gap() + right
    }
}
