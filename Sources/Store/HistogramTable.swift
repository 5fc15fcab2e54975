import Telemetry

/// The native histograms of the series that have some; a copy is a snapshot.
struct HistogramTable: Sendable {
    /// Samples that wait for being sealed.
    static let openLimit = 24
    /// Buckets of one histogram: one chunk must hold it.
    static let bucketLimit = 10_000

    struct Column: Sendable {
        var times: [Int64] = []
        var values: [NativeHistogram] = []
        var sealed = ChunkRef.none
        var last: NativeHistogram?
        fileprivate var bytes = 0
    }
    private var columns: [UInt32: Column] = [:]
    private(set) var openBytes = 0

    var bytes: Int { openBytes + columns.count * 200 }
    var isEmpty: Bool { columns.isEmpty }
    subscript(series: UInt32) -> Column? { columns[series] }

    /// True where `series` has histograms, open or sealed.
    func isKept(_ series: UInt32) -> Bool { columns[series].map { !$0.times.isEmpty || $0.sealed != .none } ?? false }

    /// Returns whether it is time to seal.
    mutating func append(_ time: Int64, _ value: NativeHistogram, to series: UInt32) -> Bool {
        let hinted = value.hinted(after: columns[series]?.last)
        let cost = Self.cost(of: hinted)
        openBytes += cost
        return change(series) { column in
            column.times.append(time)
            column.values.append(hinted)
            column.last = hinted
            column.bytes += cost
            return column.times.count >= Self.openLimit || column.bytes > 1 << 20
        }
    }
    private mutating func change<Result>(_ series: UInt32, _ body: (inout Column) -> Result) -> Result {
        body(&columns[series, default: Column()])
    }
    /// Takes the first `count` open samples away, which now stand in a chunk.
    mutating func close(_ count: Int, of series: UInt32, in chunk: ChunkRef) {
        let freed = change(series) { column in
            let cost = column.values.prefix(count).reduce(0) { $0 + Self.cost(of: $1) }
            column.times.removeFirst(count)
            column.values.removeFirst(count)
            column.sealed = chunk
            column.bytes -= cost
            return cost
        }
        openBytes -= freed
    }
    /// The newest chunk of `series` went, if it is that; tells so.
    mutating func lose(_ chunk: ChunkRef, of series: UInt32) -> Bool {
        guard columns[series]?.sealed == chunk else { return false }
        change(series) { $0.sealed = .none }
        return true
    }
    mutating func remove(_ series: UInt32) {
        if let column = columns.removeValue(forKey: series) { openBytes -= column.bytes }
    }
    private static func cost(of histogram: NativeHistogram) -> Int {
        240 + 8 * (histogram.positiveBuckets.count + histogram.negativeBuckets.count + histogram.customBounds.count)
            + 8 * (histogram.positiveSpans.count + histogram.negativeSpans.count)
    }
}

extension MetricState {
    mutating func append(_ samples: [SeriesHistogram]) -> SampleOutcome {
        var outcome = SampleOutcome()
        for sample in samples { append(sample, &outcome) }
        ingested += UInt64(outcome.accepted)
        if let last = samples.last, outcome.accepted > 0 { clock = last.time.milliseconds }
        return outcome
    }

    private mutating func append(_ sample: SeriesHistogram, _ outcome: inout SampleOutcome) {
        let (series, time) = (sample.series.index, sample.time.milliseconds)
        guard let head = index.series[Int(series)] else {
            outcome.unknownSeries += 1
            return outcome.unknown.append(sample.series)
        }
        guard isTaken(sample.value) else { return outcome.invalid += 1 }
        if head.hasSamples, time <= head.lastTime {
            if time < head.lastTime { return outcome.outOfOrder += 1 }
            let hinted = histograms[series]?.last
            let isSame = head.flags.contains(.endsInHistogram) && hinted.map { $0.isSameSample(as: sample.value) } ?? false
            return isSame ? (outcome.accepted += 1) : (outcome.duplicates += 1)
        }
        sealOpen(series)
        noteBegin(at: time)
        index.change(Int(series)) { head in
            head.lastTime = time
            head.flags.formUnion([.hasSamples, .hasHistograms, .endsInHistogram])
        }
        if histograms.append(time, sample.value, to: series) { _ = sealHistograms(of: series) }
        outcome.accepted += 1
    }
    private func isTaken(_ histogram: NativeHistogram) -> Bool {
        histogram.positiveBuckets.count + histogram.negativeBuckets.count + histogram.customBounds.count <= HistogramTable.bucketLimit
            && (!checksHistograms || Sample.isStale(histogram.sum) || histogram.problem(isInteger: false) == nil)
    }
    /// Open samples tell their times one by the other: none may come between.
    private mutating func sealOpen(_ series: UInt32) {
        guard index.series[Int(series)]?.count ?? 0 > 0, let heads = index.own(Int(series)) else { return }
        seal(&heads[Int(series) % SeriesTable.segmentSize], series)
    }

    /// Moves open histograms into chunks; returns whether the series has any, open or sealed.
    mutating func sealHistograms(of series: UInt32) -> Bool {
        guard let column = histograms[series] else { return false }
        let encoder = HistogramChunkEncoder()
        var (start, share) = (0, column.times.count)
        while start < column.times.count {
            let end = min(start + share, column.times.count)
            let chunk = encoder.encode(times: column.times[start..<end], histograms: column.values[start..<end])
            if chunk.bytes.count > MetricBlock.largest - 64, share > 1 {
                share /= 2
                continue
            }
            let header = ChunkHeader(
                series: series, first: column.times[start], count: chunk.count, byteCount: chunk.bytes.count,
                previous: histograms[series]?.sealed ?? .none)
            let newest = column.times[start + chunk.count - 1]
            let ref = chunk.bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { lay(header, $0, newest: newest) } ?? .none }
            histograms.close(chunk.count, of: series, in: ref)
            start += chunk.count
        }
        return histograms[series].map { blocks[$0.sealed.block] != nil } ?? false
    }
}

extension NativeHistogram {
    /// Apart from the hint, which the store gives by itself.
    fileprivate func isSameSample(as other: NativeHistogram) -> Bool {
        var (a, b) = (self, other)
        (a.resetHint, b.resetHint) = (.unknown, .unknown)
        return a == b || Sample.isStale(a.sum) && Sample.isStale(b.sum)
    }
}
