import Patterns
import Telemetry

/// The series of one version of the store. Shares what is sealed and what is open with the writer, who goes on meanwhile.
package struct MetricSnapshot: @unchecked Sendable {
    let index: LabelIndex
    let blocks: MetricBlocks
    private let histograms: HistogramTable
    private let exemplars: ExemplarRing
    private let metadata: [String: MetricMetadata]
    let growth: SeriesGrowth
    /// As nearly as the store knows.
    let oldest: Timestamp?
    /// Keeps the open samples from being given back.
    private let epoch: Epoch

    init(_ state: inout MetricState) {
        index = state.index
        blocks = state.blocks
        histograms = state.histograms
        exemplars = state.exemplars
        metadata = state.metadata
        growth = state.growth
        oldest = state.oldestTime
        epoch = state.beginEpoch()
    }

    package var seriesCount: Int { index.series.count }

    // MARK: Labels

    /// The series that all `matchers` accept, ascending by id. An absent label counts as empty, as in Prometheus. Throws for a bad regular expression.
    package func series(matching matchers: [LabelMatcher]) throws(PatternError) -> [SeriesID] {
        try index.select(matchers) { _ in true }.map { SeriesID($0) }
    }
    /// Empty for an id that is younger than the snapshot, or that went before it.
    package func labels(of id: SeriesID) -> LabelSet {
        var pairs: [SymbolPair] = []
        appendLabels(of: id, to: &pairs)
        var labels = pairs.map { Label(index.symbols.text(of: $0.name), index.symbols.text(of: $0.value)) }
        labels.sort { $0.name < $1.name }
        return LabelSet(sorted: labels)
    }
    /// One label, without making the others; nil where it is absent.
    package func label(_ name: String, of id: SeriesID) -> String? {
        guard index.series[Int(id.index)] != nil, let name = index.symbols.symbol(for: name) else { return nil }
        return index.series.withLabels(Int(id.index)) { run in
            run.lazy.compactMap { index.pairs[Int($0)] }.first { $0.name == name }.map { index.symbols.text(of: $0.value) }
        } ?? nil
    }
    /// Names of all metrics that have series, ascending.
    package var metricNames: [String] { index.values(of: LabelSet.nameLabel).map(\.value).sorted() }
    /// Families with metadata, ascending.
    package var familyNames: [String] { metadata.keys.sorted() }
    package func metadata(family: String) -> MetricMetadata? { metadata[family] }

    // MARK: Samples

    /// The floating-point samples in `range`, both ends included, ascending by time, staleness markers among them.
    package func samples(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Sample] {
        let columns = SampleColumns()
        guard let head = index.series[Int(id.index)] else { return [] }
        readFloats(head, in: range.lowerBound.milliseconds...range.upperBound.milliseconds, into: columns)
        return (0..<columns.count).map { Sample(Timestamp(milliseconds: columns.times[$0]), columns.values[$0]) }
    }

    /// The newest sample in `(time - lookback, time]`; nil where there is none, it is a staleness marker, or a histogram.
    package func latest(of id: SeriesID, at time: Timestamp, lookback: TimeSpan = .minutes(5)) -> Sample? {
        guard let head = index.series[Int(id.index)], head.hasSamples else { return nil }
        let oldest = time - lookback
        if head.lastTime <= time.milliseconds {
            guard head.lastTime > oldest.milliseconds, let newest = newest(id), !newest.isStale else { return nil }
            return newest
        }
        guard oldest < time else { return nil }
        let columns = SampleColumns(capacity: 32)
        read(id, in: oldest...time, into: columns)
        guard columns.count > 0, columns.histograms.last?.index != columns.count - 1 else { return nil }
        let last = Sample(Timestamp(milliseconds: columns.times[columns.count - 1]), columns.values[columns.count - 1])
        return last.isStale || last.time <= oldest ? nil : last
    }

    /// Whether its newest sample is a native histogram.
    package func endsInHistogram(_ id: SeriesID) -> Bool { index.series[Int(id.index)]?.flags.contains(.endsInHistogram) ?? false }

    /// Those in `range`, both ends included, ascending by time.
    package func exemplars(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Exemplar] {
        var out: [Exemplar] = []
        for segment in exemplars.segments {
            for entry in segment where entry.series == id && range.contains(entry.exemplar.time) { out.append(entry.exemplar) }
        }
        return out
    }
}

extension MetricSnapshot: Querier {
    package var seriesVersion: UInt64 { index.changes }

    package func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID] {
        let lowest = range.lowerBound.milliseconds
        return try index.select(matchers) { $0.hasSamples && $0.lastTime >= lowest }.map { SeriesID($0) }
    }
    package func appendLabels(of series: SeriesID, to pairs: inout [SymbolPair]) {
        guard index.series[Int(series.index)] != nil else { return }
        index.series.withLabels(Int(series.index)) { run in
            for number in run {
                guard let pair = index.pairs[Int(number)] else { continue }
                pairs.append(SymbolPair(name: pair.name, value: pair.value))
            }
        }
    }
    package func text(of symbol: Symbol) -> String { index.symbols.text(of: symbol) }
    package func symbol(for text: String) -> Symbol? { index.symbols.symbol(for: text) }

    package func newest(_ series: SeriesID) -> Sample? {
        guard let head = index.series[Int(series.index)], head.hasSamples, !head.flags.contains(.endsInHistogram) else { return nil }
        return Sample(Timestamp(milliseconds: head.lastTime), head.lastValue)
    }

    package func read(_ series: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {
        guard let head = index.series[Int(series.index)] else { return }
        let range = range.lowerBound.milliseconds...range.upperBound.milliseconds
        guard head.flags.contains(.hasHistograms) else { return readFloats(head, in: range, into: columns) }
        let floats = SampleColumns()
        readFloats(head, in: range, into: floats)
        merge(floats, readHistograms(series.index, in: range), into: columns)
    }
}

extension MetricSnapshot {
    private func readFloats(_ head: SeriesHead, in range: ClosedRange<Int64>, into columns: SampleColumns) {
        let start = columns.count
        let sealed = countSealed(head.sealed, in: range)
        columns.reserve(sealed.count + Int(head.count))
        var end = start + sealed.count
        // From the newest chunk back: each has its place by the number of samples before it.
        var ref = sealed.last
        while end > start, let block = blocks[ref.block] {
            let header = block.header(at: ref.offset)
            end -= Int(header.count)
            FloatChunk.decode(
                block.bytes(at: ref.offset), count: Int(header.count), first: header.first, times: columns.times + end,
                values: columns.values + end)
            ref = header.previous
        }
        var count = start + sealed.count
        if head.count > 0, head.lastTime >= range.lowerBound {
            OpenSamples.decode(head, times: columns.times + count, values: columns.values + count)
            count += Int(head.count)
        }
        columns.setCount(count)
        columns.mayHaveMarkers = start > 0 && columns.mayHaveMarkers || head.flags.contains(.hasMarkers)
        trim(columns, from: start, to: range)
    }
    /// Chunks of one series, the open one among them.
    func chunkCount(of head: SeriesHead, _ series: UInt32) -> Int {
        var count = (head.count > 0 ? 1 : 0) + (histograms[series].map { $0.times.isEmpty ? 0 : 1 } ?? 0)
        for newest in [head.sealed, histograms[series]?.sealed ?? .none] {
            var ref = newest
            while let block = blocks[ref.block] {
                count += 1
                ref = block.header(at: ref.offset).previous
            }
        }
        return count
    }
    /// The newest chunk that may have samples in `range`, and the samples of all that may.
    private func countSealed(_ newest: ChunkRef, in range: ClosedRange<Int64>) -> (last: ChunkRef, count: Int) {
        var (ref, last, count) = (newest, ChunkRef.none, 0)
        while let block = blocks[ref.block] {
            let header = block.header(at: ref.offset)
            if header.first <= range.upperBound {
                if last == .none { last = ref }
                count += Int(header.count)
                if header.first <= range.lowerBound { break }
            }
            ref = header.previous
        }
        return (last, count)
    }
    private func trim(_ columns: SampleColumns, from start: Int, to range: ClosedRange<Int64>) {
        var end = columns.count
        while end > start, columns.times[end - 1] > range.upperBound { end -= 1 }
        var first = start
        while first < end, columns.times[first] < range.lowerBound { first += 1 }
        if first > start {
            (columns.times + start).update(from: columns.times + first, count: end - first)
            (columns.values + start).update(from: columns.values + first, count: end - first)
        }
        columns.setCount(start + end - first)
    }

    private func readHistograms(_ series: UInt32, in range: ClosedRange<Int64>) -> [(Int64, NativeHistogram)] {
        guard let column = histograms[series] else { return [] }
        var newestFirst: [[(Int64, NativeHistogram)]] = [zip(column.times, column.values).filter { range.contains($0.0) }]
        var ref = column.sealed
        while let block = blocks[ref.block] {
            let header = block.header(at: ref.offset)
            if header.first <= range.upperBound {
                var found: [(Int64, NativeHistogram)] = []
                HistogramChunk.decode(block.bytes(at: ref.offset), count: Int(header.count), first: header.first, in: range) {
                    found.append(($0, $1))
                }
                newestFirst.append(found)
                if header.first <= range.lowerBound { break }
            }
            ref = header.previous
        }
        return newestFirst.reversed().flatMap { $0 }
    }
    private func merge(_ floats: SampleColumns, _ histograms: [(Int64, NativeHistogram)], into columns: SampleColumns) {
        var float = 0
        for (time, histogram) in histograms {
            while float < floats.count, floats.times[float] < time {
                columns.append(floats.times[float], floats.values[float])
                float += 1
            }
            columns.append(time, histogram)
        }
        for index in float..<floats.count { columns.append(floats.times[index], floats.values[index]) }
    }
}
