import Telemetry

/// Two sides to be matched series by series.
struct MatchJob {
    let left: Operator
    let right: Operator
    let matching: BinaryExpression.Matching
    let signatures: Signatures
    let operation: PointOperation

    var run: Evaluation { left.run }
    var isSwapped: Bool { matching.cardinality == .oneToMany }
    /// The side that may have several series a signature, or the left one.
    var many: Operator { isSwapped ? right : left }
    var one: Operator { isSwapped ? left : right }
    var manySignatures: [Int] { isSwapped ? signatures.right : signatures.left }
    var oneSignatures: [Int] { isSwapped ? signatures.left : signatures.right }

    /// Of a point of the many and one of the one side.
    func apply(_ many: PointValue, _ one: PointValue) -> (value: PointValue, holds: Bool)? {
        isSwapped ? operation.apply(one, many) : operation.apply(many, one)
    }
}

/// Matched series where no step can bring a conflict: each pair of series is a result series.
final class PairedOperator: Operator {
    private let job: MatchJob
    private let pairs: [(many: Int, one: Int)]
    private let one: Operator
    private let row: Row

    /// Nil where a signature has several series on a side that may have only one, or two results would have the same labels.
    static func make(_ job: MatchJob) throws(QueryError) -> PairedOperator? {
        guard job.matching.fillLeft == nil, job.matching.fillRight == nil else { return nil }
        guard Signatures.areUnique(job.oneSignatures, of: job.signatures.count) else { return nil }
        let isOneToOne = job.matching.cardinality == .oneToOne
        if isOneToOne, !Signatures.areUnique(job.manySignatures, of: job.signatures.count) { return nil }
        var partner = [Int](repeating: -1, count: job.signatures.count)
        for (row, signature) in job.oneSignatures.enumerated() { partner[signature] = row }
        let result = ResultLabels(job.matching, job.operation.operation, job.run.symbols)
        var (index, labels, pairs) = (LabelIndex(capacity: job.many.count), [SymbolPair](), [(many: Int, one: Int)]())
        for (row, signature) in job.manySignatures.enumerated() where partner[signature] >= 0 {
            result.make(job.many.labels[row], job.one.labels[partner[signature]], into: &labels)
            guard index.insert(labels[...], dropsName: job.operation.returnsBool || job.many.labels.dropsName[row]).isNew else {
                return nil
            }
            pairs.append((row, partner[signature]))
        }
        // The one side is read once for each of the many, so it had better be there.
        let one = isOneToOne ? job.one : try Matrix.collecting(job.one)
        return PairedOperator(job, pairs, one, index.table)
    }
    private init(_ job: MatchJob, _ pairs: [(many: Int, one: Int)], _ one: Operator, _ labels: LabelTable) {
        self.job = job
        self.pairs = pairs
        self.one = one
        row = Row(count: job.left.grid.count)
        super.init(job.run, job.left.grid, labels)
    }

    override func fill(_ index: Int, _ out: Row) throws(QueryError) {
        try job.many.fill(pairs[index].many, out)
        try one.fill(pairs[index].one, row)
        let operation = job.operation.operation
        let isTrim = operation == .trimLower || operation == .trimUpper
        if !out.histograms.isEmpty || !row.histograms.isEmpty || isTrim { return combinePoints(out) }
        switch operation {
        case .add: combine(out) { $0 + $1 }
        case .subtract: combine(out) { $0 - $1 }
        case .multiply: combine(out) { $0 * $1 }
        case .divide: combine(out) { $0 / $1 }
        default: combinePoints(out)
        }
    }
    /// Replaces every float by what `body` makes of the left and the right number.
    @inline(__always)
    private func combine(_ out: Row, _ body: (Double, Double) -> Double) {
        let (values, others, isSwapped) = (out.values, row.values, job.isSwapped)
        for step in 0..<out.count {
            let (a, b) = (values[step], others[step])
            values[step] = isAbsent(a) || isAbsent(b) ? absent : isSwapped ? body(b, a) : body(a, b)
        }
    }
    private func combinePoints(_ out: Row) {
        let histograms = out.histograms
        out.histograms = []
        var place = 0
        for step in 0..<out.count {
            while place < histograms.count, histograms[place].step < step { place += 1 }
            let isHistogram = place < histograms.count && histograms[place].step == step
            guard isHistogram || !isAbsent(out.values[step]) else { continue }
            let many = isHistogram ? PointValue.histogram(histograms[place].value) : .float(out.values[step])
            out.values[step] = absent
            let one = isAbsent(row.values[step]) ? row.histogram(at: step).map { PointValue.histogram($0) } : .float(row.values[step])
            guard let one, let (value, holds) = job.apply(many, one), holds else { continue }
            switch value {
            case .float(let number): out.values[step] = number
            case .histogram(let histogram): out.histograms.append(StepHistogram(step: step, value: histogram))
            }
        }
    }
}
