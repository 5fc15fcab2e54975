import Telemetry

/// The newest samples of one series, as a standing query keeps them: floats, and staleness markers among them. Numbered from the oldest.
struct Ring {
    fileprivate let times: UnsafeMutablePointer<Int64>
    fileprivate let values: UnsafeMutablePointer<Double>
    /// From the place of a sample to that of the next; and how many places there are before they begin anew.
    fileprivate let stride: Int
    fileprivate let slots: Int
    fileprivate let start: Int
    let count: Int
    /// Of the newest sample that was below the one before.
    let lastReset: Int64

    @inline(__always) private func place(_ index: Int) -> Int {
        let slot = start &+ index
        return (slot >= slots ? slot &- slots : slot) &* stride
    }
    @inline(__always) func time(_ index: Int) -> Int64 { times[place(index)] }
    @inline(__always) func value(_ index: Int) -> Double { values[place(index)] }

    /// Of the first sample behind `time`; mostly it is near `guess`.
    @inline(__always)
    func index(after time: Int64, near guess: Int) -> Int {
        let guess = min(max(guess, 0), count)
        let isAhead = guess == count || self.time(guess) > time
        return isAhead && (guess == 0 || self.time(guess &- 1) <= time) ? guess : search(time)
    }
    private func search(_ time: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low &+ high) / 2
            if self.time(middle) <= time { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
    func copy(to columns: SampleColumns) {
        columns.reserve(count)
        for index in 0..<count {
            columns.times[columns.count + index] = time(index)
            columns.values[columns.count + index] = value(index)
        }
        columns.setCount(columns.count + count)
    }
}

/// The rings of many series.
///
/// What series have in the same slot of their rings stands side by side, and all rings end in the same slot where the series are scraped alike: one
/// step of all series is a few straight walks through memory.
final class Rings {
    struct State {
        /// The slot of the oldest sample.
        fileprivate var start: Int32 = 0
        fileprivate var count: Int32 = 0
        fileprivate var lastReset = Int64.min
        /// False once a histogram came, or more than there is room for: such series are read from the store.
        fileprivate(set) var hasAll = true
        /// No staleness marker came.
        fileprivate(set) var isPlain = true
    }
    private var times = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    private var values = UnsafeMutablePointer<Double>.allocate(capacity: 1)
    private var states = UnsafeMutablePointer<State>.allocate(capacity: 1)
    private var count = 0
    /// Rows that there is room for, and samples of each.
    private var (rows, slots) = (0, 0)
    /// Samples of all series together.
    private let limit: Int
    /// Behind the newest sample that was appended: where other series mostly end, too.
    private var head = 0

    init(limit: Int) { self.limit = limit }
    deinit {
        times.deallocate()
        values.deallocate()
        states.deallocate()
    }

    func state(_ row: Int) -> State { states[row] }
    func areAllPlain(_ range: Range<Int>) -> Bool { range.allSatisfy { states[$0].hasAll && states[$0].isPlain } }
    @inline(__always) subscript(row: Int) -> Ring {
        let state = states[row]
        return Ring(
            times: times + row, values: values + row, stride: rows, slots: slots, start: Int(state.start), count: Int(state.count),
            lastReset: state.lastReset)
    }

    /// Makes empty rings till there are `count`.
    func grow(to newCount: Int) {
        guard newCount > count else { return }
        let grown = UnsafeMutablePointer<State>.allocate(capacity: newCount)
        grown.moveInitialize(from: states, count: count)
        (grown + count).initialize(repeating: State(), count: newCount - count)
        states.deallocate()
        (states, count) = (grown, newCount)
        if count > rows, !lay(rows: rows == 0 ? count : max(count, rows * 5 / 4), slots: slots) {
            for row in 0..<count { giveUp(row) }
        }
    }

    /// Adds samples that came; those before `start` may go.
    func append(_ samples: SampleColumns, to row: Int, keeping start: Int64) {
        guard samples.histograms.isEmpty else { return giveUp(row) }
        let first = samples.firstIndex(from: start)
        let extra = samples.count - first
        guard extra > 0, states[row].hasAll, makeRoom(row, extra, keeping: start) else { return }
        if states[row].count == 0 { states[row].start = Int32(truncatingIfNeeded: (head + slots - extra) % max(slots, 1)) }
        for index in first..<samples.count { put(samples.times[index], samples.values[index], row) }
    }
    @inline(__always)
    func append(_ time: Int64, _ value: Double, to row: Int, keeping start: Int64) {
        guard states[row].hasAll, Int(states[row].count) < slots || makeRoom(row, 1, keeping: start) else { return }
        if states[row].count == 0 { states[row].start = Int32(truncatingIfNeeded: (head + slots - 1) % max(slots, 1)) }
        put(time, value, row)
    }
    /// There must be room.
    @inline(__always)
    private func put(_ time: Int64, _ value: Double, _ row: Int) {
        let (start, count) = (Int(states[row].start), Int(states[row].count))
        let slot = start &+ count >= slots ? start &+ count &- slots : start &+ count
        if isAbsent(value) {
            states[row].isPlain = false
        } else if count > 0, value < values[(slot == 0 ? slots &- 1 : slot &- 1) &* rows &+ row] {
            states[row].lastReset = time
        }
        times[slot &* rows &+ row] = time
        values[slot &* rows &+ row] = value
        states[row].count = Int32(truncatingIfNeeded: count &+ 1)
        head = slot &+ 1 == slots ? 0 : slot &+ 1
    }
    private func giveUp(_ row: Int) { (states[row].hasAll, states[row].count) = (false, 0) }

    /// Lets go of what is older than `start` till there is room for `extra` more; where that isn't enough all rings grow. False where they may not.
    private func makeRoom(_ row: Int, _ extra: Int, keeping start: Int64) -> Bool {
        while Int(states[row].count) + extra > slots, states[row].count > 0, times[Int(states[row].start) * rows + row] < start {
            states[row].start = Int(states[row].start) + 1 == slots ? 0 : states[row].start + 1
            states[row].count -= 1
        }
        let needed = Int(states[row].count) + extra
        if needed <= slots || lay(rows: rows, slots: needed + needed / 8 + 2) { return true }
        giveUp(row)
        return false
    }
    /// Lays all out anew, the newest samples in the last slot. False where that would be more than the limit.
    private func lay(rows newRows: Int, slots newSlots: Int) -> Bool {
        guard newRows * newSlots <= limit else { return false }
        let (newTimes, newValues) = (
            UnsafeMutablePointer<Int64>.allocate(capacity: max(newRows * newSlots, 1)),
            UnsafeMutablePointer<Double>.allocate(capacity: max(newRows * newSlots, 1))
        )
        for row in 0..<count where states[row].count > 0 {
            let (ring, first) = (self[row], newSlots - Int(states[row].count))
            for index in 0..<ring.count {
                newTimes[(first + index) * newRows + row] = ring.time(index)
                newValues[(first + index) * newRows + row] = ring.value(index)
            }
            states[row].start = Int32(truncatingIfNeeded: first)
        }
        times.deallocate()
        values.deallocate()
        (times, values, rows, slots, head) = (newTimes, newValues, newRows, newSlots, 0)
        return true
    }
}
