import Telemetry

extension ExpositionParser {
    /// How far the page has been read, in bytes.
    package var offset: Int { cursor }

    /// Reads on as long as the lines are of the same `series` text, with a value and a time of their own and nothing else, in their plain form: as
    /// in a file of many samples of each series. Returns how many of `samples` it has filled.
    package mutating func readRun(of series: Range<Int>, into samples: UnsafeMutableBufferPointer<Sample>) -> Int {
        guard let page = bytes.baseAddress, bytes.count - cursor > series.count, !isStrict else { return 0 }
        let text = page + series.lowerBound
        var (count, at) = (0, cursor)
        while count < samples.count {
            let end = at &+ series.count
            guard end < bytes.count, bytes[end] == PageByte.space, BytesEqual.compare(page + at, text, series.count),
                let value = DecimalReader.read(bytes, from: end &+ 1), value.end < bytes.count, bytes[value.end] == PageByte.space,
                let (time, next) = plainTime(from: value.end &+ 1), next < bytes.count, bytes[next] == PageByte.newline,
                next &- at <= ExpositionLimits.lineBytes
            else { break }
            samples[count] = Sample(time, value.value)
            count &+= 1
            at = next &+ 1
        }
        cursor = at
        return count
    }

    private func plainTime(from start: Int) -> (Timestamp, end: Int)? {
        if format == .openMetrics {
            guard let seconds = DecimalReader.read(bytes, from: start), seconds.value.isFinite else { return nil }
            return (ExpositionParser.timestamp(seconds: seconds.value), seconds.end)
        }
        var i = start
        var milliseconds: Int64 = 0
        while i < bytes.count, case let digit = bytes[i] &- 0x30, digit < 10 {
            milliseconds = milliseconds &* 10 &+ Int64(digit)
            i &+= 1
        }
        // Longer ones may not fit.
        return (1...18).contains(i - start) ? (Timestamp(milliseconds: milliseconds), i) : nil
    }
}
