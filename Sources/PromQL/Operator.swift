import Telemetry

/// A part of a prepared query that gives an instant vector at every step: which series there are is known before any value is.
///
/// A row may turn out empty; it then counts as no series. Rows may be asked for in any order, and again.
class Operator {
    let run: Evaluation
    let grid: StepGrid
    private(set) var labels: LabelTable
    var count: Int { labels.count }

    init(_ run: Evaluation, _ grid: StepGrid, _ labels: LabelTable) {
        self.run = run
        self.grid = grid
        self.labels = labels
    }
    /// Replaces all of `out` with the values of series `row`.
    func fill(_ row: Int, _ out: Row) throws(QueryError) { out.clear() }
    /// Writes the floats of `rows` at the only step to `out`, and returns true; false where that isn't known without `fill`, or no faster.
    func fillColumn(_ rows: Range<Int>, _ out: UnsafeMutablePointer<Double>) throws(QueryError) -> Bool { false }
    /// Whether the series are those of one selector, one for one.
    var followsSelector: Bool { false }
}

/// Values worked out and kept: series × steps.
final class Matrix: Operator {
    private var values: UnsafeMutablePointer<Double>
    private var histograms: [[StepHistogram]]

    /// All absent.
    override init(_ run: Evaluation, _ grid: StepGrid, _ labels: LabelTable) {
        let cells = labels.count &* grid.count
        values = .allocate(capacity: max(cells, 1))
        values.update(repeating: absent, count: cells)
        histograms = Array(repeating: [], count: labels.count)
        super.init(run, grid, labels)
    }
    /// Counts the cells against the limit before they are allocated.
    static func make(_ run: Evaluation, _ grid: StepGrid, _ labels: LabelTable) throws(QueryError) -> Matrix {
        let (cells, overflow) = labels.count.multipliedReportingOverflow(by: grid.count)
        try run.hold(overflow ? .max / 2 : cells)
        return Matrix(run, grid, labels)
    }
    /// What `source` gives, kept so that it can be read across series.
    static func collecting(_ source: Operator) throws(QueryError) -> Matrix {
        if let matrix = source as? Matrix { return matrix }
        let matrix = try make(source.run, source.grid, source.labels)
        let row = Row(count: source.grid.count)
        for index in 0..<source.count {
            try source.fill(index, row)
            matrix.set(index, row)
        }
        return matrix
    }
    deinit { values.deallocate() }

    override func fill(_ row: Int, _ out: Row) {
        out.values.update(from: values + row * grid.count, count: grid.count)
        out.histograms = histograms[row]
    }
    func set(_ row: Int, _ from: Row) {
        (values + row * grid.count).update(from: from.values, count: grid.count)
        histograms[row] = from.histograms
    }
    /// The floats of one series, a step each.
    func pointer(_ row: Int) -> UnsafeMutablePointer<Double> { values + row * grid.count }
    func float(_ row: Int, _ step: Int) -> Double { values[row * grid.count + step] }
    func histogram(_ row: Int, _ step: Int) -> NativeHistogram? {
        let list = histograms[row]
        if list.isEmpty { return nil }
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle].step < step { low = middle + 1 } else { high = middle }
        }
        return low < list.count && list[low].step == step ? list[low].value : nil
    }
    func hasHistograms(_ row: Int) -> Bool { !histograms[row].isEmpty }
    var hasHistograms: Bool { histograms.contains { !$0.isEmpty } }
    func isPresent(_ row: Int, _ step: Int) -> Bool { !isAbsent(float(row, step)) || histogram(row, step) != nil }
    func point(_ row: Int, _ step: Int) -> PointValue? {
        let value = float(row, step)
        if !isAbsent(value) { return .float(value) }
        return histogram(row, step).map { .histogram($0) }
    }
    func set(_ row: Int, _ step: Int, _ point: PointValue) {
        switch point {
        case .float(let value): values[row * grid.count + step] = value
        case .histogram(let value):
            // Mostly the steps come one after the other.
            let place =
                histograms[row].last.map { $0.step < step } ?? true ? histograms[row].count : histograms[row].firstIndex { $0.step > step }
            histograms[row].insert(StepHistogram(step: step, value: value), at: place ?? histograms[row].count)
        }
    }
}

/// A number a step.
enum StepValues {
    case constant(Double)
    case each([Double])
    subscript(step: Int) -> Double {
        switch self {
        case .constant(let value): value
        case .each(let values): values[step]
        }
    }
    func map(_ count: Int, _ body: (Double) -> Double) -> StepValues {
        switch self {
        case .constant(let value): .constant(body(value))
        case .each(let values): .each(values.map(body))
        }
    }
    var isConstant: Bool { if case .constant = self { true } else { false } }
}
