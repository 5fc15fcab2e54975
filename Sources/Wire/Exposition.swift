import Telemetry

/// How a page of metrics is written.
package enum ExpositionFormat: Hashable, Sendable {
    /// The classic text format, `text/plain; version=0.0.4`. Timestamps are milliseconds.
    case text
    /// `application/openmetrics-text; version=1.0.0`. Timestamps are seconds; exemplars; ends with `# EOF`.
    case openMetrics

    /// By the `Content-Type` of an answer; where that says nothing of use, by how the page ends.
    ///
    /// A page that calls itself OpenMetrics is held to the letter (`isStrict`), any other is read as leniently as Prometheus reads it.
    /// Nil for a format that is never asked for, such as protobuf.
    package static func recognise(contentType: String, body: UnsafeBufferPointer<UInt8>) -> (format: ExpositionFormat, isStrict: Bool)? {
        let kind = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        switch kind {
        case "application/openmetrics-text": return (.openMetrics, true)
        case "text/plain": return (.text, false)
        case "application/vnd.google.protobuf": return nil
        default: return (endsAsOpenMetrics(body) ? .openMetrics : .text, false)
        }
    }

    private static func endsAsOpenMetrics(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
        let mark = Array("# EOF".utf8)
        var end = body.count
        while end > 0, body[end - 1] == PageByte.newline || body[end - 1] == PageByte.return { end -= 1 }
        guard end >= mark.count else { return false }
        return (0..<mark.count).allSatisfy { body[end - mark.count + $0] == mark[$0] }
    }
}

/// The most that a page may ask of its reader; what goes beyond is refused with a sentence.
package enum ExpositionLimits {
    package static let lineBytes = 1 << 18
    package static let labelsPerSeries = 256
    package static let labelNameBytes = 1 << 12
    package static let labelValueBytes = 1 << 16
    /// Characters of the label names and values of an exemplar together, as OpenMetrics says.
    package static let exemplarCharacters = 128
}

/// The next thing on a page of metrics. Ranges are byte offsets into the page.
package enum ExpositionEntry: Hashable, Sendable {
    case sample(ExpositionSample)
    /// A `HELP`, `TYPE` or `UNIT` line, from its `#` to before its newline; read it with `metadata(of:)`.
    case metadata(line: Range<Int>)
    case end
}

/// One sample line, its labels not yet read.
package struct ExpositionSample: Hashable, Sendable {
    /// Name and labels as they stand on the page: the same text is the same series. Read it with `labels(of:)`.
    package var series: Range<Int>
    package var value: Double
    /// Nil where the line has none: the sample is of the time of the scrape.
    package var time: Timestamp?
    /// From the `{` to the end of the line; read it with `exemplar(of:)`.
    package var exemplar: Range<Int>?
}

/// What a metadata line says about a family; `family` is spelled as the page does.
package struct ExpositionMetadata: Hashable, Sendable {
    package enum Item: Hashable, Sendable {
        case type(MetricType)
        case help(String)
        case unit(String)
    }
    package var family: String
    package var item: Item
}

/// The bytes that the format gives a meaning.
enum PageByte {
    static let tab = UInt8(ascii: "\t")
    static let newline = UInt8(ascii: "\n")
    static let `return` = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let hash = UInt8(ascii: "#")
    static let comma = UInt8(ascii: ",")
    static let equals = UInt8(ascii: "=")
    static let backslash = UInt8(ascii: "\\")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    /// Of a metric name after its first byte; a label name has no colon.
    @inline(__always) static func isName(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == 0x5f || byte == 0x3a
    }
    @inline(__always) static func isNameStart(_ byte: UInt8) -> Bool { isLetter(byte) || byte == 0x5f || byte == 0x3a }
}
