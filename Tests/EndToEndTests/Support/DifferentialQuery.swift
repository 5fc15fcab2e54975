import TestKit

/// Writes queries over `DifferentialData`, of all that both Prometheus 2.42 and dogwatch know, from a seed.
///
/// Left out: `holt_winters` (3 calls it otherwise), names in UTF-8, durations as numbers, native histograms, and all that is younger than 2.42.
struct DifferentialQuery {
    private var seeded: Seeded
    init(seed: UInt64) { seeded = Seeded(seed) }

    mutating func query() -> String { below(12) == 0 ? scalar(3) : vector(3) }

    // MARK: Choosing

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &seeded) }
    private mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }
    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    private mutating func some(_ choices: [String], _ most: Int) -> String {
        Set((0..<below(most + 1)).map { _ in pick(choices) }).sorted().joined(separator: ", ")
    }

    // MARK: Leaves

    private mutating func number() -> String {
        pick(["0", "1", "2", "0.5", "-1", "3.75", "100", "1e3", "0x1F", ".25", "NaN", "Inf", "-Inf", "1e-3", "60"])
    }
    private mutating func phi() -> String { pick(["0", "0.5", "0.9", "0.99", "1", "-0.5", "1.5", "NaN", "0.123"]) }
    private mutating func matchers() -> String {
        let all = [
            "job=\"api\"", "job!=\"db\"", "job=~\"a.*|web\"", "job!~\"w.b\"", "instance=~\"host-[01]\"", "instance!=\"host-2\"",
            "code=\"\"",
            "code=~\"[45]..\"", "method!~\"p.t\"", "room=\"x\"", "none=\"\"", "le!=\"+Inf\"", "kind=~\".+\"", "job=~\"\"",
            "instance=~\".*\"",
        ]
        return some(all, 2)
    }
    private mutating func name() -> String {
        pick([
            "requests_total", "requests_total", "requests_total", "temperature", "temperature", "limit", "build_info", "odd",
            "latency_seconds_bucket", "latency_seconds_sum", "latency_seconds_count", "weird_bucket", "nothing",
        ])
    }
    private mutating func bare(_ name: String) -> String {
        if chance(4) { return "{__name__=~\"\(name)|limit\"}" }
        let matchers = chance(50) ? matchers() : ""
        return matchers.isEmpty ? name : "\(name){\(matchers)}"
    }
    /// `offset` and `@`, in either order.
    private mutating func shift() -> String {
        let offset = chance(15) ? " offset " + pick(["1m", "5m", "-2m", "30s", "17s", "1h"]) : ""
        let at = chance(10) ? " @ " + pick(["1700000900.5", "1700002000.5", "1700000010.5", "start()", "end()", "1700009000.5"]) : ""
        return chance(50) ? offset + at : at + offset
    }
    private mutating func selector() -> String { selector(name()) }
    private mutating func selector(_ name: String) -> String { bare(name) + shift() }

    /// Windows whose edges no step of a subquery comes to lie on: those are at whole seconds.
    private mutating func range(_ depth: Int) -> String {
        if chance(75) || depth == 0 { return range(of: name()) }
        let range = pick(["1m", "5m", "10m", "3m30s", "20m"]) + "250ms"
        let inner = chance(60) ? selector() : "(" + vector(depth - 1) + ")"
        return inner.hasSuffix(")") || !inner.contains(" ")
            ? "\(inner)[\(range):\(pick(["", "10s", "30s", "1m", "45s", "7s"]))]" + shift() : "(\(inner))[\(range):30s]"
    }
    private mutating func range(of name: String) -> String {
        bare(name) + "[" + pick(["1m", "2m", "5m", "5m", "10m", "30s", "47s", "1h", "15s"]) + "]" + shift()
    }

    // MARK: Numbers

    private mutating func scalar(_ depth: Int) -> String {
        guard depth > 0 else { return number() }
        switch below(9) {
        case 0: return "time()"
        case 1: return "pi()"
        case 2: return "scalar(\(vector(depth - 1)))"
        case 3: return "-(\(scalar(depth - 1)))"
        case 4: return "(\(scalar(depth - 1)) \(pick(["+", "-", "*", "/", "%", "^", "atan2"])) \(scalar(depth - 1)))"
        case 5: return "(\(scalar(depth - 1)) \(pick(["==", "!=", ">", "<", ">=", "<="])) bool \(scalar(depth - 1)))"
        default: return number()
        }
    }

    // MARK: Vectors

    mutating func vector(_ depth: Int) -> String {
        guard depth > 0 else { return selector() }
        switch below(16) {
        case 0, 1: return selector()
        case 2, 3, 4: return overTime(depth)
        case 5, 6, 7: return aggregation(depth)
        case 8, 9: return withScalar(depth)
        case 10, 11: return matching(depth)
        case 12: return quantile(depth)
        case 13: return labels(depth)
        case 14: return "\(pick(["-", "+", ""]))(\(vector(depth - 1)))"
        default: return function(depth)
        }
    }

    private mutating func overTime(_ depth: Int) -> String {
        // Rates only of what counts: see `DifferentialData.requests`.
        let counters = ["rate", "irate", "increase", "resets"]
        let others = [
            "irate", "resets", "delta", "idelta", "deriv", "changes", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
            "count_over_time",
            "stddev_over_time", "stdvar_over_time", "last_over_time", "present_over_time", "absent_over_time",
        ]
        switch below(10) {
        case 0: return "quantile_over_time(\(phi()), \(range(depth - 1)))"
        case 1: return "predict_linear(\(range(depth - 1)), \(pick(["60", "-30", "3600", "0"])))"
        case 2, 3, 4: return "\(pick(counters))(\(range(of: pick(["requests_total", "latency_seconds_bucket", "latency_seconds_count"]))))"
        case 5: return "\(pick(counters))(\(bare("requests_total"))[\(pick(["5m", "3m30s"]))250ms:30s]\(shift()))"
        default: return "\(pick(others))(\(range(depth - 1)))"
        }
    }

    private mutating func grouping() -> String {
        chance(35) ? "" : " \(pick(["by", "without"])) (\(some(["job", "instance", "code", "le", "room", "nothing"], 2))) "
    }
    private mutating func aggregation(_ depth: Int) -> String {
        let group = grouping()
        switch below(10) {
        // Where nothing ties: which of equals stay, no one promises.
        case 0:
            let inner = chance(50) ? "temperature" + shift() : "avg_over_time(\(range(of: "temperature")))"
            return "\(pick(["topk", "bottomk"]))\(group)(\(pick(["1", "3", "0", "-1", "100", "2.7"])), \(inner))"
        case 1: return "quantile\(group)(\(phi()), \(vector(depth - 1)))"
        case 2: return "count_values\(group)(\"\(pick(["value", "job", "v_1"]))\", \(vector(depth - 1)))"
        default:
            let name = pick(["sum", "sum", "sum", "avg", "min", "max", "count", "stddev", "stdvar", "group"])
            return chance(50) ? "\(name)\(group)(\(vector(depth - 1)))" : "\(name)(\(vector(depth - 1)))\(group)"
        }
    }

    private mutating func arithmetic() -> String { pick(["+", "-", "*", "/", "%", "^", "atan2"]) }
    private mutating func comparison() -> String { pick(["==", "!=", ">", "<", ">=", "<="]) + (chance(40) ? " bool" : "") }
    private mutating func withScalar(_ depth: Int) -> String {
        let (left, right) = (vector(depth - 1), scalar(depth - 1))
        let operation = chance(60) ? arithmetic() : comparison()
        return chance(70) ? "(\(left)) \(operation) \(right)" : "(\(right)) \(operation) (\(left))"
    }

    private mutating func matching(_ depth: Int) -> String {
        if chance(30) {
            let on = chance(60) ? " \(pick(["on", "ignoring"])) (\(some(["job", "instance", "code", "method"], 2)))" : ""
            return "(\(vector(depth - 1))) \(pick(["and", "or", "unless"]))\(on) (\(vector(depth - 1)))"
        }
        let operation = chance(70) ? arithmetic() : comparison()
        switch below(5) {
        case 0:
            let extra = pick(["", "version", "version, room", "nothing"])
            return "\(pick(["requests_total", "temperature"]) + shift()) \(operation) on (job, instance) group_left (\(extra)) build_info"
        case 1:
            return
                "limit \(operation) on (job) group_right (\(pick(["", "tier"]))) sum by (job, code) (rate(\(range(of: "requests_total"))))"
        case 2:
            let name = name()
            return "(\(selector(name))) \(operation) (\(selector(name)))"
        case 3:
            let by = pick(["job", "instance", "job, instance"])
            return "sum by (\(by)) (\(vector(depth - 1))) \(operation) on (\(by)) max by (\(by)) (\(vector(depth - 1)))"
        default:
            return "(\(vector(depth - 1))) \(operation) ignoring (\(some(["code", "method", "le", "room"], 3))) (\(vector(depth - 1)))"
        }
    }

    private mutating func quantile(_ depth: Int) -> String {
        let name = chance(80) ? "latency_seconds_bucket" : "weird_bucket"
        switch below(4) {
        case 0: return "histogram_quantile(\(phi()), \(selector(name)))"
        case 1: return "histogram_quantile(\(phi()), rate(\(range(of: name))))"
        case 2: return "histogram_quantile(\(phi()), sum by (le, job) (increase(\(range(of: name)))))"
        default: return "histogram_quantile(\(scalar(1)), \(vector(depth - 1)))"
        }
    }

    private mutating func labels(_ depth: Int) -> String {
        let inner = vector(depth - 1)
        if chance(40) {
            return "label_join(\(inner), \"\(pick(["new", "job", "le"]))\", \"\(pick(["-", "", ", "]))\""
                + (0..<below(3)).map { _ in ", \"\(pick(["job", "instance", "none"]))\"" }.joined() + ")"
        }
        let expression = pick(["(.*)", "host-(\\\\d)", "(a)(.*)", "(?P<first>.)(.*)", "", "x"])
        let replacement = pick(["$1", "${1}x", "$first", "$2-$1", "", "$$", "fixed", "$1x"])
        return "label_replace(\(inner), \"\(pick(["new", "job", "instance"]))\", \"\(replacement)\", "
            + "\"\(pick(["job", "instance", "__name__", "none"]))\", \"\(expression)\")"
    }

    private mutating func function(_ depth: Int) -> String {
        let inner = vector(depth - 1)
        let math = [
            "abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sgn", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
            "cosh",
            "tanh", "asinh", "acosh", "atanh", "deg", "rad", "round", "sort", "sort_desc", "timestamp", "absent",
        ]
        let dates = ["minute", "hour", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "month", "year"]
        switch below(8) {
        case 0: return "clamp(\(inner), \(scalar(1)), \(scalar(1)))"
        case 1: return "\(pick(["clamp_min", "clamp_max", "round"]))(\(inner), \(scalar(1)))"
        case 2:
            return "\(pick(dates))(" + pick(["", "timestamp(\(inner))", "vector(\(below(2_000_000_000)))", "requests_total * 86400"]) + ")"
        case 3: return "vector(\(scalar(depth - 1)))"
        default: return "\(pick(math))(\(inner))"
        }
    }
}
