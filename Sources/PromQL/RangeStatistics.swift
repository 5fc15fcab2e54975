import Glibc
import Telemetry

func compensatedSum(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int) -> Double {
    var (sum, compensation) = (0.0, 0.0)
    for index in low..<high { addKahan(values[index], &sum, &compensation) }
    return sum.isInfinite ? sum : sum + compensation
}

/// The plain mean as long as the sum stays finite, from there on a mean carried along.
func compensatedMean(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int) -> Double {
    var mean = RunningMean(values[low])
    for index in (low + 1)..<max(high, low + 1) { mean.add(values[index]) }
    return mean.value
}

/// A mean as Prometheus takes it: sum by count, but carried along once the sum leaves the numbers.
struct RunningMean {
    private var sum: Double
    private var compensation = 0.0
    private var mean = 0.0
    private(set) var count = 1.0
    private var isIncremental = false
    init(_ first: Double) { sum = first }
    /// Of `count` values whose sum is known.
    init(sum: Double, compensation: Double, count: Double) {
        (self.sum, self.compensation, self.count) = (sum, compensation, count)
    }

    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var (newSum, newCompensation) = (sum, compensation)
            addKahan(value, &newSum, &newCompensation)
            if !newSum.isInfinite {
                (sum, compensation) = (newSum, newCompensation)
                return
            }
            isIncremental = true
            mean = sum / (count - 1)
            compensation /= count - 1
        }
        let share = (count - 1) / count
        mean *= share
        compensation *= share
        addKahan(value / count, &mean, &compensation)
    }
    var value: Double { isIncremental ? mean + compensation : sum / count + compensation / count }
}

func varianceOf(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int) -> Double {
    var (count, mean, meanRest, squares, squaresRest) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for index in low..<high {
        count += 1
        let difference = values[index] - (mean + meanRest)
        addKahan(difference / count, &mean, &meanRest)
        addKahan(difference * (values[index] - (mean + meanRest)), &squares, &squaresRest)
    }
    return (squares + squaresRest) / count
}

/// Before all numbers, as Prometheus sorts: NaN first.
@inline(__always) func isBefore(_ a: Double, _ b: Double) -> Bool { a < b || a.isNaN && !b.isNaN }

/// The `quantile` of `values`, which it sorts: between two neighbours in proportion.
func quantileOf(_ quantile: Double, _ values: inout [Double]) -> Double {
    values.sort(by: isBefore)
    return quantileOf(quantile, count: values.count) { values[$0] }
}
/// Of so many values in order.
@inline(__always)
func quantileOf(_ quantile: Double, count: Int, _ value: (Int) -> Double) -> Double {
    if count == 0 || quantile.isNaN { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    let rank = quantile * Double(count - 1)
    let low = max(0, rank.rounded(.down))
    let high = min(Double(count - 1), low + 1)
    let weight = rank - rank.rounded(.down)
    return value(Int(low)) * (1 - weight) + value(Int(high)) * weight
}

/// Values in order, into which others go while some leave; NaN stands before all numbers.
struct SortedWindow {
    var numbers: [Double] = []
    private var nanCount = 0

    mutating func removeAll() {
        numbers.removeAll(keepingCapacity: true)
        nanCount = 0
    }
    mutating func insert(_ value: Double) {
        if value.isNaN { nanCount += 1 } else { numbers.insert(value, at: place(of: value)) }
    }
    /// One that was inserted before.
    mutating func remove(_ value: Double) {
        if value.isNaN { nanCount -= 1 } else { numbers.remove(at: place(of: value)) }
    }
    private func place(of value: Double) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low &+ high) / 2
            if numbers[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
    func quantile(_ quantile: Double) -> Double {
        quantileOf(quantile, count: nanCount + numbers.count) { $0 < nanCount ? .nan : numbers[$0 - nanCount] }
    }
}

func medianDeviation(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int, _ scratch: inout [Double]) -> Double {
    scratch.removeAll(keepingCapacity: true)
    for index in low..<high {
        if values[index].isNaN { return .nan }
        scratch.append(values[index])
    }
    let median = quantileOf(0.5, &scratch)
    for index in scratch.indices { scratch[index] = (scratch[index] - median).magnitude }
    return quantileOf(0.5, &scratch)
}

/// The line of least squares; `intercept` is its value at `time`.
func linearRegression(
    _ times: UnsafePointer<Int64>, _ values: UnsafePointer<Double>, _ low: Int, _ high: Int, at time: Int64
) -> (slope: Double, intercept: Double) {
    var (x, xRest, y, yRest, xy, xyRest, xx, xxRest) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    let first = values[low]
    var isConstant = true
    for index in low..<high {
        let value = values[index]
        if index > low, value != first { isConstant = false }
        let seconds = Double(times[index] &- time) / 1000
        addKahan(seconds, &x, &xRest)
        addKahan(value, &y, &yRest)
        addKahan(seconds * value, &xy, &xyRest)
        addKahan(seconds * seconds, &xx, &xxRest)
    }
    if isConstant { return first.isInfinite ? (.nan, .nan) : (0, first) }
    let count = Double(high - low)
    (x, y, xy, xx) = (x + xRest, y + yRest, xy + xyRest, xx + xxRest)
    let slope = (xy - x * y / count) / (xx - x * x / count)
    return (slope, y / count - slope * x / count)
}

func doubleExponential(_ values: UnsafePointer<Double>, _ low: Int, _ high: Int, smoothing: Double, trend: Double) -> Double {
    var (before, level) = (0.0, values[low])
    var slope = values[low + 1] - values[low]
    for index in (low + 1)..<high {
        if index > low + 1 { slope = trend * (level - before) + (1 - trend) * slope }
        let next = smoothing * values[index] + (1 - smoothing) * (level + slope)
        (before, level) = (level, next)
    }
    return level
}
