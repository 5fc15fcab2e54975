import Telemetry

/// Walks the text of one series, `name{label="value",…}` or `{"name",label="value",…}`, part by part, and checks it to the letter.
struct ExpositionSeriesText {
    enum Part {
        /// The metric name, without quotes; may hold escapes where it was quoted.
        case name(Range<Int>, isQuoted: Bool)
        case label(name: Range<Int>, isNameQuoted: Bool, value: Range<Int>, hasEscapes: Bool)
    }
    private enum State { case start, labels, done }

    let bytes: UnsafeBufferPointer<UInt8>
    private let end: Int
    private let isStrict: Bool
    /// Escapes other than the three are kept as they stand (OpenMetrics) instead of refused.
    private let keepsOddEscapes: Bool
    private var cursor: Int
    private var state = State.start
    private var hasName = false
    private var labelCount = 0

    /// `isNamed` is for the labels of an exemplar, which have no metric name.
    init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, format: ExpositionFormat, isStrict: Bool, isNamed: Bool = false) {
        self.bytes = bytes
        cursor = range.lowerBound
        end = range.upperBound
        self.isStrict = isStrict
        keepsOddEscapes = format == .openMetrics
        hasName = isNamed
    }

    mutating func next() throws(ExpositionError) -> Part? {
        switch state {
        case .start: return try start()
        case .labels: return try label()
        case .done: return nil
        }
    }

    private mutating func start() throws(ExpositionError) -> Part? {
        let first = cursor
        while cursor < end, PageByte.isName(bytes[cursor]) { cursor += 1 }
        let name = first..<cursor
        skipBlanks()
        if cursor < end, bytes[cursor] == PageByte.openBrace {
            cursor += 1
            state = .labels
        } else {
            guard cursor == end else { throw fail(.metricName, at: cursor) }
            state = .done
        }
        if name.isEmpty {
            guard state == .labels else { throw fail(.metricName, at: first) }
            return try label()
        }
        hasName = true
        return .name(name, isQuoted: false)
    }

    /// From behind `{` or a comma.
    private mutating func label() throws(ExpositionError) -> Part? {
        skipBlanks()
        guard cursor < end else { throw fail(.labelsUnclosed, at: cursor) }
        if bytes[cursor] == PageByte.closeBrace { return try close() }
        let isQuoted = bytes[cursor] == PageByte.quote
        let nameStart = cursor
        let name = isQuoted ? try quoted(isName: true).range : try plainLabelName()
        skipBlanks()
        if isQuoted, cursor == end || bytes[cursor] != PageByte.equals {
            guard !hasName else { throw fail(.twoMetricNames, at: nameStart) }
            guard !name.isEmpty else { throw fail(.metricName, at: nameStart) }
            hasName = true
            try separator()
            return .name(name, isQuoted: true)
        }
        guard cursor < end, bytes[cursor] == PageByte.equals else { throw fail(.labelEquals, at: cursor) }
        guard !name.isEmpty else { throw fail(.labelName, at: nameStart) }
        cursor += 1
        skipBlanks()
        guard cursor < end, bytes[cursor] == PageByte.quote else { throw fail(.labelQuote, at: cursor) }
        let value = try quoted(isName: false)
        try separator()
        labelCount += 1
        guard labelCount <= ExpositionLimits.labelsPerSeries else {
            throw fail(.tooLong(what: "the list of labels", limit: ExpositionLimits.labelsPerSeries), at: nameStart)
        }
        return .label(name: name, isNameQuoted: isQuoted, value: value.range, hasEscapes: value.hasEscapes)
    }

    private mutating func close() throws(ExpositionError) -> Part? {
        cursor += 1
        state = .done
        guard cursor == end else { throw fail(.labelsUnclosed, at: cursor) }
        guard hasName else { throw fail(.noMetricName, at: cursor - 1) }
        return nil
    }

    private mutating func separator() throws(ExpositionError) {
        skipBlanks()
        guard cursor < end else { throw fail(.labelsUnclosed, at: cursor) }
        if bytes[cursor] == PageByte.comma {
            cursor += 1
            if isStrict, cursor < end, bytes[cursor] == PageByte.closeBrace { throw fail(.labelName, at: cursor) }
        } else if bytes[cursor] != PageByte.closeBrace {
            throw fail(.labelComma, at: cursor)
        }
    }

    private mutating func plainLabelName() throws(ExpositionError) -> Range<Int> {
        let first = cursor
        while cursor < end, PageByte.isName(bytes[cursor]), bytes[cursor] != 0x3a { cursor += 1 }
        guard cursor > first, !PageByte.isDigit(bytes[first]) else { throw fail(.labelName, at: first) }
        guard cursor - first <= ExpositionLimits.labelNameBytes else {
            throw fail(.tooLong(what: "the name of a label", limit: ExpositionLimits.labelNameBytes), at: first)
        }
        return first..<cursor
    }

    /// From the opening quote to behind the closing one; the range is what stands between.
    private mutating func quoted(isName: Bool) throws(ExpositionError) -> (range: Range<Int>, hasEscapes: Bool) {
        let open = cursor
        cursor += 1
        var hasEscapes = false
        var isASCII = true
        while cursor < end, bytes[cursor] != PageByte.quote {
            let byte = bytes[cursor]
            if byte == PageByte.backslash {
                hasEscapes = true
                cursor += 1
                if !keepsOddEscapes, cursor < end, ![PageByte.backslash, PageByte.quote, UInt8(ascii: "n")].contains(bytes[cursor]) {
                    throw fail(.escape, at: cursor)
                }
            } else if byte >= 0x80 {
                isASCII = false
            }
            cursor += 1
        }
        guard cursor < end else { throw fail(.labelUnclosed, at: open) }
        let range = open + 1..<cursor
        cursor += 1
        let limit = isName ? ExpositionLimits.labelNameBytes : ExpositionLimits.labelValueBytes
        guard range.count <= limit else {
            throw fail(.tooLong(what: isName ? "the name of a label" : "the value of a label", limit: limit), at: open)
        }
        guard isASCII || ExpositionText.isUTF8(bytes, range) else { throw fail(.notUTF8, at: open) }
        return (range, hasEscapes)
    }

    private mutating func skipBlanks() {
        if isStrict { return }
        while cursor < end, PageByte.isBlank(bytes[cursor]) { cursor += 1 }
    }

    private func fail(_ problem: ExpositionError.Problem, at offset: Int) -> ExpositionError {
        ExpositionText.error(problem, at: offset, in: bytes)
    }
}
