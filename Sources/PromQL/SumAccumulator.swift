import Telemetry

/// `sum`: floats compensated, histograms bucket by bucket; both at one step come to nothing.
final class SumAccumulator: Accumulator {
    private var sums: [Double]
    private var compensations: [Double]
    private var histograms: HistogramSums

    override init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange) {
        sums = Array(repeating: 0, count: groups * steps)
        compensations = sums
        histograms = HistogramSums(steps: steps, takesMean: false)
        super.init(run, groups, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        let (base, values) = (group * steps, row.values)
        sums.withUnsafeMutableBufferPointer { sums in
            compensations.withUnsafeMutableBufferPointer { compensations in
                seen.withUnsafeMutableBufferPointer { seen in
                    guard let sum = sums.baseAddress, let rest = compensations.baseAddress, let first = seen.baseAddress else { return }
                    if isPlain(row, sum + base) {
                        forEachIndex(steps) { addFinite(values[$0], &sum[base &+ $0], &rest[base &+ $0]) }
                        return (first + base).update(repeating: true, count: steps)
                    }
                    for step in 0..<steps {
                        let value = values[step]
                        if isAbsent(value) { continue }
                        seen[base + step] = true
                        addKahan(value, &sums[base + step], &compensations[base + step])
                    }
                }
            }
        }
        if !row.histograms.isEmpty { histograms.add(row, group: group, metric: metric, run, range) }
    }
    override func add(_ column: UnsafePointer<Double>, _ row: Row, _ groups: UnsafeBufferPointer<Int>) {
        sums.withUnsafeMutableBufferPointer { sums in
            compensations.withUnsafeMutableBufferPointer { compensations in
                seen.withUnsafeMutableBufferPointer { seen in
                    for (index, group) in groups.enumerated() where !isAbsent(column[index]) {
                        seen[group] = true
                        addKahan(column[index], &sums[group], &compensations[group])
                    }
                }
            }
        }
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps where seen[group * steps + step] {
            out.values[step] = sums[group * steps + step] + compensations[group * steps + step]
        }
        histograms.finish(group, out, run, range)
    }
}

extension Accumulator {
    /// Whether `row` has a float at each step, with sums that stay finite. Then no step needs a branch.
    fileprivate func isPlain(_ row: Row, _ sums: UnsafePointer<Double>) -> Bool {
        let values = row.values
        var others = 0
        forEachIndex(steps) {
            let sum = sums[$0] + values[$0]
            // Zero for all but infinities and what is no number.
            others &+= sum - sum == 0 ? 0 : 1
        }
        return others == 0
    }
}

/// `avg`, as Prometheus takes a mean.
final class MeanAccumulator: Accumulator {
    private var sums: [Double]
    private var compensations: [Double]
    private var counts: [Double]
    /// Means carried along where the sum left the numbers, by cell.
    private var carried: [Int: RunningMean] = [:]
    private var histograms: HistogramSums

    override init(_ run: Evaluation, _ groups: Int, _ steps: Int, _ range: SourceRange) {
        sums = Array(repeating: 0, count: groups * steps)
        compensations = sums
        counts = sums
        histograms = HistogramSums(steps: steps, takesMean: true)
        super.init(run, 0, steps, range)
    }
    override func add(_ row: Row, group: Int, metric: () -> String) {
        let (base, values) = (group * steps, row.values)
        var overflows: [(step: Int, value: Double)] = []
        sums.withUnsafeMutableBufferPointer { sums in
            compensations.withUnsafeMutableBufferPointer { compensations in
                counts.withUnsafeMutableBufferPointer { counts in
                    guard let sum = sums.baseAddress, let rest = compensations.baseAddress, let number = counts.baseAddress else { return }
                    if carried.isEmpty, isPlain(row, sum + base) {
                        forEachIndex(steps) { addFinite(values[$0], &sum[base &+ $0], &rest[base &+ $0]) }
                        forEachIndex(steps) { number[base &+ $0] += 1 }
                        return
                    }
                    for step in 0..<steps {
                        let value = values[step]
                        if isAbsent(value) { continue }
                        var (sum, compensation) = (sums[base + step], compensations[base + step])
                        let isCarried = compensation == .infinity
                        addKahan(value, &sum, &compensation)
                        // The first may be infinite by itself.
                        if isCarried || sum.isInfinite && counts[base + step] > 0 {
                            overflows.append((step, value))
                        } else {
                            (sums[base + step], compensations[base + step]) = (sum, compensation)
                        }
                        counts[base + step] += 1
                    }
                }
            }
        }
        for (step, value) in overflows { carry(value, base + step) }
        if !row.histograms.isEmpty { histograms.add(row, group: group, metric: metric, run, range) }
    }
    private func carry(_ value: Double, _ cell: Int) {
        var mean = carried[cell] ?? RunningMean(sum: sums[cell], compensation: compensations[cell], count: counts[cell] - 1)
        mean.add(value)
        carried[cell] = mean
        // What a compensation never is: from now on all goes to the mean.
        compensations[cell] = .infinity
    }
    override func finish(_ group: Int, _ out: Row) {
        for step in 0..<steps where counts[group * steps + step] > 0 {
            let cell = group * steps + step
            out.values[step] = carried[cell]?.value ?? (sums[cell] / counts[cell] + compensations[cell] / counts[cell])
        }
        histograms.finish(group, out, run, range)
    }
}
