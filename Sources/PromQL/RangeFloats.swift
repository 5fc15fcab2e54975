import Glibc

extension RangeOperator {
    /// A series of floats alone: each window by its first and last index.
    func fillFloats(_ row: Int, _ out: Row) throws(QueryError) {
        if source.modifier != nil { return function.isRate ? fillExtendedRate(out) : fillExtendedChanges(out) }
        let (times, values) = (source.columns.times, source.columns.values)
        switch function {
        case .rate, .increase, .delta: fillRate(out)
        case .irate: slide(out) { lastChange(times, values, $1, $2, isRate: true) }
        case .idelta: slide(out) { lastChange(times, values, $1, $2, isRate: false) }
        case .changes: fillChanges(out) { $1 != $0 && !($1.isNaN && $0.isNaN) }
        case .resets: fillChanges(out) { $1 < $0 }
        case .count: slide(out) { Double($2 - $1) }
        case .present, .absent: slide(out) { _, _, _ in 1 }
        case .first: slide(out) { _, low, _ in values[low] }
        case .last: slide(out) { values[$2 - 1] }
        case .timeOfFirst: slide(out) { _, low, _ in Double(times[low]) / 1000 }
        case .timeOfLast: slide(out) { Double(times[$2 - 1]) / 1000 }
        case .minimum: fillExtreme(out) { $0 < $1 }
        case .maximum: fillExtreme(out) { $0 > $1 }
        case .timeOfMinimum: slide(out) { Double(times[firstExtreme(values, $1, $2) { $0 <= $1 }]) / 1000 }
        case .timeOfMaximum: slide(out) { Double(times[firstExtreme(values, $1, $2) { $0 >= $1 }]) / 1000 }
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
        case .variance: slide(out) { varianceOf(values, $1, $2) }
        case .deviation: slide(out) { varianceOf(values, $1, $2).squareRoot() }
        case .quantile: fillQuantile(out)
        case .medianDeviation: slide(out) { medianDeviation(values, $1, $2, &scratch.values) }
        case .deriv:
            slide(out) { $2 - $1 < 2 ? absent : linearRegression(times, values, $1, $2, at: times[$1]).slope }
        case .predictLinear:
            slide(out) { step, low, high in
                if high - low < 2 { return absent }
                let line = linearRegression(times, values, low, high, at: grid.time(step))
                return line.slope * parameters[0][step] + line.intercept
            }
        case .smoothing: try fillSmoothing(out)
        }
    }

    private func fillQuantile(_ out: Row) {
        let values = source.columns.values
        slide(out) { step, low, high in
            let quantile = parameters[0][step]
            remarkOnQuantile(quantile)
            scratch.values.removeAll(keepingCapacity: true)
            for index in low..<high { scratch.values.append(values[index]) }
            return quantileOf(quantile, &scratch.values)
        }
    }

    func remarkOnQuantile(_ quantile: Double) {
        if !(quantile >= 0 && quantile <= 1) { run.notes.invalidQuantile(quantile, parameterRange) }
    }

    private func fillSmoothing(_ out: Row) throws(QueryError) {
        let values = source.columns.values
        try checkSmoothing(0..<grid.count)
        slide(out) { step, low, high in
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
    private func fillChanges(_ out: Row, _ isChange: (Double, Double) -> Bool) {
        let (values, count) = (source.columns.values, source.columns.count)
        scratch.counts.removeAll(keepingCapacity: true)
        scratch.counts.append(0)
        var found: Int32 = 0
        for index in 1..<max(count, 1) {
            if isChange(values[index - 1], values[index]) { found &+= 1 }
            scratch.counts.append(found)
        }
        slide(out) { Double(scratch.counts[$2 - 1] &- scratch.counts[$1]) }
    }

    /// Whole numbers whose sums stay exact need no summing again from window to window: sums from the start are subtracted.
    private func fillSums(_ out: Row, _ exactly: (Int, Int) -> Double, exact: (Double, Double) -> Double) {
        let (values, count) = (source.columns.values, source.columns.count)
        var magnitude = 0.0
        scratch.values.removeAll(keepingCapacity: true)
        scratch.values.append(0)
        var sum = 0.0
        for index in 0..<count {
            let value = values[index]
            guard value == value.rounded(.towardZero) else {
                magnitude = .infinity
                break
            }
            sum += value
            magnitude += value.magnitude
            scratch.values.append(sum)
        }
        guard magnitude < 9_007_199_254_740_992 else { return slide(out) { exactly($1, $2) } }
        slide(out) { exact(scratch.values[$2] - scratch.values[$1], Double($2 - $1)) }
    }

    /// The extreme of every window by a queue of those that may still become it; a NaN is only taken while there is nothing else.
    private func fillExtreme(_ out: Row, _ isBetter: (Double, Double) -> Bool) {
        let values = source.columns.values
        var (head, next) = (0, 0)
        scratch.indexes.removeAll(keepingCapacity: true)
        slide(out) { _, low, high in
            next = max(next, low)
            while next < high {
                let value = values[next]
                while scratch.indexes.count > head {
                    let other = values[scratch.indexes[scratch.indexes.count - 1]]
                    guard other.isNaN || isBetter(value, other) || value == other && !value.isNaN else { break }
                    scratch.indexes.removeLast()
                }
                // A NaN behind a number can still be all that a later window has.
                scratch.indexes.append(next)
                next += 1
            }
            while head < scratch.indexes.count, scratch.indexes[head] < low { head += 1 }
            return head < scratch.indexes.count ? values[scratch.indexes[head]] : absent
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
