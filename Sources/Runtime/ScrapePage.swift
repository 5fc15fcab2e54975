import Store
import Telemetry
import Wire

/// What is read from one page before any of it is kept; its buffers are used again for the next.
struct ScrapePage {
    enum Refusal: Error {
        case malformed(ExpositionError)
        case overSampleLimit(Int)

        var sentence: String {
            switch self {
            case .malformed(let error): error.description
            case .overSampleLimit(let limit): "the page has more samples than the sample_limit of \(limit)"
            }
        }
    }
    /// A time of its own further ahead of the scrape than this is refused, as in Prometheus.
    static let future = TimeSpan.minutes(10)

    var samples: [SeriesSample] = []
    /// Samples whose series has no id yet.
    private(set) var unresolved: [(sample: Int, slot: Int)] = []
    private(set) var newLabels: [Int: LabelSet] = [:]
    private(set) var newMetadata: [String: MetricMetadata] = [:]
    private(set) var exemplars: [(slot: Int, hash: UInt64, exemplar: Exemplar)] = []
    private(set) var sampleCount = 0
    private(set) var added = 0
    private(set) var outOfBounds = 0
    /// Where the samples end that are not from the page.
    var reportStart = 0

    mutating func begin(_ scrape: Scrape) {
        dropEverything()
        sampleCount = 0
        added = 0
        outOfBounds = 0
    }

    mutating func dropEverything() {
        samples.removeAll(keepingCapacity: true)
        unresolved.removeAll(keepingCapacity: true)
        newLabels.removeAll(keepingCapacity: true)
        newMetadata.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
    }

    mutating func read(_ scrape: Scrape, _ cache: ScrapeSeriesCache, _ families: [String: MetricMetadata]) throws(Refusal) {
        let outcome: Result<Void, Refusal> = scrape.body.withUnsafeBufferPointer { bytes in
            do throws(Refusal) {
                try walk(bytes, scrape, cache, families)
                return .success(())
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    private mutating func walk(
        _ bytes: UnsafeBufferPointer<UInt8>, _ scrape: Scrape, _ cache: ScrapeSeriesCache, _ families: [String: MetricMetadata]
    ) throws(Refusal) {
        guard let known = ExpositionFormat.recognise(contentType: scrape.contentType, body: bytes) else {
            throw .malformed(ExpositionError(position: SourcePosition(line: 1, column: 1), problem: .protobufPage))
        }
        var parser = ExpositionParser(bytes, format: known.format, isStrict: known.isStrict)
        let limit = scrape.sampleLimit > 0 ? scrape.sampleLimit : Int.max
        let latest = scrape.started + Self.future
        cache.beginPage()
        do throws(ExpositionError) {
            while true {
                switch try parser.next(guess: cache.guess) {
                case .end: return
                case .sample(let sample):
                    sampleCount &+= 1
                    if sampleCount > limit { break }
                    try take(sample, parser, bytes, cache, scrape.started, latest)
                    continue
                case .metadata(let line):
                    try take(metadata: line, parser, bytes, cache, families)
                    continue
                }
                break
            }
        } catch { throw .malformed(error) }
        throw .overSampleLimit(limit)
    }

    @inline(__always)
    private mutating func take(
        _ sample: ExpositionSample, _ parser: borrowing ExpositionParser, _ bytes: UnsafeBufferPointer<UInt8>, _ cache: ScrapeSeriesCache,
        _ started: Timestamp, _ latest: Timestamp
    ) throws(ExpositionError) {
        let slot = sample.isGuessed ? cache.takeGuess() : try find(sample.series, parser, bytes, cache)
        let isTracked = sample.time == nil
        if cache.slots[slot].isTracked != isTracked { cache.update(slot) { $0.isTracked = isTracked } }
        if let time = sample.time, time > latest {
            outOfBounds += 1
            return
        }
        let time = sample.time ?? started
        if let series = cache.slots[slot].series {
            samples.append(SeriesSample(series, time, sample.value))
        } else {
            if newLabels[slot] == nil { newLabels[slot] = try parser.labels(of: sample.series) }
            unresolved.append((samples.count, slot))
            samples.append(SeriesSample(SeriesID(.max), time, sample.value))
        }
        if let range = sample.exemplar { try take(exemplar: range, slot, time, parser, bytes, cache) }
    }

    @inline(never)
    private mutating func find(
        _ series: Range<Int>, _ parser: borrowing ExpositionParser, _ bytes: UnsafeBufferPointer<UInt8>, _ cache: ScrapeSeriesCache
    ) throws(ExpositionError) -> Int {
        let found = cache.find(UnsafeBufferPointer(rebasing: bytes[series]))
        if !found.isKnown { added += 1 }
        return found.slot
    }

    @inline(never)
    private mutating func take(
        exemplar range: Range<Int>, _ slot: Int, _ time: Timestamp, _ parser: borrowing ExpositionParser,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ cache: ScrapeSeriesCache
    ) throws(ExpositionError) {
        let hash = ExpositionHash.hash(UnsafeBufferPointer(rebasing: bytes[range])) | 1
        guard cache.slots[slot].exemplar != hash else { return }
        exemplars.append((slot, hash, try parser.exemplar(of: range, at: time)))
    }

    private mutating func take(
        metadata line: Range<Int>, _ parser: borrowing ExpositionParser, _ bytes: UnsafeBufferPointer<UInt8>, _ cache: ScrapeSeriesCache,
        _ families: [String: MetricMetadata]
    ) throws(ExpositionError) {
        let text = UnsafeBufferPointer(rebasing: bytes[line])
        let guess = cache.guess
        if guess.count == text.count, let a = guess.baseAddress, let b = text.baseAddress, BytesEqual.compare(a, b, text.count) {
            _ = cache.takeGuess()
            return
        }
        _ = cache.find(text)
        let found = try parser.metadata(of: line)
        var metadata = newMetadata[found.family] ?? families[found.family] ?? MetricMetadata()
        switch found.item {
        case .type(let type): metadata.type = type
        case .help(let help): metadata.help = help
        case .unit(let unit): metadata.unit = unit
        }
        newMetadata[found.family] = metadata
    }
}

/// The labels of a target laid over those of a sample.
enum ScrapeLabels {
    /// On a clash the sample's label is kept as `exported_…`, unless `honorsLabels`: then it wins.
    static func merge(_ sample: LabelSet, with target: LabelSet, honorsLabels: Bool) -> LabelSet {
        var clashes = false
        var merged: [Label] = []
        merged.reserveCapacity(sample.labels.count + target.labels.count)
        var rest = target.labels[...]
        // Both are ascending, and so is what comes of them.
        for label in sample.labels {
            while let next = rest.first, next.name < label.name { merged.append(rest.removeFirst()) }
            if let next = rest.first, next.name == label.name {
                clashes = true
                rest.removeFirst()
            }
            merged.append(label)
        }
        merged += rest
        return clashes && !honorsLabels ? exporting(sample, target) : LabelSet(sorted: merged)
    }

    private static func exporting(_ sample: LabelSet, _ target: LabelSet) -> LabelSet {
        var labels: [Label] = []
        var taken = Set(sample.labels.map(\.name)).union(target.labels.map(\.name))
        for var label in sample.labels {
            if target[label.name] != nil {
                repeat { label.name = "exported_" + label.name } while taken.contains(label.name)
                taken.insert(label.name)
            }
            labels.append(label)
        }
        return LabelSet(labels + target.labels)
    }
}
