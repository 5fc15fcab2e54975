import Telemetry

/// The series as their writer sees them; stands behind the mutex of the metrics.
struct MetricState: @unchecked Sendable {
    /// Samples of a sealed chunk, chosen by measurement: larger ones save little, and more is unpacked for what a range leaves out.
    /// Differs from series to series: those that began together are not sealed in one scrape.
    @inline(__always) private static func chunkSamples(_ series: UInt32) -> Int { 104 + Int(series & 31) }
    private static let metadataLimit = 100_000

    private let pool: SlabPool
    private let turns: Turns
    private let seriesLimit: Int
    private let indexLimit: Int
    private let symbolLimit: Int
    let retention: TimeSpan?
    let checksHistograms: Bool
    private let encoder = FloatChunkEncoder()
    private let scratch = SampleColumns(capacity: FloatChunk.capacity)

    var index = LabelIndex()
    private(set) var blocks = MetricBlocks()
    var histograms = HistogramTable()
    private(set) var epoch = Epoch()
    private(set) var openBytes = 0
    var exemplars = ExemplarRing()
    private(set) var metadata: [String: MetricMetadata] = [:]
    private var metadataBytes = 0
    var growth = SeriesGrowth()
    var ingested: UInt64 = 0
    private(set) var evicted: UInt64 = 0
    /// The time of the samples that came last: what idle is measured by.
    var clock = Int64.min
    /// Of all samples that ever came.
    private var earliest = Int64.max
    var sweep = Sweep()

    init(pool: SlabPool, turns: Turns, budget: Int, seriesLimit: Int, retention: TimeSpan?, checksHistograms: Bool = true) {
        self.checksHistograms = checksHistograms
        self.pool = pool
        self.turns = turns
        self.seriesLimit = seriesLimit
        self.retention = retention
        indexLimit = budget / 2
        symbolLimit = budget / 4
    }

    /// What can't be evicted by the block: labels, heads, open samples.
    private var fixedBytes: Int { index.bytes + openBytes + histograms.bytes }
    var bytes: Int { blocks.bytes + fixedBytes + exemplars.bytes + metadataBytes + epoch.bytesWaiting }
    var seriesCount: Int { index.series.count }

    func contains(_ series: SeriesID) -> Bool { index.series[Int(series.index)] != nil }

    /// The series of the labels of `text` and `labels` together, and whether it was made now; nil where it would have to be and there is no room.
    mutating func id(for text: LabelText = .empty, with labels: LabelSet, mayAdd: Bool = true) -> (id: SeriesID, isNew: Bool)? {
        let hasRoom = mayAdd && seriesCount < seriesLimit && fixedBytes < indexLimit && index.symbols.bytes < symbolLimit
        guard
            let (id, isNew) = index.resolve(text, with: labels, at: clock, mayAdd: hasRoom && index.series.endIndex < Int(UInt32.max))
        else { return nil }
        if isNew {
            let name = text.metricName
            if name.isEmpty { growth.count(labels.metricName, at: clock) } else { growth.count(name, at: clock) }
        }
        return (SeriesID(id), isNew)
    }

    /// Metadata beyond a sixteenth of the budget is not kept: it never goes.
    mutating func setMetadata(_ new: MetricMetadata, family: String) {
        let old = metadata[family]
        guard old != new, old != nil || metadata.count < Self.metadataLimit else { return }
        let growth = Self.cost(of: new, family) - (old.map { Self.cost(of: $0, family) } ?? 0)
        guard metadataBytes + growth <= indexLimit / 8 else { return }
        metadataBytes += growth
        metadata[family] = new
    }
    private static func cost(of metadata: MetricMetadata, _ family: String) -> Int {
        128 + family.utf8.count + metadata.help.utf8.count + metadata.unit.utf8.count
    }

    /// The epoch that a snapshot taken now holds.
    mutating func beginEpoch() -> Epoch { Epoch.begin(&epoch) }
    /// Lets go of the open samples; nothing may be appended any more.
    mutating func close() {
        index.series.forEach { _, head in
            if let open = head.open { Epoch.retire(open, bytes: Int(head.capacity), in: &epoch) }
        }
    }
}

// MARK: Appending

extension MetricState {
    mutating func append(_ samples: [SeriesSample]) -> SampleOutcome {
        var outcome = SampleOutcome()
        for sample in samples {
            guard let heads = index.own(Int(sample.series.index)) else {
                outcome.refuseUnknown(sample.series)
                continue
            }
            let place = heads + Int(sample.series.index) % SeriesTable.segmentSize
            append(sample.time.milliseconds, sample.value, to: sample.series, place, &outcome)
        }
        if let last = samples.last { finish(outcome, last.time) }
        return outcome
    }

    /// One sample for each of many series, all at one time: looks up each segment of series once.
    mutating func append(
        at time: Timestamp, _ ids: UnsafeBufferPointer<SeriesID>, _ values: UnsafeBufferPointer<Double>
    ) -> SampleOutcome {
        var outcome = SampleOutcome()
        var (segment, heads) = (-1, UnsafeMutablePointer<SeriesHead>?.none)
        for (place, series) in ids.prefix(values.count).enumerated() {
            let number = Int(series.index)
            if number / SeriesTable.segmentSize != segment {
                segment = number / SeriesTable.segmentSize
                heads = index.own(number)
            }
            guard let heads, number < index.series.endIndex else {
                outcome.refuseUnknown(series)
                continue
            }
            append(time.milliseconds, values[place], to: series, heads + number % SeriesTable.segmentSize, &outcome)
        }
        finish(outcome, time)
        return outcome
    }

    @inline(__always)
    private mutating func append(
        _ time: Int64, _ value: Double, to series: SeriesID, _ head: UnsafeMutablePointer<SeriesHead>, _ outcome: inout SampleOutcome
    ) {
        guard head.pointee.count > 0, time > head.pointee.lastTime else {
            return appendUnusually(time, value, to: series, head, &outcome)
        }
        OpenSamples.append(&head.pointee, time, value) { head, size in grow(&head, size) }
        outcome.accepted += 1
        if Int(head.pointee.count) >= Self.chunkSamples(series.index) || head.pointee.length > OpenSamples.longest {
            seal(&head.pointee, series.index)
        }
    }
    /// The first of a chunk, what is not newer than the last, and what has no series.
    private mutating func appendUnusually(
        _ time: Int64, _ value: Double, to series: SeriesID, _ head: UnsafeMutablePointer<SeriesHead>, _ outcome: inout SampleOutcome
    ) {
        guard head.pointee.isAlive else { return outcome.refuseUnknown(series) }
        if head.pointee.hasSamples, time <= head.pointee.lastTime {
            if time < head.pointee.lastTime { return outcome.outOfOrder += 1 }
            let isSame =
                !head.pointee.flags.contains(.endsInHistogram) && value.bitPattern == head.pointee.lastValue.bitPattern
            return isSame ? (outcome.accepted += 1) : (outcome.duplicates += 1)
        }
        OpenSamples.begin(&head.pointee, time, value)
        noteBegin(at: time)
        head.pointee.flags.remove(.endsInHistogram)
        outcome.accepted += 1
    }

    private mutating func grow(_ head: inout SeriesHead, _ size: Int) {
        let capacity = OpenSamples.capacity(size)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(capacity))
        if let open = head.open {
            memory.update(from: open, count: Int(head.length))
            Epoch.retire(open, bytes: Int(head.capacity) + 8, in: &epoch)
        }
        openBytes += Int(capacity) - Int(head.capacity) + (head.open == nil ? 8 : 0)
        (head.open, head.capacity) = (memory, capacity)
    }

    private mutating func finish(_ outcome: SampleOutcome, _ time: Timestamp) {
        ingested += UInt64(outcome.accepted)
        guard outcome.accepted > 0 else { return }
        clock = time.milliseconds
        sweep(after: outcome.accepted)
    }
}

// MARK: Sealing

extension MetricState {
    /// Moves the open samples of a series into a chunk.
    mutating func seal(_ head: inout SeriesHead, _ series: UInt32) {
        let count = Int(head.count)
        guard count > 0 else { return }
        scratch.removeAll()
        scratch.reserve(count)
        OpenSamples.decode(head, times: scratch.times, values: scratch.values)
        let size = encoder.encode(
            times: UnsafeBufferPointer(start: scratch.times, count: count), values: UnsafeBufferPointer(start: scratch.values, count: count)
        )
        let header = ChunkHeader(series: series, first: scratch.times[0], count: count, byteCount: size, previous: head.sealed)
        head.sealed = lay(header, encoder.output, newest: head.lastTime)
        if let open = head.open {
            Epoch.retire(open, bytes: Int(head.capacity) + 8, in: &epoch)
            openBytes -= Int(head.capacity) + 8
        }
        (head.open, head.length, head.capacity, head.count) = (nil, 0, 0, 0)
    }

    /// Lays a chunk into the block being filled.
    mutating func lay(_ header: ChunkHeader, _ bytes: UnsafePointer<UInt8>, newest: Int64) -> ChunkRef {
        var block = blocks.all.last
        if block?.hasRoom(for: header.sizeWithBytes) != true {
            block = blocks.open(pool.take(atLeast: header.sizeWithBytes + FloatChunk.slack), turn: turns.next())
        }
        return block?.append(header, bytes, newest: newest) ?? .none
    }
}

// MARK: Letting go

extension MetricState {
    /// The turn of the oldest block, once it is sealed.
    var oldestTurn: UInt64 { blocks.all.first?.turn ?? .max }
    /// Of the oldest sample held, as nearly as the oldest block tells once something was evicted.
    var oldestTime: Timestamp? {
        if evicted == 0 { return earliest == .max ? nil : Timestamp(milliseconds: earliest) }
        guard let block = blocks.all.first, block.used > 0 else { return nil }
        return Timestamp(milliseconds: block.header(at: 0).first)
    }
    mutating func noteBegin(at time: Int64) { earliest = min(earliest, time) }

    /// Lets the oldest block go, and the series that have nothing else; but a series that still gets samples keeps its newest one. Where there is only
    /// the block being filled, idle series fill it first.
    mutating func evictOldest() -> Bool {
        if blocks.all.count < 2 {
            guard sealSome() else { return false }
        }
        guard blocks.all.count > 1, let oldest = blocks.removeFirst() else { return false }
        evicted += UInt64(oldest.sampleCount)
        var dead: [UInt32] = []
        var offset = 0
        while offset < oldest.used {
            let header = oldest.header(at: UInt32(offset))
            lose(header, ChunkRef(block: oldest.number, offset: UInt32(offset)), &dead)
            offset += header.sizeWithBytes
        }
        remove(dead)
        return true
    }
    private mutating func lose(_ chunk: ChunkHeader, _ ref: ChunkRef, _ dead: inout [UInt32]) {
        guard let head = index.series[Int(chunk.series)] else { return }
        if histograms.lose(ref, of: chunk.series), !histograms.isKept(chunk.series), head.sealed == .none, head.count == 0 {
            return dead.append(chunk.series)
        }
        guard head.sealed == ref else { return }
        let isIdle = Sweep.isIdle(head, clock)
        let keeps = head.count == 0 && !isIdle && !head.flags.contains(.endsInHistogram)
        index.change(Int(chunk.series)) { head in
            head.sealed = .none
            if keeps { head.count = 1 }
        }
        if keeps { evicted -= 1 } else if head.count == 0, !histograms.isKept(chunk.series) { dead.append(chunk.series) }
    }

    /// Takes series away that have nothing left.
    mutating func remove(_ dead: [UInt32]) {
        for series in dead { histograms.remove(series) }
        index.remove(dead)
    }

    /// Evicts what is older than the retention; a few blocks at a time.
    mutating func keepRetention() {
        guard let retention, clock != .min else { return }
        let oldest = Timestamp(milliseconds: clock) - retention
        var rest = 4
        while rest > 0, blocks.all.count > 1, let block = blocks.all.first, block.newest < oldest.milliseconds, evictOldest() { rest -= 1 }
    }
}

extension SampleOutcome {
    fileprivate mutating func refuseUnknown(_ series: SeriesID) {
        unknownSeries += 1
        unknown.append(series)
    }
}
