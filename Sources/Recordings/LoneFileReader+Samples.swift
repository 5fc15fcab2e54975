import Ports
import Telemetry
import Wire

/// Metrics whose samples have times of their own: read in blocks, however large the file.
extension LoneFileReader {
    /// Nil for a page as a target gave it, whose samples are of no known time.
    static func samplesReader(_ file: any OpenFile, _ beginning: [UInt8], size: Int64) throws(FileFailure) -> ExpositionFileReader? {
        guard beginning.withUnsafeBufferPointer({ ExpositionFileReader.recognises($0) }) else { return nil }
        let end = try file.read(at: max(0, size - 16), count: 16)
        return ExpositionFileReader(end.endsWithMark ? .openMetrics : .text)
    }

    func readSamples() throws(Diagnostic) {
        guard let block = try nextBlock() else { return }
        var bad: [ExpositionError] = []
        let batch = block.withUnsafeBufferPointer { bytes in samples?.read(bytes) { bad.append($0) } } ?? MetricBatch()
        for series in batch.series { if let last = series.samples.last { newest = max(newest, min(last.time, now)) } }
        if newest == .distantPast { newest = now }
        let source = Source(.file, path)
        if batch.sampleCount > 0 || !batch.metadata.isEmpty {
            waiting.append(Arrival(source: source, time: newest, payload: .metrics(batch)))
        }
        guard let first = bad.first else { return }
        for error in bad { warn(error.diagnostic(source: path)) }
        let trouble = Trouble(signal: .metrics, reason: .malformed, count: bad.count, detail: first.description)
        waiting.append(Arrival(source: source, time: newest, payload: .trouble(trouble)))
    }

    /// Whole lines from `offset` on; nil at the end.
    private func nextBlock() throws(Diagnostic) -> ArraySlice<UInt8>? {
        while true {
            let block = try readBlock()
            hasEnded = block.count < blockLength
            guard !block.isEmpty else { return nil }
            if isSkipping {
                let end = block.firstIndex(of: 0x0a)
                offset += Int64(end.map { $0 + 1 } ?? block.count)
                isSkipping = end == nil
            } else if let end = block.lastIndex(of: 0x0a), !hasEnded || end == block.count - 1 {
                offset += Int64(end + 1)
                return block[...end]
            } else {
                // The last line of the file, or the beginning of one that is longer than any may be; its reader says so.
                offset += Int64(block.count)
                isSkipping = !hasEnded
                return block[...]
            }
        }
    }

    /// In one piece, which is then nobody else's to copy, as a rule.
    private func readBlock() throws(Diagnostic) -> [UInt8] {
        do {
            let piece = try file.read(at: offset, count: blockLength)
            if piece.isEmpty || piece.count == blockLength { return piece }
        } catch {
            hasEnded = true
            throw Diagnostic(source: path, message: error.detail)
        }
        return try read(at: offset, count: blockLength)
    }
}

extension [UInt8] {
    /// True where `# EOF` stands at the end, but for white space.
    fileprivate var endsWithMark: Bool {
        var end = count
        while end > 0, self[end - 1] <= 0x20 { end -= 1 }
        return end >= 5 && self[(end - 5)..<end].elementsEqual("# EOF".utf8)
    }
}
