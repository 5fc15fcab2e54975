import Telemetry

/// Matching where series of one signature take turns, or would be in conflict: every step is looked at by itself, as Prometheus does.
struct StepwiseMatch {
    private let job: MatchJob
    private let many: Matrix
    private let one: Matrix
    private let result: ResultLabels
    private var index = LabelIndex()
    private var points: [(row: Int, step: Int, value: PointValue)] = []
    private var labels: [SymbolPair] = []

    static func match(_ job: MatchJob) throws(QueryError) -> Matrix {
        var steps = try StepwiseMatch(job)
        return try steps.run()
    }
    private init(_ job: MatchJob) throws(QueryError) {
        self.job = job
        many = try Matrix.collecting(job.many)
        one = try Matrix.collecting(job.one)
        result = ResultLabels(job.matching, job.operation.operation, job.run.symbols)
    }

    private mutating func run() throws(QueryError) -> Matrix {
        for step in 0..<many.grid.count {
            try job.run.checkCancellation(cost: 1 + (many.count + one.count) / 16)
            try match(step)
        }
        let matrix = try Matrix.make(job.run, many.grid, index.table)
        for point in points {
            if matrix.isPresent(point.row, point.step) { throw .execution(message: "vector cannot contain metrics with the same labelset") }
            matrix.set(point.row, point.step, point.value)
        }
        return matrix
    }

    private mutating func match(_ step: Int) throws(QueryError) {
        let manyRows = (0..<many.count).filter { many.isPresent($0, step) }
        let oneRows = (0..<one.count).filter { one.isPresent($0, step) }
        // With `group_right` too, as Prometheus does: `fill_right` stands for a missing one of the one side.
        let (fillMany, fillOne) = (job.matching.fillLeft, job.matching.fillRight)
        if manyRows.isEmpty || oneRows.isEmpty, fillMany == nil && fillOne == nil { return }
        var partner: [Int: Int] = [:]
        for row in oneRows {
            if let other = partner[job.oneSignatures[row]] { throw duplicate(row, other) }
            partner[job.oneSignatures[row]] = row
        }
        var matched: [Int: Set<Int>] = [:]
        for row in manyRows {
            guard let point = many.point(row, step) else { continue }
            let (signature, drops) = (job.manySignatures[row], many.labels.dropsName[row])
            if let other = partner[signature], let otherPoint = one.point(other, step) {
                try join(many.labels[row], one.labels[other], point, otherPoint, drops, signature, step, &matched)
            } else if let fillOne {
                try join(many.labels[row], matchingLabels(many.labels[row]), point, .float(fillOne), drops, signature, step, &matched)
            }
        }
        guard let fillMany else { return }
        for row in oneRows where matched[job.oneSignatures[row]] == nil {
            guard let point = one.point(row, step) else { continue }
            let signature = job.oneSignatures[row]
            try join(matchingLabels(one.labels[row]), one.labels[row], .float(fillMany), point, false, signature, step, &matched)
        }
    }

    private mutating func join(
        _ manyLabels: ArraySlice<SymbolPair>, _ oneLabels: ArraySlice<SymbolPair>, _ manyPoint: PointValue, _ onePoint: PointValue,
        _ dropsName: Bool, _ signature: Int, _ step: Int, _ matched: inout [Int: Set<Int>]
    ) throws(QueryError) {
        guard let (value, holds) = job.apply(manyPoint, onePoint) else { return }
        result.make(manyLabels, oneLabels, into: &labels)
        let row = index.insert(labels[...], dropsName: job.operation.returnsBool || dropsName).row
        if job.matching.cardinality == .oneToOne {
            if matched[signature] != nil {
                throw .execution(message: "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
            }
            matched[signature] = [row]
        } else if !matched[signature, default: []].insert(row).inserted {
            throw .execution(message: "multiple matches for labels: grouping labels must ensure unique matches")
        }
        guard holds else { return }
        try job.run.hold(1)
        points.append((row, step, value))
    }

    private func matchingLabels(_ labels: ArraySlice<SymbolPair>) -> ArraySlice<SymbolPair> {
        let symbols = job.run.symbols
        let selection = LabelSelection(job.matching.labels.map(symbols.symbol), isOn: job.matching.isOn, name: symbols.name)
        var out: [SymbolPair] = []
        selection.select(labels, into: &out)
        return out[...]
    }
    private func duplicate(_ row: Int, _ other: Int) -> QueryError {
        let symbols = job.run.symbols
        let both = [symbols.describe(one.labels[row]), symbols.describe(one.labels[other])].sorted()
        let group = symbols.describe(matchingLabels(one.labels[row]))
        let side = job.isSwapped ? "left" : "right"
        return .execution(
            message: "found duplicate series for the match group \(group) on the \(side) hand-side of the operation: "
                + "[\(both[0]), \(both[1])];many-to-many matching not allowed: matching labels must be unique on one side")
    }
}
