import Telemetry

extension ExpositionParser {
    /// The parts of a metadata line, as byte ranges.
    struct MetadataLine {
        enum Keyword { case help, type, unit }
        var keyword: Keyword
        var family: Range<Int>
        var isQuoted: Bool
        var text: Range<Int>
    }

    /// Reads a line that `next` gave.
    package func metadata(of line: Range<Int>) throws(ExpositionError) -> ExpositionMetadata {
        guard let parts = metadataLine(line) else { throw fail(.familyName, at: line.lowerBound) }
        let text = parts.text
        guard ExpositionText.isUTF8(bytes, line) else { throw fail(.notUTF8, at: line.lowerBound) }
        let family =
            parts.isQuoted ? ExpositionText.unescaped(bytes, parts.family) : ExpositionText.string(bytes, parts.family)
        switch parts.keyword {
        case .help:
            return ExpositionMetadata(family: family, item: .help(ExpositionText.unescaped(bytes, text, inQuotes: format == .openMetrics)))
        case .unit: return ExpositionMetadata(family: family, item: .unit(ExpositionText.string(bytes, text)))
        case .type: return ExpositionMetadata(family: family, item: .type(try metricType(text)))
        }
    }

    func metricType(_ text: Range<Int>) throws(ExpositionError) -> MetricType {
        let word = ExpositionText.string(bytes, text)
        if let type = MetricType(rawValue: word) { return type }
        if word == "untyped", !isStrict { return .unknown }
        throw fail(.metricType(ExpositionText.excerpt(bytes, from: text.lowerBound)), at: text.lowerBound)
    }

    /// Takes the line that begins with `#` here: an entry, or nil for a comment.
    mutating func comment() throws(ExpositionError) -> ExpositionEntry? {
        let start = cursor
        var end = start
        while end < bytes.count, bytes[end] != PageByte.newline { end &+= 1 }
        guard end - start <= ExpositionLimits.lineBytes else {
            throw fail(.tooLong(what: "the line", limit: ExpositionLimits.lineBytes), at: start)
        }
        cursor = min(end + 1, bytes.count)
        if !isStrict, end > start, bytes[end - 1] == PageByte.return { end -= 1 }
        let line = start..<end
        if format == .openMetrics, isEndMark(line) {
            try finish()
            return nil
        }
        if isStrict { try checkMetadata(line) }
        return metadataLine(line) == nil ? nil : .metadata(line: line)
    }

    private func isEndMark(_ line: Range<Int>) -> Bool {
        let mark: StaticString = "# EOF"
        guard line.count == mark.utf8CodeUnitCount, let page = bytes.baseAddress else { return false }
        return BytesEqual.compare(page + line.lowerBound, mark.utf8Start, line.count)
    }

    private mutating func finish() throws(ExpositionError) {
        hasEnded = true
        if isStrict, cursor < bytes.count { throw fail(.textAfterEnd, at: cursor) }
        cursor = bytes.count
        try rules?.endOfPage()
    }

    /// The parts of `line`, read as leniently as Prometheus does; nil for what is only a comment.
    func metadataLine(_ line: Range<Int>) -> MetadataLine? {
        var i = line.lowerBound + 1
        skipBlanks(&i)
        let keywordStart = i
        while i < line.upperBound, !PageByte.isBlank(bytes[i]) { i &+= 1 }
        guard i - keywordStart == 4, i < line.upperBound, let keyword = keyword(at: keywordStart) else { return nil }
        skipBlanks(&i)
        guard i < line.upperBound else { return nil }
        let isQuoted = bytes[i] == PageByte.quote
        let nameStart = i
        if isQuoted {
            i &+= 1
            while i < line.upperBound, bytes[i] != PageByte.quote { i &+= bytes[i] == PageByte.backslash ? 2 : 1 }
            guard i < line.upperBound else { return nil }
            i &+= 1
        } else {
            while i < line.upperBound, !PageByte.isBlank(bytes[i]) { i &+= 1 }
        }
        let family = isQuoted ? nameStart + 1..<i - 1 : nameStart..<i
        if keyword == .help, !isQuoted, !isName(family) { return nil }
        // Strict lines have one blank here, so that a text may begin with one.
        if isStrict, i < line.upperBound { i &+= 1 } else { skipBlanks(&i) }
        var end = line.upperBound
        if !isStrict, keyword != .help { while end > i, PageByte.isBlank(bytes[end - 1]) { end -= 1 } }
        return MetadataLine(keyword: keyword, family: family, isQuoted: isQuoted, text: min(i, end)..<end)
    }

    func isName(_ range: Range<Int>) -> Bool {
        guard let first = range.first, PageByte.isNameStart(bytes[first]) else { return false }
        return range.allSatisfy { PageByte.isName(bytes[$0]) }
    }

    private func keyword(at start: Int) -> MetadataLine.Keyword? {
        switch (bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]) {
        case (0x48, 0x45, 0x4c, 0x50): .help
        case (0x54, 0x59, 0x50, 0x45): .type
        case (0x55, 0x4e, 0x49, 0x54): .unit
        default: nil
        }
    }

    /// The strict form: `# `, keyword, one blank, name, one blank, text.
    private mutating func checkMetadata(_ line: Range<Int>) throws(ExpositionError) {
        guard let parts = metadataLine(line), isSpelledStrictly(parts, line) else { throw fail(.incompleteMetadata, at: line.lowerBound) }
        guard parts.isQuoted || isName(parts.family) else { throw fail(.familyName, at: parts.family.lowerBound) }
        let type = parts.keyword == .type ? try metricType(parts.text) : nil
        try rules?.take(parts, type: type, line: line)
    }

    private func isSpelledStrictly(_ parts: MetadataLine, _ line: Range<Int>) -> Bool {
        let quotes = parts.isQuoted ? 1 : 0
        let expected = line.lowerBound + 7 + quotes
        let textStart = parts.family.upperBound + quotes + 1
        return parts.family.lowerBound == expected && bytes[line.lowerBound + 1] == PageByte.space
            && bytes[line.lowerBound + 6] == PageByte.space
            && textStart <= line.upperBound && bytes[textStart - 1] == PageByte.space
    }
}
