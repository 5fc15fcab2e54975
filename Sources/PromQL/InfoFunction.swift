import Patterns
import Telemetry

extension Planner {
    /// `info(v, {…})` (experimental): adds to each series the labels of the info series with the same `job` and `instance`, `target_info` unless the selector names others.
    func info(_ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        let argument = try argument(call, 0)
        let base = try Matrix.collecting(try vector(argument, grid))
        var matchers: [LabelMatcher] = []
        if call.arguments.count > 1 {
            guard case .vector(let selector) = stripped(call.arguments[1]).node else {
                throw .execution(message: "info wants a label selector as its second argument")
            }
            matchers = selector.matchers
        }
        var join = try InfoJoin(run, base, matchers)
        return try join.join(at: try firstMoment(argument, grid) ?? Moment(at: nil, offset: 0))
    }

    /// When the first selector looks, which is when the info series are looked at too: its offsets and those of subqueries around it, up to the first `@`.
    private func firstMoment(_ expression: Expression, _ grid: StepGrid) throws(QueryError) -> Moment? {
        switch expression.node {
        case .number, .string: return nil
        case .parentheses(let inner), .plus(let inner), .negation(let inner): return try firstMoment(inner, grid)
        case .vector(let selector): return try moment(selector.shift)
        case .matrix(let matrix): return try moment(matrix.selector.shift)
        case .aggregation(let aggregation): return try firstMoment(aggregation.inner, grid)
        case .binary(let binary):
            if let left = try firstMoment(binary.left, grid) { return left }
            return try firstMoment(binary.right, grid)
        case .call(let call):
            for argument in call.arguments {
                if let found = try firstMoment(argument, grid) { return found }
            }
            return nil
        case .subquery(let subquery):
            guard var inner = try firstMoment(subquery.inner, grid) else { return nil }
            guard inner.at == nil else { return inner }
            let outer = try moment(subquery.shift)
            inner.offset &+= outer.offset
            inner.at = outer.at
            return inner
        }
    }
}

/// Series to be told more about, and what may tell it.
private struct InfoJoin {
    private static let identifying = ["instance", "job"]
    private let run: Evaluation
    private let base: Matrix
    private let nameMatchers: [LabelMatcher]
    /// Which labels are taken, and what they must be: all where there is none.
    private let dataMatchers: [LabelMatcher]
    private var tests: [LabelMatcher: Pattern] = [:]
    private var keys: [Symbol]

    init(_ run: Evaluation, _ base: Matrix, _ matchers: [LabelMatcher]) throws(QueryError) {
        self.run = run
        self.base = base
        keys = Self.identifying.map(run.symbols.symbol)
        var names = matchers.filter { $0.name == LabelSet.nameLabel }
        dataMatchers = matchers.filter { $0.name != LabelSet.nameLabel }
        if names.isEmpty { names = [LabelMatcher(LabelSet.nameLabel, .equal, "target_info")] }
        if !names.contains(where: { $0.operation == .equal || $0.operation == .matches }) {
            names.insert(LabelMatcher(LabelSet.nameLabel, .matches, ".+_info"), at: 0)
        }
        nameMatchers = names
        for matcher in names + dataMatchers where matcher.operation == .matches || matcher.operation == .doesNotMatch {
            do { tests[matcher] = try Pattern(matcher.value, dotMatchesNewline: true) } catch {
                throw .execution(message: "expanding series: \(error.detail)")
            }
        }
    }
    private func accepts(_ matcher: LabelMatcher, _ value: String) -> Bool {
        switch matcher.operation {
        case .equal: value == matcher.value
        case .notEqual: value != matcher.value
        case .matches: tests[matcher]?.matchesWhole(value) ?? false
        case .doesNotMatch: !(tests[matcher]?.matchesWhole(value) ?? true)
        }
    }
    private func isInfo(_ row: Int) -> Bool {
        let name = run.symbols.text(base.labels.value(run.symbols.name, row: row))
        return nameMatchers.allSatisfy { accepts($0, name) }
    }

    mutating func join(at moment: Moment) throws(QueryError) -> Operator {
        let info = try infoSeries(moment)
        let times = try Matrix.collecting(info)
        let (signatures, infoKeys) = sign(times)
        let takesAll = dataMatchers.isEmpty
        let needsMatch = dataMatchers.contains { !accepts($0, "") }
        var (index, points) = (LabelIndex(), [(row: Int, step: Int, value: PointValue)]())
        let baseKeys = (0..<base.count).map { isInfo($0) ? nil : signatures[key(base.labels, $0)] ?? [] }
        for step in 0..<base.grid.count {
            try run.checkCancellation(cost: 1 + (base.count + times.count) / 4)
            let newest = try newest(times, infoKeys, step)
            for row in 0..<base.count {
                guard let point = base.point(row, step) else { continue }
                var labels = Array(base.labels[row])
                if let candidates = baseKeys[row] {
                    let found = candidates.compactMap { newest[$0] }
                    if found.isEmpty, needsMatch { continue }
                    try add(found, times.labels, row, takesAll, to: &labels)
                }
                points.append((index.insert(labels[...], dropsName: base.labels.dropsName[row]).row, step, point))
            }
        }
        let out = try Matrix.make(run, base.grid, index.table)
        for point in points {
            if out.isPresent(point.row, point.step) { throw .execution(message: "vector cannot contain metrics with the same labelset") }
            out.set(point.row, point.step, point.value)
        }
        return out
    }

    /// The info series that share identifying labels with a series, by the times of their samples.
    private func infoSeries(_ moment: Moment) throws(QueryError) -> Operator {
        var values: [Set<String>] = [[], []]
        for row in 0..<base.count where !isInfo(row) {
            for (place, key) in keys.enumerated() {
                let value = base.labels.value(key, row: row)
                if !value.isEmpty { values[place].insert(run.symbols.text(value)) }
            }
        }
        guard values.contains(where: { !$0.isEmpty }) else { return Operator(run, base.grid, LabelTable()) }
        let matchers = nameMatchers + dataMatchers
        let all = try SelectorOperator(run, base.grid, matchers: matchers, at: nil, moment: moment, givesTime: true)
        let rows = (0..<all.count).filter { row in
            keys.enumerated().allSatisfy { place, key in
                values[place].isEmpty || values[place].contains(run.symbols.text(all.labels.value(key, row: row)))
            }
        }
        return PickedOperator(all, rows)
    }

    private func key(_ labels: LabelTable, _ row: Int) -> [Symbol] { keys.map { labels.value($0, row: row) } }
    /// The numbers of the (name, identifying labels) that info series have, by identifying labels; and the number of each series.
    private func sign(_ info: Matrix) -> (byKey: [[Symbol]: [Int]], ofSeries: [Int]) {
        var (numbers, byKey, ofSeries) = ([[Symbol]: Int](), [[Symbol]: [Int]](), [Int]())
        for row in 0..<info.count {
            let key = key(info.labels, row)
            let full = key + [info.labels.value(run.symbols.name, row: row)]
            let number = numbers[full] ?? numbers.count
            if numbers.updateValue(number, forKey: full) == nil { byKey[key, default: []].append(number) }
            ofSeries.append(number)
        }
        return (byKey, ofSeries)
    }
    /// Of each number the series with the newest sample.
    private func newest(_ info: Matrix, _ numbers: [Int], _ step: Int) throws(QueryError) -> [Int: Int] {
        var found: [Int: Int] = [:]
        for row in 0..<info.count where !isAbsent(info.float(row, step)) {
            guard let other = found[numbers[row]] else {
                found[numbers[row]] = row
                continue
            }
            let (time, otherTime) = (info.float(row, step), info.float(other, step))
            if time == otherTime {
                let texts = [other, row].map { "\(run.symbols.describe(info.labels[$0])) @ \(Int64(time * 1000))" }
                throw .execution(message: "found duplicate series for info metric: existing \(texts[0]), new \(texts[1])")
            }
            if time > otherTime { found[numbers[row]] = row }
        }
        return found
    }
    private func add(
        _ found: [Int], _ info: LabelTable, _ row: Int, _ takesAll: Bool, to labels: inout [SymbolPair]
    ) throws(QueryError) {
        var added: [Symbol: Symbol] = [:]
        for series in found {
            for pair in info[series] where pair.name != run.symbols.name {
                let name = run.symbols.text(pair.name)
                guard takesAll || dataMatchers.contains(where: { $0.name == name }) else { continue }
                if let other = added[pair.name], other != pair.value { throw .execution(message: "conflicting label: \(name)") }
                guard base.labels.value(pair.name, row: row).isEmpty else { continue }
                added[pair.name] = pair.value
            }
        }
        for (name, value) in added { labels.set(name, value) }
    }
}
