import Store
import Telemetry
import Wire

/// What is read from one page before any of it is kept. One serves all targets: its buffers are used again page by page.
final class ScrapePage {
    enum Refusal: Error {
        case malformed(ExpositionError)
        case unreadable(WireError)
        case overSampleLimit(Int)
        case overOwnLimit(Int)
        case overLabelLimit(String)

        var sentence: String {
            switch self {
            case .malformed(let error): error.description
            case .unreadable(let error): "the page is no protobuf exposition: \(error)"
            case .overSampleLimit(let limit): "the page has more samples than the sample_limit of \(limit)"
            case .overOwnLimit(let limit): "the page has more than the \(limit) samples that dogwatch takes from one target"
            case .overLabelLimit(let sentence): sentence
            }
        }
        var reason: DropReason {
            if case .malformed = self { .malformed } else { .tooLarge }
        }
    }
    /// A sample whose series has no id yet.
    struct Unresolved {
        enum Sample {
            /// Among `columns`, or among `timed`.
            case column(Int), timed(Int)
        }
        var line: Int
        var text: Range<Int>
        var sample: Sample
        /// Where the labels stand, among `spans`; nil where they are to be read a second time.
        var spans: Range<Int>?
    }
    /// A time of its own further ahead of the scrape than this is refused, as in Prometheus.
    static let future = TimeSpan.minutes(10)
    /// Labels of the first so many new series are remembered, so that a page of any size takes bounded memory.
    private static let heldSeries = 1 << 14
    /// Buffers for more lines than this are given back after the page.
    private static let keptLines = 1 << 18

    /// More samples than this are taken from no target.
    private let ownLimit: Int
    let fingerprinter = LineFingerprinter()
    var lines = ScrapeLines()
    /// Of the time of the scrape.
    let columns = SampleColumns()
    /// Of a time of their own; those that are still unresolved are left out at the end.
    var timed: [SeriesSample] = []
    private(set) var unresolved: [Unresolved] = []
    private var spans: [LabelText.Span] = []
    private(set) var newMetadata: [String: MetricMetadata] = [:]
    private(set) var exemplars: [(line: Int, hash: UInt64, exemplar: Exemplar)] = []
    private(set) var sampleCount = 0
    private(set) var added = 0
    private(set) var outOfBounds = 0
    /// Where the samples end that are from the page.
    var reportStart = 0

    init(limit: Int) { ownLimit = limit }

    func begin(after old: [ExpositionLine]) {
        dropEverything()
        sampleCount = 0
        added = 0
        outOfBounds = 0
        lines.begin(after: old)
    }

    /// Counts samples of the page that its text does not have.
    func expect(_ others: Int) { sampleCount = others }

    /// Nothing of the page is kept.
    func dropEverything() {
        columns.removeAll()
        timed.removeAll(keepingCapacity: true)
        unresolved.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
        newMetadata.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
    }

    func end() {
        lines.shrink(to: Self.keptLines)
        columns.shrink(to: Self.keptLines)
        if unresolved.capacity > Self.heldSeries { unresolved = [] }
        if spans.capacity > 8 * Self.heldSeries { spans = [] }
        if timed.capacity > Self.keptLines { timed = [] }
        newMetadata.removeAll(keepingCapacity: true)
        exemplars.removeAll(keepingCapacity: true)
    }

    /// Of the page alone.
    func labels(of new: Unresolved, _ parser: borrowing ExpositionParser) throws(Refusal) -> LabelSet {
        do throws(ExpositionError) { return try parser.labels(of: new.text) } catch { throw .malformed(error) }
    }

    /// The series of a line, with the labels of the target of `scrape`; nil where the store has no room for it.
    func series(
        of new: Unresolved, _ parser: borrowing ExpositionParser, _ scrape: Scrape, in store: any SeriesAppender
    ) throws(Refusal) -> SeriesID? {
        if let text = try text(of: new, parser), !text.clashes(with: scrape.labels) {
            return store.series(for: text, with: scrape.labels)
        }
        let labels = try labels(of: new, parser)
        return store.series(for: ScrapeLabels.merge(labels, with: scrape.labels, honorsLabels: scrape.honorsLabels))
    }
    /// Nil where the labels can't be used as they stand.
    private func text(of new: Unresolved, _ parser: borrowing ExpositionParser) throws(Refusal) -> LabelText? {
        if let held = new.spans { return LabelText(parser.bytes, spans[held]) }
        var read: [LabelText.Span] = []
        do throws(ExpositionError) {
            return try parser.appendLabels(of: new.text, to: &read) ? LabelText(parser.bytes, read[...]) : nil
        } catch { throw .malformed(error) }
    }

    func resolve(_ new: Unresolved, _ series: SeriesID) {
        lines.update(new.line) { $0.series = series }
        switch new.sample {
        case .column(let index): columns.setSeries(series, at: index)
        case .timed(let index): timed[index].series = series
        }
    }

    /// Leaves out the samples of series that got no id.
    func dropUnresolved() {
        columns.removeUnresolved()
        timed.removeAll { $0.series == .unresolved }
    }

    /// Reads the page of `scrape`, then lets `body` do with it what needs its text.
    func read(_ scrape: Scrape, _ target: ScrapedTarget, then body: (borrowing ExpositionParser) throws(Refusal) -> Void) throws(Refusal) {
        let outcome: Result<Void, Refusal> = scrape.body.withUnsafeBufferPointer { bytes in
            do throws(Refusal) {
                guard let known = ExpositionFormat.recognise(contentType: scrape.contentType, body: bytes) else {
                    throw .malformed(ExpositionError(position: SourcePosition(line: 1, column: 1), problem: .protobufPage))
                }
                var parser = ExpositionParser(bytes, format: known.format, isStrict: known.isStrict)
                let reading = Reading(
                    bytes: bytes, started: scrape.started, honorsTimestamps: scrape.honorsTimestamps, target: target)
                try walk(&parser, reading, limit: scrape.sampleLimit)
                try body(parser)
                return .success(())
            } catch { return .failure(error) }
        }
        try outcome.get()
    }

    // MARK: Lines

    /// What stays the same while a page is read.
    private struct Reading {
        let bytes: UnsafeBufferPointer<UInt8>
        let started: Timestamp
        let honorsTimestamps: Bool
        let target: ScrapedTarget
    }

    private func walk(_ parser: inout ExpositionParser, _ reading: Reading, limit: Int) throws(Refusal) {
        let limit = limit > 0 ? limit : Int.max
        do throws(ExpositionError) {
            var isAtEnd = false
            while !isAtEnd, sampleCount <= min(limit, ownLimit) {
                readKnown(&parser)
                isAtEnd = try readOther(&parser, reading)
            }
        } catch { throw .malformed(error) }
        if sampleCount > limit { throw .overSampleLimit(limit) }
        if sampleCount > ownLimit { throw .overOwnLimit(ownLimit) }
    }

    /// The usual lines: all as they were, but for the values.
    private func readKnown(_ parser: inout ExpositionParser) {
        let (old, expected) = (lines.old, lines.expected)
        guard expected < old.count else { return }
        let read = old.withUnsafeBufferPointer { known in
            columns.append(upTo: known.count - expected) { ids, values in
                parser.readKnown(known, from: expected, by: fingerprinter, ids: ids, values: values)
            }
        }
        sampleCount += read.samples
        lines.advance(read.lines)
    }

    /// One line that is not as it was, or has more on it than a value; true at the end of the page.
    private func readOther(_ parser: inout ExpositionParser, _ reading: Reading) throws(ExpositionError) -> Bool {
        if let next = lines.next, parser.stands(next, by: fingerprinter) {
            lines.advance(1)
            if next.isMetadata {
                parser.skip(metadata: next)
            } else {
                let sample = try parser.sample(ofLength: next.length)
                try take(sample, &parser, reading)
            }
            return false
        }
        switch try parser.next() {
        case .end: return true
        case .sample(let sample):
            if !note(sample.series, reading) { added += 1 }
            try take(sample, &parser, reading)
        case .metadata(let line):
            if !note(line, reading) { try take(metadata: line, &parser, reading) }
        }
        return false
    }

    private func note(_ text: Range<Int>, _ reading: Reading) -> Bool {
        let text = UnsafeBufferPointer(rebasing: reading.bytes[text])
        return lines.take(ExpositionLine(text, series: .unresolved, by: fingerprinter))
    }

    // MARK: Samples

    private func take(_ sample: ExpositionSample, _ parser: inout ExpositionParser, _ reading: Reading) throws(ExpositionError) {
        sampleCount += 1
        let place = lines.count - 1
        var sample = sample
        if !reading.honorsTimestamps { sample.time = nil }
        if lines[place].isTimed != (sample.time != nil) { lines.update(place) { $0.isTimed = sample.time != nil } }
        if let time = sample.time, time > reading.started + Self.future {
            outOfBounds += 1
            return
        }
        let series = lines[place].series
        if let time = sample.time {
            timed.append(SeriesSample(series, time, sample.value))
        } else {
            columns.append(series, sample.value)
        }
        if series == .unresolved {
            let start = spans.count
            let isText = try parser.appendLabels(of: sample.series, to: &spans)
            let isHeld = isText && unresolved.count < Self.heldSeries
            unresolved.append(
                Unresolved(
                    line: place, text: sample.series, sample: sample.time == nil ? .column(columns.count - 1) : .timed(timed.count - 1),
                    spans: isHeld ? start..<spans.count : nil))
            if !isHeld { spans.removeSubrange(start...) }
        }
        if let range = sample.exemplar { try take(exemplar: range, place, sample.time ?? reading.started, parser, reading) }
    }

    private func take(
        exemplar range: Range<Int>, _ place: Int, _ time: Timestamp, _ parser: borrowing ExpositionParser, _ reading: Reading
    ) throws(ExpositionError) {
        let hash = fingerprinter.fingerprint(UnsafeBufferPointer(rebasing: reading.bytes[range]))
        guard reading.target.exemplars[lines[place].series] != hash else { return }
        exemplars.append((place, hash, try parser.exemplar(of: range, at: time)))
    }

    private func take(metadata line: Range<Int>, _ parser: inout ExpositionParser, _ reading: Reading) throws(ExpositionError) {
        let found = try parser.metadata(of: line)
        var metadata = newMetadata[found.family] ?? reading.target.families[found.family] ?? MetricMetadata()
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
