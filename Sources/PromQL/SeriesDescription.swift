import Telemetry

/// A series with its points as Prometheus's test scripts write them: `up{job="shop"} 1 0x3 _ 1+1x5 {{schema:1 buckets:[1 2]}}x2 stale`.
package struct SeriesDescription: Hashable, Sendable {
    /// A run of points.
    package enum Item: Hashable, Sendable {
        /// Places without a point.
        case omitted(count: Int)
        /// `first`, and so many points after it, each greater by `step`.
        case floats(first: Double, step: Double, more: Int)
        /// `first`, and so many points after it, each with `step` added, or taken away.
        case histograms(first: HistogramLiteral, step: HistogramLiteral?, isSubtracted: Bool, more: Int)
        package var count: Int {
            switch self {
            case .omitted(let count): count
            case .floats(_, _, let more), .histograms(_, _, _, let more): more + 1
            }
        }
    }
    package struct HistogramLiteral: Hashable, Sendable {
        package var value: NativeHistogram
        /// True where `counter_reset_hint` was written.
        package var hasHint: Bool
    }
    /// Points of one line.
    package static let pointLimit = 1_000_000

    package var labels: LabelSet
    package var items: [Item]

    package init(_ text: String) throws(QueryError) {
        var reader = SeriesReader(Array(text.utf8))
        labels = try reader.labels()
        items = try reader.items()
    }
}

/// One reading of one line.
struct SeriesReader {
    let bytes: [UInt8]
    private var position = 0
    private var points = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: The series

    /// A name, labels in braces, or both; `@st` behind them is not taken.
    mutating func labels() throws(QueryError) -> LabelSet {
        let start = position
        while let byte = peek(), !isSpace(byte), byte != UInt8(ascii: "{") { position += 1 }
        let name = position
        skipSpaces()
        if peek() == UInt8(ascii: "{"), !bytes[position...].starts(with: [0x7b, 0x7b]) { try skipBraces() } else { position = name }
        var parser = Parser(Array(bytes[start..<position]), .stable)
        let first = try parser.take()
        guard first.kind == .leftBrace || first.kind.canNameMetric else {
            throw failure("a series begins with a name or a brace", from: start)
        }
        let selector = try parser.vectorSelector(from: first)
        guard try parser.peek().kind == .end else { throw try parser.unexpected(in: "series", expected: "") }
        guard selector.matchers.allSatisfy({ $0.operation == .equal }) else { throw failure("labels of a series need \"=\"", from: start) }
        return LabelSet(selector.matchers.map { Label($0.name, $0.value) })
    }

    private mutating func skipBraces() throws(QueryError) {
        let start = position
        var quote: UInt8?
        while let byte = peek() {
            position += 1
            if byte == quote {
                quote = nil
            } else if byte == UInt8(ascii: "\\"), quote != nil, quote != UInt8(ascii: "`") {
                position = min(position + 1, bytes.count)
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                quote = byte
            } else if quote == nil, byte == UInt8(ascii: "}") {
                return
            }
        }
        throw failure("unclosed brace", from: start)
    }

    // MARK: Points

    mutating func items() throws(QueryError) -> [SeriesDescription.Item] {
        var items: [SeriesDescription.Item] = []
        while let byte = peek() {
            guard isSpace(byte) else { throw failure("a blank must stand before each point", from: position) }
            skipSpaces()
            guard peek() != nil else { break }
            let item = try item()
            points += item.count
            guard points <= SeriesDescription.pointLimit else {
                throw failure("more than \(SeriesDescription.pointLimit) points", from: position)
            }
            items.append(item)
        }
        return items
    }

    private mutating func item() throws(QueryError) -> SeriesDescription.Item {
        if accept("_") { return .omitted(count: try accept("x") ? repetitions() : 1) }
        if accept("{{") { return try histograms() }
        if accept("stale") { return .floats(first: Sample.staleMarker, step: 0, more: 0) }
        let first = try signedNumber()
        if accept("x") { return .floats(first: first, step: 0, more: try repetitions()) }
        guard peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") else { return .floats(first: first, step: 0, more: 0) }
        let step = try signedNumber()
        guard accept("x") else { throw failure("a step needs a number of points", from: position) }
        return .floats(first: first, step: step, more: try repetitions())
    }

    private mutating func histograms() throws(QueryError) -> SeriesDescription.Item {
        let first = try histogram()
        if accept("x") { return .histograms(first: first, step: nil, isSubtracted: false, more: try repetitions()) }
        let isSubtracted = peek() == UInt8(ascii: "-")
        guard accept("+") || accept("-") else { return .histograms(first: first, step: nil, isSubtracted: false, more: 0) }
        guard accept("{{") else { throw failure("a histogram's step must be a histogram", from: position) }
        let step = try histogram()
        guard accept("x") else { throw failure("a step needs a number of points", from: position) }
        return .histograms(first: first, step: step, isSubtracted: isSubtracted, more: try repetitions())
    }

    private mutating func repetitions() throws(QueryError) -> Int {
        let start = position
        while isDigit(peek()) { position += 1 }
        guard let count = Int(String(decoding: bytes[start..<position], as: UTF8.self)), count <= SeriesDescription.pointLimit else {
            throw failure("invalid repetition", from: start)
        }
        return count
    }

    private mutating func signedNumber() throws(QueryError) -> Double {
        if accept("-") { return -(try number()) }
        _ = accept("+")
        return try number()
    }

    /// A number, or a duration as its seconds.
    private mutating func number() throws(QueryError) -> Double {
        let start = position
        if let word = accept(oneOf: ["inf", "nan"]) { return word == "inf" ? .infinity : .nan }
        skip { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
        if let byte = peek(), "smhdwy".utf8.contains(byte) {
            skip { isDigit($0) || "smhdwy".utf8.contains($0) }
            guard let span = TimeSpan(prometheus: text(from: start)) else { throw failure("not a valid duration", from: start) }
            return span.seconds
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            skip { isDigit($0) }
        }
        guard let value = Double(text(from: start).filter { $0 != "_" }) else { throw failure("not a number", from: start) }
        return value
    }

    // MARK: Histograms

    /// Behind `{{`, up to and with `}}`.
    private mutating func histogram() throws(QueryError) -> SeriesDescription.HistogramLiteral {
        var literal = SeriesDescription.HistogramLiteral(value: NativeHistogram(), hasHint: false)
        var (offset, negativeOffset) = (0, 0)
        var seen: Set<String> = []
        while true {
            skipSpaces()
            if accept("}}") { break }
            let start = position
            skip { isLetter($0) }
            let key = text(from: start)
            guard accept(":"), seen.insert(key).inserted else { throw failure("bad key of a histogram: \(quoted(key))", from: start) }
            switch key {
            case "schema": literal.value.schema = Int32(clamping: try whole())
            case "count": literal.value.count = try signedNumber()
            case "sum": literal.value.sum = try signedNumber()
            case "z_bucket": literal.value.zeroCount = try signedNumber()
            case "z_bucket_w": literal.value.zeroThreshold = try signedNumber()
            case "buckets": literal.value.positiveBuckets = try list()
            case "n_buckets": literal.value.negativeBuckets = try list()
            case "custom_values": literal.value.customBounds = try list()
            case "offset": offset = try whole()
            case "n_offset": negativeOffset = try whole()
            case "counter_reset_hint":
                literal.hasHint = true
                literal.value.resetHint = try hint()
            default: throw failure("bad key of a histogram: \(quoted(key))", from: start)
            }
        }
        literal.value.positiveSpans = spans(offset, literal.value.positiveBuckets.count)
        literal.value.negativeSpans = spans(negativeOffset, literal.value.negativeBuckets.count)
        return literal
    }

    private func spans(_ offset: Int, _ count: Int) -> [NativeHistogram.BucketSpan] {
        count == 0 ? [] : [NativeHistogram.BucketSpan(offset: Int32(clamping: offset), length: UInt32(clamping: count))]
    }

    private mutating func whole() throws(QueryError) -> Int {
        let start = position
        _ = accept("-")
        skip { isDigit($0) }
        guard let value = Int(text(from: start)) else { throw failure("not a whole number", from: start) }
        return value
    }

    private mutating func hint() throws(QueryError) -> NativeHistogram.ResetHint {
        let hints: [String: NativeHistogram.ResetHint] = ["unknown": .unknown, "reset": .reset, "not_reset": .notReset, "gauge": .gauge]
        let start = position
        skip { isLetter($0) }
        guard let hint = hints[text(from: start)] else { throw failure("bad counter_reset_hint", from: start) }
        return hint
    }

    private mutating func list() throws(QueryError) -> [Double] {
        guard accept("[") else { throw failure("a list begins with \"[\"", from: position) }
        var values: [Double] = []
        while true {
            skipSpaces()
            if accept("]") { return values }
            values.append(try signedNumber())
        }
    }

    // MARK: Reading

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }
    private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }
    private mutating func skip(while isWanted: (UInt8) -> Bool) { while let byte = peek(), isWanted(byte) { position += 1 } }
    private mutating func skipSpaces() { skip { isSpace($0) } }
    private mutating func accept(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }
    private mutating func accept(oneOf words: [String]) -> String? {
        for word in words where bytes[position...].prefix(word.utf8.count).elementsEqual(word.utf8, by: { $0 | 0x20 == $1 }) {
            position += word.utf8.count
            return word
        }
        return nil
    }
    private func failure(_ message: String, from start: Int) -> QueryError {
        QueryError(message, SourceRange(start, bytes.count), in: bytes)
    }
}
