import Telemetry

extension Planner {
    /// `topk`, `bottomk`, `limitk` and `limit_ratio`: at each step some series of each group, as they are.
    func ranking(
        _ aggregation: Aggregation, _ range: SourceRange, _ parameter: StepValues, _ inner: Operator
    ) throws(QueryError) -> Operator {
        var ranking = try Ranking(aggregation, range, parameter, inner)
        return try ranking.run()
    }
}

struct Ranking {
    private let aggregation: Aggregation
    private let range: SourceRange
    private let parameter: StepValues
    private let matrix: Matrix
    private let groups: Grouping
    private let context: Evaluation
    private var heaps: [RankHeap] = []
    private let isSkipped: Bool

    init(_ aggregation: Aggregation, _ range: SourceRange, _ parameter: StepValues, _ inner: Operator) throws(QueryError) {
        self.aggregation = aggregation
        self.range = range
        self.parameter = parameter
        context = inner.run
        isSkipped = try Self.check(aggregation, parameter, inner.grid, inner.run)
        matrix = try Matrix.collecting(inner)
        groups = Grouping(aggregation, inner)
    }

    /// True where the parameter asks for nothing at any step.
    private static func check(_ aggregation: Aggregation, _ parameter: StepValues, _ grid: StepGrid, _ run: Evaluation) throws(QueryError)
        -> Bool
    {
        let values = (0..<(parameter.isConstant ? min(grid.count, 1) : grid.count)).map { parameter[$0] }
        let numbers = values.filter { !$0.isNaN }
        let (lowest, highest) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let range = aggregation.parameter?.range ?? aggregation.inner.range
        if aggregation.operation == .limitRatio {
            if lowest == 0, highest == 0, numbers.count == values.count { return true }
            if numbers.count < values.count { throw .execution(message: "Ratio value is NaN") }
            if highest > 1 { run.notes.invalidRatio(highest, cappedTo: 1, range) }
            if lowest < -1 { run.notes.invalidRatio(lowest, cappedTo: -1, range) }
            return false
        }
        if highest < 1, !numbers.isEmpty || values.isEmpty { return true }
        if numbers.count < values.count { throw .execution(message: "Parameter value is NaN") }
        if lowest <= -9_223_372_036_854_775_808 { throw .execution(message: "Scalar value \(lowest.brief) underflows int64") }
        if highest >= 9_223_372_036_854_775_808 { throw .execution(message: "Scalar value \(highest.brief) overflows int64") }
        return false
    }

    mutating func run() throws(QueryError) -> Operator {
        guard !isSkipped else { return Operator(context, matrix.grid, LabelTable()) }
        if matrix.grid.isInstant { return PickedOperator(matrix, try select(0)) }
        let out = try Matrix.make(context, matrix.grid, matrix.labels)
        for step in 0..<matrix.grid.count {
            try context.checkCancellation(cost: 1 + matrix.count / 8)
            for row in try select(step) {
                if let point = matrix.point(row, step) { out.set(row, step, point) }
            }
        }
        return out
    }

    /// The series chosen at one step: group by group, in the order of rank.
    private mutating func select(_ step: Int) throws(QueryError) -> [Int] {
        let asked = parameter[step]
        if aggregation.operation == .limitRatio {
            return byGroup(step) { fraction($0, min(max(asked, -1), 1)) }
        }
        let count = Int(min(asked, Double(matrix.count)))
        guard count >= 1 else { return [] }
        if aggregation.operation == .limitk {
            var taken = [Int](repeating: 0, count: groups.index.count)
            return byGroup(step) {
                taken[groups.groupOf[$0]] += 1
                return taken[groups.groupOf[$0]] <= count
            }
        }
        return rank(step, count)
    }

    private mutating func rank(_ step: Int, _ count: Int) -> [Int] {
        let isTop = aggregation.operation == .topk
        if heaps.isEmpty { heaps = Array(repeating: RankHeap(isTop: isTop), count: groups.index.count) }
        for group in heaps.indices { heaps[group].entries.removeAll(keepingCapacity: true) }
        for row in 0..<matrix.count {
            let value = matrix.float(row, step)
            if !isAbsent(value) {
                heaps[groups.groupOf[row]].offer(value, row, limit: count)
            } else if matrix.histogram(row, step) != nil {
                context.notes.ignoredHistogram(in: aggregation.operation.rawValue, range)
            }
        }
        return heaps.flatMap { $0.sorted().map(\.row) }
    }

    private func byGroup(_ step: Int, _ isTaken: (Int) -> Bool) -> [Int] {
        var rows = [[Int]](repeating: [], count: groups.index.count)
        for row in 0..<matrix.count where matrix.isPresent(row, step) && isTaken(row) { rows[groups.groupOf[row]].append(row) }
        return rows.flatMap { $0 }
    }
    /// Whether a series is in the share asked for: by the hash of its labels, a negative share being the rest of its complement.
    private func fraction(_ row: Int, _ ratio: Double) -> Bool {
        let place = Double(SeriesHash.of(context.symbols.labelSet(matrix.labels[row]))) / 18_446_744_073_709_551_616
        return ratio >= 0 ? place < ratio : place >= 1 + ratio
    }
}

/// The best few values so far, the worst of them on top. The order of equal ones is that of Go's `container/heap`, as in Prometheus.
struct RankHeap {
    let isTop: Bool
    var entries: [(value: Double, row: Int)] = []
    init(isTop: Bool) { self.isTop = isTop }

    private func isLess(_ a: Double, _ b: Double) -> Bool { a.isNaN || (isTop ? a < b : a > b) }

    mutating func offer(_ value: Double, _ row: Int, limit: Int) {
        if entries.count < limit {
            entries.append((value, row))
            rise(entries.count - 1)
        } else if isLess(entries[0].value, value) && !entries[0].value.isNaN || entries[0].value.isNaN && !value.isNaN {
            entries[0] = (value, row)
            sink()
        }
    }
    private mutating func rise(_ from: Int) {
        var place = from
        while place > 0 {
            let parent = (place - 1) / 2
            guard isLess(entries[place].value, entries[parent].value) else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }
    private mutating func sink() {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < entries.count else { return }
            if child + 1 < entries.count, isLess(entries[child + 1].value, entries[child].value) { child += 1 }
            guard isLess(entries[child].value, entries[place].value) else { return }
            entries.swapAt(place, child)
            place = child
        }
    }
    /// The best first, NaN last.
    func sorted() -> [(value: Double, row: Int)] {
        entries.sorted { a, b in b.value.isNaN ? !a.value.isNaN : isTop ? a.value > b.value : a.value < b.value }
    }
}

/// Some series of another operator, in an order of their own.
final class PickedOperator: Operator {
    private let inner: Operator
    private let rows: [Int]
    init(_ inner: Operator, _ rows: [Int]) {
        self.inner = inner
        self.rows = rows
        super.init(inner.run, inner.grid, inner.labels.picking(rows))
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) { try inner.fill(rows[row], out) }
}
