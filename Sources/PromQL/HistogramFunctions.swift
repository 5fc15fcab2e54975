import Glibc
import Telemetry

extension Planner {
    /// `histogram_quantile`, `histogram_quantiles` and `histogram_fraction`, over classic buckets and native histograms alike.
    func bucketCall(_ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        guard let place = call.arguments.firstIndex(where: { $0.type == .vector }) else {
            throw .execution(message: "\(call.function.name) without a vector")
        }
        var parameters: [(values: StepValues, range: SourceRange)] = []
        for argument in call.arguments where argument.type == .scalar {
            parameters.append((try scalar(argument, grid), stripped(argument).range))
        }
        let argument = stripped(call.arguments[place])
        let histograms = try HistogramVector(try vector(argument, grid), argument.range)
        guard parameters.count >= (call.function.name == "histogram_fraction" ? 2 : 1) else {
            throw .execution(message: "\(call.function.name) with too few arguments")
        }
        switch call.function.name {
        case "histogram_fraction":
            return try histograms.matrix(histograms.labels.droppingNames(), grid) { row, step, value in
                value.fraction(from: parameters[0].values[step], to: parameters[1].values[step], row, run, argument.range)
            }
        case "histogram_quantile":
            remark(on: parameters, grid)
            return try histograms.matrix(histograms.labels.droppingNames(), grid) { row, step, value in
                value.quantile(parameters[0].values[step], row, grid.time(step), run, argument.range)
            }
        default:
            remark(on: parameters, grid)
            let label = run.symbols.symbol(try string(call, 1))
            var parts: [Operator] = []
            for parameter in parameters { parts.append(try quantiles(histograms, parameter.values, label, argument.range, grid)) }
            return try merged(parts)
        }
    }

    /// One quantile of `histogram_quantiles`: told by a label, whose value may change from step to step.
    private func quantiles(
        _ histograms: HistogramVector, _ parameter: StepValues, _ label: Symbol, _ range: SourceRange, _ grid: StepGrid
    ) throws(QueryError) -> Operator {
        let values = (0..<(parameter.isConstant ? min(grid.count, 1) : grid.count)).map { parameter[$0] }
        var parts: [Operator] = []
        for quantile in Set(values.map(\.bitPattern)).map(Double.init(bitPattern:)).sorted(by: isBefore) {
            var (table, labels) = (LabelTable(), [SymbolPair]())
            for row in 0..<histograms.labels.count {
                labels = Array(histograms.labels[row])
                labels.set(label, run.symbols.symbol(openMetricsText(quantile)))
                table.append(labels, dropsName: true)
            }
            parts.append(
                try histograms.matrix(table, grid) { row, step, value in
                    parameter[step].bitPattern == quantile.bitPattern ? value.quantile(quantile, row, grid.time(step), run, range) : nil
                })
        }
        return try merged(parts)
    }

    private func remark(on parameters: [(values: StepValues, range: SourceRange)], _ grid: StepGrid) {
        for (values, range) in parameters {
            for step in 0..<(values.isConstant ? min(grid.count, 1) : grid.count) where !(values[step] >= 0 && values[step] <= 1) {
                run.notes.invalidQuantile(values[step], range)
            }
        }
    }
}

/// A histogram at one step, classic or native.
enum AnyHistogram {
    case classic([ClassicBucket])
    case native(NativeHistogram)
}

/// The histograms of an instant vector: series that differ in `le` alone are one.
struct HistogramVector {
    /// Without `le`.
    private(set) var labels: LabelTable
    private let source: Matrix
    private var members: [[(row: Int, bound: Double)]]
    private let range: SourceRange
    private let run: Evaluation

    init(_ source: Operator, _ range: SourceRange) throws(QueryError) {
        self.source = try Matrix.collecting(source)
        self.range = range
        run = source.run
        (labels, members) = (LabelTable(), [])
        var (index, key) = (LabelIndex(), [SymbolPair]())
        for row in 0..<source.count {
            key = Array(source.labels[row])
            let bound = run.symbols.text(source.labels.value(run.symbols.bucketBound, row: row))
            // A native histogram is found by all its labels; it has no `le`, or one that means nothing.
            if !self.source.hasHistograms(row) || Double(bound) != nil { key.set(run.symbols.bucketBound, .empty) }
            let (group, isNew) = index.insert(key[...], dropsName: true)
            if isNew { members.append([]) }
            members[group].append((row, Double(bound) ?? .nan))
        }
        labels = index.table
    }

    /// What `body` makes of each histogram at each step; nil gives nothing.
    func matrix(
        _ labels: LabelTable, _ grid: StepGrid, _ body: (_ metric: String, _ step: Int, inout AnyHistogram) -> Double?
    ) throws(QueryError) -> Operator {
        let out = try Matrix.make(run, grid, labels)
        var buckets: [ClassicBucket] = []
        for group in members.indices {
            let metric = run.symbols.text(self.labels.value(run.symbols.name, row: group))
            try run.checkCancellation(cost: 1 + members[group].count * grid.count / 16)
            for step in 0..<grid.count {
                buckets.removeAll(keepingCapacity: true)
                var native: NativeHistogram?
                for (row, bound) in members[group] {
                    let count = source.float(row, step)
                    if isAbsent(count) {
                        if let histogram = source.histogram(row, step) { native = histogram }
                    } else if bound.isNaN {
                        remarkOnBound(row, metric)
                    } else {
                        buckets.append(ClassicBucket(bound: bound, count: count))
                    }
                }
                guard var histogram = choose(native, buckets, metric), let value = body(metric, step, &histogram) else { continue }
                out.set(group, step, .float(value))
            }
        }
        return out
    }
    private func choose(_ native: NativeHistogram?, _ buckets: [ClassicBucket], _ metric: String) -> AnyHistogram? {
        guard let native else { return buckets.isEmpty ? nil : .classic(buckets) }
        guard buckets.isEmpty else {
            run.notes.mixedClassicAndNative(metric: metric, range)
            return nil
        }
        return .native(native)
    }
    private func remarkOnBound(_ row: Int, _ metric: String) {
        run.notes.badBucket(run.symbols.text(source.labels.value(run.symbols.bucketBound, row: row)), metric: metric, range)
    }
}

extension AnyHistogram {
    mutating func quantile(_ quantile: Double, _ metric: String, _ time: Int64, _ run: Evaluation, _ range: SourceRange) -> Double {
        switch self {
        case .native(let histogram): return histogram.quantile(quantile, metric, run, range)
        case .classic(var buckets):
            let (value, repair) = buckets.quantile(quantile, at: time)
            if let repair { run.notes.repaired(repair, metric: metric, range) }
            return value
        }
    }
    mutating func fraction(from lower: Double, to upper: Double, _ metric: String, _ run: Evaluation, _ range: SourceRange) -> Double {
        switch self {
        case .native(let histogram): return histogram.fraction(from: lower, to: upper, metric, run, range)
        case .classic(var buckets): return buckets.fraction(from: lower, to: upper)
        }
    }
}

/// `histogram_count` and its like: a number of each native histogram; floats fall away.
final class HistogramStatistic: Operator {
    private let name: String
    private let inner: Operator
    init(_ name: String, _ inner: Operator) {
        self.name = name
        self.inner = inner
        super.init(inner.run, inner.grid, inner.labels.droppingNames())
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        let histograms = out.histograms
        out.clear()
        for entry in histograms { out.values[entry.step] = value(of: entry.value) }
    }
    private func value(of histogram: NativeHistogram) -> Double {
        switch name {
        case "histogram_count": histogram.count
        case "histogram_sum": histogram.sum
        case "histogram_avg": histogram.sum / histogram.count
        case "histogram_stdvar": histogram.variance
        default: histogram.variance.squareRoot()
        }
    }
}
