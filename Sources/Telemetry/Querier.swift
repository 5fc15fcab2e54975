/// One version of a store's series, that never changes: what PromQL is evaluated over. Any thread.
package protocol Querier: Sendable {
    /// The series that all `matchers` accept and that may have samples in `range`, ascending by id. An absent label counts as empty.
    ///
    /// Throws for a regular expression that can't be taken.
    func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID]
    /// Appends the labels of `series`, the metric name among them, ascending by the symbol of their name (not by its text).
    func appendLabels(of series: SeriesID, to pairs: inout [SymbolPair])
    /// The text of `symbol`; empty where it is younger than this version.
    func text(of symbol: Symbol) -> String
    /// Nil where no series of this version has that string.
    func symbol(for text: String) -> Symbol?
    /// Appends the samples of `series` in `range` (both ends included, ascending, staleness markers among them) to `columns`.
    func read(_ series: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns)
    /// The newest sample, a staleness marker too, where it costs no decoding; nil where there is none. For queries that go on from where they were.
    func newest(_ series: SeriesID) -> Sample?
    /// Visits each of `series` that got samples since `ends`, which another version of the same store filled: `visit` is given its place in `series`,
    /// the time up to which it was read, and what came. It returns nil once it has taken all there is, or the time up to which it was read now.
    func visitNew(
        _ series: [SeriesID], since ends: inout [SeriesEnd], _ visit: (_ place: Int, _ read: Int64, _ new: NewSamples) -> Int64?)
    /// Differs between two versions when a series came or went: while it is the same, `select` answers the same but for `range`.
    var seriesVersion: UInt64 { get }
    /// Nil where no target told of that family.
    func metadata(family: String) -> MetricMetadata?
}

extension Querier {
    package func visitNew(
        _ series: [SeriesID], since ends: inout [SeriesEnd], _ visit: (_ place: Int, _ read: Int64, _ new: NewSamples) -> Int64?
    ) {
        for place in series.indices {
            let newest = newest(series[place])?.time.milliseconds
            if let newest, ends[place] == SeriesEnd(time: newest, chunk: 0, count: 0) { continue }
            let read = visit(place, ends[place].time, .several(newest: newest ?? .max))
            ends[place] = read.map { .unknown(after: $0) } ?? SeriesEnd(time: newest ?? .max, chunk: 0, count: 0)
        }
    }
}

/// Where the samples of a series end in one version of a store.
package struct SeriesEnd: Hashable, Sendable {
    /// Of the newest sample.
    package var time: Int64
    /// For the store alone: what has to stay the same, and how far it counts up, where samples are only added.
    package var chunk: UInt64
    package var count: UInt32
    package init(time: Int64, chunk: UInt64, count: UInt32) {
        self.time = time
        self.chunk = chunk
        self.count = count
    }
    /// Read up to `time`, whatever there is behind it.
    package static func unknown(after time: Int64) -> SeriesEnd { SeriesEnd(time: time, chunk: .max, count: .max) }
}

/// What came for a series.
package enum NewSamples {
    /// A float, and nothing else.
    case one(time: Int64, value: Double)
    /// To be read from the store; the time of the newest one.
    case several(newest: Int64)
}

/// Samples of one series, column by column; reused from series to series, so that reading allocates nothing. Used by one thread at a time.
package final class SampleColumns {
    /// Milliseconds since the epoch.
    package private(set) var times: UnsafeMutablePointer<Int64>
    /// Meaningless where a histogram stands at that index.
    package private(set) var values: UnsafeMutablePointer<Double>
    package private(set) var count = 0
    package private(set) var capacity: Int
    /// Ascending by index; empty for a series of floats.
    package var histograms: [(index: Int, value: NativeHistogram)] = []
    /// False where whoever wrote them all knows that no value is a staleness marker.
    package var mayHaveMarkers = true

    package init(capacity: Int = 512) {
        self.capacity = max(capacity, 16)
        times = .allocate(capacity: self.capacity)
        values = .allocate(capacity: self.capacity)
    }
    deinit {
        times.deallocate()
        values.deallocate()
    }

    @inlinable package func removeAll() {
        setCount(0)
        mayHaveMarkers = true
        if !histograms.isEmpty { histograms.removeAll(keepingCapacity: true) }
    }
    /// Makes room for `extra` more; write them at `times + count` and `values + count`, then call `setCount`.
    package func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        let grown = max(count + extra, capacity * 2)
        let (newTimes, newValues) = (
            UnsafeMutablePointer<Int64>.allocate(capacity: grown), UnsafeMutablePointer<Double>.allocate(capacity: grown)
        )
        newTimes.update(from: times, count: count)
        newValues.update(from: values, count: count)
        times.deallocate()
        values.deallocate()
        (times, values, capacity) = (newTimes, newValues, grown)
    }
    package func setCount(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "a count within the capacity")
        self.count = count
    }
    package func append(_ time: Int64, _ value: Double) {
        reserve(1)
        times[count] = time
        values[count] = value
        count += 1
    }
    package func append(_ time: Int64, _ histogram: NativeHistogram) {
        histograms.append((count, histogram))
        append(time, 0)
    }
}
