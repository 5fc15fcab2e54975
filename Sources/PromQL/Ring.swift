import Telemetry

/// The newest samples of one series, as a standing query keeps them: floats, and staleness markers among them.
struct Ring {
    var times: UnsafeMutablePointer<Int64>
    var values: UnsafeMutablePointer<Double>
    var count: Int32 = 0
    var capacity: Int32
    /// False once a histogram came: those are read from the store.
    var hasAll = true
    /// No staleness marker came.
    var isPlain = true
    /// Of the newest sample that was below the one before.
    var lastReset = Int64.min

    /// Of the first sample behind `time`; mostly one of the last is meant, or of the first.
    @inline(__always)
    func index(after time: Int64) -> Int {
        var (low, high) = (0, Int(count))
        while high > 0, high &+ 2 > count, times[high &- 1] > time { high &-= 1 }
        if high == 0 || times[high &- 1] <= time { return high }
        while low < high {
            let middle = (low &+ high) / 2
            if times[middle] <= time { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
    func copy(to columns: SampleColumns) {
        columns.reserve(Int(count))
        (columns.times + columns.count).update(from: times, count: Int(count))
        (columns.values + columns.count).update(from: values, count: Int(count))
        columns.setCount(columns.count + Int(count))
    }
}

/// The rings of many series.
final class Rings {
    private var rings = UnsafeMutablePointer<Ring>.allocate(capacity: 16)
    private var count = 0
    private var capacity = 16

    deinit {
        for row in 0..<count { free(rings[row]) }
        rings.deallocate()
    }
    private func free(_ ring: Ring) {
        ring.times.deallocate()
        ring.values.deallocate()
    }
    subscript(row: Int) -> UnsafeMutablePointer<Ring> { rings + row }

    /// One more, empty.
    func append() {
        if count == capacity {
            let grown = UnsafeMutablePointer<Ring>.allocate(capacity: capacity * 2)
            grown.moveInitialize(from: rings, count: count)
            rings.deallocate()
            (rings, capacity) = (grown, capacity * 2)
        }
        (rings + count).initialize(to: Ring(times: .allocate(capacity: 16), values: .allocate(capacity: 16), capacity: 16))
        count += 1
    }

    /// Adds samples that came; those before `start` may go.
    func append(_ samples: SampleColumns, to row: Int, keeping start: Int64) {
        let ring = rings + row
        guard ring.pointee.hasAll else { return }
        if !samples.histograms.isEmpty {
            ring.pointee.hasAll = false
            return
        }
        if Int(ring.pointee.count) + samples.count > Int(ring.pointee.capacity) { makeRoom(ring, samples.count, keeping: start) }
        var count = Int(ring.pointee.count)
        for index in 0..<samples.count {
            let (time, value) = (samples.times[index], samples.values[index])
            if isAbsent(value) {
                ring.pointee.isPlain = false
            } else if count > 0, value < ring.pointee.values[count - 1] {
                ring.pointee.lastReset = time
            }
            ring.pointee.times[count] = time
            ring.pointee.values[count] = value
            count += 1
        }
        ring.pointee.count = Int32(truncatingIfNeeded: count)
    }
    private func makeRoom(_ ring: UnsafeMutablePointer<Ring>, _ extra: Int, keeping start: Int64) {
        let old = ring.pointee
        let first = min(old.index(after: start - 1), Int(old.count))
        let kept = Int(old.count) - first
        // Half as much again, so that old ones go many at a time.
        let capacity = max(16, (kept + extra) * 3 / 2)
        if capacity > Int(old.capacity) {
            ring.pointee.times = .allocate(capacity: capacity)
            ring.pointee.values = .allocate(capacity: capacity)
            ring.pointee.capacity = Int32(truncatingIfNeeded: capacity)
        }
        ring.pointee.times.update(from: old.times + first, count: kept)
        ring.pointee.values.update(from: old.values + first, count: kept)
        ring.pointee.count = Int32(truncatingIfNeeded: kept)
        if capacity > Int(old.capacity) { free(old) }
    }
}
