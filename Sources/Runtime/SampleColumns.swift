import Telemetry

/// Series and values of the samples of one page, side by side; memory that is used again for the next.
final class SampleColumns {
    private(set) var ids = UnsafeMutableBufferPointer<SeriesID>.allocate(capacity: 64)
    private(set) var values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 64)
    private(set) var count = 0

    deinit {
        ids.deallocate()
        values.deallocate()
    }

    func removeAll() { count = 0 }
    func remove(from start: Int) { count = min(count, start) }

    func append(_ series: SeriesID, _ value: Double) {
        reserve(1)
        ids[count] = series
        values[count] = value
        count += 1
    }

    /// Room for `more` samples behind the last; `body` fills it and says how many it took.
    @inline(__always)
    func append(
        upTo more: Int, _ body: (UnsafeMutablePointer<SeriesID>, UnsafeMutablePointer<Double>) -> (lines: Int, samples: Int)
    ) -> (lines: Int, samples: Int) {
        reserve(more)
        guard let ids = ids.baseAddress, let values = values.baseAddress else { return (0, 0) }
        let taken = body(ids + count, values + count)
        precondition(taken.samples <= more, "nothing is written beyond the room there is")
        count += taken.samples
        return taken
    }

    func setSeries(_ series: SeriesID, at index: Int) { ids[index] = series }

    /// Takes out the samples whose series are still not known.
    func removeUnresolved() {
        var kept = 0
        for index in 0..<count where ids[index] != .unresolved {
            ids[kept] = ids[index]
            values[kept] = values[index]
            kept += 1
        }
        count = kept
    }

    var allIDs: UnsafeBufferPointer<SeriesID> { UnsafeBufferPointer(rebasing: ids[..<count]) }
    var allValues: UnsafeBufferPointer<Double> { UnsafeBufferPointer(rebasing: values[..<count]) }

    private func reserve(_ more: Int) {
        guard count + more > ids.count else { return }
        let size = max(ids.count * 2, count + more)
        ids = Self.grown(ids, count, to: size)
        values = Self.grown(values, count, to: size)
    }
    private static func grown<Element>(
        _ old: UnsafeMutableBufferPointer<Element>, _ count: Int, to size: Int
    ) -> UnsafeMutableBufferPointer<Element> {
        let larger = UnsafeMutableBufferPointer<Element>.allocate(capacity: size)
        _ = larger.moveInitialize(fromContentsOf: UnsafeMutableBufferPointer(rebasing: old[..<count]))
        old.deallocate()
        return larger
    }

    /// Gives back memory that only an unusual page needs.
    func shrink(to samples: Int) {
        guard ids.count > samples else { return }
        ids = Self.grown(ids, 0, to: 64)
        values = Self.grown(values, 0, to: 64)
        count = 0
    }
}
