import Telemetry

/// What is remembered of one line of a page: enough to know its text again, not the text.
package struct ExpositionLine: Hashable, Sendable {
    /// Of the text of the series, or of the whole metadata line.
    package let fingerprint: UInt64
    private var shape: UInt32
    /// The series of the samples on this line; for its owner to fill in.
    package var series: SeriesID

    private static let lengthMask: UInt32 = 1 << 20 - 1
    private static let metadataBit: UInt32 = 1 << 31
    private static let bracedBit: UInt32 = 1 << 30
    private static let timedBit: UInt32 = 1 << 29

    /// `text` is the range of a sample's series, or of a metadata line.
    package init(_ text: UnsafeBufferPointer<UInt8>, isTimed: Bool = false, series: SeriesID, by fingerprinter: LineFingerprinter) {
        fingerprint = fingerprinter.fingerprint(text)
        shape = UInt32(truncatingIfNeeded: text.count) & Self.lengthMask
        if text.first == PageByte.hash { shape |= Self.metadataBit }
        if text.last == PageByte.closeBrace { shape |= Self.bracedBit }
        self.series = series
        self.isTimed = isTimed
    }

    @inline(__always) package var length: Int { Int(shape & Self.lengthMask) }
    @inline(__always) package var isMetadata: Bool { shape & Self.metadataBit != 0 }
    /// True where the text ends with its labels; a name alone may have labels behind a blank.
    @inline(__always) var isBraced: Bool { shape & Self.bracedBit != 0 }
    /// True where the sample had a time of its own.
    package var isTimed: Bool {
        @inline(__always) get { shape & Self.timedBit != 0 }
        set { shape = newValue ? shape | Self.timedBit : shape & ~Self.timedBit }
    }
    /// True for a sample whose value goes to a known series at the time of the scrape.
    @inline(__always) fileprivate var isPlain: Bool { shape & (Self.metadataBit | Self.timedBit) == 0 && series.index != .max }
    @inline(__always) package func hasText(of other: ExpositionLine) -> Bool {
        fingerprint == other.fingerprint && length == other.length
    }
}

extension SeriesID {
    /// Stands where there is no series yet; no store has so many.
    package static let unresolved = SeriesID(.max)
}

extension ExpositionParser {
    /// Reads on as long as the lines of the page are those of `known` from `first` on, in their plain form: one blank, the value, the end of the
    /// line. Writes series and value of each sample to `ids` and `values`, which must have room for the rest of `known`.
    ///
    /// Stops before the first line that is anything else. `lines` counts metadata lines too.
    package mutating func readKnown(
        _ known: UnsafeBufferPointer<ExpositionLine>, from first: Int, by fingerprinter: LineFingerprinter,
        ids: UnsafeMutablePointer<SeriesID>, values: UnsafeMutablePointer<Double>
    ) -> (lines: Int, samples: Int) {
        guard !isStrict, let base = bytes.baseAddress else { return (0, 0) }
        let page = UnsafeRawPointer(base)
        var (line, sample, at) = (first, 0, cursor)
        while line < known.count {
            let expected = known[line]
            let end = at &+ expected.length
            // Two bytes at least follow: a blank and a digit, or it is nothing plain.
            guard end &+ 2 <= bytes.count, fingerprinter.fingerprint(page + at, expected.length) == expected.fingerprint else { break }
            if expected.isMetadata {
                guard bytes[end] == PageByte.newline else { break }
                at = end &+ 1
            } else {
                guard expected.isPlain, bytes[end] == PageByte.space, let number = DecimalReader.readLine(bytes, from: end &+ 1),
                    number.end &- at <= ExpositionLimits.lineBytes
                else { break }
                ids[sample] = expected.series
                values[sample] = number.value
                sample &+= 1
                at = number.end &+ 1
            }
            line &+= 1
        }
        cursor = at
        return (line &- first, sample)
    }

    /// True when the text of `line` stands here as a whole.
    package func stands(_ line: ExpositionLine, by fingerprinter: LineFingerprinter) -> Bool {
        let end = cursor &+ line.length
        guard !isStrict, end <= bytes.count, let page = bytes.baseAddress,
            fingerprinter.fingerprint(UnsafeRawPointer(page) + cursor, line.length) == line.fingerprint
        else { return false }
        if line.isMetadata { return isLineEnd(end) }
        return line.isBraced || (end < bytes.count && PageByte.isBlank(bytes[end]) && !hasLabels(after: end))
    }

    /// The sample on this line, the text of whose series is `length` bytes long: after `stands`.
    package mutating func sample(ofLength length: Int) throws(ExpositionError) -> ExpositionSample {
        try sample(cursor..<cursor &+ length)
    }

    /// Goes on behind a metadata line: after `stands`.
    package mutating func skip(metadata line: ExpositionLine) {
        cursor &+= line.length
        while cursor < bytes.count, bytes[cursor] != PageByte.newline { cursor &+= 1 }
    }

    /// A plain name may be followed by blanks and then labels: then it was only the beginning.
    private func hasLabels(after offset: Int) -> Bool {
        var i = offset
        while i < bytes.count, PageByte.isBlank(bytes[i]) { i &+= 1 }
        return i < bytes.count && bytes[i] == PageByte.openBrace
    }
}
