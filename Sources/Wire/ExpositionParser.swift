import Telemetry

/// Walks a page of metrics line by line, without a heap allocation.
///
/// `next` finds where the text of a series ends and reads the value; whether the labels are well formed only `labels(of:)` says, which
/// a reader that knows the text from an earlier page need not call. In strict mode (OpenMetrics) `next` checks everything.
/// The first error ends the page: what came before it should not be kept either.
package struct ExpositionParser {
    package let format: ExpositionFormat
    package let isStrict: Bool
    package let bytes: UnsafeBufferPointer<UInt8>
    var cursor = 0
    var rules: OpenMetricsRules?
    var hasEnded = false

    /// `page` must stay where it is for as long as the parser is used.
    package init(_ page: UnsafeBufferPointer<UInt8>, format: ExpositionFormat, isStrict: Bool = false) {
        bytes = page
        self.format = format
        self.isStrict = isStrict && format == .openMetrics
        rules = self.isStrict ? OpenMetricsRules(page) : nil
        if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { cursor = 3 }
    }

    /// The next entry; after `.end` always `.end`.
    package mutating func next() throws(ExpositionError) -> ExpositionEntry {
        while cursor < bytes.count {
            switch bytes[cursor] {
            case PageByte.newline:
                if isStrict, cursor == 0 || bytes[cursor - 1] == PageByte.newline {
                    throw fail(.rule("an empty line must not stand here"), at: cursor)
                }
                cursor &+= 1
            case PageByte.space, PageByte.tab, PageByte.return:
                if isStrict { throw fail(.rule("a line must not begin with a blank"), at: cursor) }
                cursor &+= 1
            case PageByte.hash:
                if let entry = try comment() { return entry }
            default:
                let start = cursor
                let series = start..<(try seriesEnd(from: start))
                let sample = try sample(series)
                if isStrict { try check(sample) }
                return .sample(sample)
            }
        }
        guard format == .text || hasEnded else { throw fail(.missingEnd, at: bytes.count) }
        return .end
    }

    // MARK: Samples

    /// Where the text of the series that starts at `start` ends: behind `}` or the name.
    private func seriesEnd(from start: Int) throws(ExpositionError) -> Int {
        let count = bytes.count
        var i = start
        if bytes[i] != PageByte.openBrace {
            guard PageByte.isNameStart(bytes[i]) else { throw fail(firstProblem(at: i), at: i) }
            while i < count, PageByte.isName(bytes[i]) { i &+= 1 }
            var j = i
            while j < count, PageByte.isBlank(bytes[j]) { j &+= 1 }
            guard j < count, bytes[j] == PageByte.openBrace else { return i }
            if isStrict, j > i { throw fail(.rule("no blank may stand between a name and its labels"), at: i) }
            i = j
        }
        i &+= 1
        var isQuoted = false
        while i < count {
            let byte = bytes[i]
            if byte == PageByte.quote {
                isQuoted.toggle()
            } else if byte == PageByte.newline {
                break
            } else if isQuoted {
                if byte == PageByte.backslash, i &+ 1 < count, bytes[i &+ 1] != PageByte.newline { i &+= 1 }
            } else if byte == PageByte.closeBrace {
                return i &+ 1
            }
            i &+= 1
        }
        throw labelProblem(start..<i)
    }

    /// The series text does not end as it should: reading its labels tells best why.
    private func labelProblem(_ range: Range<Int>) -> ExpositionError {
        if range.lowerBound == 0 || looksLikeJSON(at: range.lowerBound) {
            let first = firstProblem(at: range.lowerBound)
            if first == .jsonPage { return fail(first, at: range.lowerBound) }
        }
        var text = ExpositionSeriesText(bytes, range: range, format: format, isStrict: isStrict)
        do throws(ExpositionError) { while try text.next() != nil {} } catch { return error }
        return fail(.labelsUnclosed, at: range.upperBound)
    }

    private func firstProblem(at offset: Int) -> ExpositionError.Problem {
        switch bytes[offset] {
        case UInt8(ascii: "<"): .htmlPage
        case UInt8(ascii: "["): .jsonPage
        case PageByte.openBrace where looksLikeJSON(at: offset): .jsonPage
        default: .metricName
        }
    }

    /// `{"key":…` or a brace alone on its line.
    private func looksLikeJSON(at offset: Int) -> Bool {
        var i = offset &+ 1
        while i < bytes.count, PageByte.isBlank(bytes[i]) || bytes[i] == PageByte.newline || bytes[i] == PageByte.return { i &+= 1 }
        guard bytes[offset] == PageByte.openBrace, i < bytes.count, bytes[i] == PageByte.quote else { return false }
        i &+= 1
        while i < bytes.count, bytes[i] != PageByte.quote, bytes[i] != PageByte.newline { i &+= 1 }
        i &+= 1
        while i < bytes.count, PageByte.isBlank(bytes[i]) { i &+= 1 }
        return i < bytes.count && bytes[i] == UInt8(ascii: ":")
    }

    @inline(__always)
    mutating func sample(_ series: Range<Int>) throws(ExpositionError) -> ExpositionSample {
        var i = series.upperBound
        while i < bytes.count, PageByte.isBlank(bytes[i]) { i &+= 1 }
        guard let number = DecimalReader.read(bytes, from: i, isStrict: isStrict) else { throw valueProblem(of: series, at: i) }
        if number.end < bytes.count, bytes[number.end] == PageByte.newline {
            if isStrict || number.end &- series.lowerBound > ExpositionLimits.lineBytes { try checkLine(series, value: i, end: number.end) }
            cursor = number.end &+ 1
            return ExpositionSample(series: series, value: number.value, time: nil, exemplar: nil)
        }
        return try tail(series, value: number.value, at: i, from: number.end)
    }

    /// What follows a value that does not end its line: a timestamp, an exemplar, blanks.
    @inline(never)
    private mutating func tail(
        _ series: Range<Int>, value: Double, at valueStart: Int, from start: Int
    ) throws(ExpositionError) -> ExpositionSample {
        var sample = ExpositionSample(series: series, value: value, time: nil, exemplar: nil)
        var i = start
        skipBlanks(&i)
        if i == start, !isLineEnd(i) { throw fail(.value(token(at: valueStart)), at: valueStart) }
        if !isLineEnd(i), bytes[i] != PageByte.hash || format == .text {
            let timeStart = i
            sample.time = try timestamp(&i)
            if isStrict, timeStart != start + 1 { throw fail(.rule("exactly one blank must stand before the timestamp"), at: start) }
            let end = i
            skipBlanks(&i)
            if end == i, !isLineEnd(i) { throw fail(.timestamp(token(at: timeStart)), at: timeStart) }
        }
        if !isLineEnd(i) {
            guard format == .openMetrics, bytes[i] == PageByte.hash else {
                throw fail(.trailing(ExpositionText.excerpt(bytes, from: i)), at: i)
            }
            sample.exemplar = try exemplarRange(&i)
        } else if isStrict, i > 0, PageByte.isBlank(bytes[i - 1]) || (i < bytes.count && bytes[i] == PageByte.return) {
            throw fail(.rule("a line must not end with a blank"), at: i)
        }
        try checkLine(series, value: valueStart, end: i)
        while i < bytes.count, bytes[i] != PageByte.newline { i &+= 1 }
        cursor = min(i &+ 1, bytes.count)
        return sample
    }

    private func checkLine(_ series: Range<Int>, value: Int, end: Int) throws(ExpositionError) {
        guard end - series.lowerBound <= ExpositionLimits.lineBytes else {
            throw fail(.tooLong(what: "the line", limit: ExpositionLimits.lineBytes), at: series.lowerBound)
        }
        if isStrict, value != series.upperBound + 1 || bytes[series.upperBound] != PageByte.space {
            throw fail(.rule("exactly one blank must stand before the value"), at: series.upperBound)
        }
    }

    private func timestamp(_ i: inout Int) throws(ExpositionError) -> Timestamp {
        let start = i
        if format == .openMetrics {
            guard let seconds = DecimalReader.read(bytes, from: i, isStrict: isStrict), seconds.value.isFinite else {
                throw fail(.timestamp(token(at: start)), at: start)
            }
            i = seconds.end
            return ExpositionParser.timestamp(seconds: seconds.value)
        }
        var isNegative = false
        if bytes[i] == 0x2d || bytes[i] == 0x2b {
            isNegative = bytes[i] == 0x2d
            i &+= 1
        }
        let firstDigit = i
        var milliseconds: Int64 = 0
        while i < bytes.count, PageByte.isDigit(bytes[i]) {
            let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(bytes[i] &- 0x30))
            guard !overflow, !carry else { throw fail(.timestamp(token(at: start)), at: start) }
            milliseconds = sum
            i &+= 1
        }
        guard i > firstDigit else { throw fail(.timestamp(token(at: start)), at: start) }
        return Timestamp(milliseconds: isNegative ? 0 &- milliseconds : milliseconds)
    }

    /// Saturates far outside of what a clock says.
    static func timestamp(seconds: Double) -> Timestamp {
        let milliseconds = (seconds * 1000).rounded()
        if milliseconds >= 9.2e18 { return Timestamp(milliseconds: .max) }
        return milliseconds <= -9.2e18 ? Timestamp(milliseconds: .min) : Timestamp(milliseconds: Int64(milliseconds))
    }

    // MARK: Leaves

    private func valueProblem(of series: Range<Int>, at offset: Int) -> ExpositionError {
        if looksLikeJSON(at: series.lowerBound) { return fail(.jsonPage, at: series.lowerBound) }
        if offset >= bytes.count || bytes[offset] == PageByte.newline || bytes[offset] == PageByte.return {
            return fail(.noValue, at: offset)
        }
        // A name that goes on with a byte that no name may have, such as a dash.
        if offset > 0, PageByte.isName(bytes[offset - 1]) { return fail(.metricName, at: offset) }
        return fail(.value(token(at: offset)), at: offset)
    }

    private func token(at offset: Int) -> String {
        String(ExpositionText.excerpt(bytes, from: offset).prefix { $0 != " " && $0 != "\t" })
    }
    func skipBlanks(_ i: inout Int) { while i < bytes.count, PageByte.isBlank(bytes[i]) { i &+= 1 } }
    /// True before a newline, also in its two byte form, and at the end.
    func isLineEnd(_ i: Int) -> Bool {
        i >= bytes.count || bytes[i] == PageByte.newline
            || (bytes[i] == PageByte.return && (i + 1 == bytes.count || bytes[i + 1] == PageByte.newline))
    }
    func fail(_ problem: ExpositionError.Problem, at offset: Int) -> ExpositionError {
        ExpositionText.error(problem, at: offset, in: bytes)
    }
}
