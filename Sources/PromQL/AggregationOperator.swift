import Telemetry

/// `sum by (…) (…)` and what else comes to one value a group: each series is added to its group as it is read, so the series never stand in memory together.
final class AggregationOperator: Operator {
    private let accumulator: Accumulator
    private let groupOf: [Int]

    init(_ aggregation: Aggregation, _ inner: Operator, parameter: StepValues?) throws(QueryError) {
        let groups = Self.groups(aggregation, inner)
        groupOf = groups.groupOf
        let run = inner.run
        accumulator = try Accumulator.make(
            aggregation.operation, run, groups.index.count, inner.grid.count, parameter, aggregation.inner.range)
        let mark = run.mark
        let row = Row(count: inner.grid.count)
        if row.count == 1 {
            try Self.addColumns(inner, row, groupOf, accumulator)
        } else {
            for index in 0..<inner.count { try Self.add(index, of: inner, row, groupOf, accumulator) }
        }
        run.release(to: mark)
        try run.hold(groups.index.count * inner.grid.count)
        super.init(run, inner.grid, groups.index.table)
    }
    override func fill(_ row: Int, _ out: Row) {
        out.clear()
        accumulator.finish(row, out)
    }
    private static func add(
        _ index: Int, of inner: Operator, _ row: Row, _ groupOf: [Int], _ accumulator: Accumulator
    ) throws(QueryError) {
        let run = inner.run
        try inner.fill(index, row)
        accumulator.add(row, group: groupOf[index], metric: { run.symbols.text(inner.labels.value(run.symbols.name, row: index)) })
        try run.checkCancellation()
    }
    /// Where there is just one step: many series at once, as far as they are known so.
    private static func addColumns(_ inner: Operator, _ row: Row, _ groupOf: [Int], _ accumulator: Accumulator) throws(QueryError) {
        let column = Row(count: min(columnSize, inner.count))
        for first in stride(from: 0, to: inner.count, by: columnSize) {
            let rows = first..<min(first + columnSize, inner.count)
            if try inner.fillColumn(rows, column.values) {
                groupOf.withUnsafeBufferPointer { accumulator.add(column.values, row, UnsafeBufferPointer(rebasing: $0[rows])) }
            } else {
                for index in rows { try add(index, of: inner, row, groupOf, accumulator) }
            }
        }
    }
    private static let columnSize = 512
    /// A standing query's groups stay the same where the series come straight from a selector.
    private static func groups(_ aggregation: Aggregation, _ inner: Operator) -> Grouping {
        guard let standing = inner.run.standing, inner.followsSelector else { return Grouping(aggregation, inner) }
        if let known = standing.groupings[aggregation.inner.range] { return known }
        let groups = Grouping(aggregation, inner)
        standing.groupings[aggregation.inner.range] = groups
        return groups
    }
}

/// Which group each series belongs to, and the labels of the groups.
struct Grouping {
    private(set) var index = LabelIndex()
    private(set) var groupOf: [Int] = []

    init(_ aggregation: Aggregation, _ inner: Operator) {
        let symbols = inner.run.symbols
        let selection = LabelSelection(aggregation.grouping.map(symbols.symbol), isOn: !aggregation.isWithout, name: symbols.name)
        var key: [SymbolPair] = []
        groupOf.reserveCapacity(inner.count)
        for row in 0..<inner.count {
            selection.select(inner.labels[row], into: &key)
            let drops = inner.labels.dropsName[row]
            let (group, _) = index.insert(key[...], dropsName: drops)
            if drops { index.setDropsName(row: group) }
            groupOf.append(group)
        }
    }
}

/// Groups × steps of what an aggregation has seen so far.
class Accumulator {
    let run: Evaluation
    let steps: Int
    /// Of the aggregated expression.
    let range: SourceRange
    var seen: [Bool]

    init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange) {
        self.run = run
        self.steps = steps
        self.range = range
        seen = Array(repeating: false, count: groups * steps)
    }
    func add(_ row: Row, group: Int, metric: () -> String) {}
    /// Adds floats of many series at the only step; `row` is scratch of one step.
    func add(_ column: UnsafePointer<Double>, _ row: Row, _ groups: UnsafeBufferPointer<Int>) {
        for (index, group) in groups.enumerated() where !isAbsent(column[index]) {
            row.fill(column[index])
            add(row, group: group, metric: { "" })
        }
    }
    func finish(_ group: Int, _ out: Row) {}

    static func make(
        _ operation: Aggregation.Operation, _ run: Evaluation, _ groups: Int, _ steps: Int, _ parameter: StepValues?, _ range: SourceRange
    ) throws(QueryError) -> Accumulator {
        let (cells, overflow) = groups.multipliedReportingOverflow(by: steps)
        try run.hold(overflow ? .max / 2 : cells)
        switch operation {
        case .sum: return SumAccumulator(run, groups, steps, range)
        case .avg: return MeanAccumulator(run, groups, steps, range)
        case .min, .max: return ExtremeAccumulator(run, groups, steps, range, isMaximum: operation == .max)
        case .count, .group: return CountAccumulator(run, groups, steps, range, counts: operation == .count)
        case .stddev, .stdvar: return VarianceAccumulator(run, groups, steps, range, isDeviation: operation == .stddev)
        default: return QuantileAccumulator(run, groups, steps, range, parameter ?? .constant(.nan))
        }
    }
}

private final class CountAccumulator: Accumulator {
    private var counts: [Double]
    private let counts1: Bool
    init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange, counts: Bool) {
        counts1 = counts
        self.counts = Array(repeating: 0, count: groups * steps)
        super.init(run, groups, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        let (base, floats) = (group * steps, row.values)
        counts.withUnsafeMutableBufferPointer { counts in
            for step in 0..<steps { counts[base + step] += isAbsent(floats[step]) ? 0 : 1 }
            for histogram in row.histograms { counts[base + histogram.step] += 1 }
        }
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps where counts[group * steps + step] > 0 { out.values[step] = counts1 ? counts[group * steps + step] : 1 }
    }
}

private final class ExtremeAccumulator: Accumulator {
    private var values: [Double]
    private let isMaximum: Bool
    init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange, isMaximum: Bool) {
        self.isMaximum = isMaximum
        values = Array(repeating: absent, count: groups * steps)
        super.init(run, 0, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        let (base, floats, isMaximum) = (group * steps, row.values, isMaximum)
        values.withUnsafeMutableBufferPointer { values in
            for step in 0..<steps {
                let value = floats[step]
                if isAbsent(value) { continue }
                let other = values[base + step]
                if other.isNaN || (isMaximum ? other < value : other > value) { values[base + step] = value }
            }
        }
        if !row.histograms.isEmpty { run.notes.ignoredHistogram(in: isMaximum ? "max" : "min", range) }
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps { out.values[step] = values[group * steps + step] }
    }
}

private final class VarianceAccumulator: Accumulator {
    private var counts: [Double]
    private var means: [Double]
    private var squares: [Double]
    private let isDeviation: Bool
    init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange, isDeviation: Bool) {
        self.isDeviation = isDeviation
        counts = Array(repeating: 0, count: groups * steps)
        means = counts
        squares = counts
        super.init(run, 0, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        let (base, values) = (group * steps, row.values)
        counts.withUnsafeMutableBufferPointer { counts in
            means.withUnsafeMutableBufferPointer { means in
                squares.withUnsafeMutableBufferPointer { squares in
                    for step in 0..<steps where !isAbsent(values[step]) {
                        let (value, cell) = (values[step], base + step)
                        counts[cell] += 1
                        if counts[cell] == 1 {
                            means[cell] = value
                            squares[cell] = value.isFinite ? 0 : .nan
                            continue
                        }
                        let difference = value - means[cell]
                        means[cell] += difference / counts[cell]
                        squares[cell] += difference * (value - means[cell])
                    }
                }
            }
        }
        if !row.histograms.isEmpty { run.notes.ignoredHistogram(in: isDeviation ? "stddev" : "stdvar", range) }
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps where counts[group * steps + step] > 0 {
            let variance = squares[group * steps + step] / counts[group * steps + step]
            out.values[step] = isDeviation ? variance.squareRoot() : variance
        }
    }
}

/// Keeps all values, for they are sorted at the end.
private final class QuantileAccumulator: Accumulator {
    private var values: [[Double]]
    private let parameter: StepValues
    init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange, _ parameter: StepValues) {
        values = Array(repeating: [], count: groups * steps)
        self.parameter = parameter
        super.init(run, 0, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        for step in 0..<steps where !isAbsent(row.values[step]) { values[group * steps + step].append(row.values[step]) }
        if !row.histograms.isEmpty { run.notes.ignoredHistogram(in: "quantile", range) }
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps where !values[group * steps + step].isEmpty {
            out.values[step] = quantileOf(parameter[step], &values[group * steps + step])
        }
    }
}
