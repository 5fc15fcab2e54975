import Telemetry

/// Native histograms being added up, or their mean taken: as the sum by the count, but carried along once the sum leaves the numbers.
struct HistogramTotal {
    private var total: HistogramSum
    private(set) var count = 1.0
    private var isIncremental = false
    private let takesMean: Bool
    private var hasReset: Bool
    private var hasNoReset: Bool
    private(set) var hasReconciledBounds = false
    /// A histogram came that doesn't go with those before; there is no result then.
    private(set) var isMixed = false

    init(_ first: NativeHistogram, takesMean: Bool) {
        total = HistogramSum(first)
        self.takesMean = takesMean
        (hasReset, hasNoReset) = (first.resetHint == .reset, first.resetHint == .notReset)
    }
    var hasCollision: Bool { hasReset && hasNoReset }

    /// False where `next` doesn't go with those before.
    mutating func add(_ next: NativeHistogram) -> Bool {
        guard !isMixed else { return true }
        count += 1
        if next.resetHint == .reset { hasReset = true }
        if next.resetHint == .notReset { hasNoReset = true }
        do { try combine(next) } catch {
            isMixed = true
            return false
        }
        return true
    }
    private mutating func combine(_ next: NativeHistogram) throws(HistogramSum.MixedSchemas) {
        guard takesMean else { return note(try total.add(next)) }
        if !isIncremental {
            // A sum that leaves the numbers is not kept, so it is made beside the one so far.
            var sum = total
            note(try sum.add(next))
            if !sum.sum.hasOverflow {
                total = sum
                return
            }
            isIncremental = true
            total.divide(by: count - 1)
        }
        total.scale(by: (count - 1) / count)
        var share = next
        share.divide(by: count)
        note(try total.add(share))
    }
    private mutating func note(_ remarks: HistogramSum.Remarks) {
        if remarks.contains(.reconciledBounds) { hasReconciledBounds = true }
    }
    var result: NativeHistogram {
        guard takesMean, !isIncremental else { return total.result }
        var mean = total
        mean.divide(by: count)
        return mean.result
    }

    /// Tells what happened on the way.
    func remark(_ run: Evaluation, _ range: SourceRange) {
        if hasCollision { run.notes.resetCollision(.aggregation, range) }
        if hasReconciledBounds { run.notes.reconciledBounds(.aggregation, range) }
    }
}

/// The histograms of an aggregation's groups, at the steps that have any.
struct HistogramSums {
    private let steps: Int
    private let takesMean: Bool
    private var totals: [Int: HistogramTotal] = [:]
    init(steps: Int, takesMean: Bool) {
        self.steps = steps
        self.takesMean = takesMean
    }

    mutating func add(_ row: Row, group: Int, metric: () -> String, _ run: Evaluation, _ range: SourceRange) {
        for entry in row.histograms {
            let cell = group * steps + entry.step
            guard totals[cell]?.add(entry.value) ?? start(cell, entry.value) else {
                run.notes.mixedSchemas(metric: metric(), range)
                continue
            }
        }
    }
    private mutating func start(_ cell: Int, _ first: NativeHistogram) -> Bool {
        totals[cell] = HistogramTotal(first, takesMean: takesMean)
        return true
    }
    /// Puts the histograms beside the floats of `out`; where both stand neither stays.
    func finish(_ group: Int, _ out: Row, _ run: Evaluation, _ range: SourceRange) {
        guard !totals.isEmpty else { return }
        for step in 0..<steps {
            guard let total = totals[group * steps + step] else { continue }
            total.remark(run, range)
            if !isAbsent(out.values[step]) {
                run.notes.mixedFloatsAndHistogramsInAggregation(range)
                out.values[step] = absent
            } else if !total.isMixed {
                out.histograms.append(StepHistogram(step: step, value: total.result.compacted()))
            }
        }
    }
}
