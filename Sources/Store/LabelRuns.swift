/// The labels of the series of one segment, as numbers of pairs, one run after the other.
final class LabelRuns: @unchecked Sendable {
    private(set) var pairs: [UInt32] = []
    /// Where each run ends.
    private(set) var ends: [UInt32] = []

    init() {}
    init(copying other: LabelRuns) { (pairs, ends) = (other.pairs, other.ends) }

    var bytes: Int { (pairs.capacity + ends.capacity) * 4 + 64 }

    func append(_ run: some Collection<UInt32>) {
        if ends.isEmpty {
            // Series that come together have as many labels each.
            pairs.reserveCapacity(min(run.count, 64) * SeriesTable.segmentSize)
            ends.reserveCapacity(SeriesTable.segmentSize)
        }
        pairs.append(contentsOf: run)
        ends.append(UInt32(pairs.count))
        // What grew by doubling takes no more than it needs once it is complete.
        if ends.count == SeriesTable.segmentSize, pairs.capacity > pairs.count + pairs.count / 16 { pairs = Array(pairs) }
    }
    @inline(__always) func range(_ place: Int) -> Range<Int> { (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place]) }
    func withRun<Result>(_ place: Int, _ body: (UnsafeBufferPointer<UInt32>) -> Result) -> Result {
        let range = range(place)
        return pairs.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }
}
