import Telemetry

/// One series as snapshots see it.
struct SeriesRow: Sendable {
    /// Among the label pairs.
    let labels: Range<Int>
    /// The chunk being filled, and how far; none before the first sample.
    var chunk = ChunkRef.none
    var count: UInt16 = 0
    var capacity: UInt16 = 0
    var lastTime = Int64.min
    var lastValue: UInt64 = 0
}

struct LabelPair: Hashable, Sendable {
    let name: Symbol
    let value: Symbol
}

/// The series as their writer sees them; stands behind the mutex of the metrics.
struct MetricState: Sendable {
    /// What a series takes beside its samples: its row and its places in the two indexes.
    private static let seriesCost = MemoryLayout<SeriesRow>.stride + 56
    /// How a series grows: few samples take little, many stand together.
    private static let capacities: [UInt16] = [8, 32, 120]
    private static let metadataLimit = 100_000

    private let pool: SlabPool
    private let turns: Turns
    private let seriesLimit: Int
    private let indexLimit: Int
    let strings: StringPool

    private(set) var blocks: [MetricBlock] = []
    private var nextNumber: UInt32 = 0
    private(set) var blockBytes = 0
    private(set) var series = SegmentedTable<SeriesRow>()
    private(set) var labels = AppendOnly<LabelPair>()
    /// By a seeded hash of the labels; the rare second of a hash stands at the next number.
    private var ids: [Int: UInt32] = [:]
    private(set) var byName: [Symbol: [SeriesID]] = [:]
    var exemplars = ExemplarRing()
    private(set) var metadata: [String: MetricMetadata] = [:]
    private var metadataBytes = 0
    private(set) var ingested: UInt64 = 0
    private(set) var evicted: UInt64 = 0

    init(pool: SlabPool, turns: Turns, budget: Int, seriesLimit: Int) {
        self.pool = pool
        self.turns = turns
        self.seriesLimit = seriesLimit
        indexLimit = budget / 2
        strings = StringPool(limit: budget / 4)
    }

    private var indexBytes: Int { strings.bytes + labels.count * MemoryLayout<LabelPair>.stride + series.endIndex * Self.seriesCost }
    var bytes: Int { blockBytes + indexBytes + exemplars.bytes + metadataBytes }
    var seriesCount: Int { series.endIndex }

    mutating func id(for set: LabelSet) -> SeriesID? {
        let pairs = strings.intern { intern in set.labels.map { LabelPair(name: intern($0.name), value: intern($0.value)) } }
        // Two label sets must not become one where the pool has no room for what tells them apart.
        guard !pairs.contains(where: { $0.name == .overflow || $0.value == .overflow }) else { return nil }
        var hash = pairs.hashValue
        while let id = ids[hash] {
            if hasLabels(pairs, id) { return SeriesID(id) }
            hash &+= 1
        }
        guard seriesCount < seriesLimit, indexBytes < indexLimit else { return nil }
        return add(pairs, hash)
    }
    private func hasLabels(_ pairs: [LabelPair], _ id: UInt32) -> Bool {
        let range = series[Int(id)].labels
        return range.count == pairs.count && zip(range, pairs).allSatisfy { labels[$0] == $1 }
    }
    private mutating func add(_ pairs: [LabelPair], _ hash: Int) -> SeriesID {
        let id = SeriesID(UInt32(series.endIndex))
        let start = labels.count
        for pair in pairs { labels.append(pair) }
        series.append(SeriesRow(labels: start..<labels.count))
        ids[hash] = id.index
        let nameLabel = strings.id(of: LabelSet.nameLabel)
        byName[pairs.first { $0.name == nameLabel }?.value ?? .empty, default: []].append(id)
        return id
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
}

extension MetricState {
    mutating func append(_ samples: [SeriesSample]) -> SampleOutcome {
        var outcome = SampleOutcome()
        for sample in samples { append(sample, &outcome) }
        ingested += UInt64(outcome.accepted)
        return outcome
    }

    private mutating func append(_ sample: SeriesSample, _ outcome: inout SampleOutcome) {
        let index = Int(sample.series.index)
        guard series.contains(index) else { return outcome.unknownSeries += 1 }
        let (time, last) = (sample.time.milliseconds, series[index].lastTime)
        if time <= last, last != .min {
            if time < last { return outcome.outOfOrder += 1 }
            if sample.value.bitPattern != series[index].lastValue { return outcome.duplicates += 1 }
            return outcome.accepted += 1
        }
        write(time, sample.value, to: index)
        outcome.accepted += 1
    }

    private mutating func write(_ time: Int64, _ value: Double, to index: Int) {
        if !hasRoom(index, for: time) { beginChunk(of: index, at: time, after: series[index].capacity) }
        let row = series[index]
        let block = blocks[Int(row.chunk.block - blocks[0].number)]
        block.chunk(at: row.chunk.offset).write(Int(row.count), time: time, value: value)
        block.sampleCount += 1
        series[index].count += 1
        series[index].lastTime = time
        series[index].lastValue = value.bitPattern
    }
    private func hasRoom(_ index: Int, for time: Int64) -> Bool {
        let row = series[index]
        guard row.count < row.capacity, let block = block(row.chunk.block) else { return false }
        let (delta, overflow) = time.subtractingReportingOverflow(block.chunk(at: row.chunk.offset).header.base)
        return !overflow && delta <= ChunkHeader.longest
    }
    private func block(_ number: UInt32) -> MetricBlock? {
        guard let first = blocks.first?.number, number >= first, Int(number - first) < blocks.count else { return nil }
        return blocks[Int(number - first)]
    }

    private mutating func beginChunk(of index: Int, at time: Int64, after capacity: UInt16) {
        let capacity = Self.capacities.first { $0 > capacity } ?? 120
        let size = ChunkHeader.size(capacity: Int(capacity))
        if (blocks.last.map { $0.slab.size - $0.used } ?? 0) < size { openBlock(size) }
        guard let block = blocks.last else { return }
        let row = series[index]
        let offset = UInt32(block.used)
        block.chunk(at: offset).begin(
            ChunkHeader(series: UInt32(index), capacity: capacity, previousCount: row.count, previous: row.chunk, base: time))
        block.used += size
        series[index].chunk = ChunkRef(block: block.number, offset: offset)
        series[index].count = 0
        series[index].capacity = capacity
    }
    private mutating func openBlock(_ size: Int) {
        blocks.last?.turn = turns.next()
        let slab = pool.take(atLeast: size)
        blocks.append(MetricBlock(number: nextNumber, slab: slab))
        nextNumber += 1
        blockBytes += slab.size
    }
}

extension MetricState {
    /// The turn of the oldest block, once it is sealed.
    var oldestTurn: UInt64 { blocks.first?.turn ?? .max }
    var oldestTime: Timestamp? {
        guard let block = blocks.first, block.used > 0 else { return nil }
        return Timestamp(milliseconds: block.chunk(at: 0).header.base)
    }

    /// Lets the oldest block go, unless it is the one being filled. The newest samples of series that are still alive move on, so that they don't
    /// vanish till the next scrape.
    mutating func evictOldest() -> Bool {
        guard blocks.count > 1, let oldest = blocks.first else { return false }
        blocks.removeFirst()
        blockBytes -= oldest.slab.size
        evicted += UInt64(oldest.sampleCount)
        var offset = 0
        while offset < oldest.used {
            let chunk = oldest.chunk(at: UInt32(offset))
            let header = chunk.header
            let index = Int(header.series)
            if series[index].chunk == ChunkRef(block: oldest.number, offset: UInt32(offset)) { rescue(chunk, of: index) }
            offset += ChunkHeader.size(capacity: Int(header.capacity))
        }
        return true
    }

    private mutating func rescue(_ chunk: Chunk, of index: Int) {
        let row = series[index]
        series[index].chunk = .none
        series[index].count = 0
        series[index].capacity = 0
        // Chunks of the smallest kind stay behind, or evicting a block of them would win nothing; and what moved on once and got no samples
        // since is no longer alive.
        guard row.count > 0, row.capacity > Self.capacities[0] else { return }
        let kept = (max(0, Int(row.count) - 8)..<Int(row.count)).map { chunk.sample($0) }
        for sample in kept { write(sample.time.milliseconds, sample.value, to: index) }
        evicted -= UInt64(kept.count)
    }
}
