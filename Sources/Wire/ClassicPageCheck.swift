import Telemetry

/// Reads a page of the classic text format as strictly as Prometheus's own writers and `promtool` do; a scrape takes more than this.
struct ClassicPageCheck {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var lineStart = 0
    /// The newline of this line.
    private var end = 0
    private var lineNumber = 0
    private var i = 0
    private(set) var lint = MetricLint()

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func run() throws(ExpositionError) -> [MetricProblem] {
        while try nextLine() {
            skipBlanks()
            guard i < end else { continue }
            if bytes[i] == PageByte.hash { try comment() } else { try sample() }
        }
        return lint.finish()
    }

    /// Goes to the next line; false at the end.
    private mutating func nextLine() throws(ExpositionError) -> Bool {
        if lineNumber > 0 { lineStart = end + 1 }
        lineNumber += 1
        guard lineStart < bytes.count else { return false }
        end = lineStart
        while end < bytes.count, bytes[end] != PageByte.newline { end &+= 1 }
        i = lineStart
        guard end - lineStart <= ExpositionLimits.lineBytes else {
            throw fail(.tooLong(what: "the line", limit: ExpositionLimits.lineBytes), at: lineStart)
        }
        guard end == bytes.count else { return true }
        if bytes[lineStart...].allSatisfy(PageByte.isBlank) { return false }
        throw fail(.rule("the last line must end with a newline; the page may have been cut off"), at: end)
    }

    // MARK: Metadata

    private mutating func comment() throws(ExpositionError) {
        i += 1
        skipBlanks()
        let keyword = token { !PageByte.isBlank($0) }
        guard i < end, keyword == "HELP" || keyword == "TYPE" else { return }
        skipBlanks()
        let nameStart = i
        let name = self.name(PageByte.isNameStart, PageByte.isName)
        guard i < end else { return }
        guard PageByte.isBlank(bytes[i]) else { throw fail(.familyName, at: i) }
        skipBlanks()
        let family = lint.family(of: name)
        lint.update(family, at: place(lineStart)) { _ in }
        guard i < end else { return }
        if keyword == "HELP" { try help(of: family, at: nameStart) } else { try type(of: family, at: nameStart) }
    }

    private mutating func help(of family: String, at nameStart: Int) throws(ExpositionError) {
        if lint.families[family]?.hasHelp == true { throw fail(.rule("\(family) has a HELP line already"), at: nameStart) }
        var c = i
        while c < end {
            if bytes[c] == PageByte.backslash {
                c += 1
                guard c < end, bytes[c] == PageByte.backslash || bytes[c] == UInt8(ascii: "n") else {
                    throw fail(.rule("only \\\\ and \\n may follow a back slash in a HELP line"), at: c - 1)
                }
            }
            c += 1
        }
        lint.update(family, at: place(lineStart)) { $0.hasHelp = true }
    }

    private mutating func type(of family: String, at nameStart: Int) throws(ExpositionError) {
        if lint.families[family]?.type != nil {
            throw fail(.rule("\(family) has a TYPE line already, or samples before it"), at: nameStart)
        }
        guard let type = Self.types[ExpositionText.string(bytes, i..<end).uppercased()] else {
            throw fail(.metricType(ExpositionText.excerpt(bytes, from: i)), at: i)
        }
        lint.update(family, at: place(lineStart)) { $0.type = type }
    }
    private static let types: [String: MetricType] = [
        "COUNTER": .counter, "GAUGE": .gauge, "SUMMARY": .summary, "UNTYPED": .unknown, "HISTOGRAM": .histogram,
        "GAUGE_HISTOGRAM": .gaugehistogram,
    ]

    // MARK: Samples

    private mutating func sample() throws(ExpositionError) {
        let start = i
        let name = self.name(PageByte.isNameStart, PageByte.isName)
        guard !name.isEmpty else { throw fail(.metricName, at: i) }
        let family = lint.family(of: name)
        let type = lint.families[family]?.type ?? .unknown
        skipBlanks()
        var labels: [MetricLint.PlacedLabel] = []
        if i < end, bytes[i] == PageByte.openBrace { labels = try self.labels(of: type) }
        try value()
        lint.take(labels, of: family, at: place(start))
    }

    private mutating func labels(of type: MetricType) throws(ExpositionError) -> [MetricLint.PlacedLabel] {
        var labels: [MetricLint.PlacedLabel] = []
        while true {
            i += 1
            skipBlanks()
            guard i < end else { throw fail(.labelsUnclosed, at: i) }
            if bytes[i] == PageByte.closeBrace { break }
            let start = i
            let name = self.name({ $0 == 0x5f || PageByte.isLetter($0) }, { $0 != 0x3a && PageByte.isName($0) })
            guard !name.isEmpty else { throw fail(.labelName, at: i) }
            guard name != LabelSet.nameLabel else { throw fail(.rule("the label \(name) is reserved"), at: start) }
            guard !labels.contains(where: { $0.name == name }) else { throw fail(.duplicateLabel(name), at: start) }
            guard labels.count < ExpositionLimits.labelsPerSeries else {
                throw fail(.tooLong(what: "the list of labels", limit: ExpositionLimits.labelsPerSeries), at: start)
            }
            skipBlanks()
            guard i < end, bytes[i] == PageByte.equals else { throw fail(.labelEquals, at: i) }
            i += 1
            skipBlanks()
            let label = MetricLint.PlacedLabel(name: name, value: try labelValue(), position: place(start))
            try check(label, of: type, at: start)
            labels.append(label)
            skipBlanks()
            guard i < end else { throw fail(.labelsUnclosed, at: i) }
            if bytes[i] == PageByte.closeBrace { break }
            guard bytes[i] == PageByte.comma else { throw fail(.labelComma, at: i) }
        }
        i += 1
        skipBlanks()
        return labels
    }

    private mutating func labelValue() throws(ExpositionError) -> String {
        guard i < end, bytes[i] == PageByte.quote else { throw fail(.labelQuote, at: i) }
        i += 1
        let start = i
        while i < end, bytes[i] != PageByte.quote {
            if bytes[i] == PageByte.backslash {
                i += 1
                guard i < end, [PageByte.backslash, PageByte.quote, UInt8(ascii: "n")].contains(bytes[i]) else {
                    throw fail(.escape, at: i - 1)
                }
            }
            i += 1
        }
        guard i < end else { throw fail(.labelUnclosed, at: start) }
        guard ExpositionText.isUTF8(bytes, start..<i) else { throw fail(.notUTF8, at: start) }
        defer { i += 1 }
        return ExpositionText.unescaped(bytes, start..<i)
    }

    /// `le` and `quantile` are numbers.
    private func check(_ label: MetricLint.PlacedLabel, of type: MetricType, at start: Int) throws(ExpositionError) {
        guard type == .histogram && label.name == "le" || type == .summary && label.name == "quantile" else { return }
        guard Self.isNumber(Array(label.value.utf8)) else { throw fail(.value(String(label.value.prefix(40))), at: start) }
    }

    private mutating func value() throws(ExpositionError) {
        let start = i
        let value = token { !PageByte.isBlank($0) }
        guard !value.isEmpty else { throw fail(.noValue, at: start) }
        guard Self.isNumber(Array(value.utf8)) else { throw fail(.value(String(value.prefix(40))), at: start) }
        guard i < end else { return }
        skipBlanks()
        let timeStart = i
        let time = token { !PageByte.isBlank($0) }
        guard Int64(time) != nil else { throw fail(.timestamp(String(time.prefix(40))), at: timeStart) }
        guard i == end else { throw fail(.trailing(ExpositionText.excerpt(bytes, from: i)), at: i) }
    }

    /// A decimal number in the range of doubles, an infinity or NaN.
    private static func isNumber(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { text in
            guard let number = DecimalReader.read(text, from: 0), number.end == text.count else { return false }
            guard number.value.isInfinite else { return true }
            return text.contains { $0 | 0x20 == UInt8(ascii: "n") }
        }
    }

    // MARK: Leaves

    private mutating func skipBlanks() { while i < end, PageByte.isBlank(bytes[i]) { i &+= 1 } }
    private mutating func token(while isPart: (UInt8) -> Bool) -> String {
        let start = i
        while i < end, isPart(bytes[i]) { i &+= 1 }
        return ExpositionText.string(bytes, start..<i)
    }
    private mutating func name(_ isStart: (UInt8) -> Bool, _ isPart: (UInt8) -> Bool) -> String {
        guard i < end, isStart(bytes[i]) else { return "" }
        return token(while: isPart)
    }
    private func place(_ offset: Int) -> SourcePosition {
        let column = bytes[lineStart..<min(offset, bytes.count)].count { $0 & 0xc0 != 0x80 }
        return SourcePosition(line: lineNumber, column: column + 1)
    }
    private func fail(_ problem: ExpositionError.Problem, at offset: Int) -> ExpositionError {
        ExpositionError(position: place(offset), problem: problem)
    }
}
