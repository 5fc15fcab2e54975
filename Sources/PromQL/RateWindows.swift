import Glibc
import Telemetry

/// Tells whether the samples of a series stand at the same times as those of the series before, as those of one target mostly do:
/// what follows from times alone then needs to be worked out once.
struct SharedTimes {
    enum Finding { case new, repeated, planned }

    private var times: [Int64] = []
    private var isPlanned = false

    /// `.repeated` where a plan would pay, `.planned` once `planned` was called for these times.
    mutating func look(at columns: SampleColumns) -> Finding {
        if columns.count == times.count, times.withUnsafeBytes({ isEqual($0, columns) }) { return isPlanned ? .planned : .repeated }
        times.removeAll(keepingCapacity: true)
        times.append(contentsOf: UnsafeBufferPointer(start: columns.times, count: columns.count))
        isPlanned = false
        return .new
    }
    mutating func planned() { isPlanned = true }

    private func isEqual(_ bytes: UnsafeRawBufferPointer, _ columns: SampleColumns) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        return memcmp(start, columns.times, bytes.count) == 0
    }
}

/// The windows of `rate` over samples at times that come again, in runs of windows that are stretched alike and move on evenly.
struct RateWindows {
    private struct Run {
        var step: Int
        var count = 1
        /// Of the first window; later ones stand `stride` further each.
        var first: Int
        var last: Int
        var stride = 1
        var stretch: Stretch

        func takes(step: Int, first: Int, last: Int, _ stretch: Stretch) -> Bool {
            guard step == self.step + count, last - first == self.last - self.first, stretch == self.stretch else { return false }
            return count == 1 ? first >= self.first : first == self.first + count * stride
        }
    }
    private var times = SharedTimes()
    private var runs: [Run] = []
    /// In all windows together.
    private(set) var samples = 0

    /// After `.repeated`, `add` each window and `finish`; after `.planned`, `fill`.
    mutating func look(at columns: SampleColumns) -> SharedTimes.Finding {
        let finding = times.look(at: columns)
        if finding == .repeated { runs.removeAll(keepingCapacity: true) }
        return finding
    }
    mutating func add(step: Int, first: Int, last: Int, _ stretch: Stretch) {
        if let run = runs.indices.last, runs[run].takes(step: step, first: first, last: last, stretch) {
            if runs[run].count == 1 { runs[run].stride = first - runs[run].first }
            runs[run].count += 1
        } else {
            runs.append(Run(step: step, first: first, last: last, stretch: stretch))
        }
    }
    mutating func finish(samples: Int) {
        self.samples = samples
        times.planned()
    }
    /// For a series without a drop; steps without a window are left as they are.
    func fill(_ out: Row, values: UnsafePointer<Double>, isCounter: Bool) {
        for run in runs {
            let place = out.values + run.step
            // One loop for each, so that the compiler widens that for the usual case.
            if run.stride == 1 {
                run.stretch.apply(values, from: run.first, to: run.last, stride: 1, count: run.count, isCounter: isCounter, place)
            } else {
                run.stretch.apply(values, from: run.first, to: run.last, stride: run.stride, count: run.count, isCounter: isCounter, place)
            }
        }
    }
}
