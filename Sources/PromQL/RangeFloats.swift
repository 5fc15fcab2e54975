import Glibc

extension RangeOperator {
    /// A series of floats alone: each window by its first and last index.
    func fillFloats(_ row: Int, _ out: Row) throws(QueryError) {
        if source.modifier != nil { return function.isRate ? fillExtendedRate(out) : fillExtendedChanges(out) }
        let (times, values) = (source.columns.times, source.columns.values)
        switch function {
        case .rate, .increase, .delta: fillRate(out)
        case .irate: slide(out) { _, low, high, _ in lastChange(times, values, low, high, isRate: true) }
        case .idelta: slide(out) { _, low, high, _ in lastChange(times, values, low, high, isRate: false) }
        case .changes: fillChanges(out) { $1 != $0 && !($1.isNaN && $0.isNaN) }
        case .resets: fillChanges(out) { $1 < $0 }
        case .count: slide(out) { _, low, high, _ in Double(high - low) }
        case .present, .absent: slide(out) { _, _, _, _ in 1 }
        case .first: slide(out) { _, low, _, _ in values[low] }
        case .last: slide(out) { _, _, high, _ in values[high - 1] }
        case .timeOfFirst: slide(out) { _, low, _, _ in Double(times[low]) / 1000 }
        case .timeOfLast: slide(out) { _, _, high, _ in Double(times[high - 1]) / 1000 }
        case .minimum: fillExtreme(out) { $0 < $1 }
        case .maximum: fillExtreme(out) { $0 > $1 }
        case .timeOfMinimum: slide(out) { _, low, high, _ in Double(times[firstExtreme(values, low, high) { $0 <= $1 }]) / 1000 }
        case .timeOfMaximum: slide(out) { _, low, high, _ in Double(times[firstExtreme(values, low, high) { $0 >= $1 }]) / 1000 }
        case .sum:
            fillSums(out) {
                compensatedSum(values, $0, $1)
            } exact: { sum, _ in
                sum
            }
        case .average:
            fillSums(out) {
                compensatedMean(values, $0, $1)
            } exact: {
                $0 / $1
            }
        case .variance: slide(out) { _, low, high, _ in varianceOf(values, low, high) }
        case .deviation: slide(out) { _, low, high, _ in varianceOf(values, low, high).squareRoot() }
        case .quantile: fillQuantile(out)
        case .medianDeviation: slide(out) { _, low, high, _ in medianDeviation(values, low, high, &scratch.values) }
        case .deriv:
            slide(out) { _, low, high, _ in high - low < 2 ? absent : linearRegression(times, values, low, high, at: times[low]).slope }
        case .predictLinear:
            slide(out) { step, low, high, _ in
                if high - low < 2 { return absent }
                let line = linearRegression(times, values, low, high, at: grid.time(step))
                return line.slope * parameters[0][step] + line.intercept
            }
        case .smoothing: try fillSmoothing(out)
        }
    }

    /// The values of a window are kept in order, from window to window.
    private func fillQuantile(_ out: Row) {
        let values = source.columns.values
        var window = SortedWindow()
        swap(&window.numbers, &scratch.values)
        window.numbers.removeAll(keepingCapacity: true)
        var (from, through) = (0, 0)
        slide(out) { step, low, high, _ in
            let quantile = parameters[0][step]
            remarkOnQuantile(quantile)
            if low >= through {
                window.removeAll()
            } else {
                for index in from..<low { window.remove(values[index]) }
            }
            for index in max(through, low)..<high { window.insert(values[index]) }
            (from, through) = (low, high)
            return window.quantile(quantile)
        }
        swap(&window.numbers, &scratch.values)
    }

    func remarkOnQuantile(_ quantile: Double) {
        if !(quantile >= 0 && quantile <= 1) { run.notes.invalidQuantile(quantile, parameterRange) }
    }

    private func fillSmoothing(_ out: Row) throws(QueryError) {
        let values = source.columns.values
        try checkSmoothing(0..<grid.count)
        slide(out) { step, low, high, _ in
            high - low < 2 ? absent : doubleExponential(values, low, high, smoothing: parameters[0][step], trend: parameters[1][step])
        }
    }
    func checkSmoothing(_ steps: Range<Int>) throws(QueryError) {
        for (name, values) in zip(["smoothing", "trend"], parameters) {
            for step in values.isConstant ? 0..<1 : steps where !(values[step] > 0 && values[step] < 1) {
                let letter = name == "trend" ? "tf" : "sf"
                throw .execution(message: "invalid \(name) factor. Expected: 0 < \(letter) < 1, got: \(fixed(values[step], decimals: 6))")
            }
        }
    }

    /// Changes between neighbours, counted once for the series: a window's is a difference.
    @inline(__always)
    private func fillChanges(_ out: Row, _ isChange: (Double, Double) -> Bool) {
        let (values, count) = (source.columns.values, source.columns.count)
        var counts: [Int32] = []
        swap(&counts, &scratch.counts)
        counts.removeAll(keepingCapacity: true)
        counts.append(0)
        var found: Int32 = 0
        for index in 1..<max(count, 1) {
            if isChange(values[index - 1], values[index]) { found &+= 1 }
            counts.append(found)
        }
        counts.withUnsafeBufferPointer { counts in
            slide(out) { _, low, high, _ in Double(counts[high - 1] &- counts[low]) }
        }
        swap(&counts, &scratch.counts)
    }

    /// Whole numbers whose sums stay exact need no summing again from window to window: sums from the start are subtracted.
    @inline(__always)
    private func fillSums(_ out: Row, _ exactly: (Int, Int) -> Double, exact: (Double, Double) -> Double) {
        let (values, count) = (source.columns.values, source.columns.count)
        var sums: [Double] = []
        swap(&sums, &scratch.values)
        defer { swap(&sums, &scratch.values) }
        sums.removeAll(keepingCapacity: true)
        sums.append(0)
        var (sum, magnitude) = (0.0, 0.0)
        for index in 0..<count {
            let value = values[index]
            guard value == value.rounded(.towardZero) else {
                magnitude = .infinity
                break
            }
            sum += value
            magnitude += value.magnitude
            sums.append(sum)
        }
        guard magnitude < 9_007_199_254_740_992 else { return slide(out) { _, low, high, _ in exactly(low, high) } }
        sums.withUnsafeBufferPointer { sums in
            slide(out) { _, low, high, _ in exact(sums[high] - sums[low], Double(high - low)) }
        }
    }

    /// The extreme of every window by a queue of those that may still become it; a NaN is only taken while there is nothing else.
    @inline(__always)
    private func fillExtreme(_ out: Row, _ isBetter: (Double, Double) -> Bool) {
        let (values, count) = (source.columns.values, source.columns.count)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1)) { queue in
            var (head, tail, next) = (0, 0, 0)
            slide(out) { _, low, high, _ in
                next = max(next, low)
                while next < high {
                    let value = values[next]
                    while tail > head {
                        let other = values[Int(queue[tail &- 1])]
                        guard other.isNaN || isBetter(value, other) || value == other else { break }
                        tail &-= 1
                    }
                    // A NaN behind a number can still be all that a later window has.
                    queue[tail] = Int32(truncatingIfNeeded: next)
                    tail &+= 1
                    next &+= 1
                }
                while head < tail, queue[head] < low { head &+= 1 }
                return head < tail ? values[Int(queue[head])] : absent
            }
        }
    }
}

@inline(__always)
private func lastChange(
    _ times: UnsafePointer<Int64>, _ values: UnsafePointer<Double>, _ low: Int, _ high: Int, isRate: Bool
) -> Double {
    guard high - low >= 2 else { return absent }
    let (before, last) = (values[high - 2], values[high - 1])
    let interval = times[high - 1] &- times[high - 2]
    guard interval != 0 else { return absent }
    let change = isRate && last < before ? last : last - before
    return isRate ? change / (Double(interval) / 1000) : change
}
