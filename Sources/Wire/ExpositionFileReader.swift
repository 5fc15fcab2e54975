import Telemetry

/// Reads a file of samples with times of their own, `name{labels} value timestamp`, a block of whole lines at a time.
///
/// Unlike on a page, a line that can't be read costs that line alone. Quick where the lines of a series stand together.
package struct ExpositionFileReader {
    /// Label sets that are remembered from block to block.
    private static let remembered = 1 << 17
    private static let runLength = 1 << 12

    private let format: ExpositionFormat
    private let fingerprinter = LineFingerprinter()
    private var labels: [UInt64: LabelSet] = [:]
    private var metadata: [String: MetricMetadata] = [:]
    private var run = [Sample](repeating: Sample(Timestamp(milliseconds: 0), 0), count: runLength)
    /// Lines before what is read at the moment.
    private var lines = 0

    package init(_ format: ExpositionFormat) { self.format = format }

    /// True for text whose first sample has a time of its own.
    package static func recognises(_ beginning: UnsafeBufferPointer<UInt8>) -> Bool {
        var parser = ExpositionParser(beginning, format: .openMetrics)
        do throws(ExpositionError) {
            while true {
                switch try parser.next() {
                case .end: return false
                case .metadata: continue
                case .sample(let sample): return sample.time != nil
                }
            }
        } catch { return false }
    }

    /// The samples of `block`, by series; metadata only where it says something new. What is wrong with a line goes to `report`.
    package mutating func read(_ block: UnsafeBufferPointer<UInt8>, report: (ExpositionError) -> Void) -> MetricBatch {
        var batch = Batch()
        var rest = block
        while !rest.isEmpty {
            var parser = ExpositionParser(rest, format: format)
            do throws(ExpositionError) {
                try read(&parser, rest, &batch)
                lines += Self.lines(in: rest)
                break
            } catch {
                let position = SourcePosition(line: lines + error.position.line, column: error.position.column)
                report(ExpositionError(position: position, problem: error.problem))
                lines += error.position.line
                rest = UnsafeBufferPointer(rebasing: rest[Self.end(ofLine: error.position.line, in: rest)...])
            }
        }
        return batch.made
    }

    private mutating func read(
        _ parser: inout ExpositionParser, _ bytes: UnsafeBufferPointer<UInt8>, _ batch: inout Batch
    ) throws(ExpositionError) {
        while true {
            let entry: ExpositionEntry
            do throws(ExpositionError) {
                entry = try parser.next()
            } catch {
                // Only the last block has an end mark.
                if error.problem == .missingEnd { return }
                throw error
            }
            switch entry {
            case .end: return
            case .metadata(let line): try take(metadata: line, parser, &batch)
            case .sample(let sample): try take(sample, &parser, bytes, &batch)
            }
        }
    }

    private mutating func take(
        _ sample: ExpositionSample, _ parser: inout ExpositionParser, _ bytes: UnsafeBufferPointer<UInt8>, _ batch: inout Batch
    ) throws(ExpositionError) {
        let fingerprint = fingerprinter.fingerprint(UnsafeBufferPointer(rebasing: bytes[sample.series]))
        let place: Int
        if let known = batch.places[fingerprint] {
            place = known
        } else {
            place = batch.add(try labels(of: sample.series, fingerprint, parser), fingerprint)
        }
        guard let time = sample.time else { throw parser.fail(.rule("the sample has no timestamp"), at: sample.series.upperBound) }
        batch.made.series[place].samples.append(Sample(time, sample.value))
        if let range = sample.exemplar { batch.made.series[place].exemplars.append(try parser.exemplar(of: range, at: time)) }
        while true {
            let count = run.withUnsafeMutableBufferPointer { parser.readRun(of: sample.series, into: $0) }
            batch.made.series[place].samples += run[..<count]
            if count < run.count { return }
        }
    }

    private mutating func labels(
        of series: Range<Int>, _ fingerprint: UInt64, _ parser: borrowing ExpositionParser
    ) throws(ExpositionError) -> LabelSet {
        if let known = labels[fingerprint] { return known }
        let read = try parser.labels(of: series)
        if labels.count >= Self.remembered { labels.removeAll(keepingCapacity: true) }
        labels[fingerprint] = read
        return read
    }

    private mutating func take(metadata line: Range<Int>, _ parser: borrowing ExpositionParser, _ batch: inout Batch)
        throws(ExpositionError)
    {
        let found = try parser.metadata(of: line)
        var known = metadata[found.family] ?? MetricMetadata()
        let before = known
        switch found.item {
        case .type(let type): known.type = type
        case .help(let help): known.help = help
        case .unit(let unit): known.unit = unit
        }
        guard known != before else { return }
        if metadata.count < Self.remembered || metadata[found.family] != nil { metadata[found.family] = known }
        batch.made.metadata[found.family] = known
    }

    // MARK: Leaves

    /// What is made of one block.
    private struct Batch {
        var made = MetricBatch()
        /// Of the series in it, by the fingerprint of their text.
        var places: [UInt64: Int] = [:]

        mutating func add(_ labels: LabelSet, _ fingerprint: UInt64) -> Int {
            places[fingerprint] = made.series.count
            made.series.append(MetricBatch.Series(labels: labels))
            return made.series.count - 1
        }
    }

    /// Eight bytes at a time, in plain words that the compiler widens: a file has many more of them than numbers to read.
    private static func lines(in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard let start = UnsafeRawPointer(bytes.baseAddress) else { return 0 }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (newlines, low) = (ones &* UInt64(PageByte.newline), ones &* 0x7F)
        var (count, i) = (0, 0)
        while bytes.count &- i >= 8 {
            // A byte counts to 255.
            let words = min((bytes.count &- i) / 8, 255)
            var tally: UInt64 = 0
            for word in 0..<words {
                let differing = start.loadUnaligned(fromByteOffset: i &+ word &* 8, as: UInt64.self) ^ newlines
                // The top bit of each byte that is no newline.
                let others = ((differing & low) &+ low) | differing
                tally &+= (~others &>> 7) & ones
            }
            let pairs = (tally & 0x00FF_00FF_00FF_00FF) &+ ((tally &>> 8) & 0x00FF_00FF_00FF_00FF)
            count &+= Int((pairs &* 0x0001_0001_0001_0001) &>> 48)
            i &+= words &* 8
        }
        for byte in bytes[i...] where byte == PageByte.newline { count &+= 1 }
        return count
    }

    /// Behind the newline of the line with this number.
    private static func end(ofLine number: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var (left, i) = (number, 0)
        while i < bytes.count {
            if bytes[i] == PageByte.newline { left -= 1 }
            i += 1
            if left == 0 { break }
        }
        return i
    }
}
